/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lines like those of /proc/net/tcp and tcp6. */

#include "formats/net_tcp.h"
#include "formats/scan.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_scan text = vmmap_scan_over((const char *)data, size), line;
    while (vmmap_scan_line(&text, &line)) {
        struct vmmap_net_tcp_entry entry;
        if (!vmmap_net_tcp_parse(line.at, (size_t)(line.end - line.at), &entry))
            continue;
        REQUIRE(vmmap_net_end_equals(&entry.local, &entry.local));
        REQUIRE(vmmap_net_end_equals(&entry.local, &entry.remote) ==
                vmmap_net_end_equals(&entry.remote, &entry.local));
    }
    return 0;
}
