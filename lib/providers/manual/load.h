/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MANUAL_LOAD_H
#define VMMAP_PROVIDERS_MANUAL_LOAD_H

/**
 * @file
 * Pages from a file of this machine: what is in it is recognised by its content.
 */

#include "map/map.h"
#include "target/target.h"

/**
 * Fills an empty map and finishes it. An ELF file's loadable parts, with `slide` added to their
 * addresses (elf_parts.h); a map that was saved (saved_map.h); or the text of /proc/PID/maps. Other
 * than for ELF a slide is refused. UNAVAILABLE and INVALID errors say what is wrong with the file.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_pages_load(const struct vmmap_target *target,
                                                   const char *path, uint64_t slide,
                                                   struct vmmap_map *map);

#endif
