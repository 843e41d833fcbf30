/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The text of GDB's "maintenance info sections", with a path that somebody else chose. */

#include <string.h>

#include "formats/gdb_sections.h"
#include "fuzz.h"

static void check_entry(const struct vmmap_gdb_sections_entry *entry)
{
    REQUIRE(entry->start <= entry->last);
    REQUIRE((entry->perms.set & ~entry->perms.known) == 0);
    REQUIRE(entry->perms.known == (VMMAP_PERM_WRITE | VMMAP_PERM_EXEC));
    REQUIRE(entry->saved == 0 || entry->saved - 1 <= entry->last - entry->start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct vmmap_gdb_sections sections;
    struct vmmap_gdb_sections_entry entry;
    size_t rows = 0;
    vmmap_gdb_sections_init(&sections, text, size);
    while (vmmap_gdb_sections_next(&sections, &entry)) {
        check_entry(&entry);
        rows++;
    }
    REQUIRE(rows <= size / strlen("0x0->0x1 at 0x0: load1"));
    REQUIRE(sections.rest.at == sections.rest.end);

    struct vmmap_scan path;
    if (vmmap_gdb_sections_find_path(text, size, &path)) {
        REQUIRE(path.at > text && path.at < path.end && path.end < text + size);
        REQUIRE(!memchr(path.at, '\n', (size_t)(path.end - path.at)));
    }
    return 0;
}
