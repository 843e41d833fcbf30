/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MANUAL_EXPLORE_H
#define VMMAP_PROVIDERS_MANUAL_EXPLORE_H

/**
 * @file
 * Finds memory that nothing tells of, by reading it (explore/explorer.h), around addresses that the
 * user or the registers name.
 *
 * Never read is what a row of the map is known to be, and where devices may be: outside of GDB's
 * memory regions if there are any, in those that are write-only or have an access width, in the
 * areas that the architecture of a Cortex-M gives to devices, and in a machine under QEMU, which
 * tells what memory it has.
 */

#include "map/map.h"
#include "target/target.h"

struct vmmap_exploration {
    const struct vmmap_target *target;
    const struct vmmap_target_info *info;
    const struct vmmap_map *known; /**< the map so far, finished */
    /** Also find out what can be written: the first byte of each page is inverted, read, and put
     *  back. */
    bool writes;
    /** Results. */
    size_t packets;
    bool is_exact; /**< every page was looked at */
};

/**
 * Adds the run of readable pages around `address` to `found`, an empty map, and finishes it; there
 * is none where the address can not be read. INVALID says why it may not be read.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_explore(struct vmmap_exploration *exploration,
                                                uint64_t address, struct vmmap_map *found);

/** The same around what the general registers of the selected thread point at; `found` gets every
 *  run. What may not be read is passed over. */
VMMAP_CHECKED struct vmmap_error *vmmap_explore_registers(struct vmmap_exploration *exploration,
                                                          struct vmmap_map *found);

#endif
