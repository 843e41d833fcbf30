/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROTECTION_PMP_H
#define VMMAP_PROTECTION_PMP_H

/**
 * @file
 * Physical memory protection (PMP) of RISC-V, from its registers: The RISC-V Instruction Set
 * Manual, Volume II, "Physical Memory Protection".
 */

#include "map/map.h"

enum { VMMAP_PMP_ENTRIES = 64 };

struct vmmap_pmp {
    size_t count;                        /**< of entries that the hart has */
    uint8_t config[VMMAP_PMP_ENTRIES];   /**< the bytes of pmpcfg0 and so on */
    uint64_t address[VMMAP_PMP_ENTRIES]; /**< pmpaddr0 and so on: addresses shifted right by two */
};

/** Whether any entry matches anything. */
bool vmmap_pmp_is_on(const struct vmmap_pmp *pmp);

/**
 * Paints what supervisor and user mode (user) and machine mode (kernel) may do, from 0 to `top`.
 * The entry of the lowest number that matches counts; in machine mode only locked ones do.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_pmp_paint(const struct vmmap_pmp *pmp, uint64_t top,
                                                  struct vmmap_map *rights);

#endif
