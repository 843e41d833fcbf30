/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_PIECES_H
#define VMMAP_MAP_PIECES_H

/**
 * @file
 * Two finished maps walked upwards together, in pieces that one region of each, or of one of them,
 * covers from end to end. What neither maps is passed over.
 */

#include "map/map.h"

struct vmmap_pieces {
    const struct vmmap_map *left, *right;
    size_t left_index, right_index; /* of the first region that is not wholly behind */
    uint64_t next;                  /* the lowest address that is not behind */
};

struct vmmap_piece {
    uint64_t start;
    uint64_t last;
    /** The regions that hold it, or VMMAP_NO_REGION; at least one of them does. */
    size_t left;
    size_t right;
};

/** The start of a walk: `vmmap_pieces_next()` until it says false. */
struct vmmap_pieces vmmap_pieces_over(const struct vmmap_map *left, const struct vmmap_map *right);

/** The next piece, ascending; false at the end. */
bool vmmap_pieces_next(struct vmmap_pieces *pieces, struct vmmap_piece *ret);

#endif
