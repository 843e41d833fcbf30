/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "fake_target.h"
#include "providers/maps_text.h"
#include "providers/provider.h"
#include "support.h"

static struct fake_target fake;
static struct child child;

static void look_at(pid_t pid)
{
    fake_target_init(&fake);
    fake.info.kind = VMMAP_TARGET_NATIVE;
    fake.info.pid = fake.info.tid = (uint64_t)pid;
    fake.info.address_bits = 8 * sizeof(void *);
}

static struct vmmap_error *fill(struct vmmap_map **ret)
{
    assert_ok(vmmap_map_create(ret));
    return vmmap_provider_procfs.fill(&fake.target, &fake.info, *ret);
}

static void check_fill(void)
{
    struct vmmap_map *map, *truth = child_truth(&child);
    assert_ok(fill(&map));
    char *wanted = rows_text(truth);
    assert_rows(map, wanted);
    if (kernel_has_procmap_query()) {
        assert_notes(map, "");
        ck_assert(map->exact);
    } else {
        assert_notes(map, VMMAP_NOTE_AMBIGUOUS_NAME "\n");
        ck_assert(!map->exact);
    }
    free(wanted);
    vmmap_map_destroy(truth);
    vmmap_map_destroy(map);
}

START_TEST(it_is_for_processes_of_this_debugger_only)
{
    look_at(1);
    ck_assert_str_eq(vmmap_provider_procfs.name, "procfs");
    ck_assert(vmmap_provider_procfs.applies(&fake.target, &fake.info));
    fake.info.pid = 0;
    ck_assert(!vmmap_provider_procfs.applies(&fake.target, &fake.info));
    static const enum vmmap_target_kind others[] = {VMMAP_TARGET_NONE, VMMAP_TARGET_REMOTE,
                                                    VMMAP_TARGET_CORE, VMMAP_TARGET_OTHER};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        look_at(1);
        fake.info.kind = others[i];
        ck_assert(!vmmap_provider_procfs.applies(&fake.target, &fake.info));
    }
    ck_assert_uint_eq(fake.total_calls, 0);
}
END_TEST

START_TEST(the_whole_map_is_the_kernels)
{
    child_start(&child);
    look_at(child.pid);
    check_fill();
    child_stop(&child);
}
END_TEST

START_TEST(without_a_thread_id_the_process_will_do)
{
    child_start(&child);
    look_at(child.pid);
    fake.info.tid = 0;
    check_fill();
    child_stop(&child);
}
END_TEST

START_TEST(a_main_thread_that_has_exited_leads_to_the_others)
{
    child_start_headless(&child);
    look_at(child.pid);
    check_fill();
    child_stop(&child);
}
END_TEST

START_TEST(the_arena_is_as_the_child_made_it)
{
    static const struct {
        unsigned int page;
        const char *perms;
        uint64_t offset_pages;
    } pages[] = {{1, "r--p", 0}, {2, "rw-p", 0}, {3, "---p", 0}, {4, "rwxp", 0},
                 {5, "-w-p", 0}, {6, "rw-s", 0}, {8, "r--p", 1}, {9, "r-xp", 0}};
    struct vmmap_map *map;
    child_start(&child);
    look_at(child.pid);
    assert_ok(fill(&map));
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        const uint64_t start = child.arena + pages[i].page * child.page_size;
        const size_t index = vmmap_map_find(map, start);
        ck_assert_uint_ne(index, VMMAP_NO_REGION);
        const struct vmmap_region *region = &map->regions[index];
        char perms[5];
        vmmap_perms_format(region->perms, perms);
        ck_assert_str_eq(perms, pages[i].perms);
        ck_assert_uint_eq(region->start, start);
        ck_assert_uint_eq(region->last, start + child.page_size - 1);
        ck_assert_uint_eq(region->offset, pages[i].offset_pages * child.page_size);
    }
    ck_assert_uint_eq(vmmap_map_find(map, child.arena), VMMAP_NO_REGION);
    ck_assert_uint_eq(vmmap_map_find(map, child.arena + 7 * child.page_size), VMMAP_NO_REGION);
    vmmap_map_destroy(map);
    child_stop(&child);
}
END_TEST

/* The lookup has the wanted regions of the truth, each as it is there, without a hole in between.
 */
static void check_lookup(const struct vmmap_map *truth, const struct vmmap_lookup *lookup)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    assert_ok(vmmap_provider_procfs.lookup(&fake.target, &fake.info, lookup, map));
    ck_assert(map->exact);
    /* From the first to the last that has to be there, in indices of the truth. */
    size_t at = vmmap_map_lower_bound(truth, lookup->address);
    const bool hit = vmmap_map_find(truth, lookup->address) != VMMAP_NO_REGION;
    size_t first = at > lookup->before ? at - lookup->before : 0;
    size_t end = at + lookup->after + hit;
    if (end > truth->count)
        end = truth->count;
    char *wanted = some_rows_text(truth, first, end - first);
    assert_rows(map, wanted);
    free(wanted);
    vmmap_map_destroy(map);
}

START_TEST(a_lookup_of_every_region_and_hole_equals_the_listing)
{
    if (!kernel_has_procmap_query())
        SKIP_TEST("this kernel has no PROCMAP_QUERY (Linux 6.11).");
    child_start(&child);
    look_at(child.pid);
    struct vmmap_map *truth = child_truth(&child);
    for (size_t i = 0; i < truth->count; i++) {
        const struct vmmap_region *region = &truth->regions[i];
        const uint64_t addresses[] = {region->start, region->last, region->start - 1,
                                      region->last + 1};
        for (size_t j = 0; j < 4; j++) {
            check_lookup(truth, &(struct vmmap_lookup){addresses[j], 0, 0});
            check_lookup(truth, &(struct vmmap_lookup){addresses[j], 1, 0});
            check_lookup(truth, &(struct vmmap_lookup){addresses[j], 0, 1});
            check_lookup(truth, &(struct vmmap_lookup){addresses[j], 3, 2});
        }
    }
    check_lookup(truth, &(struct vmmap_lookup){0, 5, 5});
    check_lookup(truth, &(struct vmmap_lookup){UINT64_MAX, 5, 5});
    check_lookup(truth, &(struct vmmap_lookup){child.arena, 32, 32});
    vmmap_map_destroy(truth);
    child_stop(&child);
}
END_TEST

START_TEST(too_much_context_is_left_to_the_listing)
{
    static const struct vmmap_lookup lookups[] = {{0, 33, 0}, {0, 0, 33}, {0, UINT64_MAX, 0}};
    look_at(getpid());
    for (size_t i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
        struct vmmap_map *map;
        assert_ok(vmmap_map_create(&map));
        assert_error(vmmap_provider_procfs.lookup(&fake.target, &fake.info, &lookups[i], map),
                     VMMAP_ERROR_UNSUPPORTED, "There is too much context for a point lookup.");
        vmmap_map_destroy(map);
    }
}
END_TEST

START_TEST(a_process_that_is_gone_is_said_to_be_gone)
{
    struct vmmap_map *map;
    look_at(4194304 + 1); /* beyond the kernel's PID_MAX_LIMIT */
    assert_error(fill(&map), VMMAP_ERROR_UNAVAILABLE,
                 "There is no /proc/4194305/maps: the process is gone, or /proc is not mounted.");
    assert_error(vmmap_provider_procfs.lookup(&fake.target, &fake.info,
                                              &(struct vmmap_lookup){0, 0, 0}, map),
                 VMMAP_ERROR_UNAVAILABLE,
                 "There is no /proc/4194305/maps: the process is gone, or /proc is not mounted.");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_zombie_is_said_to_be_one)
{
    struct vmmap_map *map;
    char wanted[120];
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    siginfo_t info;
    ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    look_at(pid);
    snprintf(wanted, sizeof(wanted),
             "/proc/%d/maps is empty: the process has exited and waits for its parent (a "
             "zombie); \"detach\" lets it go.",
             (int)pid);
    assert_error(fill(&map), VMMAP_ERROR_UNAVAILABLE, wanted);
    vmmap_map_destroy(map);
    waitpid(pid, NULL, 0);
}
END_TEST

static bool holds(void)
{
    bool ret;
    assert_ok(vmmap_provider_procfs.check(&fake.target, &fake.info, &ret));
    return ret;
}

START_TEST(a_map_holds_until_the_process_is_killed)
{
    siginfo_t info;
    child_start(&child);
    look_at(child.pid);
    ck_assert(holds());
    fake.info.tid = 0;
    ck_assert(holds());
    ck_assert_int_eq(kill(child.pid, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
    ck_assert(!holds());
    child_stop(&child);
    ck_assert(!holds());
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "procfs", it_is_for_processes_of_this_debugger_only, the_whole_map_is_the_kernels,
        without_a_thread_id_the_process_will_do, a_main_thread_that_has_exited_leads_to_the_others,
        the_arena_is_as_the_child_made_it, a_lookup_of_every_region_and_hole_equals_the_listing,
        too_much_context_is_left_to_the_listing, a_process_that_is_gone_is_said_to_be_gone,
        a_zombie_is_said_to_be_one, a_map_holds_until_the_process_is_killed);
}
