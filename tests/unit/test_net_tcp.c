/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/net_tcp.h"

#include <arpa/inet.h>
#include <string.h>

#include "support.h"

static bool parse(const char *line, struct vmmap_net_tcp_entry *ret)
{
    /* Without a NUL and no byte longer than it is, so that reading on is noticed. */
    size_t size = strlen(line);
    char *copy = malloc(size ? size : 1);
    memcpy(copy, line, size);
    bool parsed = vmmap_net_tcp_parse(copy, size, ret);
    free(copy);
    return parsed;
}

START_TEST(a_line_of_ipv4)
{
    struct vmmap_net_tcp_entry entry;
    ck_assert(parse("   1: 0100007F:8AE2 0200007F:1F90 01 00000000:00000000 00:00000000 00000000  "
                    "1000        0 3245 1 0000000000000000 20 4 30 10 -1",
                    &entry));
    const struct vmmap_net_tcp_entry wanted = {
        .local = {{0, 0, htonl(0xffff), 0x0100007f}, 0x8ae2},
        .remote = {{0, 0, htonl(0xffff), 0x0200007f}, 0x1f90},
        .inode = 3245,
    };
    ck_assert(vmmap_net_end_equals(&entry.local, &wanted.local));
    ck_assert(vmmap_net_end_equals(&entry.remote, &wanted.remote));
    ck_assert_uint_eq(entry.inode, wanted.inode);
}
END_TEST

START_TEST(a_line_of_ipv6_may_be_ipv4)
{
    struct vmmap_net_tcp_entry four, six;
    char line[256];
    snprintf(line, sizeof(line),
             "12: 0000000000000000%08X0100007F:1F90 00000000000000000000000001000000:0001 01 "
             "00000000:00000000 00:00000000 00000000 0 0 77",
             htonl(0xffff));
    ck_assert(parse(line, &six));
    ck_assert(parse("0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 77", &four));
    ck_assert(vmmap_net_end_equals(&four.local, &six.local));
    ck_assert(!vmmap_net_end_equals(&four.remote, &six.remote));
    ck_assert_uint_eq(six.remote.address[3], 0x01000000);
    ck_assert_uint_eq(six.remote.port, 1);
    ck_assert_uint_eq(six.inode, 77);
}
END_TEST

START_TEST(ends_differ_in_each_part)
{
    const struct vmmap_net_end end = {{1, 2, 3, 4}, 5}, port = {{1, 2, 3, 4}, 6};
    const struct vmmap_net_end first = {{0, 2, 3, 4}, 5}, last = {{1, 2, 3, 0}, 5};
    ck_assert(vmmap_net_end_equals(&end, &end));
    ck_assert(!vmmap_net_end_equals(&end, &port));
    ck_assert(!vmmap_net_end_equals(&end, &first));
    ck_assert(!vmmap_net_end_equals(&end, &last));
}
END_TEST

START_TEST(other_lines_are_none)
{
    static const char *const lines[] = {
        "",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid",
        "0: 0100007F:1F90",
        "0: 0100007F:1F90 0100007F:1F90 01 0:0 0:0 0 0 0",
        "0: 0100007F:1F90 0100007F:1F90 01 0:0 0:0 0 0 0 ",
        "0: 0100007F:1F90 0100007F:1F90 01 0:0 0:0 0 0 0 12x",
        "0: 0100007F:1F90 0100007F:1F90 01 0:0 0:0 0 0 0 99999999999999999999",
        "0: 0100007F:1F901 0100007F:1F90 01 0:0 0:0 0 0 0 1",
        "0: 0100007F: 0100007F:1F90 01 0:0 0:0 0 0 0 1",
        "0: 0100007:1F90 0100007F:1F90 01 0:0 0:0 0 0 0 1",
        "0: 0100007G:1F90 0100007F:1F90 01 0:0 0:0 0 0 0 1",
        "0: 0100007F1F90 0100007F:1F90 01 0:0 0:0 0 0 0 1",
        "0 0100007F:1F90 0100007F:1F90 01 0:0 0:0 0 0 0 1",
    };
    struct vmmap_net_tcp_entry entry;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        ck_assert_msg(!parse(lines[i], &entry), "%s", lines[i]);
}
END_TEST

int main(void)
{
    return RUN_TESTS("net_tcp", a_line_of_ipv4, a_line_of_ipv6_may_be_ipv4,
                     ends_differ_in_each_part, other_lines_are_none);
}
