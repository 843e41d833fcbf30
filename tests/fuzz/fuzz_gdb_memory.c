/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The text of GDB's "info mem". */

#include "formats/gdb_memory.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_gdb_memory memory;
    struct vmmap_gdb_memory_entry entry;
    size_t rows = 0;
    vmmap_gdb_memory_init(&memory, (const char *)data, size);
    while (vmmap_gdb_memory_next(&memory, &entry)) {
        REQUIRE(entry.start <= entry.last);
        REQUIRE(entry.kind <= VMMAP_GDB_MEMORY_FLASH);
        REQUIRE(++rows <= size);
    }
    REQUIRE(memory.rest.at == memory.rest.end);
    return 0;
}
