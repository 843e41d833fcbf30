/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_GAPS_H
#define VMMAP_MAP_GAPS_H

/**
 * @file
 * The layout of a map: what adjoins, what guards, and where nothing is mapped.
 *
 * A gap is told only between two regions that are neighbours in the whole map: where a filter left
 * out what lies between two rows, there is no telling and no gap. The ones below the first and
 * above the last region are told only where the filter's address lies in them.
 */

#include "map/filter.h"

enum vmmap_span_kind {
    VMMAP_SPAN_REGION,   /**< the first region of a run */
    VMMAP_SPAN_ADJACENT, /**< a region that adjoins the one before */
    VMMAP_SPAN_GUARD,    /**< a region without any permission; it ends the run */
    VMMAP_SPAN_GAP,      /**< nothing is mapped here */
};

struct vmmap_span {
    enum vmmap_span_kind kind;
    bool matched;
    size_t index; /**< of the region in the map; of the one above for a gap, or the map's count */
    uint64_t start;
    uint64_t last;
    uint64_t run_start; /**< where the run of adjacent regions began */
};

struct vmmap_layout {
    struct vmmap_span *spans; /**< owned; ascending until vmmap_layout_sort() */
    size_t count;
    size_t match_count; /**< spans that hold the filter's address or have its name */
    /** Sums of sizes in bytes. 0 with a region (or gap) present stands for 2^64. */
    uint64_t mapped;
    uint64_t unmapped;
};

/** The layout of the selected rows. `*ret` is to be deinitialised whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_layout_init(const struct vmmap_map *map,
                                                    const struct vmmap_filter *filter,
                                                    const struct vmmap_selection *selection,
                                                    struct vmmap_layout *ret);

void vmmap_layout_deinit(struct vmmap_layout *layout);

#endif
