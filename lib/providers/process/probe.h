/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROCESS_PROBE_H
#define VMMAP_PROVIDERS_PROCESS_PROBE_H

/**
 * @file
 * What reading the memory of a process finds, for stubs that serve no files.
 */

#include "providers/provider.h"

/** Fills an empty map, its `provider` word included, or fails without adding a row, when nothing is
 *  found. Works without an auxiliary vector, with less to go by. */
VMMAP_CHECKED struct vmmap_error *vmmap_probe_fill(const struct vmmap_target *target,
                                                   const struct vmmap_target_info *info,
                                                   struct vmmap_map *map);

#endif
