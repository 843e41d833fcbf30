/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MAPS_TEXT_H
#define VMMAP_PROVIDERS_MAPS_TEXT_H

/**
 * @file
 * From the text of a /proc/PID/maps file to a map: what every provider with such a text shares.
 */

#include "map/map.h"

/** What is read of such a file at most. A process may have 2^16 mappings by default, some 8 MiB of
 *  text, and vm.max_map_count more. */
#define VMMAP_MAPS_TEXT_LIMIT ((size_t)1 << 30)

/**
 * Adds a region for each line and finishes the map; `exact` becomes true unless something was
 * wrong with the text, which a note then says. The text is a hostile input: lines that are none
 * are counted, overlaps cut.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_map_fill_from_maps_text(struct vmmap_map *map,
                                                                const char *text, size_t size);

/** The note for a map whose source leaves that open. */
#define VMMAP_NOTE_AMBIGUOUS_NAME                                                                  \
    "Where a name contains \\012, only PROCMAP_QUERY (Linux 6.11, local processes) can tell a "    \
    "newline from a backslash."

/**
 * Finds the next region, from `*index` on, whose name contains `\012`: the kernel writes a newline
 * so, and a backslash with these digits too. False when there is none.
 */
bool vmmap_map_next_ambiguous_name(const struct vmmap_map *map, size_t *index);

#endif
