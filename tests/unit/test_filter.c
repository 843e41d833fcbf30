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
    /* In a region there is no hole; outside of everything it has one neighbour. */
    assert_selection(AT(0x3000, .holes = true), "2* (1 matched, 0 unknown)");
    assert_selection(AT(0, .holes = true), "0 (0 matched, 0 unknown)");
    assert_selection(AT(0, .holes = true, .before = 3, .after = 2), "0 1 (0 matched, 0 unknown)");
}
END_TEST

START_TEST(above_everything_the_last_is_the_neighbour)
{
    char *text = selection_text("1000-1fff r--p 0 a\n",
                                (struct vmmap_filter)AT(0x2000, .holes = true, .before = 1));
    ck_assert_str_eq(text, "0 (0 matched, 0 unknown)");
    free(text);
}
END_TEST

START_TEST(a_range_selects_what_overlaps_it)
{
    assert_selection(FILTER(.kind = VMMAP_FILTER_RANGE, .address = 0x1fff, .last = 0x3000),
                     "0* 1* 2* (3 matched, 0 unknown)");
    assert_selection(FILTER(.kind = VMMAP_FILTER_RANGE, .address = 0x4000, .last = 0x4fff),
                     "(0 matched, 0 unknown)");
    assert_selection(FILTER(.kind = VMMAP_FILTER_RANGE, .address = 0, .last = UINT64_MAX),
                     "0* 1* 2* 3* 4* 5* 6* (7 matched, 0 unknown)");
    assert_selection(FILTER(.kind = VMMAP_FILTER_RANGE, .address = 0x2800, .last = 0x2800,
                            .before = 1, .after = 1),
                     "0 1* 2 (1 matched, 0 unknown)");
}
END_TEST

START_TEST(names_in_any_case_words_and_whole_files)
{
    static const char *const words[] = {"HEAP", "/bin", NULL};
    assert_selection(NAMED("HEAP", .before = 0), "(0 matched, 0 unknown)");
    assert_selection(NAMED("HEAP", .ignore_case = true), "3* (1 matched, 0 unknown)");
    assert_selection(FILTER(.kind = VMMAP_FILTER_WORDS, .words = words),
                     "0* 1* (2 matched, 0 unknown)");
    assert_selection(FILTER(.kind = VMMAP_FILTER_WORDS, .words = words, .ignore_case = true),
                     "0* 1* 3* (3 matched, 0 unknown)");
    assert_selection(FILTER(.kind = VMMAP_FILTER_FILE, .name = "/lib/b"),
                     "4* 5* (2 matched, 0 unknown)");
    assert_selection(FILTER(.kind = VMMAP_FILTER_FILE, .name = "/lib"), "(0 matched, 0 unknown)");
    assert_selection(FILTER(.kind = VMMAP_FILTER_FILE, .name = "[anon_00003]"),
                     "(0 matched, 0 unknown)");
}
END_TEST

START_TEST(labels_are_names_too)
{
    static const char labelled[] = "1000-1fff rw-p 0 - # stack of thread 2\n"
                                   "2000-2fff rw-p 0 - # TLS of thread 2\n";
    char *text = selection_text(labelled, (struct vmmap_filter)NAMED("TLS", .before = 0));
    ck_assert_str_eq(text, "1* (1 matched, 0 unknown)");
    free(text);
    text = selection_text(labelled, (struct vmmap_filter)NAMED("thread 2", .before = 0));
    ck_assert_str_eq(text, "0* 1* (2 matched, 0 unknown)");
    free(text);
    struct vmmap_map *map = make_map(labelled);
    ck_assert(vmmap_map_has_name(map, "of thread", false));
    ck_assert(!vmmap_map_has_name(map, "tls", false));
    ck_assert(vmmap_map_has_name(map, "tls", true));
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_regular_expression_is_on_names)
{
    struct vmmap_regex *regex;
    assert_ok(vmmap_regex_create("^/(bin/a|lib)", &regex));
    assert_selection(FILTER(.regex = regex), "0* 1* 4* 5* (4 matched, 0 unknown)");
    assert_selection(FILTER(.regex = regex, .perms = X), "1* (4 matched, 2 unknown)");
    assert_selection(AT(0x2000, .regex = regex, .after = 1), "1* 2 (1 matched, 0 unknown)");
    assert_selection(AT(0x3000, .regex = regex), "(0 matched, 0 unknown)");
    vmmap_regex_destroy(regex);
    assert_ok(vmmap_regex_create("anon_0000[23]", &regex));
    assert_selection(FILTER(.regex = regex), "2* (1 matched, 0 unknown)");
    vmmap_regex_destroy(regex);
}
END_TEST

START_TEST(a_pattern_applies_to_what_is_shown)
{
    struct vmmap_filter filter = FILTER(.kind = VMMAP_FILTER_NONE);
    ck_assert(vmmap_perms_pattern_parse("rw-", &filter.pattern));
    char *text = selection_text(rows, filter);
    ck_assert_str_eq(text, "2 (7 matched, 2 unknown)");
    free(text);
    filter.perms = X;
    text = selection_text(rows, filter);
    ck_assert_str_eq(text, "(7 matched, 2 unknown)");
    free(text);
}
END_TEST

static struct vmmap_error *count_down(void *context)
{
    unsigned int *left = context;
    return (*left)-- == 0 ? vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit") : NULL;
}

START_TEST(matching_can_be_interrupted_at_each_name)
{
    struct vmmap_map *map = make_map(rows);
    struct vmmap_regex *regex;
    unsigned int polls = 0;
    assert_ok(vmmap_regex_create("a", &regex));
    for (bool done = false; !done; polls++) {
        unsigned int left = polls;
        struct vmmap_selection selection;
        const struct vmmap_filter filter = {
            .regex = regex, .poll = count_down, .poll_context = &left};
        struct vmmap_error *error = vmmap_selection_init(map, &filter, &selection);
        done = !error;
        if (error)
            assert_error(error, VMMAP_ERROR_INTERRUPTED, "Quit");
        vmmap_selection_deinit(&selection);
    }
    ck_assert_uint_eq(polls - 1, 5); /* names; neighbours of one file are asked once */
    vmmap_regex_destroy(regex);
    vmmap_map_destroy(map);
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
    ck_assert(vmmap_map_has_name(map, "heap", false));
    ck_assert(vmmap_map_has_name(map, "anon_00003", false));
    ck_assert(!vmmap_map_has_name(map, "anon_00001", false));
    ck_assert(!vmmap_map_has_name(map, "/BIN", false));
    ck_assert(vmmap_map_has_name(map, "/BIN", true));
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
        above_everything_the_last_is_the_neighbour, an_empty_map_has_no_rows,
        a_range_selects_what_overlaps_it, names_in_any_case_words_and_whole_files,
        labels_are_names_too, a_regular_expression_is_on_names, a_pattern_applies_to_what_is_shown,
        matching_can_be_interrupted_at_each_name, names_are_found_as_they_are_shown);
}
