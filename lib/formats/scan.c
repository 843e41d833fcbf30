/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/scan.h"

#include <string.h>

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

/* One more than the value of each hexadecimal digit, 0 for every other character. A table, because
 * most of a large maps file is hexadecimal numbers. */
static const unsigned char digit_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool vmmap_scan_hex(struct vmmap_scan *scan, uint64_t *ret)
{
    uint64_t value = 0;
    const char *at = scan->at;
    for (; at < scan->end; at++) {
        unsigned int digit = digit_values[(unsigned char)*at];
        if (digit == 0)
            break;
        if (value >> 60)
            return false;
        value = value << 4 | (digit - 1);
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

bool vmmap_scan_text(struct vmmap_scan *scan, const char *wanted)
{
    const size_t size = strlen(wanted);
    if ((size_t)(scan->end - scan->at) < size || memcmp(scan->at, wanted, size) != 0)
        return false;
    scan->at += size;
    return true;
}

bool vmmap_scan_word(struct vmmap_scan *scan, struct vmmap_scan *ret)
{
    const char *at = scan->at;
    while (at < scan->end && !vmmap_scan_is_blank(*at))
        at++;
    if (at == scan->at)
        return false;
    *ret = (struct vmmap_scan){scan->at, at};
    scan->at = at;
    return true;
}
