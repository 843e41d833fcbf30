/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_MACHINE_H
#define VMMAP_PROVIDERS_MACHINE_MACHINE_H

/**
 * @file
 * A machine, under QEMU or in a memory image, as the walkers of page tables need it: how a CPU
 * translates, and its physical memory.
 */

#include "paging/paging.h"
#include "providers/machine/guest.h"
#include "providers/machine/physical.h"

struct vmmap_machine {
    struct vmmap_paging_config config;
    struct vmmap_physical physical; /**< of a machine under QEMU */
    struct vmmap_image *image;      /**< borrowed; NULL for a machine under QEMU */
    /** `config` is not that of the selected CPU: a process was chosen, or it is a file. */
    bool is_apart;
    uint64_t kernel_code; /**< in an image: an address in the kernel's code; 0 if not known */
    struct vmmap_paging_memory memory; /**< reads them */
    struct vmmap_paging_memory peek;   /**< likewise, for searching: vmmap_physical_peek() */
};

/** Not open, so that it may be deinitialised. */
#define VMMAP_MACHINE_INIT                                                                         \
    ((struct vmmap_machine){.physical = {.process = VMMAP_STUB_PROCESS_INIT}})

/** Opens it; vmmap_machine_deinit() it whatever the outcome. `notes` gets what could not be found
 *  out. */
VMMAP_CHECKED struct vmmap_error *vmmap_machine_init(struct vmmap_machine *machine,
                                                     const struct vmmap_target *target,
                                                     const struct vmmap_target_info *info,
                                                     struct vmmap_map *notes);

void vmmap_machine_deinit(struct vmmap_machine *machine);

/** NULL, or why reads failed that the walkers took for unreadable memory. */
VMMAP_CHECKED struct vmmap_error *vmmap_machine_status(const struct vmmap_machine *machine);

/** Finds the operating system (vmmap_guest_find_system()) of a machine that is open. */
VMMAP_CHECKED struct vmmap_error *vmmap_machine_find_system(const struct vmmap_machine *machine,
                                                            struct vmmap_guest *guest);

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
