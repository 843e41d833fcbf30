/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/sort.h"

#include <inttypes.h>

#include "support.h"

static const char rows[] = "1000-3fff r--p 0 /c\n"
                           "5000-5fff r-xp 0 /a\n"
                           "6000-7fff rw-p 0 -\n"
                           "8000-8fff rw-p 0 /a\n"
                           "f000-ffff rw-p 0 /b\n";

static char *selection_text(struct vmmap_filter filter, enum vmmap_sort by)
{
    struct vmmap_map *map = make_map(rows);
    struct vmmap_selection selection;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    assert_ok(vmmap_selection_init(map, &filter, &selection));
    assert_ok(vmmap_selection_sort(&selection, map, by));
    for (size_t i = 0; i < selection.count; i++) {
        const struct vmmap_row row = vmmap_selection_row(&selection, i);
        vmmap_buffer_printf(&text, "%zu%s ", row.index, row.matched ? "*" : "");
    }
    vmmap_selection_deinit(&selection);
    vmmap_map_destroy(map);
    vmmap_buffer_append_string(&text, ".");
    return take_text(&text);
}

static char *layout_text(enum vmmap_sort by)
{
    const struct vmmap_filter filter = {.kind = VMMAP_FILTER_NONE};
    struct vmmap_map *map = make_map(rows);
    struct vmmap_selection selection;
    struct vmmap_layout layout;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    assert_ok(vmmap_selection_init(map, &filter, &selection));
    assert_ok(vmmap_layout_init(map, &filter, &selection, &layout));
    vmmap_layout_sort(&layout, map, by);
    for (size_t i = 0; i < layout.count; i++)
        vmmap_buffer_printf(&text, "%" PRIx64 "%s ", layout.spans[i].start,
                            layout.spans[i].kind == VMMAP_SPAN_GAP ? "g" : "");
    vmmap_layout_deinit(&layout);
    vmmap_selection_deinit(&selection);
    vmmap_map_destroy(map);
    return take_text(&text);
}

#define assert_text(text, wanted)                                                                  \
    do {                                                                                           \
        char *text_ = text;                                                                        \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(rows_in_each_order)
{
    const struct vmmap_filter all = {.kind = VMMAP_FILTER_NONE};
    const struct vmmap_filter a = {.kind = VMMAP_FILTER_NAME, .name = "/a", .before = 1};
    const struct vmmap_filter none = {.kind = VMMAP_FILTER_NAME, .name = "nowhere"};
    assert_text(selection_text(all, VMMAP_SORT_START), "0 1 2 3 4 .");
    assert_text(selection_text(all, VMMAP_SORT_SIZE), "1 3 4 2 0 .");
    assert_text(selection_text(all, VMMAP_SORT_NAME), "1 3 4 0 2 .");
    assert_text(selection_text(a, VMMAP_SORT_SIZE), "1* 3* 2 0 .");
    assert_text(selection_text(none, VMMAP_SORT_SIZE), ".");
}
END_TEST

START_TEST(spans_in_each_order)
{
    assert_text(layout_text(VMMAP_SORT_START), "1000 4000g 5000 6000 8000 9000g f000 ");
    assert_text(layout_text(VMMAP_SORT_SIZE), "4000g 5000 8000 f000 6000 1000 9000g ");
    assert_text(layout_text(VMMAP_SORT_NAME), "5000 8000 f000 1000 6000 4000g 9000g ");
    struct vmmap_layout empty = {.spans = NULL};
    vmmap_layout_sort(&empty, NULL, VMMAP_SORT_SIZE);
    ck_assert_uint_eq(empty.count, 0);
}
END_TEST

int main(void)
{
    return RUN_TESTS("sort", rows_in_each_order, spans_in_each_order);
}
