/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/gdb_symbol.h"

#include <string.h>

/* Where `words` begin in the line; NULL if they are not there. */
static const char *find(const struct vmmap_scan *line, const char *words)
{
    return line->at < line->end
               ? memmem(line->at, (size_t)(line->end - line->at), words, strlen(words))
               : NULL;
}

/* Cuts " + 15" off the name. The name of an operator may have a plus sign in it as well. */
static void split_offset(struct vmmap_scan *name, uint64_t *ret)
{
    static const char plus[] = " + ";
    const size_t length = strlen(plus);
    const char *at = name->end;
    while (at > name->at && at[-1] >= '0' && at[-1] <= '9')
        at--;
    struct vmmap_scan digits = {at, name->end};
    uint64_t offset;
    if ((size_t)(at - name->at) <= length || memcmp(at - length, plus, length) != 0 ||
        !vmmap_scan_decimal(&digits, &offset) || digits.at != name->end)
        return;
    name->end = at - length;
    *ret = offset;
}

bool vmmap_gdb_symbol_parse(const char *text, size_t size, struct vmmap_gdb_symbol *ret)
{
    static const char in[] = " in section ", of[] = " of ";
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    if (!vmmap_scan_line(&rest, &line))
        return false;
    const char *section = find(&line, in);
    if (!section || section == line.at)
        return false;
    *ret = (struct vmmap_gdb_symbol){.name = {line.at, section},
                                     .section = {section + strlen(in), line.end}};
    const char *file = find(&ret->section, of);
    if (file)
        ret->section.end = file;
    split_offset(&ret->name, &ret->offset);
    return true;
}

/* "0x0000555555555070" and blanks before it. */
static bool scan_address(struct vmmap_scan *line, uint64_t *ret)
{
    vmmap_scan_skip_blanks(line);
    return vmmap_scan_char(line, '0') && vmmap_scan_char(line, 'x') && vmmap_scan_hex(line, ret);
}

/* "0x1000 - 0x2000 is .text": whether it holds the address. */
static bool scan_section(struct vmmap_scan line, uint64_t address, struct vmmap_scan *ret)
{
    uint64_t start, end;
    struct vmmap_scan word;
    if (!scan_address(&line, &start))
        return false;
    vmmap_scan_skip_blanks(&line);
    if (!vmmap_scan_char(&line, '-') || !scan_address(&line, &end) || address < start ||
        address >= end)
        return false;
    vmmap_scan_skip_blanks(&line);
    if (!vmmap_scan_word(&line, &word) || word.end - word.at != 2 || memcmp(word.at, "is", 2) != 0)
        return false;
    vmmap_scan_skip_blanks(&line);
    return vmmap_scan_word(&line, ret);
}

bool vmmap_gdb_files_find_section(const char *text, size_t size, uint64_t address,
                                  struct vmmap_scan *ret)
{
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    bool in_core = false;
    while (vmmap_scan_line(&rest, &line)) {
        if (find(&line, "core dump file") || find(&line, "Local exec file"))
            in_core = find(&line, "core dump file") != NULL;
        else if (!in_core && scan_section(line, address, ret))
            return true;
    }
    return false;
}
