/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is what GDB printed: each row has its bytes in the text and an end after its start. */

#include <stdint.h>
#include <stdlib.h>

#include "formats/gdb_sections.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct vmmap_gdb_sections sections;
    struct vmmap_gdb_sections_entry entry;
    vmmap_gdb_sections_init(&sections, text, size);
    while (vmmap_gdb_sections_next(&sections, &entry)) {
        if (entry.last < entry.start ||
            (entry.saved > 0 && entry.saved - 1 > entry.last - entry.start))
            abort();
    }
    struct vmmap_scan path;
    if (vmmap_gdb_sections_find_path(text, size, &path) &&
        (path.at < text || path.end <= path.at || path.end > text + size))
        abort();
    return 0;
}
