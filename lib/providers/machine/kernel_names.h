/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_KERNEL_NAMES_H
#define VMMAP_PROVIDERS_MACHINE_KERNEL_NAMES_H

/**
 * @file
 * Names for the rows of a machine's page tables, where the machine runs a kernel whose layout is
 * known.
 */

#include "providers/machine/machine.h"

/**
 * Names the rows of a finished map. Nothing is named, and that is no error, where no kernel can be
 * proved. Without symbols the kernel is searched in its memory, once a connection, if physical
 * memory is read from /proc/PID/mem; by the other ways that would take too long. `*is_linux` is
 * whether a kernel is proved.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_kernel_names_add(const struct vmmap_machine *machine,
                                                         const struct vmmap_target *target,
                                                         const struct vmmap_target_info *info,
                                                         struct vmmap_map *map, bool *is_linux);

/** Whether the kernel that an earlier command has found still runs, by the CPU's own tables. */
VMMAP_CHECKED struct vmmap_error *vmmap_kernel_names_recall(const struct vmmap_machine *machine,
                                                            const struct vmmap_target_info *info,
                                                            bool *is_linux);

#endif
