/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_STUB_PROCESS_H
#define VMMAP_PROVIDERS_STUB_PROCESS_H

/**
 * @file
 * The process of this machine that is the QEMU behind the connection.
 *
 * What is read of it goes back to the stub: the next address that is asked for comes from a page
 * table that was read. So nothing is read of a process before that is proved to be the stub, by
 * what the stub can not supply (docs/security.md): every socket of the debugger's that may be the
 * connection ends in this machine, in processes whose programs are QEMU's (host/qemu_program.h). Or
 * by the user's word, `set vmmap qemu-pid`. A process that passes the connection on (ssh, socat)
 * proves nothing of who is behind it.
 */

#include "host/peer.h"
#include "host/process_memory.h"
#include "map/map.h"
#include "target/target.h"

struct vmmap_stub_process {
    uint64_t pid;
    bool is_peer; /**< proved to be at the other end of the debugger's own socket */
    bool is_qemu; /**< its program is QEMU's; else the user's word alone stands for it */
    struct vmmap_process_memory memory;
    struct vmmap_map *mappings; /**< owned; its own, in its own addresses */
};

struct vmmap_kept;

/** The processes at the other end of the target's connection. `*ret` is to be deinitialised
 * whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_stub_find_peers(const struct vmmap_target *target,
                                                        struct vmmap_kept *kept,
                                                        struct vmmap_peers *ret);

/** Closed, so that it may be deinitialised. */
#define VMMAP_STUB_PROCESS_INIT ((struct vmmap_stub_process){.memory = {-1}})

struct vmmap_stub_visitor {
    void *context;
    /** Sets `*found` if this, which is open, is the process that holds the target's memory. An
     *  error is why that can not be told. */
    VMMAP_CHECKED struct vmmap_error *(*visit)(void *context, struct vmmap_stub_process *process,
                                               bool *found);
};

/**
 * Opens each process that may be read and shows it to `visitor`, which may look at its memory,
 * until that has found it. The error of a search without success says what is in the way and what
 * would help. `*ret` is to be deinitialised whatever the outcome.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_stub_find(const struct vmmap_target *target,
                                                  const struct vmmap_target_info *info,
                                                  const struct vmmap_stub_visitor *visitor,
                                                  struct vmmap_stub_process *ret);

/** Whether the user named a process whose program is not QEMU's: says so, because what is read of
 *  it goes to the stub. */
VMMAP_CHECKED struct vmmap_error *vmmap_stub_process_note(const struct vmmap_stub_process *process,
                                                          struct vmmap_map *notes);

/** Closes it. */
void vmmap_stub_process_deinit(struct vmmap_stub_process *process);

#endif
