/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_CONNECTION_H
#define VMMAP_HOST_CONNECTION_H

/**
 * @file
 * Which sockets of a debugger a connection may be, judged by the name that the user gave it
 * (`target remote NAME`; serial_open() of gdb/serial.c):
 *
 *     |COMMAND       one of a pair, neither of which has a name
 *     HOST:PORT      TCP, whatever else has a colon; `tcp:`, `tcp4:`, `tcp6:` may stand before it
 *     udp:HOST:PORT  none that is followed
 *     PATH           a Unix socket that is bound there, or a serial line
 */

#include <stddef.h>
#include <stdint.h>

enum vmmap_connection_kind {
    VMMAP_CONNECTION_ANY, /**< nothing is known of it */
    VMMAP_CONNECTION_PAIR,
    VMMAP_CONNECTION_TCP,
    VMMAP_CONNECTION_UNIX,
    VMMAP_CONNECTION_NONE, /**< no socket that can be followed */
};

struct vmmap_connection {
    enum vmmap_connection_kind kind;
    uint16_t port;        /**< of TCP, at the other end; 0 when not known */
    const char *basename; /**< of a Unix socket, `basename_size` bytes; in the name */
    size_t basename_size;
};

/** What a name of `size` bytes means; it must outlive the result. An empty one means ANY. */
struct vmmap_connection vmmap_connection_parse(const char *name, size_t size);

#endif
