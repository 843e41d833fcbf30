/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/filter.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

enum { W = VMMAP_PERM_WRITE, X = VMMAP_PERM_EXEC };

static const char rows[] = "1000-1fff r--p 0 /bin/a\n"
                           "2000-2fff r-xp 0 /bin/a\n"
                           "3000-3fff rw-p 0 -\n"
                           "5000-5fff rwxp 0 [heap]\n"
                           "6000-6fff ?w?p 0 /lib/b\n"
                           "8000-8fff ???? 0 /lib/b\n"
                           "fffffffffffff000-ffffffffffffffff --xp 0 [top]\n";

/* The selection as "0 1* 2": indices, a star where matched; then what was counted. */
static char *selection_text(const char *map_rows, struct vmmap_filter filter)
{
    struct vmmap_map *map = make_map(map_rows);
    struct vmmap_selection selection;
    assert_ok(vmmap_selection_init(map, &filter, &selection));
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < selection.count; i++) {
        const struct vmmap_row row = vmmap_selection_row(&selection, i);
        vmmap_buffer_printf(&text, "%zu%s ", row.index, row.matched ? "*" : "");
    }
    vmmap_buffer_printf(&text, "(%zu matched, %zu unknown)", selection.match_count,
                        selection.unknown_count);
    vmmap_selection_deinit(&selection);
    ck_assert_ptr_null(selection.rows);
    vmmap_map_destroy(map);
    return take_text(&text);
}

#define assert_selection(filter, wanted)                                                           \
    do {                                                                                           \
        char *text_ = selection_text(rows, (struct vmmap_filter)filter);                           \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

/* A brace list as one macro argument. */
#define FILTER(...)                                                                                \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define AT(address_, ...) FILTER(.kind = VMMAP_FILTER_ADDRESS, .address = address_, __VA_ARGS__)
#define NAMED(name_, ...) FILTER(.kind = VMMAP_FILTER_NAME, .name = name_, __VA_ARGS__)

START_TEST(no_filter_takes_all_and_marks_none)
{
    assert_selection(FILTER(.kind = VMMAP_FILTER_NONE), "0 1 2 3 4 5 6 (7 matched, 0 unknown)");
    /* Context around everything changes nothing. */
    assert_selection(FILTER(.kind = VMMAP_FILTER_NONE, .before = 2, .after = 2),
                     "0 1 2 3 4 5 6 (7 matched, 0 unknown)");
}
END_TEST

START_TEST(an_address_selects_the_region_that_holds_it)
{
    assert_selection(AT(0x1000, .before = 0), "0* (1 matched, 0 unknown)");
    assert_selection(AT(0x2fff, .before = 0), "1* (1 matched, 0 unknown)");
    assert_selection(AT(UINT64_MAX, .before = 0), "6* (1 matched, 0 unknown)");
    assert_selection(AT(0, .before = 0), "(0 matched, 0 unknown)");
    assert_selection(AT(0x4000, .before = 0), "(0 matched, 0 unknown)");
    assert_selection(AT(0x9000, .before = 3, .after = 3), "(0 matched, 0 unknown)");
}
END_TEST

START_TEST(a_name_selects_all_regions_that_contain_it)
{
    assert_selection(NAMED("/bin/a", .before = 0), "0* 1* (2 matched, 0 unknown)");
    assert_selection(NAMED("b", .before = 0), "0* 1* 4* 5* (4 matched, 0 unknown)");
    assert_selection(NAMED("[heap]", .before = 0), "3* (1 matched, 0 unknown)");
    assert_selection(NAMED("[anon_00003]", .before = 0), "2* (1 matched, 0 unknown)");
    assert_selection(NAMED("anon", .before = 0), "2* (1 matched, 0 unknown)");
    assert_selection(NAMED("", .before = 0), "0* 1* 2* 3* 4* 5* 6* (7 matched, 0 unknown)");
    assert_selection(NAMED("nowhere", .before = 1, .after = 1), "(0 matched, 0 unknown)");
}
END_TEST

START_TEST(context_is_counted_in_the_whole_map)
{
    assert_selection(AT(0x5000, .before = 1), "2 3* (1 matched, 0 unknown)");
    assert_selection(AT(0x5000, .after = 2), "3* 4 5 (1 matched, 0 unknown)");
    assert_selection(AT(0x5000, .before = 1, .after = 1), "2 3* 4 (1 matched, 0 unknown)");
}
END_TEST

START_TEST(context_stops_at_both_ends)
{
    assert_selection(AT(0x1000, .before = 5), "0* (1 matched, 0 unknown)");
    assert_selection(AT(0x2000, .before = 5), "0 1* (1 matched, 0 unknown)");
    assert_selection(AT(UINT64_MAX, .after = 5), "6* (1 matched, 0 unknown)");
    assert_selection(AT(0x8000, .after = 5), "5* 6 (1 matched, 0 unknown)");
    assert_selection(AT(0x3000, .before = UINT64_MAX, .after = UINT64_MAX),
                     "0 1 2* 3 4 5 6 (1 matched, 0 unknown)");
}
END_TEST

START_TEST(overlapping_contexts_show_no_page_twice)
{
    assert_selection(NAMED("/", .before = 1, .after = 1),
                     "0* 1* 2 3 4* 5* 6 (4 matched, 0 unknown)");
    assert_selection(NAMED("/bin", .before = 3, .after = 3), "0* 1* 2 3 4 (2 matched, 0 unknown)");
    assert_selection(NAMED("/", .after = UINT64_MAX), "0* 1* 2 3 4* 5* 6 (4 matched, 0 unknown)");
    /* A gap between two contexts stays one. */
    assert_selection(NAMED("[", .before = 0, .after = 0), "2* 3* 6* (3 matched, 0 unknown)");
}
END_TEST

START_TEST(permissions_apply_to_what_is_shown)
{
    assert_selection(FILTER(.perms = W), "2 3 4 (7 matched, 1 unknown)");
    assert_selection(FILTER(.perms = X), "1 3 6 (7 matched, 2 unknown)");
    /* Row 4 may be executable and is writable; of row 5 nothing is known. */
    assert_selection(FILTER(.perms = W | X), "3 (7 matched, 2 unknown)");
    assert_selection(AT(0x2000, .perms = W, .before = 1, .after = 2), "2 3 (1 matched, 0 unknown)");
    assert_selection(AT(0x2000, .perms = X, .after = 2), "1* 3 (1 matched, 0 unknown)");
    assert_selection(AT(0x1000, .perms = W), "(1 matched, 0 unknown)");
    assert_selection(AT(0x8000, .perms = W), "(1 matched, 1 unknown)");
}
END_TEST

START_TEST(a_hole_selects_its_neighbours_where_holes_count)
{
    assert_selection(AT(0x4000, .holes = true), "2 3 (0 matched, 0 unknown)");
    assert_selection(AT(0x4fff, .holes = true, .before = 2), "1 2 3 (0 matched, 0 unknown)");
    assert_selection(AT(0x7000, .holes = true, .after = 9), "4 5 6 (0 matched, 0 unknown)");
    assert_selection(AT(0x7000, .holes = true, .before = UINT64_MAX, .after = UINT64_MAX),
                     "0 1 2 3 4 5 6 (0 matched, 0 unknown)");
    assert_selection(AT(0x7000, .holes = true, .perms = W), "4 (0 matched, 1 unknown)");
    /* In a region, or outside of everything, there is no hole. */
    assert_selection(AT(0x3000, .holes = true), "2* (1 matched, 0 unknown)");
    assert_selection(AT(0, .holes = true), "(0 matched, 0 unknown)");
}
END_TEST

START_TEST(above_everything_there_is_no_hole)
{
    char *text = selection_text("1000-1fff r--p 0 a\n",
                                (struct vmmap_filter)AT(0x2000, .holes = true, .before = 1));
    ck_assert_str_eq(text, "(0 matched, 0 unknown)");
    free(text);
}
END_TEST

START_TEST(an_empty_map_has_no_rows)
{
    char *text = selection_text("", (struct vmmap_filter)AT(0, .holes = true, .after = 1));
    ck_assert_str_eq(text, "(0 matched, 0 unknown)");
    free(text);
}
END_TEST

START_TEST(names_are_found_as_they_are_shown)
{
    struct vmmap_map *map = make_map(rows);
    ck_assert(vmmap_map_has_name(map, "heap"));
    ck_assert(vmmap_map_has_name(map, "anon_00003"));
    ck_assert(!vmmap_map_has_name(map, "anon_00001"));
    ck_assert(!vmmap_map_has_name(map, "/BIN"));
    vmmap_map_destroy(map);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "filter", no_filter_takes_all_and_marks_none, an_address_selects_the_region_that_holds_it,
        a_name_selects_all_regions_that_contain_it, context_is_counted_in_the_whole_map,
        context_stops_at_both_ends, overlapping_contexts_show_no_page_twice,
        permissions_apply_to_what_is_shown, a_hole_selects_its_neighbours_where_holes_count,
        above_everything_there_is_no_hole, an_empty_map_has_no_rows,
        names_are_found_as_they_are_shown);
}
