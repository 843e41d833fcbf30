/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_SUM_H
#define VMMAP_MAP_SUM_H

/**
 * @file
 * What selected rows come to: totals by name and by permissions, the largest region, the largest
 * gap.
 */

#include "map/filter.h"

struct vmmap_total {
    size_t first;  /**< index of the first of these regions in the map */
    size_t count;  /**< how many they are */
    uint64_t size; /**< in bytes; 0 stands for 2^64 */
};

struct vmmap_sum {
    /** Owned; largest first. Regions without a name of their own are one entry. */
    struct vmmap_total *names;
    size_t name_count;
    /** Owned; largest first. */
    struct vmmap_total *perms;
    size_t perms_count;
    struct vmmap_total all;
    size_t largest;     /**< index of the largest region; VMMAP_NO_REGION without rows */
    bool has_gap;       /**< between two selected regions that are neighbours in the map */
    uint64_t gap_start; /**< of the largest one */
    uint64_t gap_last;
};

/** Sums up the rows of a selection that is not sorted. `*ret` is to be deinitialised whatever the
 *  outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_sum_init(const struct vmmap_map *map,
                                                 const struct vmmap_selection *selection,
                                                 struct vmmap_sum *ret);

void vmmap_sum_deinit(struct vmmap_sum *sum);

#endif
