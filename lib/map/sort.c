/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/sort.h"

#include <stdlib.h>
#include <string.h>

struct order {
    const struct vmmap_map *map;
    enum vmmap_sort by;
};

static int compare_numbers(uint64_t left, uint64_t right)
{
    return (left > right) - (left < right);
}

static int compare_names(const struct vmmap_region *left, const struct vmmap_region *right)
{
    char scratch_left[VMMAP_REGION_NAME_SCRATCH], scratch_right[VMMAP_REGION_NAME_SCRATCH];
    if (left->name && left->name == right->name)
        return 0;
    return strcmp(vmmap_region_name(left, scratch_left), vmmap_region_name(right, scratch_right));
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct vmmap_row *left = a, *right = b;
    const struct order *order = context;
    const struct vmmap_region *regions = order->map->regions;
    int by_key = 0;
    if (order->by == VMMAP_SORT_SIZE)
        by_key = compare_numbers(vmmap_region_extent(&regions[left->index]),
                                 vmmap_region_extent(&regions[right->index]));
    else if (order->by == VMMAP_SORT_NAME)
        by_key = compare_names(&regions[left->index], &regions[right->index]);
    return by_key ? by_key : compare_numbers(left->index, right->index);
}

static int compare_spans(const void *a, const void *b, void *context)
{
    const struct vmmap_span *left = a, *right = b;
    const struct order *order = context;
    const struct vmmap_region *regions = order->map->regions;
    const bool left_is_gap = left->kind == VMMAP_SPAN_GAP;
    const bool right_is_gap = right->kind == VMMAP_SPAN_GAP;
    int by_key = 0;
    if (order->by == VMMAP_SORT_SIZE)
        by_key = compare_numbers(left->last - left->start, right->last - right->start);
    else if (order->by == VMMAP_SORT_NAME && (left_is_gap || right_is_gap))
        by_key = left_is_gap - right_is_gap;
    else if (order->by == VMMAP_SORT_NAME)
        by_key = compare_names(&regions[left->index], &regions[right->index]);
    return by_key ? by_key : compare_numbers(left->start, right->start);
}

/* A list of rows where there was none because all are selected. */
static struct vmmap_error *list_rows(struct vmmap_selection *selection)
{
    struct vmmap_row *rows = calloc(selection->count, sizeof(*rows));
    if (!rows)
        return &vmmap_error_no_memory;
    for (size_t i = 0; i < selection->count; i++)
        rows[i].index = i;
    selection->rows = rows;
    return NULL;
}

struct vmmap_error *vmmap_selection_sort(struct vmmap_selection *selection,
                                         const struct vmmap_map *map, enum vmmap_sort by)
{
    struct order order = {map, by};
    if (selection->count == 0)
        return NULL;
    struct vmmap_error *error = selection->rows ? NULL : list_rows(selection);
    if (!error)
        qsort_r(selection->rows, selection->count, sizeof(*selection->rows), compare_rows, &order);
    return error;
}

void vmmap_layout_sort(struct vmmap_layout *layout, const struct vmmap_map *map, enum vmmap_sort by)
{
    struct order order = {map, by};
    if (layout->count > 0)
        qsort_r(layout->spans, layout->count, sizeof(*layout->spans), compare_spans, &order);
}
