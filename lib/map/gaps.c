/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/gaps.h"

#include <stdlib.h>

static void add_span(struct vmmap_layout *layout, struct vmmap_span span)
{
    layout->spans[layout->count++] = span;
    if (span.matched)
        layout->match_count++;
    uint64_t size = span.last - span.start + 1;
    if (span.kind == VMMAP_SPAN_GAP)
        layout->unmapped += size;
    else
        layout->mapped += size;
}

/* The last address that there is. */
static uint64_t space_last(const struct vmmap_map *map)
{
    return map->address_bits < 64 ? (UINT64_C(1) << map->address_bits) - 1 : UINT64_MAX;
}

/* The gap below the region of this index, which is the map's count for the one above all. */
static void add_gap(const struct vmmap_map *map, const struct vmmap_filter *filter, size_t above,
                    struct vmmap_layout *layout)
{
    struct vmmap_span gap = {
        .kind = VMMAP_SPAN_GAP,
        .index = above,
        .start = above > 0 ? map->regions[above - 1].last + 1 : 0,
        .last = above < map->count ? map->regions[above].start - 1 : space_last(map),
    };
    gap.run_start = gap.start;
    gap.matched = filter->kind == VMMAP_FILTER_ADDRESS && filter->address >= gap.start &&
                  filter->address <= gap.last;
    add_span(layout, gap);
}

/* `below` is the span of the neighbour that was shown just before, or NULL. */
static void add_region(const struct vmmap_region *region, const struct vmmap_row *row,
                       const struct vmmap_span *below, struct vmmap_layout *layout)
{
    struct vmmap_span span = {
        .kind = VMMAP_SPAN_REGION,
        .matched = row->matched,
        .index = row->index,
        .start = region->start,
        .last = region->last,
        .run_start = region->start,
    };
    if (vmmap_region_is_guard(region)) {
        span.kind = VMMAP_SPAN_GUARD;
    } else if (below && (below->kind == VMMAP_SPAN_REGION || below->kind == VMMAP_SPAN_ADJACENT)) {
        span.kind = VMMAP_SPAN_ADJACENT;
        span.run_start = below->run_start;
    }
    add_span(layout, span);
}

/* Whether the address that is looked for lies below the first region, or above the last one. */
static bool is_below_all(const struct vmmap_map *map, const struct vmmap_filter *filter)
{
    return filter->kind == VMMAP_FILTER_ADDRESS && filter->address < map->regions[0].start;
}

static bool is_above_all(const struct vmmap_map *map, const struct vmmap_filter *filter)
{
    return filter->kind == VMMAP_FILTER_ADDRESS &&
           filter->address > map->regions[map->count - 1].last &&
           filter->address <= space_last(map);
}

struct vmmap_error *vmmap_layout_init(const struct vmmap_map *map,
                                      const struct vmmap_filter *filter,
                                      const struct vmmap_selection *selection,
                                      struct vmmap_layout *ret)
{
    *ret = (struct vmmap_layout){.spans = NULL};
    if (selection->count == 0)
        return NULL;
    ret->spans = calloc(selection->count + 1, 2 * sizeof(*ret->spans));
    if (!ret->spans)
        return &vmmap_error_no_memory;

    if (is_below_all(map, filter))
        add_gap(map, filter, 0, ret);
    for (size_t i = 0; i < selection->count; i++) {
        const struct vmmap_row row = vmmap_selection_row(selection, i);
        const struct vmmap_region *region = &map->regions[row.index];
        const struct vmmap_span *below = NULL;
        if (i > 0 && vmmap_selection_row(selection, i - 1).index + 1 == row.index) {
            if (vmmap_region_adjoins(region - 1, region))
                below = &ret->spans[ret->count - 1];
            else
                add_gap(map, filter, row.index, ret);
        }
        add_region(region, &row, below, ret);
    }
    if (is_above_all(map, filter))
        add_gap(map, filter, map->count, ret);
    return NULL;
}

void vmmap_layout_deinit(struct vmmap_layout *layout)
{
    free(layout->spans);
    *layout = (struct vmmap_layout){.spans = NULL};
}
