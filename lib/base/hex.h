/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_BASE_HEX_H
#define VMMAP_BASE_HEX_H

/**
 * @file
 * Hexadecimal numbers without printf, which would be half the time of a large listing.
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The most that vmmap_hex_put() writes for up to 16 `digits`. */
enum { VMMAP_HEX_MAX = 16 };

/**
 * Writes `value` in lower-case hexadecimal at `at`, right-aligned in `digits` columns of `fill`, or
 * wider if it must be, without a NUL. Returns the end of what was written.
 */
static inline char *vmmap_hex_put(char *at, uint64_t value, size_t digits, char fill)
{
    size_t needed = value ? (67 - (size_t)__builtin_clzll(value)) / 4 : 1;
    size_t width = needed > digits ? needed : digits;
    memset(at, fill, width - needed);
    for (size_t i = width; i > width - needed; value >>= 4)
        at[--i] = "0123456789abcdef"[value & 15];
    return at + width;
}

#endif
