/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/connection.h"

#include <string.h>

#include "formats/scan.h"

/* A number; the name of a service is not looked up. */
static uint16_t parse_port(const char *at, const char *end)
{
    struct vmmap_scan scan = {at, end};
    uint64_t port;
    return vmmap_scan_decimal(&scan, &port) && scan.at == end && port <= UINT16_MAX ? (uint16_t)port
                                                                                    : 0;
}

struct vmmap_connection vmmap_connection_parse(const char *name, size_t size)
{
    struct vmmap_connection connection = {.kind = VMMAP_CONNECTION_ANY};
    static const char udp[] = "udp";
    if (size == 0)
        return connection;
    const char *end = name + size, *colon = memrchr(name, ':', size);
    if (*name == '|') {
        connection.kind = VMMAP_CONNECTION_PAIR;
    } else if (colon && size > sizeof(udp) && memcmp(name, udp, sizeof(udp) - 1) == 0 &&
               memchr(name, ':', sizeof(udp) + 1)) {
        connection.kind = VMMAP_CONNECTION_NONE; /* "udp:", "udp4:" and "udp6:" */
    } else if (colon) {
        connection.kind = VMMAP_CONNECTION_TCP;
        connection.port = parse_port(colon + 1, end);
    } else {
        const char *slash = memrchr(name, '/', size);
        connection.kind = VMMAP_CONNECTION_UNIX;
        connection.basename = slash ? slash + 1 : name;
        connection.basename_size = (size_t)(end - connection.basename);
    }
    return connection;
}
