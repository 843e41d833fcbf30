/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_PAGE_TABLES_H
#define VMMAP_PROVIDERS_MACHINE_PAGE_TABLES_H

/**
 * @file
 * The rows of an address space of a machine, from its page tables.
 */

#include "providers/machine/space.h"

/** Fills an empty map and finishes it. Errors are those of vmmap_machine_use_root(), or say why
 *  there are no page tables to see. */
VMMAP_CHECKED struct vmmap_error *vmmap_page_tables_fill(const struct vmmap_target *target,
                                                         const struct vmmap_target_info *info,
                                                         const struct vmmap_space *space,
                                                         struct vmmap_map *map);

#endif
