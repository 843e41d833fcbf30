/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_NET_TCP_H
#define VMMAP_FORMATS_NET_TCP_H

/**
 * @file
 * The text of /proc/net/tcp and /proc/net/tcp6 (net/ipv4/tcp_ipv4.c, get_tcp4_sock(), and
 * net/ipv6/tcp_ipv6.c, get_tcp6_sock()): one TCP socket a line.
 *
 *     0: 0100007F:8AE2 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  0  0 3245 1 ...
 *     slot  local      remote        state  queues         timer    retransmits uid timeout inode
 *
 * An address is one or four 32-bit words, each printed as a number of this machine's byte order
 * although it is in network order, so words are compared and never looked into.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmmap_net_end {
    uint32_t address[4]; /**< of IPv4 as ::ffff:a.b.c.d, the form that a socket for both has */
    uint16_t port;
};

struct vmmap_net_tcp_entry {
    struct vmmap_net_end local;
    struct vmmap_net_end remote;
    uint64_t inode;
};

/** Parses one line, given without its newline. False for the heading and for what is no line. */
bool vmmap_net_tcp_parse(const char *line, size_t size, struct vmmap_net_tcp_entry *ret);

bool vmmap_net_end_equals(const struct vmmap_net_end *a, const struct vmmap_net_end *b);

#endif
