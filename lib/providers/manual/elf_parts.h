/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MANUAL_ELF_PARTS_H
#define VMMAP_PROVIDERS_MANUAL_ELF_PARTS_H

/**
 * @file
 * What an ELF file says of the memory that it is to be loaded into: its loadable parts (PT_LOAD),
 * each split by the sections in it.
 */

#include "formats/elf.h"
#include "map/map.h"
#include "target/target.h"

/**
 * Adds a region for each section in a loadable part, with the part's permissions and the section's
 * name as its label, and for what of a part is in no section; then finishes the map. Sections that
 * overlap are cut. `path` becomes the name of all; `slide` is added to every address, modulo the
 * file's address space. Errors: INVALID where nothing is to be loaded, or a part does not fit.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_elf_parts_add(const struct vmmap_target *target,
                                                      struct vmmap_window *window, const char *path,
                                                      uint64_t slide, struct vmmap_map *map);

#endif
