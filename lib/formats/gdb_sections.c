/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/gdb_sections.h"

#include <string.h>

/* One line: a section, and which PT_LOAD it is part of. */
struct section {
    struct vmmap_gdb_sections_entry entry;
    uint64_t number;
    char part; /* 'a', 'b', or 0 for a whole one */
};

void vmmap_gdb_sections_init(struct vmmap_gdb_sections *sections, const char *text, size_t size)
{
    *sections = (struct vmmap_gdb_sections){vmmap_scan_over(text, size), false};
}

/* "[18] " where there is one. */
static void skip_index(struct vmmap_scan *line)
{
    uint64_t index;
    vmmap_scan_skip_blanks(line);
    if (vmmap_scan_char(line, '[') && vmmap_scan_decimal(line, &index) &&
        vmmap_scan_char(line, ']'))
        vmmap_scan_skip_blanks(line);
}

/* "0x1000->0x2000 at 0x0000a000: " */
static bool scan_range(struct vmmap_scan *line, struct vmmap_gdb_sections_entry *ret)
{
    uint64_t end, offset;
    if (!vmmap_scan_text(line, "0x") || !vmmap_scan_hex(line, &ret->start) ||
        !vmmap_scan_text(line, "->0x") || !vmmap_scan_hex(line, &end) ||
        !vmmap_scan_text(line, " at 0x") || !vmmap_scan_hex(line, &offset) ||
        !vmmap_scan_text(line, ": "))
        return false;
    /* BFD's ends are exclusive; 0 stands for the top of a 64-bit space. */
    if (end <= ret->start && end != 0)
        return false;
    ret->last = end - 1;
    return true;
}

/* "load21a" */
static bool scan_name(struct vmmap_scan *line, struct section *ret)
{
    struct vmmap_scan name;
    if (!vmmap_scan_word(line, &name) || !vmmap_scan_text(&name, "load") ||
        !vmmap_scan_decimal(&name, &ret->number))
        return false;
    ret->part = 0;
    if (name.at < name.end)
        ret->part = *name.at++;
    return name.at == name.end && (ret->part == 0 || ret->part == 'a' || ret->part == 'b');
}

static bool is_word(const struct vmmap_scan *word, const char *text)
{
    return (size_t)(word->end - word->at) == strlen(text) &&
           memcmp(word->at, text, strlen(text)) == 0;
}

static void scan_flags(struct vmmap_scan *line, struct vmmap_gdb_sections_entry *ret)
{
    bool has_contents = false;
    ret->perms = (struct vmmap_perms){VMMAP_PERM_WRITE, VMMAP_PERM_WRITE | VMMAP_PERM_EXEC};
    struct vmmap_scan word;
    for (;;) {
        vmmap_scan_skip_blanks(line);
        if (!vmmap_scan_word(line, &word))
            break;
        if (is_word(&word, "READONLY"))
            ret->perms.set &= (uint8_t)~VMMAP_PERM_WRITE;
        else if (is_word(&word, "CODE"))
            ret->perms.set |= VMMAP_PERM_EXEC;
        else if (is_word(&word, "HAS_CONTENTS"))
            has_contents = true;
    }
    ret->saved = has_contents ? ret->last - ret->start + 1 : 0;
}

static bool scan_section(struct vmmap_scan line, struct section *ret)
{
    skip_index(&line);
    if (!scan_range(&line, &ret->entry) || !scan_name(&line, ret))
        return false;
    scan_flags(&line, &ret->entry);
    return true;
}

static bool is_second_part(const struct section *first, const struct section *second)
{
    return first->part == 'a' && second->part == 'b' && first->number == second->number &&
           first->entry.last + 1 == second->entry.start && second->entry.last > first->entry.last;
}

/* Headings tell whose sections follow. */
static void read_heading(struct vmmap_gdb_sections *sections, struct vmmap_scan line)
{
    if (vmmap_scan_text(&line, "Core file"))
        sections->in_core = true;
    else if (vmmap_scan_text(&line, "Exec file"))
        sections->in_core = false;
}

bool vmmap_gdb_sections_next(struct vmmap_gdb_sections *sections,
                             struct vmmap_gdb_sections_entry *ret)
{
    struct vmmap_scan line;
    struct section first, second;
    while (vmmap_scan_line(&sections->rest, &line)) {
        read_heading(sections, line);
        if (!sections->in_core || !scan_section(line, &first))
            continue;
        struct vmmap_scan after = sections->rest;
        if (vmmap_scan_line(&after, &line) && scan_section(line, &second) &&
            is_second_part(&first, &second)) {
            first.entry.last = second.entry.last;
            sections->rest = after;
        }
        *ret = first.entry;
        return true;
    }
    return false;
}

/* Where `text` begins for the last time: a path may contain it too. */
static const char *find_last(const struct vmmap_scan *line, const char *text)
{
    size_t size = strlen(text);
    for (size_t left = (size_t)(line->end - line->at); left >= size; left--) {
        const char *at = line->at + (left - size);
        if (memcmp(at, text, size) == 0)
            return at;
    }
    return NULL;
}

bool vmmap_gdb_sections_find_path(const char *text, size_t size, struct vmmap_scan *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(text, size), line;
    while (vmmap_scan_line(&scan, &line)) {
        if (!vmmap_scan_text(&line, "Core file:"))
            continue;
        if (line.at == line.end && !vmmap_scan_line(&scan, &line))
            return false;
        vmmap_scan_skip_blanks(&line);
        if (!vmmap_scan_char(&line, '`'))
            return false;
        const char *end = find_last(&line, "', file type ");
        if (!end || end == line.at)
            return false;
        *ret = (struct vmmap_scan){line.at, end};
        return true;
    }
    return false;
}
