/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pages one by one: those that a walk finds, those that the operating system knows, and limits. */

#include <inttypes.h>
#include <string.h>

#include "kernel_support.h"
#include "paging/leaves.h"
#include "support.h"

/* What was visited, a line each: "start-last physical size" and "software". */
struct visits {
    struct vmmap_buffer text;
    size_t count;
    size_t interrupt_at;
};

static struct vmmap_error *visit(void *context, const struct vmmap_paging_run *page,
                                 bool is_software)
{
    struct visits *visits = context;
    if (++visits->count == visits->interrupt_at)
        return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit");
    vmmap_buffer_printf(&visits->text, "%" PRIx64 "-%" PRIx64 " %" PRIx64 " %" PRIx64 "%s\n",
                        page->start, page->last, page->physical, page->page_size,
                        is_software ? " software" : "");
    return NULL;
}

/* An entry that is 0x...f0e is a page of the system's. */
static bool software(void *context, uint64_t value, unsigned int shift, uint64_t *physical)
{
    (void)context;
    (void)shift;
    *physical = value & ~UINT64_C(0xfff);
    return (value & 0xfff) == 0xf0e;
}

static void build(struct kernel *kernel)
{
    kernel_init(kernel, VMMAP_PAGING_X86, 4, 0);
    kernel_map(kernel, 0x400000, 0x400000, KERNEL_BIG_PAGE, "r-xu");
    kernel_map(kernel, 0x601000, 0x700000, 2 * KERNEL_SMALL_PAGE, "rw-u");
    kernel_map(kernel, 0xffffffff81000000, 0x600000, KERNEL_SMALL_PAGE, "r-x");
}

/* The table of the smallest pages that maps 0x600000 on. */
static uint64_t find_table(struct kernel *kernel)
{
    const struct vmmap_paging_translation found =
        translate(&kernel->config, &kernel->ram, 0x601000);
    ck_assert_uint_eq(found.step_count, 4);
    return found.steps[3].table;
}

static const char lower_pages[] = "400000-5fffff 400000 200000\n"
                                  "601000-601fff 700000 1000\n"
                                  "602000-602fff 701000 1000\n";

static struct vmmap_error *walk(const struct kernel *kernel, struct vmmap_paging_leaves leaves,
                                struct visits *visits, struct vmmap_paging_report *report)
{
    leaves.context = visits;
    leaves.visit = visit;
    return vmmap_paging_walk_leaves(&kernel->config, &kernel->memory, &leaves, report);
}

START_TEST(every_page_is_visited)
{
    struct kernel kernel;
    struct visits visits = {.count = 0};
    struct vmmap_paging_report report;
    build(&kernel);
    const struct vmmap_paging_leaves all = {0, UINT64_MAX, 1 << 20, NULL, NULL, NULL};
    assert_ok(walk(&kernel, all, &visits, &report));
    char *text = take_text(&visits.text);
    ck_assert_str_eq(text, "400000-5fffff 400000 200000\n"
                           "601000-601fff 700000 1000\n"
                           "602000-602fff 701000 1000\n"
                           "ffffffff81000000-ffffffff81000fff 600000 1000\n");
    free(text);
    ck_assert_uint_eq(report.pages, 4);
    ck_assert(!report.exhausted);
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(a_part_of_the_space)
{
    struct kernel kernel;
    struct visits visits = {.count = 0};
    struct vmmap_paging_report report;
    build(&kernel);
    const struct vmmap_paging_leaves part = {0x602000, UINT64_C(1) << 63, 1 << 20, NULL, NULL,
                                             NULL};
    assert_ok(walk(&kernel, part, &visits, &report));
    assert_buffer(&visits.text, "602000-602fff 701000 1000\n");
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(entries_that_are_not_present_may_be_pages)
{
    struct kernel kernel;
    struct visits visits = {.count = 0};
    struct vmmap_paging_report report;
    build(&kernel);
    put_entry_64(&kernel.ram, find_table(&kernel), 3, 0x123f0e);
    put_entry_64(&kernel.ram, find_table(&kernel), 4, 0x124000); /* nothing that is known */
    const struct vmmap_paging_leaves lower = {0, UINT64_MAX >> 1, 1 << 20, NULL, NULL, software};
    assert_ok(walk(&kernel, lower, &visits, &report));
    char *text = take_text(&visits.text);
    ck_assert_msg(strncmp(text, lower_pages, strlen(lower_pages)) == 0, "%s", text);
    ck_assert_str_eq(text + strlen(lower_pages), "603000-603fff 123000 1000 software\n");
    free(text);
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(a_table_that_points_to_itself_ends)
{
    struct kernel kernel;
    struct visits visits = {.count = 0};
    struct vmmap_paging_report report;
    build(&kernel);
    put_entry_64(&kernel.ram, kernel.roots[0], 256, kernel.roots[0] | 7); /* as Windows has it */
    const struct vmmap_paging_leaves all = {0, UINT64_MAX, 1 << 16, NULL, NULL, NULL};
    assert_ok(walk(&kernel, all, &visits, &report));
    ck_assert_uint_gt(visits.count, 4);
    ck_assert(!report.exhausted);
    vmmap_buffer_deinit(&visits.text);
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(ends_where_the_limit_is_reached)
{
    struct kernel kernel;
    struct visits visits = {.count = 0};
    struct vmmap_paging_report report;
    build(&kernel);
    const struct vmmap_paging_leaves few = {0, UINT64_MAX, 3 << 12, NULL, NULL, NULL};
    assert_ok(walk(&kernel, few, &visits, &report));
    assert_buffer(&visits.text, "400000-5fffff 400000 200000\n");
    ck_assert(report.exhausted);
    ck_assert_uint_eq(report.exhausted_at, 0x600000);
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(what_can_not_be_read_is_counted)
{
    struct kernel kernel;
    struct visits visits = {.count = 0};
    struct vmmap_paging_report report;
    build(&kernel);
    kernel.ram.fail_read = kernel.ram.reads + 1; /* the root */
    const struct vmmap_paging_leaves all = {0, UINT64_MAX, 1 << 20, NULL, NULL, NULL};
    assert_ok(walk(&kernel, all, &visits, &report));
    ck_assert_uint_ge(report.unreadable, 1);
    ck_assert_uint_eq(report.first_unreadable, kernel.roots[0]);
    vmmap_buffer_deinit(&visits.text);
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(an_error_of_the_visitor_ends_it)
{
    struct kernel kernel;
    struct visits visits = {.interrupt_at = 2};
    struct vmmap_paging_report report;
    build(&kernel);
    const struct vmmap_paging_leaves all = {0, UINT64_MAX, 1 << 20, NULL, NULL, NULL};
    assert_error(walk(&kernel, all, &visits, &report), VMMAP_ERROR_INTERRUPTED, "Quit");
    ck_assert_uint_eq(visits.count, 2);
    vmmap_buffer_deinit(&visits.text);
    kernel_deinit(&kernel);
}
END_TEST

int main(void)
{
    return RUN_TESTS("paging_leaves", every_page_is_visited, a_part_of_the_space,
                     entries_that_are_not_present_may_be_pages, a_table_that_points_to_itself_ends,
                     ends_where_the_limit_is_reached, what_can_not_be_read_is_counted,
                     an_error_of_the_visitor_ends_it);
}
