/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/gdb_mappings.h"

#include <string.h>

void vmmap_gdb_mappings_init(struct vmmap_gdb_mappings *mappings, const char *text, size_t size)
{
    *mappings = (struct vmmap_gdb_mappings){vmmap_scan_over(text, size), false, false};
}

static bool line_contains(const struct vmmap_scan *line, const char *word)
{
    return memmem(line->at, (size_t)(line->end - line->at), word, strlen(word)) != NULL;
}

static bool read_header(struct vmmap_gdb_mappings *mappings, const struct vmmap_scan *line)
{
    if (!line_contains(line, "Start Addr") || !line_contains(line, "End Addr"))
        return false;
    mappings->has_header = true;
    mappings->has_perms = line_contains(line, "Perms") || line_contains(line, "Flags");
    return true;
}

/* "0x7000 " with blanks before it. */
static bool scan_number(struct vmmap_scan *line, uint64_t *ret)
{
    vmmap_scan_skip_blanks(line);
    return vmmap_scan_char(line, '0') && vmmap_scan_char(line, 'x') && vmmap_scan_hex(line, ret);
}

/* "r-xp", or FreeBSD's "r-x CN--V" where the second word is not about permissions. */
static bool scan_perms(struct vmmap_scan *line, struct vmmap_perms *ret)
{
    struct vmmap_scan letters;
    vmmap_scan_skip_blanks(line);
    if (!vmmap_scan_word(line, &letters))
        return false;
    size_t count = (size_t)(letters.end - letters.at);
    *ret = vmmap_perms_parse(letters.at, count);
    if (count == 3) {
        vmmap_scan_skip_blanks(line);
        (void)vmmap_scan_word(line, &letters);
    }
    return count == 3 || count == 4;
}

static bool scan_row(const struct vmmap_gdb_mappings *mappings, struct vmmap_scan line,
                     struct vmmap_gdb_mappings_entry *ret)
{
    uint64_t end, size;
    struct vmmap_gdb_mappings_entry entry = {0};
    if (!scan_number(&line, &entry.start) || !scan_number(&line, &end) ||
        !scan_number(&line, &size) || !scan_number(&line, &entry.offset) || end <= entry.start)
        return false;
    entry.last = end - 1;
    if (mappings->has_perms && !scan_perms(&line, &entry.perms))
        return false;
    vmmap_scan_skip_blanks(&line);
    while (line.end > line.at && line.end[-1] == ' ')
        line.end--; /* GDB 16's table writer pads the last column as well */
    entry.name = line.at;
    entry.name_size = (size_t)(line.end - line.at);
    *ret = entry;
    return true;
}

bool vmmap_gdb_mappings_next(struct vmmap_gdb_mappings *mappings,
                             struct vmmap_gdb_mappings_entry *ret)
{
    struct vmmap_scan line;
    while (vmmap_scan_line(&mappings->rest, &line)) {
        if (!mappings->has_header)
            (void)read_header(mappings, &line);
        else if (scan_row(mappings, line, ret))
            return true;
    }
    return false;
}
