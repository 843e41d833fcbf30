/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/find.h"

#include "fake_target.h"
#include "support.h"

static struct fake_target fake;
static struct vmmap_session *session;

static const struct fake_file files[] = {
    {"/proc/42/maps", "1000-2000 r-xp 00000000 fe:00 7     /bin/app\n"
                      "2000-3000 rw-p 00001000 fe:00 7     /bin/app\n"
                      "3000-4000 rw-p 00000000 00:00 0     [heap]\n"
                      "4000-5000 rw-p 00000000 00:00 0 \n"
                      "5000-6000 r-xp 00000000 fe:00 8     /lib/libcap-ng.so.0\n"
                      "6000-7000 r-xp 00000000 fe:00 9     /lib/libc.so.6\n"
                      "7000-8000 r-xp 00000000 fe:00 10    /opt/libc-2.31.so\n"
                      "8000-9000 r-xp 00000000 fe:00 11    /opt/app\n"},
    {NULL, NULL},
};

static void start(void)
{
    fake_target_init(&fake);
    fake.files = files;
    assert_ok(vmmap_session_create(&fake.target, &session));
}

static void check_base(const char *name, uint64_t wanted)
{
    uint64_t base = 0;
    assert_ok(vmmap_session_find_base(session, name, &base));
    ck_assert_uint_eq(base, wanted);
}

static void check_no_base(const char *name, enum vmmap_error_code code, const char *sentence)
{
    uint64_t base;
    assert_error(vmmap_session_find_base(session, name, &base), code, sentence);
}

START_TEST(the_region_of_an_address)
{
    const struct vmmap_region *region;
    start();
    assert_ok(vmmap_session_find_region(session, 0x2fff, &region));
    ck_assert_uint_eq(region->start, 0x2000);
    assert_ok(vmmap_session_find_region(session, 0xfff, &region));
    ck_assert_ptr_null(region);
    assert_ok(vmmap_session_find_region(session, 0x9000, &region));
    ck_assert_ptr_null(region);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(the_best_match_counts)
{
    start();
    check_base("/bin/app", 0x1000); /* the whole name, though another file is called so */
    check_base("libc.so.6", 0x6000);
    check_base("libcap-ng", 0x5000); /* the beginning of the last part of a path */
    check_base("/opt/libc", 0x7000); /* a part */
    check_base("[heap]", 0x3000);
    check_base("heap", 0x3000);
    check_base("[anon_00004]", 0x4000);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(what_is_ambiguous_is_refused)
{
    start();
    check_no_base("app", VMMAP_ERROR_INVALID,
                  "\"app\" is a part of several files, /bin/app and /opt/app: write more of the "
                  "name.");
    check_no_base(
        "libc", VMMAP_ERROR_INVALID,
        "\"libc\" is a part of several files, /lib/libc.so.6 and /opt/libc-2.31.so: write "
        "more of the name.");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(what_is_not_there)
{
    const struct vmmap_region *region;
    static const char none[] = "There is no process: start one with \"run\", or use \"attach\", "
                               "\"target remote\" or \"core-file\" (a compressed core has to be "
                               "unpacked first).";
    start();
    check_no_base("nosuch", VMMAP_ERROR_UNAVAILABLE, "No page has \"nosuch\" in its name.");
    check_no_base(VMMAP_EXECUTABLE, VMMAP_ERROR_UNAVAILABLE,
                  "It is not known which file is the program's executable: The fake has no such "
                  "text.");
    fake.info.kind = VMMAP_TARGET_NONE;
    fake.info.generation++;
    check_no_base("app", VMMAP_ERROR_UNAVAILABLE, none);
    assert_error(vmmap_session_find_region(session, 0x1000, &region), VMMAP_ERROR_UNAVAILABLE,
                 none);
    vmmap_session_destroy(session);
}
END_TEST

/* In the condition of a breakpoint no other thread may be selected. */
START_TEST(a_momentary_look_reads_no_threads)
{
    static const struct vmmap_thread thread = {
        .number = 1, .stack_pointer = 0x4800, .has_stack_pointer = true};
    const struct vmmap_region *region;
    start();
    fake.threads = &thread;
    fake.thread_count = 1;
    fake.info.momentary = true;
    assert_ok(vmmap_session_find_region(session, 0x4000, &region));
    ck_assert_ptr_null(region->label);
    ck_assert_uint_eq(fake.calls[FAKE_THREADS], 0);
    fake.info.momentary = false;
    fake.info.generation++;
    assert_ok(vmmap_session_find_region(session, 0x4000, &region));
    ck_assert_str_eq(region->label, "stack of thread 1");
    vmmap_session_destroy(session);
}
END_TEST

int main(void)
{
    return RUN_TESTS("find", the_region_of_an_address, the_best_match_counts,
                     what_is_ambiguous_is_refused, what_is_not_there,
                     a_momentary_look_reads_no_threads);
}
