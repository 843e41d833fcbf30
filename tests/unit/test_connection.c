/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/connection.h"

#include <string.h>

#include "support.h"

static void check(const char *name, enum vmmap_connection_kind kind, unsigned int port,
                  const char *basename)
{
    const size_t size = strlen(name);
    char *copy = size ? malloc(size) : NULL; /* without a NUL at its end */
    if (copy)
        memcpy(copy, name, size);
    const struct vmmap_connection connection = vmmap_connection_parse(copy, size);
    ck_assert_msg(connection.kind == kind, "\"%s\" is %d", name, connection.kind);
    ck_assert_msg(connection.port == port, "\"%s\" has port %u", name, connection.port);
    ck_assert_uint_eq(connection.basename_size, strlen(basename));
    if (*basename)
        ck_assert_mem_eq(connection.basename, basename, strlen(basename));
    free(copy);
}

START_TEST(the_names_that_gdb_takes)
{
    check("", VMMAP_CONNECTION_ANY, 0, "");
    check("| qemu-system-x86_64 -gdb stdio", VMMAP_CONNECTION_PAIR, 0, "");
    check("|ssh -L 1:localhost:2", VMMAP_CONNECTION_PAIR, 0, "");
    check("localhost:1234", VMMAP_CONNECTION_TCP, 1234, "");
    check(":65535", VMMAP_CONNECTION_TCP, 65535, "");
    check("tcp:host:1", VMMAP_CONNECTION_TCP, 1, "");
    check("tcp6:[::1]:1234", VMMAP_CONNECTION_TCP, 1234, "");
    check("/path:7", VMMAP_CONNECTION_TCP, 7, ""); /* GDB looks for a colon first */
    check("udp:host:1", VMMAP_CONNECTION_NONE, 0, "");
    check("udp4:host:1", VMMAP_CONNECTION_NONE, 0, "");
    check("udpserver:1", VMMAP_CONNECTION_TCP, 1, "");
    check("/tmp/qemu.socket", VMMAP_CONNECTION_UNIX, 0, "qemu.socket");
    check("socket", VMMAP_CONNECTION_UNIX, 0, "socket");
    check("/dev/ttyS0", VMMAP_CONNECTION_UNIX, 0, "ttyS0");
    check("/", VMMAP_CONNECTION_UNIX, 0, "");
}
END_TEST

START_TEST(a_port_that_is_no_number_is_not_known)
{
    check("host:", VMMAP_CONNECTION_TCP, 0, "");
    check("host:gdb", VMMAP_CONNECTION_TCP, 0, "");
    check("host:65536", VMMAP_CONNECTION_TCP, 0, "");
    check("host:12x", VMMAP_CONNECTION_TCP, 0, "");
    check("host:99999999999999999999999", VMMAP_CONNECTION_TCP, 0, "");
    check(":", VMMAP_CONNECTION_TCP, 0, "");
    check("udp", VMMAP_CONNECTION_UNIX, 0, "udp");
}
END_TEST

int main(void)
{
    return RUN_TESTS("connection", the_names_that_gdb_takes, a_port_that_is_no_number_is_not_known);
}
