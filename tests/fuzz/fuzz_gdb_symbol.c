/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is an address of 8 bytes and the text of `info symbol`, and of `info files`. */

#include <string.h>

#include "formats/gdb_symbol.h"
#include "fuzz.h"

static void check_part(const struct vmmap_scan *part, const char *text, size_t size)
{
    REQUIRE(part->at >= text && part->at <= part->end && part->end <= text + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t address;
    if (size < sizeof(address))
        return 0;
    memcpy(&address, data, sizeof(address));
    const char *text = (const char *)data + sizeof(address);
    size -= sizeof(address);
    struct vmmap_gdb_symbol symbol;
    if (vmmap_gdb_symbol_parse(text, size, &symbol)) {
        check_part(&symbol.name, text, size);
        check_part(&symbol.section, text, size);
        REQUIRE(symbol.name.at < symbol.name.end);
    }
    struct vmmap_scan section;
    if (vmmap_gdb_files_find_section(text, size, address, &section)) {
        check_part(&section, text, size);
        REQUIRE(section.at < section.end);
    }
    return 0;
}
