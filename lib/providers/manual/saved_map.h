/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MANUAL_SAVED_MAP_H
#define VMMAP_PROVIDERS_MANUAL_SAVED_MAP_H

/**
 * @file
 * The JSON that `vmmap --json` and `vmmap_save` write (render/json.c), read back: its regions,
 * every field of them. What else is in the object is about the target of that time and passed over.
 */

#include "map/map.h"
#include "target/target.h"

/**
 * Adds the regions and finishes the map. The text may be hostile. INVALID says what is wrong with
 * it; `what` begins that sentence.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_saved_map_read(const struct vmmap_target *target,
                                                       const char *what, const char *text,
                                                       size_t size, struct vmmap_map *map);

#endif
