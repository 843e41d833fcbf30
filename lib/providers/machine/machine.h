/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_MACHINE_H
#define VMMAP_PROVIDERS_MACHINE_MACHINE_H

/**
 * @file
 * A machine under QEMU as the walkers of page tables need it: how the selected CPU translates, and
 * its physical memory.
 */

#include "paging/paging.h"
#include "providers/machine/physical.h"

struct vmmap_machine {
    struct vmmap_paging_config config;
    struct vmmap_physical physical;
    struct vmmap_paging_memory memory; /**< reads `physical` */
    struct vmmap_paging_memory peek;   /**< likewise, for searching: vmmap_physical_peek() */
};

/** Opens it; vmmap_machine_deinit() it whatever the outcome. `notes` gets what could not be found
 *  out. */
VMMAP_CHECKED struct vmmap_error *vmmap_machine_init(struct vmmap_machine *machine,
                                                     const struct vmmap_target *target,
                                                     const struct vmmap_target_info *info,
                                                     struct vmmap_map *notes);

void vmmap_machine_deinit(struct vmmap_machine *machine);

/** To be called when a map of the machine is made: vmmap_machine_check() compares with that. */
void vmmap_machine_remember(const struct vmmap_machine *machine,
                            const struct vmmap_target_info *info);

/** Whether the selected CPU still translates as it did then, and the map's notes need not be made
 *  briefer because they have been shown once. A reset by the monitor, or a snapshot
 *  that is loaded, changes that while the debugger sees nothing but other registers. */
VMMAP_CHECKED struct vmmap_error *vmmap_machine_check(const struct vmmap_target *target,
                                                      const struct vmmap_target_info *info,
                                                      bool *same);

#endif
