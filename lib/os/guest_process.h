/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_GUEST_PROCESS_H
#define VMMAP_OS_GUEST_PROCESS_H

/**
 * @file
 * A process of a machine's operating system, as its kernel's memory tells.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** The ways to a process; the first five are those of Windows, in Rekall's names and order. */
enum vmmap_process_method {
    VMMAP_METHOD_PS_ACTIVE_PROCESS_HEAD,
    VMMAP_METHOD_CSRSS,
    VMMAP_METHOD_PSP_CID_TABLE,
    VMMAP_METHOD_SESSIONS,
    VMMAP_METHOD_HANDLES,
    VMMAP_METHOD_TASKS, /**< Linux: the ring of tasks */
    VMMAP_METHOD_COUNT,
};

/** "PsActiveProcessHead", "CSRSS", ... */
const char *vmmap_process_method_name(enum vmmap_process_method method);

enum { VMMAP_PROCESS_NAME_SIZE = 17 };

struct vmmap_guest_process {
    uint64_t pid;
    uint64_t parent;  /**< pid of its parent */
    uint64_t address; /**< virtual: of its task_struct or EPROCESS */
    /** Physical address of its page tables; 0 for one that has none of its own (kernel threads). */
    uint64_t root;
    uint64_t memory; /**< virtual: of its mm_struct or VAD root; 0 where it has none */
    uint32_t seen;   /**< bit N: by enum vmmap_process_method N */
    char name[VMMAP_PROCESS_NAME_SIZE]; /**< raw bytes, ended by NUL; the system cuts it */
};

/** All zero is an empty list. */
struct vmmap_guest_processes {
    struct vmmap_guest_process *items; /**< owned */
    size_t count;
    size_t capacity;
};

void vmmap_guest_processes_deinit(struct vmmap_guest_processes *list);

/** Appends a copy. */
VMMAP_CHECKED struct vmmap_error *
vmmap_guest_processes_add(struct vmmap_guest_processes *list,
                          const struct vmmap_guest_process *process);

/** The process whose structure is at `address`, or NULL. */
struct vmmap_guest_process *vmmap_guest_processes_find(const struct vmmap_guest_processes *list,
                                                       uint64_t address);

/** Orders them by pid, then by address. */
void vmmap_guest_processes_sort(struct vmmap_guest_processes *list);

#endif
