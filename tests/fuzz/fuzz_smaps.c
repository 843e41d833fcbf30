/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The text of a /proc/PID/smaps file. */

#include "formats/smaps.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_scan text = vmmap_scan_over((const char *)data, size);
    struct vmmap_smaps_entry entry;
    size_t count = 0;
    while (vmmap_smaps_next(&text, &entry)) {
        REQUIRE(entry.mapping.start <= entry.mapping.last);
        REQUIRE(text.at <= text.end);
        count++;
    }
    REQUIRE(text.at == text.end);
    REQUIRE(count <= size / sizeof("VmFlags:"));
    return 0;
}
