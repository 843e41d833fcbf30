/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/guard_regions.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_target.h"
#include "fault.h"
#include "support.h"

enum {
    GUARD_INSTALL = 102, /* MADV_GUARD_INSTALL, Linux 6.13 */
    PAGES = 400,
};

static struct fake_target fake;
static uint64_t page;
static char *arena;
static struct vmmap_map *map;

static uint64_t at(size_t number)
{
    return (uint64_t)(uintptr_t)arena + number * page;
}

/* A map with one region, the arena; between two that the arena has nothing to do with. */
static void start(void)
{
    fake_target_init(&fake);
    page = (uint64_t)sysconf(_SC_PAGESIZE);
    arena = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(arena, MAP_FAILED);
    char rows[256];
    snprintf(rows, sizeof(rows),
             "1000-1fff rw-p 0 [heap]\n%" PRIx64 "-%" PRIx64 " rw-p 0 -\n"
             "7ffffffff000-7fffffffffff rw-p 0 [stack]\n",
             at(0), at(PAGES) - 1);
    map = make_map(rows);
}

static void stop(void)
{
    vmmap_map_destroy(map);
    munmap(arena, PAGES * page);
}

static bool guard(size_t number, size_t count)
{
    return madvise(arena + number * page, count * page, GUARD_INSTALL) == 0;
}

static struct vmmap_thread thread_at(size_t number)
{
    return (struct vmmap_thread){.number = 1,
                                 .tid = (uint64_t)getpid(),
                                 .stack_pointer = at(number) + 8,
                                 .has_stack_pointer = true};
}

static struct vmmap_error *split_at(size_t number)
{
    const struct vmmap_thread thread = thread_at(number);
    return vmmap_guard_regions_split(&fake.target, map, &thread, 1);
}

/* Skips the test, saying so, where the kernel has no guard regions or does not tell of them. */
#define NEED_GUARDS()                                                                              \
    do {                                                                                           \
        start();                                                                                   \
        bool told_ = guard(0, 1) && split_at(1) == NULL && map->count > 3;                         \
        stop();                                                                                    \
        if (!told_)                                                                                \
            SKIP_TEST("this kernel does not tell of guard regions (Linux 6.16).");                 \
        start();                                                                                   \
    } while (0)

/* The rows of the arena are these, as "FIRST-LAST PERMS" in pages. */
static void check_arena(const char *wanted)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *region = &map->regions[i];
        char perms[5];
        vmmap_perms_format(region->perms, perms);
        if (region->start >= at(0) && region->last < at(PAGES)) {
            ck_assert_ptr_null(region->name);
            ck_assert_int_eq(region->origin, map->regions[0].origin);
            vmmap_buffer_printf(&text, "%" PRIu64 "-%" PRIu64 " %s\n",
                                (region->start - at(0)) / page, (region->last - at(0)) / page,
                                perms);
        }
    }
    assert_buffer(&text, wanted);
    vmmap_buffer_deinit(&text);
}

START_TEST(a_region_is_split_at_guard_regions)
{
    NEED_GUARDS();
    ck_assert(guard(0, 1) && guard(100, 2) && guard(399, 1));
    const struct vmmap_thread threads[] = {thread_at(150), {.number = 2}, thread_at(50)};
    assert_ok(vmmap_guard_regions_split(&fake.target, map, threads, 3));
    check_arena("0-0 ---p\n1-99 rw-p\n100-101 ---p\n102-398 rw-p\n399-399 ---p\n");
    ck_assert_uint_eq(map->count, 7);
    stop();
}
END_TEST

START_TEST(more_guard_regions_than_come_in_one_answer)
{
    NEED_GUARDS();
    struct vmmap_buffer wanted = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < PAGES; i += 2) {
        ck_assert(guard(i, 1));
        vmmap_buffer_printf(&wanted, "%zu-%zu ---p\n%zu-%zu rw-p\n", i, i, i + 1, i + 1);
    }
    vmmap_buffer_append(&wanted, "", 1);
    assert_ok(split_at(1));
    check_arena(wanted.data);
    vmmap_buffer_deinit(&wanted);
    stop();
}
END_TEST

START_TEST(what_is_no_stack_is_not_split)
{
    NEED_GUARDS();
    ck_assert(guard(10, 1));
    assert_ok(vmmap_guard_regions_split(&fake.target, map, NULL, 0));
    const struct vmmap_thread elsewhere[] = {
        {.number = 1,
         .tid = (uint64_t)getpid(),
         .stack_pointer = 0x1800,
         .has_stack_pointer = true},
        {.number = 2,
         .tid = (uint64_t)getpid(),
         .stack_pointer = 0x9000,
         .has_stack_pointer = true},
        {.number = 3, .tid = (uint64_t)getpid(), .stack_pointer = at(1)},
    };
    assert_ok(vmmap_guard_regions_split(&fake.target, map, elsewhere, 3));
    check_arena("0-399 rw-p\n");
    stop();
}
END_TEST

START_TEST(without_an_answer_the_map_is_as_it_was)
{
    NEED_GUARDS();
    ck_assert(guard(10, 1));
    struct vmmap_thread thread = thread_at(50);
    thread.tid = 0; /* not known */
    assert_ok(vmmap_guard_regions_split(&fake.target, map, &thread, 1));
    check_arena("0-399 rw-p\n");
    for (unsigned int call = 1; call <= 2; call++) { /* open, ioctl */
        const struct fault_plan plan = {FAULT_SYSTEM_CALL, call, EINVAL, 0};
        fault_begin(&plan);
        struct vmmap_error *error = split_at(50);
        struct fault_report report = fault_end();
        assert_ok(error);
        ck_assert_int_eq(report.descriptors, 0);
        check_arena("0-399 rw-p\n");
    }
    stop();
}
END_TEST

START_TEST(every_allocation_can_fail)
{
    NEED_GUARDS();
    ck_assert(guard(10, 1) && guard(20, 1));
    struct vmmap_error *error = &vmmap_error_no_memory;
    unsigned int failures = 0;
    for (unsigned int at_call = 1; error; at_call++) {
        const struct fault_plan plan = {FAULT_ALLOCATION, at_call, 0, 0};
        fault_begin(&plan);
        error = split_at(50);
        struct fault_report report = fault_end();
        ck_assert_int_eq(report.descriptors, 0);
        if (!error)
            break;
        ck_assert_ptr_eq(error, &vmmap_error_no_memory);
        ck_assert_int_eq(report.blocks, 0);
        check_arena("0-399 rw-p\n");
        failures++;
    }
    ck_assert_uint_gt(failures, 3);
    check_arena("0-9 rw-p\n10-10 ---p\n11-19 rw-p\n20-20 ---p\n21-399 rw-p\n");
    stop();
}
END_TEST

START_TEST(ctrl_c_ends_it)
{
    NEED_GUARDS();
    ck_assert(guard(10, 1));
    fake.fail_at = 1;
    fake.fail_code = VMMAP_ERROR_INTERRUPTED;
    assert_error(split_at(50), VMMAP_ERROR_INTERRUPTED, fake_failure_message);
    check_arena("0-399 rw-p\n");
    stop();
}
END_TEST

int main(void)
{
    return RUN_TESTS("guard_regions", a_region_is_split_at_guard_regions,
                     more_guard_regions_than_come_in_one_answer, what_is_no_stack_is_not_split,
                     without_an_answer_the_map_is_as_it_was, every_allocation_can_fail,
                     ctrl_c_ends_it);
}
