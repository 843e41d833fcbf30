/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_DIFF_H
#define VMMAP_MAP_DIFF_H

/**
 * @file
 * What changed between two maps, by addresses: a region that was merely split, or joined with its
 * neighbour, has not changed. Labels are no part of it, they are deduced anew for each map.
 */

#include "map/map.h"

enum vmmap_change_kind {
    VMMAP_CHANGE_ADDED,
    VMMAP_CHANGE_REMOVED,
    VMMAP_CHANGE_GROWN,  /**< added to a region of before, which goes on */
    VMMAP_CHANGE_SHRUNK, /**< removed from a region of which something is left */
    /** Gone, and there is a region with the same size, permissions, name and offset elsewhere;
     *  only where there is one of each. A map can not tell mremap() from munmap() and mmap(). */
    VMMAP_CHANGE_MOVED,
    VMMAP_CHANGE_PERMISSIONS,
    VMMAP_CHANGE_REPLACED, /**< the same addresses have another name, offset or physical address */
};

struct vmmap_change {
    enum vmmap_change_kind kind;
    /** GROWN, SHRUNK: the whole region as it was; MOVED: likewise, elsewhere; PERMISSIONS,
     *  REPLACED: what these very addresses were. Not used by the others. */
    struct vmmap_region before;
};

struct vmmap_diff {
    /** The ranges that changed, finished, as they are now, or as they were for REMOVED and SHRUNK.
     *  `target`, `provider`, `address_bits` and notes are those of the later map; `exact` that of
     *  both. */
    struct vmmap_map *map;
    struct vmmap_change *changes; /**< one for each region; their strings belong to `map` */
};

/** The difference between two finished maps, both of which may go away afterwards. O(n), and
 *  O(k log n) for k changes. */
VMMAP_CHECKED struct vmmap_error *vmmap_diff_create(const struct vmmap_map *before,
                                                    const struct vmmap_map *after,
                                                    struct vmmap_diff **ret);

/** Accepts NULL. */
void vmmap_diff_destroy(struct vmmap_diff *diff);

/** Whether a change of this kind has a `before`. */
bool vmmap_change_has_before(enum vmmap_change_kind kind);

/** The word for it in the table and the JSON output. */
const char *vmmap_change_name(enum vmmap_change_kind kind);

#endif
