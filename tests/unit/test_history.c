/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/history.h"

#include <string.h>

#include "fake_target.h"
#include "fault.h"
#include "session/snapshots.h"
#include "support.h"

static struct fake_target fake;
static struct vmmap_session *session;
static struct fake_file files[] = {{"/proc/42/maps", NULL}, {NULL, NULL}};

static const char first[] = "1000-2000 r-xp 00000000 fe:00 7     /a\n";
static const char second[] = "1000-2000 r-xp 00000000 fe:00 7     /a\n"
                             "3000-4000 rw-p 00000000 00:00 0     [heap]\n";
static const char third[] = "1000-2000 rwxp 00000000 fe:00 7     /a\n"
                            "3000-4000 rw-p 00000000 00:00 0     [heap]\n";

static const char added_heap[] = "3000-3fff rw-p 0 [heap]\n";
static const char changed_code[] = "1000-1fff rwxp 0 /a\n";

#define SINCE_STOP "Compared with the map that was last looked at at an earlier stop.\n"
#define NOTHING                                                                                    \
    "There is nothing to compare with: the whole map of this process was not looked at at an "     \
    "earlier stop, and there is no snapshot without a name of it.\n"

static void start(void)
{
    fake_target_init(&fake);
    fake.files = files;
    files[0].text = first;
    assert_ok(vmmap_session_create(&fake.target, &session));
}

/* The target ran, and its map is this one. */
static void run_to(const char *maps)
{
    files[0].text = maps;
    fake.info.generation++;
    fake.info.run++;
}

/* The map changes without that the target runs. */
static void change_to(const char *maps)
{
    files[0].text = maps;
    fake.info.generation++;
}

static void look(void)
{
    const struct vmmap_map *map;
    assert_ok(vmmap_session_look(session, &map));
}

static void check_diff(const char *since, const char *rows, const char *notes)
{
    struct vmmap_diff *diff;
    bool compared = false;
    assert_ok(vmmap_session_diff(session, since, &diff, &compared));
    assert_rows(diff->map, rows);
    assert_notes(diff->map, notes);
    ck_assert(compared == (strstr(notes, "Compared") != NULL));
    vmmap_diff_destroy(diff);
}

static void snapshot(const char *name, const char *wanted)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    assert_ok(vmmap_session_snapshot(session, name, &text));
    assert_buffer(&text, wanted);
}

static void check_list(const char *wanted)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    vmmap_session_list_snapshots(session, &text);
    assert_buffer(&text, wanted);
}

START_TEST(since_the_last_look_at_an_earlier_stop)
{
    start();
    check_diff(NULL, "", NOTHING);
    check_diff(NULL, "", NOTHING); /* asking again is no earlier stop */
    run_to(second);
    check_diff(NULL, added_heap, SINCE_STOP);
    check_diff(NULL, added_heap, SINCE_STOP);
    run_to(third); /* nobody looks here */
    run_to(third);
    check_diff(NULL, changed_code, SINCE_STOP);
    run_to(third);
    check_diff(NULL, "", SINCE_STOP);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(a_map_that_nobody_looked_at_does_not_count)
{
    const struct vmmap_map *map;
    start();
    look();
    run_to(second);
    assert_ok(vmmap_session_map(session, &map)); /* completion, for one */
    run_to(third);
    check_diff(NULL, "1000-1fff rwxp 0 /a\n3000-3fff rw-p 0 [heap]\n", SINCE_STOP);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(the_last_map_of_a_stop_counts)
{
    start();
    look();
    change_to(second); /* a system call by hand */
    look();
    check_diff(NULL, "", NOTHING);
    run_to(third);
    check_diff(NULL, changed_code, SINCE_STOP);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(an_earlier_process_is_not_compared)
{
    start();
    look();
    run_to(second);
    fake.info.pid = 43;
    files[0].path = "/proc/43/maps";
    fake.info.tid = 43;
    check_diff(NULL, "", NOTHING);
    files[0].path = "/proc/42/maps";
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(several_processes_side_by_side)
{
    start();
    look();
    fake.info.inferior = 2;
    fake.info.generation++;
    look();
    fake.info.inferior = 1;
    run_to(second);
    check_diff(NULL, added_heap, SINCE_STOP);
    fake.info.inferior = 2;
    check_diff(NULL, added_heap, SINCE_STOP);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(each_cpu_of_a_machine_has_its_own_map)
{
    struct vmmap_history history = VMMAP_HISTORY_INIT;
    struct vmmap_target_info info = {.kind = VMMAP_TARGET_QEMU_SYSTEM, .tid = 1};
    struct vmmap_map *map = make_map("1000-1fff r--k ? -\n");
    assert_ok(vmmap_history_add_look(&history, map, &info));
    vmmap_map_destroy(map);
    info.run++;
    ck_assert_ptr_nonnull(vmmap_history_find_look(&history, &info));
    info.tid = 2;
    ck_assert_ptr_null(vmmap_history_find_look(&history, &info));
    vmmap_history_deinit(&history);
}
END_TEST

START_TEST(snapshots_by_name)
{
    start();
    check_list("There are no snapshots.\n");
    snapshot("before", "The snapshot \"before\" has 1 page.\n");
    snapshot("", "The snapshot has 1 page.\n");
    run_to(second);
    look();
    run_to(third);
    const char both[] = "1000-1fff rwxp 0 /a\n3000-3fff rw-p 0 [heap]\n";
    check_diff("before", both, "Compared with the snapshot \"before\".\n");
    check_diff("", both, "Compared with the snapshot.\n");
    check_diff(NULL, both, "Compared with the snapshot.\n");
    snapshot("before", "The snapshot \"before\" has 2 pages.\n"); /* instead of the other */
    check_list("snapshot: 1 page of inferior 1, process 42\n"
               "snapshot \"before\": 2 pages of inferior 1, process 42\n");
    check_diff("before", "", "Compared with the snapshot \"before\".\n");
    assert_ok(vmmap_session_forget_snapshot(session, ""));
    check_diff(NULL, changed_code, SINCE_STOP);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(a_snapshot_of_another_process)
{
    start();
    snapshot("a\033b", "The snapshot \"a\\033b\" has 1 page.\n");
    snapshot("", "The snapshot has 1 page.\n");
    run_to(second);
    fake.info.pid = 43;
    check_diff("a\033b", added_heap,
               "Compared with the snapshot \"a\\033b\" of inferior 1, process 42.\n");
    check_diff(NULL, "", NOTHING);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(another_source_is_told)
{
    start();
    snapshot("s", "The snapshot \"s\" has 1 page.\n");
    fake.proc_mappings = "Start Addr End Addr Size Offset Perms objfile\n"
                         "0x1000 0x2000 0x1000 0x0 r-xp /a\n";
    vmmap_session_set_source(session, "gdb");
    check_diff("s", "",
               "This is what GDB's \"info proc mappings\" lists; rows may be missing and what it "
               "does not print is shown as not known.\n"
               "Compared with the snapshot \"s\", whose source was vfile.\n");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(what_is_not_there)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_diff *diff;
    bool compared;
    start();
    assert_error(vmmap_session_diff(session, "nosuch", &diff, &compared), VMMAP_ERROR_INVALID,
                 "There is no snapshot \"nosuch\": \"vmmap_snapshot --list\" shows those that "
                 "there are.");
    assert_error(vmmap_session_diff(session, "", &diff, &compared), VMMAP_ERROR_INVALID,
                 "There is no snapshot without a name: \"vmmap_snapshot\" makes one.");
    assert_error(vmmap_session_forget_snapshot(session, "x"), VMMAP_ERROR_INVALID,
                 "There is no snapshot \"x\": \"vmmap_snapshot --list\" shows those that there "
                 "are.");
    fake.info.kind = VMMAP_TARGET_NONE;
    fake.info.generation++;
    const char none[] = "There is no process: start one with \"run\", or use \"attach\", \"target "
                        "remote\" or \"core-file\" (a compressed core has to be unpacked first).";
    assert_error(vmmap_session_snapshot(session, "", &text), VMMAP_ERROR_UNAVAILABLE, none);
    check_list("There are no snapshots.\n");
    assert_ok(vmmap_session_diff(session, NULL, &diff, &compared));
    ck_assert(!compared);
    ck_assert_str_eq(diff->map->notes[0], none);
    vmmap_diff_destroy(diff);
    vmmap_buffer_deinit(&text);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(the_oldest_snapshot_is_forgotten)
{
    start();
    vmmap_history_set_limit(vmmap_session_history(session), 2);
    snapshot("1", "The snapshot \"1\" has 1 page.\n");
    snapshot("2", "The snapshot \"2\" has 1 page.\n");
    snapshot("2", "The snapshot \"2\" has 1 page.\n");
    snapshot("3", "The snapshot \"3\" has 1 page. The oldest, the snapshot \"1\", is forgotten "
                  "(\"set vmmap snapshots\").\n");
    check_list("snapshot \"2\": 1 page of inferior 1, process 42\n"
               "snapshot \"3\": 1 page of inferior 1, process 42\n");
    run_to(second);
    check_diff(NULL, added_heap, SINCE_STOP); /* no snapshot pushes out what was looked at */
    vmmap_history_set_limit(vmmap_session_history(session), 1);
    check_list("snapshot \"3\": 1 page of inferior 1, process 42\n");
    check_diff(NULL, added_heap, SINCE_STOP);
    vmmap_history_set_limit(vmmap_session_history(session), 0);
    check_list("There are no snapshots.\n");
    check_diff(NULL, "", NOTHING);
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    assert_error(vmmap_session_snapshot(session, "x", &text), VMMAP_ERROR_INVALID,
                 "No snapshot is kept: \"set vmmap snapshots\" is 0.");
    vmmap_buffer_deinit(&text);
    ck_assert_uint_eq(vmmap_session_history(session)->count, 0);
    vmmap_session_destroy(session);
}
END_TEST

/* However many stops, what is kept is bounded. */
START_TEST(many_stops_keep_two_maps)
{
    start();
    for (int i = 0; i < 100; i++) {
        run_to(i % 2 ? first : second);
        look();
        ck_assert_uint_le(vmmap_session_history(session)->count, 2);
    }
    for (unsigned int i = 0; i < 100; i++) {
        fake.info.inferior = i + 2;
        run_to(first);
        look();
    }
    ck_assert_uint_eq(vmmap_session_history(session)->count, VMMAP_HISTORY_DEFAULT_LIMIT + 1);
    vmmap_session_destroy(session);
}
END_TEST

/* One story, whose every allocation fails once; what it ends with. */
static struct vmmap_error *tell_story(size_t *changes)
{
    struct vmmap_session *own;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_diff *diff = NULL;
    bool compared;
    files[0].text = first;
    struct vmmap_error *error = vmmap_session_create(&fake.target, &own);
    if (error)
        return error;
    error = vmmap_session_snapshot(own, "s", &text);
    run_to(third);
    if (!error)
        error = vmmap_session_diff(own, NULL, &diff, &compared);
    vmmap_diff_destroy(diff);
    diff = NULL;
    if (!error)
        error = vmmap_session_diff(own, "s", &diff, &compared);
    *changes = diff ? diff->map->count : 0;
    vmmap_diff_destroy(diff);
    vmmap_buffer_deinit(&text);
    vmmap_session_destroy(own);
    return error;
}

START_TEST(every_allocation_fails)
{
    start();
    vmmap_session_destroy(session);
    struct vmmap_error *error;
    unsigned int at = 0;
    do {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = ++at};
        size_t changes = 0;
        fault_begin(&plan);
        error = tell_story(&changes);
        struct fault_report report = fault_end();
        ck_assert_int_eq(report.blocks, 0);
        ck_assert(!error || error == &vmmap_error_no_memory);
        if (report.calls[FAULT_ALLOCATION] >= at)
            continue;
        ck_assert_uint_eq(changes, 2);
        break;
    } while (at < 1000);
    ck_assert_uint_gt(at, 30);
    ck_assert_uint_lt(at, 1000);
}
END_TEST

int main(void)
{
    return RUN_TESTS("history", since_the_last_look_at_an_earlier_stop,
                     a_map_that_nobody_looked_at_does_not_count, the_last_map_of_a_stop_counts,
                     an_earlier_process_is_not_compared, several_processes_side_by_side,
                     each_cpu_of_a_machine_has_its_own_map, snapshots_by_name,
                     a_snapshot_of_another_process, another_source_is_told, what_is_not_there,
                     the_oldest_snapshot_is_forgotten, many_stops_keep_two_maps,
                     every_allocation_fails);
}
