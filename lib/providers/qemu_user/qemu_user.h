/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_QEMU_USER_QEMU_USER_H
#define VMMAP_PROVIDERS_QEMU_USER_QEMU_USER_H

/**
 * @file
 * The ways to the map of a program under QEMU's user mode emulation, one file each, beside what
 * reading its memory finds (providers/process/probe.h). Each fills an
 * empty map like a provider's fill() does, its `provider` word included, or fails without adding a
 * row; the message of the error then says why this way is closed.
 */

#include "providers/provider.h"

/** The guest's own /proc/self/maps through the stub's file access (QEMU 8.1 and later). */
VMMAP_CHECKED struct vmmap_error *vmmap_qemu_vfile_fill(const struct vmmap_target *target,
                                                        const struct vmmap_target_info *info,
                                                        struct vmmap_map *map);

/** The mappings of the QEMU process, if it runs on this machine. */
VMMAP_CHECKED struct vmmap_error *vmmap_qemu_host_fill(const struct vmmap_target *target,
                                                       const struct vmmap_target_info *info,
                                                       struct vmmap_map *map);

/** One row for the whole address space, which always works. */
VMMAP_CHECKED struct vmmap_error *vmmap_full_range_fill(const struct vmmap_target *target,
                                                        const struct vmmap_target_info *info,
                                                        struct vmmap_map *map);

#endif
