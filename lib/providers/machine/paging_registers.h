/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_PAGING_REGISTERS_H
#define VMMAP_PROVIDERS_MACHINE_PAGING_REGISTERS_H

/**
 * @file
 * How the CPU of the selected thread translates addresses, from its registers as the debugger
 * names them.
 */

#include "map/map.h"
#include "paging/paging.h"
#include "target/target.h"

/**
 * Reads the registers. Adds notes about what they say beside the tables: a user mode that may see
 * half of the tables only, a register that is missing. An UNSUPPORTED error says what is missing
 * without which nothing is known.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_config_read(const struct vmmap_target *target,
                                                           const struct vmmap_target_info *info,
                                                           struct vmmap_map *notes,
                                                           struct vmmap_paging_config *ret);

#endif
