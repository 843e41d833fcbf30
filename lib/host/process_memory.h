/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_PROCESS_MEMORY_H
#define VMMAP_HOST_PROCESS_MEMORY_H

/**
 * @file
 * The memory of a process of this machine, read through /proc/PID/mem, which takes the right to
 * trace it (ptrace(2), PTRACE_MODE_ATTACH_FSCREDS). Nothing is ever written.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct vmmap_process_memory {
    int fd; /**< -1 when closed */
};

/** The error names what would help: another user, Yama's ptrace_scope. `*ret` is to be closed
 *  whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_process_memory_open(uint64_t pid,
                                                            struct vmmap_process_memory *ret);

/** Also good for one that could not be opened. */
void vmmap_process_memory_close(struct vmmap_process_memory *memory);

/** How many of the `size` bytes from `address` on could be read, before the first that could not.
 */
size_t vmmap_process_memory_read(const struct vmmap_process_memory *memory, uint64_t address,
                                 void *buffer, size_t size);

#endif
