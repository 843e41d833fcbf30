/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_QEMU_PROCESS_H
#define VMMAP_PROVIDERS_QEMU_PROCESS_H

/**
 * @file
 * The process of this machine that is the QEMU behind the connection, and where in it a user mode
 * guest's memory is: the guest's address plus guest_base (QEMU, include/exec/cpu_ldst.h, g2h()).
 *
 * The process is the one at the other end of the debugger's socket, or one step further where that
 * one passes the connection on (socat, ssh); or the one that the user names. It is believed only
 * if its memory has what the target's has: the 16 random bytes of AT_RANDOM and an ELF header.
 */

#include "formats/auxv.h"
#include "host/process_memory.h"
#include "map/map.h"
#include "target/target.h"

struct vmmap_qemu_process {
    uint64_t pid;
    struct vmmap_process_memory memory;
    struct vmmap_map *mappings; /**< owned; QEMU's own, in QEMU's own addresses */
    uint64_t guest_base;
    size_t packet_count; /**< used to verify it */
};

/** Finds it. The error says what is in the way and what would help; `*ret` is to be deinitialised
 *  whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_qemu_process_find(const struct vmmap_target *target,
                                                          const struct vmmap_target_info *info,
                                                          const struct vmmap_auxv *auxv,
                                                          struct vmmap_qemu_process *ret);

void vmmap_qemu_process_deinit(struct vmmap_qemu_process *process);

#endif
