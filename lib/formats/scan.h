/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_SCAN_H
#define VMMAP_FORMATS_SCAN_H

/**
 * @file
 * A cursor over text that is not NUL-terminated, for the parsers of this folder. It never reads
 * beyond `end`, and a function that fails leaves the cursor where it was.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmmap_scan {
    const char *at;
    const char *end;
};

/** A cursor at the beginning of `size` bytes; NULL will do where there are none. */
struct vmmap_scan vmmap_scan_over(const char *text, size_t size);

/** Takes the next line, without its newline, off `text`. False at the end of the text. */
bool vmmap_scan_line(struct vmmap_scan *text, struct vmmap_scan *ret);

static inline bool vmmap_scan_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/** Consumes spaces and tabs, any number of them. */
static inline void vmmap_scan_skip_blanks(struct vmmap_scan *scan)
{
    while (scan->at < scan->end && vmmap_scan_is_blank(*scan->at))
        scan->at++;
}

/** Consumes exactly this character. */
static inline bool vmmap_scan_char(struct vmmap_scan *scan, char wanted)
{
    if (scan->at == scan->end || *scan->at != wanted)
        return false;
    scan->at++;
    return true;
}

/** Consumes exactly this text. */
bool vmmap_scan_text(struct vmmap_scan *scan, const char *wanted);

/** One or more digits, no sign, no prefix. False without a digit or where 64 bits overflow. */
bool vmmap_scan_hex(struct vmmap_scan *scan, uint64_t *ret);
bool vmmap_scan_decimal(struct vmmap_scan *scan, uint64_t *ret);

/** The characters up to the next blank or the end; false when there are none. */
bool vmmap_scan_word(struct vmmap_scan *scan, struct vmmap_scan *ret);

#endif
