/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/scan.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct vmmap_scan vmmap_scan_over(const char *text, size_t size)
{
    /* An empty buffer has no bytes to point at, and NULL + 0 is undefined before C2y. */
    return (struct vmmap_scan){text, text ? text + size : NULL};
}

bool vmmap_scan_line(struct vmmap_scan *text, struct vmmap_scan *ret)
{
    if (text->at == text->end)
        return false;
    const char *newline = memchr(text->at, '\n', (size_t)(text->end - text->at));
    *ret = (struct vmmap_scan){text->at, newline ? newline : text->end};
    text->at = newline ? newline + 1 : text->end;
    return true;
}

void vmmap_scan_skip_blanks(struct vmmap_scan *scan)
{
    while (scan->at < scan->end && is_blank(*scan->at))
        scan->at++;
}

bool vmmap_scan_char(struct vmmap_scan *scan, char wanted)
{
    if (scan->at == scan->end || *scan->at != wanted)
        return false;
    scan->at++;
    return true;
}

/* The value of a digit, or 16 for anything else. */
static unsigned int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned int)(c - 'a' + 10);
    if (c >= 'A' && c <= 'F')
        return (unsigned int)(c - 'A' + 10);
    return 16;
}

bool vmmap_scan_hex(struct vmmap_scan *scan, uint64_t *ret)
{
    uint64_t value = 0;
    const char *at = scan->at;
    for (; at < scan->end; at++) {
        unsigned int digit = digit_value(*at);
        if (digit > 15)
            break;
        if (value >> 60)
            return false;
        value = value << 4 | digit;
    }
    if (at == scan->at)
        return false;
    scan->at = at;
    *ret = value;
    return true;
}

bool vmmap_scan_decimal(struct vmmap_scan *scan, uint64_t *ret)
{
    uint64_t value = 0;
    const char *at = scan->at;
    for (; at < scan->end && *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    }
    if (at == scan->at)
        return false;
    scan->at = at;
    *ret = value;
    return true;
}

bool vmmap_scan_word(struct vmmap_scan *scan, struct vmmap_scan *ret)
{
    const char *at = scan->at;
    while (at < scan->end && !is_blank(*at))
        at++;
    if (at == scan->at)
        return false;
    *ret = (struct vmmap_scan){scan->at, at};
    scan->at = at;
    return true;
}
