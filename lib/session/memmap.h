/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_MEMMAP_H
#define VMMAP_SESSION_MEMMAP_H

/**
 * @file
 * The processes of a machine's operating system, and which physical page is behind each of their
 * virtual pages: what the commands `memmap` and `cc` are, once their arguments are understood.
 */

#include "base/buffer.h"
#include "os/guest_process.h"
#include "session/session.h"

/** Which processes are meant; with none of the three, the kernel. */
struct vmmap_process_choice {
    const uint64_t *pids;
    size_t pid_count;
    const char *name; /**< a regular expression, matched at the beginning of the name; or NULL */
    const uint64_t *addresses; /**< of their structures; overrides the other two */
    size_t address_count;
    uint32_t methods; /**< those that have to have seen it: bit N by enum vmmap_process_method N; 0
                         for any */
};

struct vmmap_memmap_query {
    struct vmmap_process_choice choice;
    bool coalesce; /**< join pages that are adjacent in both */
    bool all;      /**< the kernel's half of a process's space, too */
    bool list;     /**< the processes instead */
    bool json;
};

/** Appends the answer to `*ret`, and drains it. That nothing matches is an answer. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_memmap(struct vmmap_session *session,
                                                       const struct vmmap_memmap_query *query,
                                                       struct vmmap_buffer *ret);

/** Chooses the one process that is meant, from then on; `kernel` chooses none. Appends a sentence
 *  that says which. INVALID where no process or several are meant. */
VMMAP_CHECKED struct vmmap_error *
vmmap_session_choose_process(struct vmmap_session *session,
                             const struct vmmap_process_choice *choice, bool kernel,
                             struct vmmap_buffer *ret);

/** Appends the sentence that says which process is chosen. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_tell_process(struct vmmap_session *session,
                                                             struct vmmap_buffer *ret);

#endif
