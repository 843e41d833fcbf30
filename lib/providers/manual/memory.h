/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MANUAL_MEMORY_H
#define VMMAP_PROVIDERS_MANUAL_MEMORY_H

/**
 * @file
 * What memory a target without an operating system has, whatever may be done with it.
 */

#include "map/map.h"
#include "target/target.h"

/**
 * Adds GDB's memory regions (`info mem`), which the user defined or the stub told; of each the
 * permissions that GDB knows. Then finishes the map, which may stay empty.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_memory_add_regions(const struct vmmap_target *target,
                                                           struct vmmap_map *memory);

/** The same for the loadable parts of the program that is debugged, if there is one. A program that
 *  can not be read is no error. */
VMMAP_CHECKED struct vmmap_error *vmmap_memory_add_program(const struct vmmap_target *target,
                                                           struct vmmap_map *memory);

/**
 * The same for the RAM, ROM and devices of a machine under QEMU (`info mtree -f`). Where that may
 * not be asked, because the answer could be too long, a note says so and nothing is added.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_memory_add_machine(const struct vmmap_target *target,
                                                           const struct vmmap_target_info *info,
                                                           struct vmmap_map *notes,
                                                           struct vmmap_map *memory);

#endif
