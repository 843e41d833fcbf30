/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/gaps.h"

#include <inttypes.h>
#include <stdio.h>

#include "support.h"

/* A line for each span: kind, range, start of its run, a star where matched; then the sums. */
static char *layout_text(const char *rows, struct vmmap_filter filter)
{
    static const char *const kinds[] = {"region", "adjacent", "guard", "gap"};
    struct vmmap_map *map = make_map(rows);
    struct vmmap_selection selection;
    struct vmmap_layout layout;
    filter.holes = true;
    assert_ok(vmmap_selection_init(map, &filter, &selection));
    assert_ok(vmmap_layout_init(map, &filter, &selection, &layout));
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    size_t matched = 0;
    for (size_t i = 0; i < layout.count; i++) {
        const struct vmmap_span *span = &layout.spans[i];
        vmmap_buffer_printf(&text, "%s %zu %" PRIx64 "-%" PRIx64 " run %" PRIx64 "%s\n",
                            kinds[span->kind], span->index, span->start, span->last,
                            span->run_start, span->matched ? " *" : "");
        matched += span->matched;
    }
    ck_assert_uint_eq(layout.match_count, matched);
    vmmap_buffer_printf(&text, "%" PRIx64 " mapped, %" PRIx64 " unmapped\n", layout.mapped,
                        layout.unmapped);
    vmmap_layout_deinit(&layout);
    ck_assert_ptr_null(layout.spans);
    vmmap_selection_deinit(&selection);
    vmmap_map_destroy(map);
    return take_text(&text);
}

#define assert_layout(rows, filter, wanted)                                                        \
    do {                                                                                           \
        char *text_ = layout_text(rows, filter);                                                   \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

static const struct vmmap_filter all = {.kind = VMMAP_FILTER_NONE};

static const char rows[] = "1000-1fff r--p 0 a\n"
                           "2000-3fff r-xp 0 a\n"
                           "4000-4fff ---p 0 -\n"
                           "5000-5fff rw-p 0 [stack]\n"
                           "8000-8fff rw-p 0 b\n"
                           "9000-9fff ???? 0 c\n";

START_TEST(runs_guards_and_gaps_are_told)
{
    assert_layout(rows, all,
                  "region 0 1000-1fff run 1000\n"
                  "adjacent 1 2000-3fff run 1000\n"
                  "guard 2 4000-4fff run 4000\n"
                  "region 3 5000-5fff run 5000\n"
                  "gap 4 6000-7fff run 6000\n"
                  "region 4 8000-8fff run 8000\n"
                  "adjacent 5 9000-9fff run 8000\n"
                  "7000 mapped, 2000 unmapped\n");
}
END_TEST

START_TEST(what_a_filter_left_out_is_no_gap)
{
    const struct vmmap_filter filter = {.kind = VMMAP_FILTER_NAME, .name = "a"};
    assert_layout("1000-1fff r--p 0 a\n3000-3fff r--p 0 b\n5000-5fff r--p 0 a\n", filter,
                  "region 0 1000-1fff run 1000 *\n"
                  "region 2 5000-5fff run 5000 *\n"
                  "2000 mapped, 0 unmapped\n");
    /* Nor is a run continued over a row that is not shown. */
    assert_layout("1000-1fff r--p 0 a\n2000-2fff r--p 0 b\n3000-3fff r--p 0 a\n", filter,
                  "region 0 1000-1fff run 1000 *\n"
                  "region 2 3000-3fff run 3000 *\n"
                  "2000 mapped, 0 unmapped\n");
}
END_TEST

START_TEST(an_address_in_a_hole_marks_the_gap)
{
    const struct vmmap_filter filter = {.kind = VMMAP_FILTER_ADDRESS, .address = 0x7fff};
    assert_layout(rows, filter,
                  "region 3 5000-5fff run 5000\n"
                  "gap 4 6000-7fff run 6000 *\n"
                  "region 4 8000-8fff run 8000\n"
                  "2000 mapped, 2000 unmapped\n");
}
END_TEST

START_TEST(an_address_outside_marks_the_gap_below_or_above_all)
{
    struct vmmap_filter filter = {.kind = VMMAP_FILTER_ADDRESS, .address = 0};
    assert_layout(rows, filter,
                  "gap 0 0-fff run 0 *\n"
                  "region 0 1000-1fff run 1000\n"
                  "1000 mapped, 1000 unmapped\n");
    filter.address = UINT64_MAX;
    assert_layout(rows, filter,
                  "region 5 9000-9fff run 9000\n"
                  "gap 6 a000-ffffffffffffffff run a000 *\n"
                  "1000 mapped, ffffffffffff6000 unmapped\n");
}
END_TEST

START_TEST(the_space_of_32_bits_ends_earlier)
{
    struct vmmap_map *map = make_map("1000-1fff r--p 0 a\n");
    struct vmmap_filter filter = {
        .kind = VMMAP_FILTER_ADDRESS, .address = 0xffffffff, .holes = true};
    struct vmmap_selection selection;
    struct vmmap_layout layout;
    map->address_bits = 32;
    assert_ok(vmmap_selection_init(map, &filter, &selection));
    assert_ok(vmmap_layout_init(map, &filter, &selection, &layout));
    ck_assert_uint_eq(layout.count, 2);
    ck_assert_uint_eq(layout.spans[1].start, 0x2000);
    ck_assert_uint_eq(layout.spans[1].last, 0xffffffff);
    vmmap_layout_deinit(&layout);
    filter.address = 0x100000000;
    assert_ok(vmmap_layout_init(map, &filter, &selection, &layout));
    ck_assert_uint_eq(layout.count, 1);
    vmmap_layout_deinit(&layout);
    vmmap_selection_deinit(&selection);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(an_address_in_a_region_marks_the_region)
{
    const struct vmmap_filter filter = {.kind = VMMAP_FILTER_ADDRESS, .address = 0x2000};
    assert_layout(rows, filter, "region 1 2000-3fff run 2000 *\n2000 mapped, 0 unmapped\n");
}
END_TEST

START_TEST(nothing_shown_has_no_layout)
{
    const struct vmmap_filter filter = {.kind = VMMAP_FILTER_NAME, .name = "nowhere"};
    assert_layout(rows, filter, "0 mapped, 0 unmapped\n");
    assert_layout("", all, "0 mapped, 0 unmapped\n");
}
END_TEST

START_TEST(both_ends_of_the_space_are_ordinary)
{
    assert_layout("0-0 rw-p 0 a\nffffffffffffffff-ffffffffffffffff rw-p 0 b\n", all,
                  "region 0 0-0 run 0\n"
                  "gap 1 1-fffffffffffffffe run 1\n"
                  "region 1 ffffffffffffffff-ffffffffffffffff run ffffffffffffffff\n"
                  "2 mapped, fffffffffffffffe unmapped\n");
    assert_layout("0-ffffffffffffffff ???? ? -\n", all,
                  "region 0 0-ffffffffffffffff run 0\n0 mapped, 0 unmapped\n");
    assert_layout("0-7fffffffffffffff rw-p ? a\n8000000000000000-ffffffffffffffff rw-p ? b\n", all,
                  "region 0 0-7fffffffffffffff run 0\n"
                  "adjacent 1 8000000000000000-ffffffffffffffff run 0\n"
                  "0 mapped, 0 unmapped\n");
}
END_TEST

START_TEST(guards_side_by_side_stay_guards)
{
    assert_layout("1000-1fff ---p 0 -\n2000-2fff ---s 0 -\n3000-3fff rw-p 0 -\n", all,
                  "guard 0 1000-1fff run 1000\n"
                  "guard 1 2000-2fff run 2000\n"
                  "region 2 3000-3fff run 3000\n"
                  "3000 mapped, 0 unmapped\n");
}
END_TEST

int main(void)
{
    return RUN_TESTS("gaps", runs_guards_and_gaps_are_told, what_a_filter_left_out_is_no_gap,
                     an_address_in_a_hole_marks_the_gap, an_address_in_a_region_marks_the_region,
                     an_address_outside_marks_the_gap_below_or_above_all,
                     the_space_of_32_bits_ends_earlier, nothing_shown_has_no_layout,
                     both_ends_of_the_space_are_ordinary, guards_side_by_side_stay_guards);
}
