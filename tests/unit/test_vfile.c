/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "fake_target.h"
#include "providers/maps_text.h"
#include "providers/provider.h"
#include "support.h"

static struct fake_target fake;

static struct vmmap_error *fill(struct vmmap_map **ret)
{
    assert_ok(vmmap_map_create(ret));
    ck_assert(vmmap_provider_vfile.applies(&fake.target, &fake.info));
    return vmmap_provider_vfile.fill(&fake.target, &fake.info, *ret);
}

START_TEST(it_is_for_remote_processes_with_file_access)
{
    fake_target_init(&fake);
    ck_assert_str_eq(vmmap_provider_vfile.name, "vfile");
    ck_assert(vmmap_provider_vfile.applies(&fake.target, &fake.info));
    fake.info.pid = 0;
    ck_assert(!vmmap_provider_vfile.applies(&fake.target, &fake.info));
    fake.info.pid = 42;
    fake.info.kind = VMMAP_TARGET_NATIVE;
    ck_assert(!vmmap_provider_vfile.applies(&fake.target, &fake.info));
    fake.info.kind = VMMAP_TARGET_REMOTE;
    fake.target.read_file = NULL;
    ck_assert(!vmmap_provider_vfile.applies(&fake.target, &fake.info));
    ck_assert_uint_eq(fake.total_calls, 0); /* judged without asking */
}
END_TEST

START_TEST(the_selected_threads_file_is_read)
{
    static const struct fake_file files[] = {
        {"/proc/43/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\n"}, {NULL, NULL}};
    struct vmmap_map *map;
    fake_target_init(&fake);
    fake.files = files;
    fake.info.tid = 43;
    assert_ok(fill(&map));
    assert_rows(map, "1000-1fff r-xp 0 /a\n");
    assert_notes(map, "");
    ck_assert(map->exact);
    ck_assert_uint_eq(fake.total_calls, 1);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(without_a_thread_id_the_processs_file_is_read)
{
    static const struct fake_file files[] = {
        {"/proc/42/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\n"}, {NULL, NULL}};
    struct vmmap_map *map;
    fake_target_init(&fake);
    fake.files = files;
    fake.info.tid = 0;
    assert_ok(fill(&map));
    assert_rows(map, "1000-1fff r-xp 0 /a\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(an_empty_file_leads_to_the_other_threads)
{
    static const struct fake_file files[] = {
        {"/proc/42/maps", ""},
        {"/proc/44/maps", ""},
        {"/proc/45/maps", NULL},
        {"/proc/46/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\n"},
        {NULL, NULL}};
    static const struct vmmap_thread threads[] = {
        {.number = 1, .tid = 42}, {.number = 2, .tid = 0},  {.number = 3, .tid = 44},
        {.number = 4, .tid = 45}, {.number = 5, .tid = 46}, {.number = 6, .tid = 47}};
    struct vmmap_map *map;
    fake_target_init(&fake);
    fake.files = files;
    fake.threads = threads;
    fake.thread_count = 6;
    assert_ok(fill(&map));
    assert_rows(map, "1000-1fff r-xp 0 /a\n");
    ck_assert_uint_eq(fake.calls[FAKE_THREADS], 1);
    ck_assert_uint_eq(fake.calls[FAKE_READ_FILE], 5);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(why_a_process_has_no_memory_is_in_its_status)
{
    static const struct {
        const char *status, *reason;
    } cases[] = {
        {"Name:\tx\nState:\tZ (zombie)\n",
         "the process has exited and waits for its parent (a zombie); \"detach\" lets it go."},
        {"State:\tX (dead)\n", "the process is dead; \"detach\" lets it go."},
        {"State:\tt (tracing stop)\n",
         "the process lives, as its status file says, so a security module hides its memory, or "
         "something else is mounted over the file."},
        {"State:\t\x1b[31m\n", "the process may have exited, but its status file does not tell."},
        {NULL, "the process may have exited, but its status file does not tell."},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct fake_file files[] = {
            {"/proc/42/maps", ""}, {"/proc/42/status", cases[i].status}, {NULL, NULL}};
        struct vmmap_map *map;
        char wanted[256];
        snprintf(wanted, sizeof(wanted), "The remote /proc/42/maps is empty: %s", cases[i].reason);
        fake_target_init(&fake);
        fake.files = files;
        assert_error(fill(&map), VMMAP_ERROR_UNAVAILABLE, wanted);
        vmmap_map_destroy(map);
    }
}
END_TEST

START_TEST(a_file_that_can_not_be_read_is_an_error)
{
    struct vmmap_map *map;
    fake_target_init(&fake);
    assert_error(fill(&map), VMMAP_ERROR_UNAVAILABLE, "The fake has no /proc/42/maps.");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(an_ambiguous_name_is_left_open)
{
    static const struct fake_file files[] = {
        {"/proc/42/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\\012b\n"}, {NULL, NULL}};
    struct vmmap_map *map;
    fake_target_init(&fake);
    fake.files = files;
    assert_ok(fill(&map));
    assert_rows(map, "1000-1fff r-xp 0 /a\\012b\n");
    assert_notes(map, VMMAP_NOTE_AMBIGUOUS_NAME "\n");
    ck_assert(!map->exact);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(an_interrupt_goes_all_the_way_up)
{
    static const struct fake_file files[] = {{"/proc/42/maps", ""}, {NULL, NULL}};
    static const struct vmmap_thread threads[] = {{.number = 1, .tid = 42}};
    for (unsigned int call = 1; call <= 4; call++) {
        struct vmmap_map *map;
        fake_target_init(&fake);
        fake.files = files;
        fake.threads = threads;
        fake.thread_count = 1;
        fake.fail_at = call;
        fake.fail_code = VMMAP_ERROR_INTERRUPTED;
        assert_error(fill(&map), VMMAP_ERROR_INTERRUPTED, fake_failure_message);
        ck_assert_uint_eq(fake.total_calls, call);
        vmmap_map_destroy(map);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "vfile", it_is_for_remote_processes_with_file_access, the_selected_threads_file_is_read,
        without_a_thread_id_the_processs_file_is_read, an_empty_file_leads_to_the_other_threads,
        why_a_process_has_no_memory_is_in_its_status, a_file_that_can_not_be_read_is_an_error,
        an_ambiguous_name_is_left_open, an_interrupt_goes_all_the_way_up);
}
