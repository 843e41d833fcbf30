/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LINUX_GUEST_H
#define VMMAP_OS_LINUX_GUEST_H

/**
 * @file
 * The processes of a Linux guest and their regions, from the guest's own memory, without debug
 * information: docs/guest-processes.md.
 *
 * Nothing in it is trusted. Lists that loop or do not end are cut where they have gone on for long
 * enough, and the caller is told.
 */

#include "map/map.h"
#include "os/guest_process.h"
#include "os/linux_types.h"
#include "os/linux_vmcore.h"

struct vmmap_linux_guest {
    struct vmmap_linux_vmcore vmcore;
    struct vmmap_kernel_memory kernel;
    struct vmmap_kernel_tlb tlb;
    struct vmmap_linux_types types;
    uint64_t init_task;
    /* Functions by which files and mappings without a path are told; 0 where not known. */
    uint64_t simple_dname;
    uint64_t anon_inodefs_dname;
    uint64_t special_mapping_name;
    /* The root folder of process 1, from which paths are told; 0 until it was looked for. */
    uint64_t root_mnt;
    uint64_t root_dentry;
};

/**
 * Opens the kernel in physical memory; `*ret` is to be closed whatever the outcome, and must stay
 * where it is. `source` and what it points to must outlive it. The UNSUPPORTED error is a sentence
 * that says what is missing.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_guest_open(const struct vmmap_linux_source *source,
                                                         struct vmmap_linux_guest *ret);

/** Whether the kernel in memory is still the one that was opened, which may have run on meanwhile:
 *  to be asked before anything else is asked again. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_guest_check(struct vmmap_linux_guest *guest,
                                                          bool *holds);

/** Also good for one that is all zero. */
void vmmap_linux_guest_close(struct vmmap_linux_guest *guest);

/** All processes (thread groups), ascending by pid. `*complete` is false where the ring of tasks is
 *  broken: then those up to there. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_guest_processes(struct vmmap_linux_guest *guest,
                                                              struct vmmap_guest_processes *ret,
                                                              bool *complete);

/**
 * Adds the regions of a process to an empty map and finishes it: as /proc/PID/maps of the guest has
 * them, but for [vsyscall], which is no process's own. What can not be told is a note.
 */
VMMAP_CHECKED struct vmmap_error *
vmmap_linux_guest_regions(struct vmmap_linux_guest *guest,
                          const struct vmmap_guest_process *process, struct vmmap_map *map);

/** How the machine translates while the process runs. */
struct vmmap_paging_config vmmap_linux_guest_config(const struct vmmap_linux_guest *guest,
                                                    const struct vmmap_guest_process *process);

/**
 * Whether an entry of a page table that is not present is that of a page which a process has in
 * memory and may not touch (PROT_NONE, or NUMA's hinting faults), and where. As the `software` of
 * struct vmmap_paging_leaves; the context is the guest.
 */
bool vmmap_linux_guest_software(void *context, uint64_t value, unsigned int shift,
                                uint64_t *physical);

#endif
