/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/layout.h"

#include <inttypes.h>
#include <string.h>

#include "fault.h"
#include "support.h"

/* What a test's rows are: "start last physical user kernel page_size", all in hexadecimal; `-` for
 * a physical address that is not known. */
static struct vmmap_map *make_pages(const char *rows)
{
    struct vmmap_map *map;
    int length;
    assert_ok(vmmap_map_create(&map));
    for (; *rows; rows += length) {
        struct vmmap_region region = {.origin = VMMAP_ORIGIN_PAGE_TABLE};
        char physical[20];
        ck_assert_int_eq(sscanf(rows, "%" SCNx64 " %" SCNx64 " %19s %" SCNx8 " %" SCNx8 "%n",
                                &region.start, &region.last, physical, &region.user, &region.kernel,
                                &length),
                         5);
        length += rows[length] == '\n';
        region.has_physical = physical[0] != '-';
        region.physical = region.has_physical ? strtoull(physical, NULL, 16) : 0;
        region.page_size = 0x1000;
        region.perms = (struct vmmap_perms){VMMAP_PERM_READ, VMMAP_PERM_ACCESS | VMMAP_PERM_USER};
        assert_ok(vmmap_map_add(map, &region));
    }
    vmmap_map_finish(map, NULL);
    return map;
}

/* The same with the name, or nothing, at the end. */
static char *pages_text(const struct vmmap_map *map)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *region = &map->regions[i];
        vmmap_buffer_printf(&text, "%" PRIx64 " %" PRIx64 " ", region->start, region->last);
        if (region->has_physical)
            vmmap_buffer_printf(&text, "%" PRIx64, region->physical);
        else
            vmmap_buffer_append_string(&text, "-");
        vmmap_buffer_printf(&text, " %x %x%s%s\n", region->user, region->kernel,
                            region->name ? " " : "", region->name ? region->name : "");
        ck_assert_uint_eq(region->page_size, 0x1000);
        ck_assert_int_eq(region->origin, VMMAP_ORIGIN_PAGE_TABLE);
        ck_assert_uint_eq(region->perms.known, VMMAP_PERM_ACCESS | VMMAP_PERM_USER);
        ck_assert_uint_eq(region->perms.set, VMMAP_PERM_READ);
    }
    return take_text(&text);
}

#define assert_pages(map, wanted)                                                                  \
    do {                                                                                           \
        char *text_ = pages_text(map);                                                             \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

/* Names `rows` by the areas and compares. */
static void check(const struct vmmap_kernel_area *areas, size_t count, const char *rows,
                  const char *wanted)
{
    struct vmmap_kernel_layout layout = {.count = 0};
    struct vmmap_map *map = make_pages(rows);
    for (size_t i = 0; i < count; i++)
        vmmap_kernel_layout_add(&layout, &areas[i]);
    assert_ok(vmmap_kernel_layout_name_regions(&layout, map));
    assert_pages(map, wanted);
    vmmap_map_destroy(map);
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(nothing_known)
{
    check(NULL, 0, "1000 2fff 5000 0 3", "1000 2fff 5000 0 3\n");
}
END_TEST

/* A row is cut where an area begins or ends; what each part is stays right. */
START_TEST(rows_are_cut)
{
    static const struct vmmap_kernel_area areas[] = {
        {.name = "[a]", .start = 0x2000, .last = 0x3fff},
        {.name = "[b]", .start = 0x6000, .last = 0x6fff},
    };
    check(areas, COUNT_OF(areas),
          "1000 6fff 51000 1 3\n"
          "8000 8fff 9000 0 3\n",
          "1000 1fff 51000 1 3\n"
          "2000 3fff 52000 1 3 [a]\n"
          "4000 5fff 54000 1 3\n"
          "6000 6fff 56000 1 3 [b]\n"
          "8000 8fff 9000 0 3\n");
    check(areas, COUNT_OF(areas), "0 ffffffffffffffff - 0 7",
          "0 1fff - 0 7\n"
          "2000 3fff - 0 7 [a]\n"
          "4000 5fff - 0 7\n"
          "6000 6fff - 0 7 [b]\n"
          "7000 ffffffffffffffff - 0 7\n");
    check(areas, COUNT_OF(areas), "2000 2fff 0 0 1", "2000 2fff 0 0 1 [a]\n");
}
END_TEST

START_TEST(later_areas_are_above)
{
    static const struct vmmap_kernel_area areas[] = {
        {.name = "[low]", .start = 0x1000, .last = 0x4fff},
        {.name = "[in]", .start = 0x2000, .last = 0x2fff},
        {.name = "[over]", .start = 0x4000, .last = 0x5fff},
    };
    check(areas, COUNT_OF(areas), "0 6fff 0 0 1",
          "0 fff 0 0 1\n"
          "1000 1fff 1000 0 1 [low]\n"
          "2000 2fff 2000 0 1 [in]\n"
          "3000 3fff 3000 0 1 [low]\n"
          "4000 5fff 4000 0 1 [over]\n"
          "6000 6fff 6000 0 1\n");
}
END_TEST

START_TEST(the_ends_of_the_space)
{
    static const struct vmmap_kernel_area areas[] = {
        {.name = "[first]", .start = 0, .last = 0xfff},
        {.name = "[last]", .start = UINT64_C(0xfffffffffffff000), .last = UINT64_MAX},
    };
    static const struct vmmap_kernel_area all = {.name = "[all]", .last = UINT64_MAX};
    check(areas, COUNT_OF(areas), "0 ffffffffffffffff - 0 1",
          "0 fff - 0 1 [first]\n"
          "1000 ffffffffffffefff - 0 1\n"
          "fffffffffffff000 ffffffffffffffff - 0 1 [last]\n");
    check(&all, 1, "0 ffffffffffffffff - 0 1", "0 ffffffffffffffff - 0 1 [all]\n");
    check(&all, 1, "fffffffffffff000 ffffffffffffffff 7000 0 1",
          "fffffffffffff000 ffffffffffffffff 7000 0 1 [all]\n");
}
END_TEST

START_TEST(rules)
{
    static const struct vmmap_kernel_area areas[] = {
        {.name = "[user]", .last = 0xfffff, .rule = VMMAP_KERNEL_AREA_USER},
        {.name = "[linear]",
         .start = 0x10000,
         .last = 0x1ffff,
         .physical = UINT64_C(0xffffffffffff8000), /* so 0x18000 is at 0 */
         .rule = VMMAP_KERNEL_AREA_LINEAR},
    };
    check(areas, COUNT_OF(areas),
          "1000 1fff 0 1 3\n"
          "2000 2fff 0 0 3\n"
          "18000 19fff 0 0 3\n"
          "1a000 1afff 3000 0 3\n"
          "1b000 1bfff - 0 3\n"
          "1c000 1cfff 4000 4 3\n"
          "1d000 1dfff 0 4 3\n"
          "1f000 20fff 7000 0 3\n",
          "1000 1fff 0 1 3 [user]\n"
          "2000 2fff 0 0 3\n"
          "18000 19fff 0 0 3 [linear]\n"
          "1a000 1afff 3000 0 3\n"
          "1b000 1bfff - 0 3\n"
          "1c000 1cfff 4000 4 3 [linear]\n"
          "1d000 1dfff 0 4 3 [user]\n"
          "1f000 1ffff 7000 0 3 [linear]\n"
          "20000 20fff 8000 0 3\n");
}
END_TEST

/* No row may end within a page. */
START_TEST(whole_pages)
{
    static const struct vmmap_kernel_area areas[] = {
        {.name = "[odd]", .start = 0x2001, .last = 0x3000},
        {.name = "[linear]",
         .start = 0x5008,
         .last = 0x5009,
         .physical = 0x1008,
         .rule = VMMAP_KERNEL_AREA_LINEAR},
    };
    check(areas, COUNT_OF(areas),
          "1000 4fff 0 0 1\n"
          "5000 6fff 1000 0 1\n",
          "1000 1fff 0 0 1\n"
          "2000 3fff 1000 0 1 [odd]\n"
          "4000 4fff 3000 0 1\n"
          "5000 5fff 1000 0 1 [linear]\n"
          "6000 6fff 2000 0 1\n");
}
END_TEST

START_TEST(what_is_not_added)
{
    struct vmmap_kernel_layout layout = {.count = 0};
    const struct vmmap_kernel_area empty = {.name = "[empty]", .start = 0x2000, .last = 0x1fff};
    const struct vmmap_kernel_area one = {.name = "[one]", .start = 0x2000, .last = 0x2000};
    vmmap_kernel_layout_add(&layout, &empty);
    ck_assert_uint_eq(layout.count, 0);
    for (size_t i = 0; i < VMMAP_KERNEL_MAX_AREAS + 3; i++)
        vmmap_kernel_layout_add(&layout, &one);
    ck_assert_uint_eq(layout.count, VMMAP_KERNEL_MAX_AREAS);
}
END_TEST

START_TEST(each_allocation_fails)
{
    static const char rows[] = "1000 6fff 51000 1 3\n8000 8fff 9000 0 3\n";
    static const struct vmmap_kernel_area area = {.name = "[a]", .start = 0x2000, .last = 0x8fff};
    struct vmmap_kernel_layout layout = {.count = 0};
    vmmap_kernel_layout_add(&layout, &area);
    for (unsigned int at = 1;; at++) {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = at};
        struct vmmap_map *map = make_pages(rows);
        fault_begin(&plan);
        struct vmmap_error *error = vmmap_kernel_layout_name_regions(&layout, map);
        const unsigned int calls = fault_end().calls[FAULT_ALLOCATION];
        if (error) {
            ck_assert_ptr_eq(error, &vmmap_error_no_memory);
            assert_pages(map, rows);
        } else {
            assert_pages(map, "1000 1fff 51000 1 3\n2000 6fff 52000 1 3 [a]\n"
                              "8000 8fff 9000 0 3 [a]\n");
        }
        vmmap_map_destroy(map);
        if (calls < at) {
            ck_assert_uint_gt(at, 3);
            break;
        }
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("kernel_layout", nothing_known, rows_are_cut, later_areas_are_above,
                     the_ends_of_the_space, rules, whole_pages, what_is_not_added,
                     each_allocation_fails);
}
