/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_SORT_H
#define VMMAP_MAP_SORT_H

/**
 * @file
 * Rows in another order than that of their addresses.
 */

#include "map/filter.h"
#include "map/gaps.h"

enum vmmap_sort {
    VMMAP_SORT_START,
    VMMAP_SORT_SIZE, /**< smallest first, then by start */
    VMMAP_SORT_NAME, /**< by the bytes of the shown name, then by start; gaps come last */
};

VMMAP_CHECKED struct vmmap_error *vmmap_selection_sort(struct vmmap_selection *selection,
                                                       const struct vmmap_map *map,
                                                       enum vmmap_sort by);

void vmmap_layout_sort(struct vmmap_layout *layout, const struct vmmap_map *map,
                       enum vmmap_sort by);

#endif
