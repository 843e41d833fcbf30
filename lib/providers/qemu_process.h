/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_QEMU_PROCESS_H
#define VMMAP_PROVIDERS_QEMU_PROCESS_H

/**
 * @file
 * The process of this machine that is the QEMU behind the connection, and where in it a user mode
 * guest's memory is: the guest's address plus guest_base (QEMU, include/exec/cpu_ldst.h, g2h()).
 *
 * The process is one that may be read (providers/stub_process.h), and is believed only if its
 * memory has what the target's has: the 16 random bytes of AT_RANDOM and an ELF header.
 */

#include "formats/auxv.h"
#include "providers/stub_process.h"

struct vmmap_qemu_process {
    struct vmmap_stub_process host;
    uint64_t guest_base;
    size_t packet_count; /**< used to verify it */
};

/**
 * Whether the guest's memory may be looked for in row `index` of the process's mappings. In a
 * process that runs QEMU's program everything may be the guest's but what the kernel names in
 * brackets; where the user's word alone stands for it, nothing that can be code or is certainly its
 * own.
 */
bool vmmap_qemu_process_may_be_guest(const struct vmmap_qemu_process *process, size_t index);

/** Finds it. The error says what is in the way and what would help; `*ret` is to be deinitialised
 *  whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_qemu_process_find(const struct vmmap_target *target,
                                                          const struct vmmap_target_info *info,
                                                          const struct vmmap_auxv *auxv,
                                                          struct vmmap_qemu_process *ret);

void vmmap_qemu_process_deinit(struct vmmap_qemu_process *process);

#endif
