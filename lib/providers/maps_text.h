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

/** A text that arrives in pieces. */
struct vmmap_maps_text {
    struct vmmap_map *map; /**< the caller's */
    size_t malformed;      /**< lines that are none */
};

/** Adds a region for each complete line of the piece; `*used` is how many bytes those are. */
VMMAP_CHECKED struct vmmap_error *
vmmap_maps_text_feed(struct vmmap_maps_text *text, const char *piece, size_t size, size_t *used);

/**
 * Takes what was left of the last piece, a line without its newline, and finishes the map; `exact`
 * becomes true unless something was wrong with the text, which a note then says.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_maps_text_finish(struct vmmap_maps_text *text,
                                                         const char *rest, size_t size);

/**
 * The same for a text in one piece: adds a region for each line and finishes the map; `exact`
 * becomes true unless something was wrong with the text, which a note then says. The text is a
 * hostile input: lines that are none are counted, overlaps cut.
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
