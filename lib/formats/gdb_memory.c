/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/gdb_memory.h"

#include <string.h>

void vmmap_gdb_memory_init(struct vmmap_gdb_memory *memory, const char *text, size_t size)
{
    *memory = (struct vmmap_gdb_memory){vmmap_scan_over(text, size)};
}

static bool is_word(const struct vmmap_scan *word, const char *text)
{
    return (size_t)(word->end - word->at) == strlen(text) &&
           memcmp(word->at, text, strlen(text)) == 0;
}

static bool scan_address(struct vmmap_scan *line, uint64_t *ret)
{
    vmmap_scan_skip_blanks(line);
    return vmmap_scan_text(line, "0x") && vmmap_scan_hex(line, ret);
}

/* An exclusive end; 2^64 does not fit a number. */
static bool scan_last(struct vmmap_scan *line, uint64_t *ret)
{
    vmmap_scan_skip_blanks(line);
    if (vmmap_scan_text(line, "0x10000000000000000")) {
        *ret = UINT64_MAX;
        return true;
    }
    return scan_address(line, ret) && (*ret)-- > 0;
}

/* "rw 16 nocache", "flash blocksize 0x400 nocache" */
static bool scan_attributes(struct vmmap_scan *line, struct vmmap_gdb_memory_entry *ret)
{
    static const char *const kinds[] = {
        [VMMAP_GDB_MEMORY_RW] = "rw",
        [VMMAP_GDB_MEMORY_RO] = "ro",
        [VMMAP_GDB_MEMORY_WO] = "wo",
        [VMMAP_GDB_MEMORY_FLASH] = "flash",
    };
    static const char *const widths[] = {"8", "16", "32", "64"};
    struct vmmap_scan word;
    bool found = false;
    for (;;) {
        vmmap_scan_skip_blanks(line);
        if (!vmmap_scan_word(line, &word))
            return found;
        for (unsigned int i = 0; !found && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            if (is_word(&word, kinds[i])) {
                ret->kind = i;
                found = true;
            }
        }
        for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++)
            ret->has_width = ret->has_width || is_word(&word, widths[i]);
    }
}

/* "0   y  	0x00000000 0x00020000 rw nocache" */
static bool scan_region(struct vmmap_scan line, struct vmmap_gdb_memory_entry *ret)
{
    struct vmmap_scan enabled;
    uint64_t number;
    *ret = (struct vmmap_gdb_memory_entry){.start = 0};
    vmmap_scan_skip_blanks(&line);
    if (!vmmap_scan_decimal(&line, &number))
        return false;
    vmmap_scan_skip_blanks(&line);
    return vmmap_scan_word(&line, &enabled) && is_word(&enabled, "y") &&
           scan_address(&line, &ret->start) && scan_last(&line, &ret->last) &&
           ret->start <= ret->last && scan_attributes(&line, ret);
}

bool vmmap_gdb_memory_next(struct vmmap_gdb_memory *memory, struct vmmap_gdb_memory_entry *ret)
{
    struct vmmap_scan line;
    while (vmmap_scan_line(&memory->rest, &line)) {
        if (scan_region(line, ret))
            return true;
    }
    return false;
}
