/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/bytes.h"

uint64_t vmmap_bytes_load(const void *bytes, size_t size, bool big_endian)
{
    const unsigned char *at = bytes;
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[big_endian ? i : size - 1 - i];
    return value;
}
