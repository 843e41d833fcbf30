/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The text of GDB's "info proc mappings", with file names that a hostile process chose. */

#include <string.h>

#include "formats/gdb_mappings.h"
#include "fuzz.h"

static void check_entry(const struct vmmap_gdb_mappings *mappings,
                        const struct vmmap_gdb_mappings_entry *entry, const char *text, size_t size)
{
    REQUIRE(mappings->has_header);
    REQUIRE(entry->start <= entry->last && entry->last < UINT64_MAX);
    REQUIRE((entry->perms.set & ~entry->perms.known) == 0);
    REQUIRE(mappings->has_perms || entry->perms.known == 0);
    REQUIRE(entry->name >= text && entry->name + entry->name_size <= text + size);
    REQUIRE(!memchr(entry->name, '\n', entry->name_size));
    if (entry->name_size > 0) {
        REQUIRE(entry->name[0] != ' ' && entry->name[0] != '\t');
        REQUIRE(entry->name[entry->name_size - 1] != ' ');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct vmmap_gdb_mappings mappings;
    struct vmmap_gdb_mappings_entry entry;
    size_t rows = 0;
    vmmap_gdb_mappings_init(&mappings, text, size);
    while (vmmap_gdb_mappings_next(&mappings, &entry)) {
        check_entry(&mappings, &entry, text, size);
        rows++;
    }
    REQUIRE(rows <= size / strlen("0x0 0x1 0x0 0x0"));
    REQUIRE(mappings.rest.at == mappings.rest.end);
    REQUIRE(!vmmap_gdb_mappings_next(&mappings, &entry));
    return 0;
}
