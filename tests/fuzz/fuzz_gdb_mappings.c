/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is what GDB printed: each row has its bytes in the text and an end after its start. */

#include <stdint.h>
#include <stdlib.h>

#include "formats/gdb_mappings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct vmmap_gdb_mappings mappings;
    struct vmmap_gdb_mappings_entry entry;
    vmmap_gdb_mappings_init(&mappings, text, size);
    while (vmmap_gdb_mappings_next(&mappings, &entry)) {
        if (entry.last < entry.start || entry.name < text ||
            entry.name + entry.name_size > text + size)
            abort();
    }
    return 0;
}
