/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/pieces.h"

struct vmmap_pieces vmmap_pieces_over(const struct vmmap_map *left, const struct vmmap_map *right)
{
    return (struct vmmap_pieces){.left = left, .right = right};
}

/* The first region that is not wholly behind, or NULL. */
static const struct vmmap_region *region_ahead(const struct vmmap_map *map, size_t index)
{
    return index < map->count ? &map->regions[index] : NULL;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Where what is left of a region begins. */
static uint64_t begin_of(const struct vmmap_region *region, uint64_t next)
{
    return region->start > next ? region->start : next;
}

/* How far a piece from `start` on can reach for the sake of one map. */
static uint64_t reach(const struct vmmap_region *region, uint64_t start)
{
    if (!region)
        return UINT64_MAX;
    return region->start <= start ? region->last : region->start - 1;
}

static bool holds(const struct vmmap_region *region, uint64_t start)
{
    return region && region->start <= start;
}

bool vmmap_pieces_next(struct vmmap_pieces *pieces, struct vmmap_piece *ret)
{
    const struct vmmap_region *left = region_ahead(pieces->left, pieces->left_index);
    const struct vmmap_region *right = region_ahead(pieces->right, pieces->right_index);
    if (!left && !right)
        return false;
    uint64_t start = UINT64_MAX;
    if (left)
        start = begin_of(left, pieces->next);
    if (right)
        start = lesser(start, begin_of(right, pieces->next));
    const uint64_t last = lesser(reach(left, start), reach(right, start));
    *ret = (struct vmmap_piece){
        .start = start,
        .last = last,
        .left = holds(left, start) ? pieces->left_index : VMMAP_NO_REGION,
        .right = holds(right, start) ? pieces->right_index : VMMAP_NO_REGION,
    };
    if (left && left->last == last)
        pieces->left_index++;
    if (right && right->last == last)
        pieces->right_index++;
    pieces->next = last + 1; /* after the top of the space nothing is ahead */
    return true;
}
