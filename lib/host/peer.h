/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_PEER_H
#define VMMAP_HOST_PEER_H

/**
 * @file
 * The processes of this machine at the other end of a debugger's connection.
 *
 * A debugger does not tell which of its sockets the connection is, so all are listed that it may
 * be, and for each process which of them end there. Nothing is ever found by a process's name.
 *
 *   - TCP, both versions: the row of /proc/PID/net/tcp{,6} with our local and remote end swapped.
 *   - Unix sockets, and the socket pair of `target remote | COMMAND`: sock_diag(7) with
 *     UNIX_DIAG_PEER. (SO_PEERCRED would name the debugger itself for a pair that it made.)
 *
 * Both give the inode of the other socket; its owner has a descriptor for it in /proc/N/fd.
 */

#include "host/connection.h"
#include "target/target.h"

enum { VMMAP_PEERS_MAX_SOCKETS = 64, VMMAP_PEERS_MAX_KNOWN = 16 };

struct vmmap_peer {
    uint64_t pid;
    uint64_t sockets; /**< bit i: the other end of socket i is this process's */
};

struct vmmap_peers {
    struct vmmap_peer *items; /**< owned; no process twice, and never this one */
    size_t count;
    size_t socket_count;   /**< sockets that may be the connection */
    uint64_t local;        /**< bit i: the other end of socket i is on this machine */
    uint64_t reached;      /**< bit i: it belongs to one of the processes */
    bool has_more_sockets; /**< there are more than can be told apart */
    /** Processes whose descriptors this user may not look at: the peer may be one of them. */
    size_t hidden_count;
    size_t undumpable_count; /**< those of them that are this user's own */
};

/** A process that held all other ends of a connection, so that it need not be searched again: the
 *  kernel's tables take milliseconds. All zero: nothing is known. */
struct vmmap_peers_known {
    uint64_t pid;
    uint64_t own[VMMAP_PEERS_MAX_KNOWN]; /**< inodes of all sockets that this process had */
    size_t own_count;
    uint64_t others[VMMAP_PEERS_MAX_KNOWN]; /**< inodes of the other ends of those that may be it */
    size_t other_count;
};

/**
 * Finds the processes at the other end of `connection`, one of this process's. While this process
 * has the sockets that it had when `*known` was found, and that process the other ends, it is the
 * answer; else `*known` is set anew. `*ret` is to be deinitialised whatever the outcome. Finding
 * none is a success; errors are no memory and interrupted.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_peers_find(const struct vmmap_target *target,
                                                   const struct vmmap_connection *connection,
                                                   struct vmmap_peers_known *known,
                                                   struct vmmap_peers *ret);

/** Whether the connection is certainly one of `sockets`: every one that it may be is. */
bool vmmap_peers_are_all(const struct vmmap_peers *peers, uint64_t sockets);

void vmmap_peers_deinit(struct vmmap_peers *peers);

#endif
