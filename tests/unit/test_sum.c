/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/sum.h"

#include <inttypes.h>

#include "support.h"

static void append_totals(struct vmmap_buffer *text, const char *what,
                          const struct vmmap_total *totals, size_t count)
{
    vmmap_buffer_printf(text, "%s", what);
    for (size_t i = 0; i < count; i++)
        vmmap_buffer_printf(text, " %zu:%zu:%" PRIx64, totals[i].first, totals[i].count,
                            totals[i].size);
    vmmap_buffer_append_string(text, "\n");
}

/* Totals as FIRST:COUNT:SIZE. */
static char *sum_text(const char *rows, struct vmmap_filter filter)
{
    struct vmmap_map *map = make_map(rows);
    struct vmmap_selection selection;
    struct vmmap_sum sum;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    assert_ok(vmmap_selection_init(map, &filter, &selection));
    assert_ok(vmmap_sum_init(map, &selection, &sum));
    append_totals(&text, "names", sum.names, sum.name_count);
    append_totals(&text, "perms", sum.perms, sum.perms_count);
    append_totals(&text, "all", &sum.all, 1);
    if (sum.largest != VMMAP_NO_REGION)
        vmmap_buffer_printf(&text, "largest %zu\n", sum.largest);
    if (sum.has_gap)
        vmmap_buffer_printf(&text, "gap %" PRIx64 "-%" PRIx64 "\n", sum.gap_start, sum.gap_last);
    vmmap_sum_deinit(&sum);
    ck_assert_ptr_null(sum.names);
    vmmap_selection_deinit(&selection);
    vmmap_map_destroy(map);
    return take_text(&text);
}

#define assert_sum(rows, filter, wanted)                                                           \
    do {                                                                                           \
        char *text_ = sum_text(rows, filter);                                                      \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

static const struct vmmap_filter all = {.kind = VMMAP_FILTER_NONE};

static const char rows[] = "1000-1fff r--p 0 /a\n"
                           "2000-3fff r-xp 0 /a\n"
                           "5000-5fff rw-p 0 -\n"
                           "9000-9fff rw-p 0 /b\n"
                           "b000-dfff rw-p 0 -\n"
                           "e000-efff r--p 0 /a\n";

START_TEST(totals_the_largest_page_and_gap)
{
    assert_sum(rows, all,
               "names 0:3:4000 2:2:4000 3:1:1000\n"
               "perms 2:3:5000 0:2:2000 1:1:2000\n"
               "all 0:6:9000\n"
               "largest 4\n"
               "gap 6000-8fff\n");
}
END_TEST

START_TEST(of_what_is_selected_only)
{
    const struct vmmap_filter named = {.kind = VMMAP_FILTER_NAME, .name = "/a"};
    assert_sum(rows, named,
               "names 0:3:4000\n"
               "perms 0:2:2000 1:1:2000\n"
               "all 0:3:4000\n"
               "largest 1\n");
    const struct vmmap_filter none = {.kind = VMMAP_FILTER_NAME, .name = "nowhere"};
    assert_sum(rows, none, "names\nperms\nall 0:0:0\n");
    assert_sum("", all, "names\nperms\nall 0:0:0\n");
}
END_TEST

START_TEST(the_whole_space_is_0_bytes)
{
    assert_sum("0-ffffffffffffffff rwxp 0 /a\n", all,
               "names 0:1:0\nperms 0:1:0\nall 0:1:0\nlargest 0\n");
    assert_sum("0-7fffffffffffffff rwxp 0 /a\n8000000000000000-ffffffffffffffff r--p 0 /a\n", all,
               "names 0:2:0\nperms 0:1:8000000000000000 1:1:8000000000000000\nall 0:2:0\n"
               "largest 0\n");
    assert_sum("0-fff rwxp 0 /a\nfffffffffffff000-ffffffffffffffff r--p 0 /a\n", all,
               "names 0:2:2000\nperms 0:1:1000 1:1:1000\nall 0:2:2000\nlargest 0\n"
               "gap 1000-ffffffffffffefff\n");
}
END_TEST

int main(void)
{
    return RUN_TESTS("sum", totals_the_largest_page_and_gap, of_what_is_selected_only,
                     the_whole_space_is_0_bytes);
}
