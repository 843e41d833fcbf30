/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_PHYSICAL_MAP_H
#define VMMAP_PROVIDERS_MACHINE_PHYSICAL_MAP_H

/**
 * @file
 * What is where in a machine's physical memory: RAM, ROM and devices, by QEMU's names. It takes no
 * page tables, so it works with a CPU that has none, or none that are known here.
 */

#include "map/map.h"
#include "target/target.h"

/** Fills an empty map and finishes it; an error says why the monitor is not asked. */
VMMAP_CHECKED struct vmmap_error *vmmap_physical_map_fill(const struct vmmap_target *target,
                                                          const struct vmmap_target_info *info,
                                                          struct vmmap_map *map);

#endif
