/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_PEER_H
#define VMMAP_HOST_PEER_H

/**
 * @file
 * The processes of this machine at the other ends of a process's sockets: for this debugger, among
 * them, the stub that it talks to.
 *
 * A debugger can not tell which of its sockets is the connection, so all are followed; whoever
 * asks verifies a process by what is in its memory. Nothing is ever found by a process's name.
 *
 *   - TCP, both versions: the row of /proc/PID/net/tcp{,6} with our local and remote end swapped.
 *   - Unix sockets, and the socket pair of `target remote | COMMAND`: sock_diag(7) with
 *     UNIX_DIAG_PEER. (SO_PEERCRED would name the debugger itself for a pair that it made.)
 *
 * Both give the inode of the other socket; its owner has a descriptor for it in /proc/N/fd.
 */

#include "target/target.h"

struct vmmap_peers {
    uint64_t *pids; /**< owned; no process twice, and never this one */
    size_t count;
    /** Sockets whose other end is on this machine. */
    size_t socket_count;
    /** Processes whose descriptors this user may not look at: the peer may be one of them. */
    size_t hidden_count;
};

/** Finds the peers of process `pid`. `*ret` is to be deinitialised whatever the outcome. Finding
 *  none is a success; errors are no memory and interrupted. */
VMMAP_CHECKED struct vmmap_error *vmmap_peers_find(const struct vmmap_target *target, uint64_t pid,
                                                   struct vmmap_peers *ret);

void vmmap_peers_deinit(struct vmmap_peers *peers);

#endif
