/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_FILTER_H
#define VMMAP_MAP_FILTER_H

/**
 * @file
 * Which regions of a map to show: those that match, the context around them, and of these the ones
 * with the wanted permissions.
 */

#include "map/map.h"

enum vmmap_filter_kind {
    VMMAP_FILTER_NONE,    /**< every region, and none counts as matched */
    VMMAP_FILTER_ADDRESS, /**< the region that holds `address` */
    VMMAP_FILTER_NAME,    /**< the regions whose shown name contains `name` */
};

struct vmmap_filter {
    enum vmmap_filter_kind kind;
    uint64_t address;
    const char *name; /**< borrowed */
    /** Regions of the whole map to add before and after each match. */
    uint64_t before;
    uint64_t after;
    /** VMMAP_PERM bits that must be on and known, applied to what is to be shown. */
    uint8_t perms;
    /** An address between two regions selects, unmatched, the regions on either side of the hole.
     */
    bool holes;
};

struct vmmap_row {
    size_t index; /**< of the region in the map */
    bool matched;
};

struct vmmap_selection {
    /** Owned; ascending, no region twice. NULL where every region is selected: see below. */
    struct vmmap_row *rows;
    size_t count;
    /** Regions that matched the address or name, before permissions were applied. */
    size_t match_count;
    /** Rows left out because a wanted permission is not known. */
    size_t unknown_count;
};

/** Selects from a finished map. `*ret` is to be deinitialised whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_selection_init(const struct vmmap_map *map,
                                                       const struct vmmap_filter *filter,
                                                       struct vmmap_selection *ret);

void vmmap_selection_deinit(struct vmmap_selection *selection);

/** The row at `position`, below selection->count. */
static inline struct vmmap_row vmmap_selection_row(const struct vmmap_selection *selection,
                                                   size_t position)
{
    return selection->rows ? selection->rows[position] : (struct vmmap_row){position, false};
}

/** Whether the shown name of any region contains `name`. */
bool vmmap_map_has_name(const struct vmmap_map *map, const char *name);

#endif
