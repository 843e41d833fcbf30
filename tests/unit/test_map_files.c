/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "support.h"
#include "view.h"

/* Adds the files to the ranges and compares. */
static void check(const char *ranges, const char *files, const char *wanted)
{
    struct vmmap_map *map = make_map(ranges), *named = make_map(files);
    assert_ok(vmmap_map_add_files(map, named));
    vmmap_map_destroy(named); /* the names must be the map's own */
    assert_rows(map, wanted);
    vmmap_map_destroy(map);
}

START_TEST(exact_ranges_get_name_and_offset)
{
    check("1000-1fff r-x? ? -\n2000-2fff rw-? ? -\n4000-4fff r--? ? -\n",
          "1000-1fff ???? 0 /a\n4000-4fff ???? 3000 /b\n",
          "1000-1fff r-x? 0 /a\n2000-2fff rw-? ? -\n4000-4fff r--? 3000 /b\n");
}
END_TEST

START_TEST(ranges_are_split_where_files_begin_and_end)
{
    check("1000-4fff rw-? ? -\n", "2000-2fff ???? 5000 /a\n",
          "1000-1fff rw-? ? -\n2000-2fff rw-? 5000 /a\n3000-4fff rw-? ? -\n");
    check("2000-2fff r--? ? -\n3000-3fff rw-? ? -\n", "1000-4fff ???? 0 /a\n",
          "1000-1fff ???? 0 /a\n2000-2fff r--? 1000 /a\n3000-3fff rw-? 2000 /a\n"
          "4000-4fff ???? 3000 /a\n");
    check("1000-2fff r--? ? -\n", "2000-3fff ???? 0 /a\n",
          "1000-1fff r--? ? -\n2000-2fff r--? 0 /a\n3000-3fff ???? 1000 /a\n");
}
END_TEST

START_TEST(what_only_one_list_has_stays)
{
    check("", "1000-1fff ???? 0 /a\n", "1000-1fff ???? 0 /a\n");
    check("1000-1fff r--? ? -\n", "", "1000-1fff r--? ? -\n");
    check("", "", "");
    check("1000-1fff r--? ? -\n", "3000-3fff ???? 0 /a\n",
          "1000-1fff r--? ? -\n3000-3fff ???? 0 /a\n");
    check("3000-3fff r--? ? -\n", "1000-1fff ???? 0 -\n",
          "1000-1fff ???? 0 -\n3000-3fff r--? ? -\n");
}
END_TEST

START_TEST(the_top_of_the_space_is_an_ordinary_range)
{
    check("fffffffffffff000-ffffffffffffffff r--? ? -\n", "0-ffffffffffffffff ???? 0 /a\n",
          "0-ffffffffffffefff ???? 0 /a\n"
          "fffffffffffff000-ffffffffffffffff r--? fffffffffffff000 /a\n");
    check("0-ffffffffffffffff r--? ? -\n", "fffffffffffff000-ffffffffffffffff ???? 0 /a\n",
          "0-ffffffffffffefff r--? ? -\nfffffffffffff000-ffffffffffffffff r--? 0 /a\n");
}
END_TEST

/* 4 pages of which the core file has the first one and a half. */
static const struct vmmap_region half_saved = {
    .start = 0x1000, .last = 0x4fff, .saved = 0x1800, .has_saved = true};

START_TEST(a_part_of_a_region_has_its_part_of_the_saved_bytes)
{
    ck_assert_uint_eq(vmmap_region_until(half_saved, 0x1fff).saved, 0x1000);
    ck_assert_uint_eq(vmmap_region_until(half_saved, 0x2fff).saved, 0x1800);
    ck_assert_uint_eq(vmmap_region_from(half_saved, 0x2000).saved, 0x800);
    ck_assert_uint_eq(vmmap_region_from(half_saved, 0x3000).saved, 0);

    ck_assert(vmmap_region_lacks_bytes(&half_saved));
    const struct vmmap_region first = vmmap_region_until(half_saved, 0x1fff);
    ck_assert(!vmmap_region_lacks_bytes(&first));
    const struct vmmap_region none = vmmap_region_from(half_saved, 0x3000);
    ck_assert(vmmap_region_lacks_bytes(&none));
    const struct vmmap_region live = {.start = 0x1000, .last = 0x1fff};
    ck_assert(!vmmap_region_lacks_bytes(&live));
}
END_TEST

static void init_saved_view(struct test_view *test)
{
    const struct vmmap_filter all = {.kind = VMMAP_FILTER_NONE};
    test_view_init(test,
                   "1000-1fff rw-p 0 /a # stack of thread 2\n2000-2fff r--p 0 /b\n"
                   "3000-3fff r--p 0 /c\n4000-4fff r--p 0 /d\n",
                   all, false);
    const uint64_t saved[] = {0, 0xfff, 0x1000};
    for (size_t i = 0; i < 3; i++) {
        test->map->regions[i].saved = saved[i];
        test->map->regions[i].has_saved = true;
    }
}

START_TEST(the_table_marks_what_was_not_saved)
{
    struct test_view test;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    init_saved_view(&test);
    vmmap_render_table(&text, &test.view, false);
    char *table = take_text(&text);
    ck_assert_ptr_nonnull(strstr(table, " 0 /a (stack of thread 2) (not saved)\n"));
    ck_assert_ptr_nonnull(strstr(table, " 0 /b (0xfff saved)\n"));
    ck_assert_ptr_nonnull(strstr(table, " 0 /c\n"));
    ck_assert_ptr_nonnull(strstr(table, " 0 /d\n"));
    free(table);
    test_view_deinit(&test);
}
END_TEST

START_TEST(json_tells_the_saved_bytes_where_they_are_known)
{
    struct test_view test;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    init_saved_view(&test);
    vmmap_render_json(&text, &test.view);
    char *json = take_text(&text);
    ck_assert_ptr_nonnull(strstr(json, "\"name\": \"/a\", \"label\": \"stack of thread 2\", "
                                       "\"origin\": \"procfs\", \"saved\": \"0x0\"}"));
    ck_assert_ptr_nonnull(strstr(json, "\"name\": \"/b\", \"label\": \"\", \"origin\": \"procfs\", "
                                       "\"saved\": \"0xfff\"}"));
    ck_assert_ptr_nonnull(strstr(json, "\"name\": \"/c\", \"label\": \"\", \"origin\": \"procfs\", "
                                       "\"saved\": \"0x1000\"}"));
    ck_assert_ptr_nonnull(
        strstr(json, "\"name\": \"/d\", \"label\": \"\", \"origin\": \"procfs\"}"));
    free(json);
    test_view_deinit(&test);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "map_files", exact_ranges_get_name_and_offset, ranges_are_split_where_files_begin_and_end,
        what_only_one_list_has_stays, the_top_of_the_space_is_an_ordinary_range,
        a_part_of_a_region_has_its_part_of_the_saved_bytes, the_table_marks_what_was_not_saved,
        json_tells_the_saved_bytes_where_they_are_known);
}
