/* SPDX-License-Identifier: GPL-3.0-or-later */

/* VMCOREINFO: where a text that is cut off tells a number, the whole text tells the same. */

#include <string.h>

#include "formats/vmcoreinfo.h"
#include "fuzz.h"

static void check(const char *text, size_t size, const char *name)
{
    uint64_t value, other;
    const bool found = vmmap_vmcoreinfo_number(text, size, name, &value);
    for (size_t cut = 0; cut < size; cut += 1 + size / 64) {
        if (vmmap_vmcoreinfo_number(text, cut, name, &other))
            REQUIRE(found && other == value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char start[] = "OSRELEASE=";
    const char *const text = (const char *)data;
    const bool begins = size >= sizeof(start) - 1 && memcmp(text, start, sizeof(start) - 1) == 0;
    REQUIRE(vmmap_vmcoreinfo_is(text, size) == begins);
    check(text, size, "VA_BITS");
    check(text, size, "VMALLOC_START");
    check(text, size, "phys_ram_base");
    check(text, size, "");
    return 0;
}
