/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/session.h"

#include <string.h>

#include "child.h"
#include "fake_target.h"
#include "support.h"

#define GDB_NOTE                                                                                   \
    "This is what GDB's \"info proc mappings\" lists; rows may be missing and what it does not "   \
    "print is shown as not known.\n"

static const struct fake_file files[] = {
    {"/proc/42/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\n"
                      "2000-3000 ---p 00000000 00:00 0 \n"
                      "3000-4000 rw-p 00000000 00:00 0 \n"},
    {NULL, NULL},
};
static const struct vmmap_thread threads[] = {{
    .number = 2,
    .tid = 42,
    .stack_pointer = 0x3800,
    .thread_pointer = 0x3c00,
    .has_stack_pointer = true,
    .has_thread_pointer = true,
}};
static const char rows[] = "1000-1fff r-xp 0 /a\n2000-2fff ---p 0 -\n3000-3fff rw-p 0 -\n";
static const char labelled[] = "1000-1fff r-xp 0 /a\n"
                               "2000-2fff ---p 0 - # guard page of thread 2\n"
                               "3000-3fff rw-p 0 - # stack of thread 2, TLS of thread 2\n";
static const char mappings[] = "Start Addr End Addr Size Offset Perms objfile\n"
                               "0x5000 0x6000 0x1000 0x0 r--p /b\n";

static struct fake_target fake;
static struct vmmap_session *session;

static void start(void)
{
    fake_target_init(&fake);
    fake.files = files;
    fake.threads = threads;
    fake.thread_count = 1;
    assert_ok(vmmap_session_create(&fake.target, &session));
}

static const struct vmmap_map *get_map(void)
{
    const struct vmmap_map *map = NULL;
    assert_ok(vmmap_session_map(session, &map));
    ck_assert_ptr_nonnull(map);
    return map;
}

START_TEST(the_best_provider_is_taken)
{
    start();
    fake.proc_mappings = mappings;
    const struct vmmap_map *map = get_map();
    assert_rows(map, labelled);
    assert_notes(map, "");
    ck_assert_str_eq(map->provider, "vfile");
    ck_assert_str_eq(map->target, "remote");
    ck_assert_uint_eq(map->address_bits, 64);
    ck_assert(map->exact);
    ck_assert_uint_eq(fake.calls[FAKE_DEBUGGER_TEXT], 0);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(the_next_provider_is_tried_and_the_failure_noted)
{
    start();
    fake.files = NULL;
    fake.proc_mappings = mappings;
    const struct vmmap_map *map = get_map();
    assert_rows(map, "5000-5fff r--p 0 /b\n");
    assert_notes(map, "The fake has no /proc/42/maps.\n" GDB_NOTE);
    ck_assert_str_eq(map->provider, "gdb");
    ck_assert(!map->exact);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(a_local_process_that_is_gone_leaves_what_gdb_lists)
{
    start();
    fake.info.kind = VMMAP_TARGET_NATIVE;
    fake.info.pid = fake.info.tid = 4194304 + 1; /* beyond the kernel's PID_MAX_LIMIT */
    fake.proc_mappings = mappings;
    const struct vmmap_map *map = get_map();
    assert_rows(map, "5000-5fff r--p 0 /b\n");
    assert_notes(map, "There is no /proc/4194305/maps: the process is gone, or /proc is not "
                      "mounted.\n" GDB_NOTE);
    ck_assert_str_eq(map->target, "native");
    ck_assert_uint_eq(fake.calls[FAKE_READ_FILE], 0);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(without_any_map_the_notes_say_why)
{
    start();
    fake.files = NULL;
    const struct vmmap_map *map = get_map();
    assert_rows(map, "");
    assert_notes(map, "The fake has no /proc/42/maps.\nThe fake has no such text.\n");
    ck_assert_str_eq(map->provider, "none");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(a_target_that_no_provider_serves)
{
    start();
    fake.target.debugger_text = NULL;
    fake.info.kind = VMMAP_TARGET_OTHER;
    const struct vmmap_map *map = get_map();
    assert_rows(map, "");
    assert_notes(map, "The source auto (\"set vmmap source\") does not serve this kind of target "
                      "(bare).\n");
    ck_assert_uint_eq(fake.total_calls, 1);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(no_process_and_a_running_one_are_told)
{
    bool there = true;
    start();
    fake.info.kind = VMMAP_TARGET_NONE;
    const struct vmmap_map *map = get_map();
    assert_rows(map, "");
    assert_notes(map, "There is no process: start one with \"run\", or use \"attach\", \"target "
                      "remote\" or \"core-file\" (a compressed core has to be unpacked first).\n");
    ck_assert_str_eq(map->target, "none");
    assert_ok(vmmap_session_has_target(session, &there));
    ck_assert(!there);

    fake.info.kind = VMMAP_TARGET_REMOTE;
    fake.info.running = true;
    map = get_map();
    assert_rows(map, "");
    assert_notes(map, "The program is running: stop it first, with Ctrl-C or \"interrupt\".\n");
    assert_ok(vmmap_session_has_target(session, &there));
    ck_assert(!there);
    ck_assert_uint_eq(fake.calls[FAKE_DESCRIBE], fake.total_calls);

    const struct vmmap_lookup lookup = {.address = 0x1000};
    assert_ok(vmmap_session_lookup(session, &lookup, &map));
    assert_rows(map, "");
    assert_notes(map, "The program is running: stop it first, with Ctrl-C or \"interrupt\".\n");

    fake.info.running = false;
    assert_ok(vmmap_session_has_target(session, &there));
    ck_assert(there);
    assert_rows(get_map(), labelled);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(nothing_is_asked_before_it_is_needed)
{
    start();
    vmmap_session_set_labels(session, false);
    vmmap_session_set_source(session, "gdb");
    vmmap_session_invalidate(session);
    ck_assert_uint_eq(fake.total_calls, 0);
    vmmap_session_destroy(session);
    ck_assert_uint_eq(fake.total_calls, 0);
    vmmap_session_destroy(NULL);
}
END_TEST

START_TEST(a_map_is_kept_until_the_target_may_have_changed)
{
    start();
    assert_rows(get_map(), labelled);
    fake_target_reset_calls(&fake);
    assert_rows(get_map(), labelled);
    const struct vmmap_lookup lookup = {.address = 0x1000};
    const struct vmmap_map *map;
    assert_ok(vmmap_session_lookup(session, &lookup, &map));
    assert_rows(map, labelled);
    ck_assert_uint_eq(fake.total_calls, 2);
    ck_assert_uint_eq(fake.calls[FAKE_DESCRIBE], 2);
    fake.info.tid = 43; /* another thread of the same process has the same map */
    (void)get_map();
    ck_assert_uint_eq(fake.calls[FAKE_READ_FILE], 0);
    vmmap_session_destroy(session);
}
END_TEST

/* Whether the map is read anew after what happened since it was read last. */
static bool is_read_anew(void)
{
    fake_target_reset_calls(&fake);
    (void)get_map();
    return fake.calls[FAKE_READ_FILE] > 0;
}

START_TEST(whatever_may_change_the_target_drops_the_map)
{
    start();
    (void)get_map();
    ck_assert(!is_read_anew());
    fake.info.generation++;
    ck_assert(is_read_anew());
    fake.info.inferior++;
    ck_assert(is_read_anew());
    fake.info.address_bits = 32;
    ck_assert(is_read_anew());
    ck_assert_uint_eq(get_map()->address_bits, 32);
    fake.info.pid = 43;
    ck_assert(is_read_anew());
    vmmap_session_invalidate(session);
    ck_assert(is_read_anew());
    ck_assert(!is_read_anew());
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(settings_drop_the_map_if_they_change)
{
    start();
    (void)get_map();
    vmmap_session_set_labels(session, true);
    vmmap_session_set_source(session, NULL);
    ck_assert(!is_read_anew());
    vmmap_session_set_labels(session, false);
    ck_assert(is_read_anew());
    assert_rows(get_map(), rows);
    vmmap_session_set_source(session, "vfile");
    ck_assert(is_read_anew());
    vmmap_session_set_source(session, "vfile");
    ck_assert(!is_read_anew());
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(labels_cost_nothing_where_they_are_off_or_not_possible)
{
    static const struct fake_file read_only[] = {
        {"/proc/42/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\n"}, {NULL, NULL}};
    start();
    vmmap_session_set_labels(session, false);
    assert_rows(get_map(), rows);
    ck_assert_uint_eq(fake.calls[FAKE_THREADS], 0);
    vmmap_session_set_labels(session, true);
    fake.files = read_only;
    (void)get_map();
    ck_assert_uint_eq(fake.calls[FAKE_THREADS], 0);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(threads_that_can_not_be_listed_are_a_note)
{
    start();
    fake.fail_at = 4; /* describe, the stub's status file, the maps file, threads */
    fake.fail_code = VMMAP_ERROR_UNAVAILABLE;
    const struct vmmap_map *map = get_map();
    ck_assert_uint_eq(fake.calls[FAKE_THREADS], 1);
    assert_rows(map, rows);
    assert_notes(map, "Stacks and TLS blocks of threads are not labelled: The fake target failed "
                      "as it was told to.\n");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(one_source_can_be_demanded)
{
    start();
    fake.proc_mappings = mappings;
    vmmap_session_set_source(session, "gdb");
    ck_assert_str_eq(get_map()->provider, "gdb");
    ck_assert_uint_eq(fake.calls[FAKE_READ_FILE], 1); /* the stub's status file */
    vmmap_session_set_source(session, "procfs");      /* never for a remote process */
    const struct vmmap_map *map = get_map();
    assert_rows(map, "");
    assert_notes(map, "The source procfs (\"set vmmap source\") does not serve this kind of target "
                      "(remote).\n");
    vmmap_session_set_source(session, NULL);
    ck_assert_str_eq(get_map()->provider, "vfile");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(sources_are_named_in_the_order_of_trying)
{
    ck_assert_uint_ge(vmmap_session_source_count(), 3);
    ck_assert_str_eq(vmmap_session_source_name(0), "procfs");
    ck_assert_str_eq(vmmap_session_source_name(vmmap_session_source_count() - 1), "gdb");
}
END_TEST

START_TEST(a_map_without_rows_is_not_kept)
{
    start();
    fake.files = NULL;
    ck_assert_uint_eq(get_map()->count, 0);
    fake.files = files;
    assert_rows(get_map(), labelled);
    assert_notes(get_map(), "");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(a_map_that_holds_no_stack_is_doubted)
{
    static const struct vmmap_thread elsewhere[] = {
        {.number = 1, .stack_pointer = 0x7000, .has_stack_pointer = true}};
    start();
    fake.threads = elsewhere;
    const struct vmmap_map *map = get_map();
    assert_rows(map, rows);
    ck_assert(!map->exact);
    assert_notes(map, "No thread's stack pointer lies in this map; if the stub runs in a PID "
                      "namespace without a /proc of its own, it is the map of another process.\n");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(a_stub_with_a_foreign_proc_gives_no_map)
{
    static const struct fake_file foreign[] = {
        {"/proc/self/status", "Name:\tgdbserver\nNSpid:\t4711\t1\n"},
        {"/proc/100/maps", "1000-2000 rw-p 00000000 00:00 0\n"},
        {"/proc/101/maps", "1000-2000 rw-p 00000000 00:00 0\n"},
        {NULL, NULL},
    };
    start();
    fake.files = foreign;
    fake.proc_mappings = mappings;
    for (int i = 0; i < 2; i++) {
        const struct vmmap_map *map = get_map();
        assert_rows(map, "");
        ck_assert(!map->exact);
        assert_notes(map,
                     "The stub runs in a PID namespace but sees the /proc of another one, where "
                     "its process numbers mean other processes: mount /proc in its namespace "
                     "(\"unshare --mount-proc\").\n");
    }
    ck_assert_uint_eq(fake.calls[FAKE_READ_FILE], 1);
    ck_assert_uint_eq(fake.calls[FAKE_DEBUGGER_TEXT], 0);

    fake.files = files; /* another process */
    fake.info.pid++;
    fake.info.generation++;
    ck_assert_str_eq(get_map()->provider, "vfile");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(an_interrupt_leaves_the_kept_map_as_it_was)
{
    const struct vmmap_map *map = NULL;
    start();
    assert_rows(get_map(), labelled);
    fake_target_reset_calls(&fake);
    fake.fail_at = 1;
    fake.fail_code = VMMAP_ERROR_INTERRUPTED;
    assert_error(vmmap_session_map(session, &map), VMMAP_ERROR_INTERRUPTED, fake_failure_message);
    assert_rows(get_map(), labelled);
    ck_assert_uint_eq(fake.calls[FAKE_READ_FILE], 0);
    vmmap_session_destroy(session);
}
END_TEST

/* The child as the selected inferior of a native target. */
static void start_with_child(const struct child *child)
{
    start();
    fake.info.kind = VMMAP_TARGET_NATIVE;
    fake.info.pid = fake.info.tid = (uint64_t)child->pid;
    fake.info.address_bits = 8 * sizeof(void *);
}

START_TEST(a_partial_lookup_equals_the_whole_map)
{
    struct child child;
    if (!kernel_has_procmap_query())
        SKIP_TEST("this kernel has no PROCMAP_QUERY (Linux 6.11).");
    child_start(&child);
    start_with_child(&child);
    const struct vmmap_thread claimants[] = {{
        .number = 7,
        .stack_pointer = child.arena + 4 * child.page_size,
        .thread_pointer = child.arena + 6 * child.page_size,
        .has_stack_pointer = true,
        .has_thread_pointer = true,
    }};
    fake.threads = claimants;
    const struct vmmap_map *whole = get_map();
    for (size_t i = 0; i < whole->count; i++) {
        struct vmmap_session *other;
        const struct vmmap_map *part;
        const struct vmmap_lookup lookup = {whole->regions[i].start, i % 3, i % 2};
        assert_ok(vmmap_session_create(&fake.target, &other));
        assert_ok(vmmap_session_lookup(other, &lookup, &part));
        ck_assert_str_eq(part->provider, "procfs");
        ck_assert(part->exact);
        ck_assert_uint_lt(part->count, whole->count);
        size_t first = i > lookup.before ? i - lookup.before : 0;
        size_t last = i + lookup.after < whole->count ? i + lookup.after : whole->count - 1;
        size_t begin = vmmap_map_find(part, whole->regions[first].start);
        ck_assert_uint_ne(begin, VMMAP_NO_REGION);
        ck_assert_uint_ge(part->count - begin, last - first + 1);
        char *wanted = some_rows_text(whole, first, last - first + 1);
        char *rows_there = some_rows_text(part, begin, last - first + 1);
        ck_assert_str_eq(rows_there, wanted);
        free(wanted);
        free(rows_there);
        vmmap_session_destroy(other);
    }
    vmmap_session_destroy(session);
    child_stop(&child);
}
END_TEST

START_TEST(too_much_context_takes_the_whole_map)
{
    struct child child;
    child_start(&child);
    start_with_child(&child);
    const struct vmmap_lookup lookup = {child.arena + child.page_size, UINT64_MAX, UINT64_MAX};
    const struct vmmap_map *part;
    assert_ok(vmmap_session_lookup(session, &lookup, &part));
    ck_assert_ptr_eq(part, get_map());
    vmmap_session_destroy(session);
    child_stop(&child);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "session", the_best_provider_is_taken, the_next_provider_is_tried_and_the_failure_noted,
        a_local_process_that_is_gone_leaves_what_gdb_lists, without_any_map_the_notes_say_why,
        a_target_that_no_provider_serves, no_process_and_a_running_one_are_told,
        nothing_is_asked_before_it_is_needed, a_map_is_kept_until_the_target_may_have_changed,
        whatever_may_change_the_target_drops_the_map, settings_drop_the_map_if_they_change,
        labels_cost_nothing_where_they_are_off_or_not_possible,
        threads_that_can_not_be_listed_are_a_note, one_source_can_be_demanded,
        sources_are_named_in_the_order_of_trying, a_map_without_rows_is_not_kept,
        a_map_that_holds_no_stack_is_doubted, a_stub_with_a_foreign_proc_gives_no_map,
        an_interrupt_leaves_the_kept_map_as_it_was, a_partial_lookup_equals_the_whole_map,
        too_much_context_takes_the_whole_map);
}
