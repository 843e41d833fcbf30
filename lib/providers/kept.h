/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_KEPT_H
#define VMMAP_PROVIDERS_KEPT_H

/**
 * @file
 * What providers remember from one request to the next, so that they need not search again. The
 * session owns it and clears it when the connection is another one; what is in it is a hint that
 * has to be verified before it is used.
 */

#include <stdbool.h>
#include <stdint.h>

#include "host/peer.h"
#include "host/qemu_program.h"
#include "os/linux.h"

struct vmmap_kept {
    struct vmmap_peers_known peers;         /**< who was at the other end of the connection */
    struct vmmap_program_file qemu_program; /**< the file that was found to be QEMU's */
    /** By way to physical memory (enum vmmap_phys_via): a hash of why it failed, as was said at
     *  length; 0 where nothing was. It is not said so again. */
    unsigned int failures_told[4];
    bool has_just_told;                     /**< since then no map was asked for again */
    struct vmmap_paging_config translation; /**< how the CPU translated when its map was made */
    struct vmmap_linux_places linux_places; /**< where the machine's kernel tells its layout */
    struct vmmap_kernel_layout layout;      /**< what it said */
    /** The images that were searched for them, in the CPU's own tables and in those that
     *  page-table isolation leaves aside. */
    uint64_t linux_searched[2];
    /** Whether the stub's /proc is another PID namespace's, and for which process that was asked.
     */
    bool far_proc_is_foreign;
    unsigned int far_proc_inferior;
    uint64_t far_proc_pid; /**< 0 when it was not asked yet */
};

#endif
