/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_STUB_PROCESS_H
#define VMMAP_PROVIDERS_STUB_PROCESS_H

/**
 * @file
 * The process of this machine that is the stub behind the connection: the one at the other end of
 * the debugger's socket, or one step further where that one passes the connection on (socat, ssh);
 * or the one that the user names (`set vmmap qemu-pid`). Who asks decides by what is in its memory.
 */

#include "target/target.h"

struct vmmap_stub_visitor {
    void *context;
    /** Sets `*found` if this is the process. An error is why that can not be told. */
    VMMAP_CHECKED struct vmmap_error *(*visit)(void *context, uint64_t pid, bool *found);
};

/**
 * Shows the candidates to `visitor`, `named` alone if it is not 0, until it has found the process.
 * `*is_peer` (may be NULL) is whether that is known to be at the other end of the debugger's own
 * socket. The error of a search without success says what is in the way and what would help.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_stub_find(const struct vmmap_target *target, uint64_t named,
                                                  const struct vmmap_stub_visitor *visitor,
                                                  bool *is_peer);

#endif
