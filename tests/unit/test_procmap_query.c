/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/procmap_query.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "support.h"

static struct child child;
static struct vmmap_map *truth;
static struct vmmap_procmap procmap;

static void start(void)
{
    char path[48];
    child_start(&child);
    truth = child_truth(&child);
    snprintf(path, sizeof(path), "/proc/%d/maps", (int)child.pid);
    procmap = (struct vmmap_procmap){.fd = open(path, O_RDONLY | O_CLOEXEC), .has_gate = true};
    ck_assert_int_ge(procmap.fd, 0);
}

static void stop(void)
{
    close(procmap.fd);
    vmmap_map_destroy(truth);
    child_stop(&child);
}

/* Fails the test unless the region is that of the truth, in every field. */
static void check_region(const struct vmmap_region *region, size_t index)
{
    struct vmmap_map *found = make_unfinished_map("");
    assert_ok(vmmap_map_add(found, region));
    char *wanted = some_rows_text(truth, index, 1);
    assert_rows(found, wanted);
    ck_assert_int_eq(found->regions[0].origin, VMMAP_ORIGIN_PROCFS);
    free(wanted);
    vmmap_map_destroy(found);
}

/* What next() answers for the address is the first region that ends at or after it. */
static void check_next(uint64_t address)
{
    struct vmmap_region region;
    bool found;
    size_t index = vmmap_map_lower_bound(truth, address);
    assert_ok(vmmap_procmap_next(&procmap, address, &region, &found));
    ck_assert_int_eq(found, index < truth->count);
    if (found)
        check_region(&region, index);
}

/* What previous() answers is the last region that lies wholly below the address. */
static void check_previous(uint64_t address)
{
    struct vmmap_region region;
    bool found;
    size_t index = vmmap_map_lower_bound(truth, address);
    assert_ok(vmmap_procmap_previous(&procmap, address, &region, &found));
    ck_assert_int_eq(found, index > 0);
    if (found)
        check_region(&region, index - 1);
}

START_TEST(next_finds_every_region_and_every_hole)
{
    if (!kernel_has_procmap_query())
        SKIP_TEST("this kernel has no PROCMAP_QUERY (Linux 6.11).");
    start();
    ck_assert_uint_gt(truth->count, 10);
    for (size_t i = 0; i < truth->count; i++) {
        const struct vmmap_region *region = &truth->regions[i];
        check_next(region->start);
        check_next(region->start + (region->last - region->start) / 2);
        check_next(region->last);
        check_next(region->last + 1);
        check_next(region->start - 1);
    }
    check_next(0);
    check_next(UINT64_MAX);
    stop();
}
END_TEST

START_TEST(previous_finds_the_region_below_wherever_it_is)
{
    if (!kernel_has_procmap_query())
        SKIP_TEST("this kernel has no PROCMAP_QUERY (Linux 6.11).");
    start();
    for (size_t i = 0; i < truth->count; i++) {
        const struct vmmap_region *region = &truth->regions[i];
        check_previous(region->start);
        /* From inside a hole, at its beginning, its middle and its end. */
        if (i + 1 < truth->count && region[1].start - region->last > 1) {
            check_previous(region->last + 1);
            check_previous(region->last + (region[1].start - region->last) / 2);
            check_previous(region[1].start - 1);
        }
    }
    check_previous(0);
    stop();
}
END_TEST

START_TEST(names_are_told_without_escaping)
{
    if (!kernel_has_procmap_query())
        SKIP_TEST("this kernel has no PROCMAP_QUERY (Linux 6.11).");
    start();
    struct vmmap_region region;
    bool found;
    assert_ok(vmmap_procmap_next(&procmap, child.arena + 8 * child.page_size, &region, &found));
    ck_assert(found);
    ck_assert_str_eq(region.name, child.newline_path);
    assert_ok(vmmap_procmap_next(&procmap, child.arena + 9 * child.page_size, &region, &found));
    ck_assert(found);
    ck_assert_str_eq(region.name, child.literal_path);
    assert_ok(vmmap_procmap_next(&procmap, child.arena + child.page_size, &region, &found));
    ck_assert(found);
    ck_assert_ptr_null(region.name);
    stop();
}
END_TEST

START_TEST(a_process_of_another_width_has_no_gate_page)
{
    if (!kernel_has_procmap_query())
        SKIP_TEST("this kernel has no PROCMAP_QUERY (Linux 6.11).");
    start();
    const struct vmmap_region *last = &truth->regions[truth->count - 1];
    if (!last->name || strcmp(last->name, "[vsyscall]") != 0) {
        stop();
        SKIP_TEST("this kernel maps no [vsyscall].");
    }
    struct vmmap_region region;
    bool found;
    procmap.has_gate = false;
    assert_ok(vmmap_procmap_next(&procmap, last->start, &region, &found));
    ck_assert(!found);
    procmap.has_gate = true;
    check_next(last->start);
    check_next(last->last);
    stop();
}
END_TEST

START_TEST(a_file_that_is_no_maps_file_is_not_supported)
{
    struct vmmap_region region;
    bool found;
    procmap = (struct vmmap_procmap){.fd = open("/dev/null", O_RDONLY | O_CLOEXEC)};
    struct vmmap_error *error = vmmap_procmap_next(&procmap, 0, &region, &found);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, VMMAP_ERROR_UNSUPPORTED);
    ck_assert_str_eq(error->message, "PROCMAP_QUERY failed: Inappropriate ioctl for device.");
    vmmap_error_destroy(error);
    error = vmmap_procmap_previous(&procmap, 0x1000, &region, &found);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, VMMAP_ERROR_UNSUPPORTED);
    vmmap_error_destroy(error);
    close(procmap.fd);
}
END_TEST

int main(void)
{
    return RUN_TESTS("procmap_query", next_finds_every_region_and_every_hole,
                     previous_finds_the_region_below_wherever_it_is,
                     names_are_told_without_escaping, a_process_of_another_width_has_no_gate_page,
                     a_file_that_is_no_maps_file_is_not_supported);
}
