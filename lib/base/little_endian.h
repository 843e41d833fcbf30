/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_BASE_LITTLE_ENDIAN_H
#define VMMAP_BASE_LITTLE_ENDIAN_H

/**
 * @file
 * Numbers in formats that are little-endian whatever machine reads them; no alignment is needed.
 */

#include <stdint.h>

static inline uint16_t vmmap_load_u16(const unsigned char *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t vmmap_load_u32(const unsigned char *bytes)
{
    return (uint32_t)vmmap_load_u16(bytes) | (uint32_t)vmmap_load_u16(bytes + 2) << 16;
}

static inline uint64_t vmmap_load_u64(const unsigned char *bytes)
{
    return (uint64_t)vmmap_load_u32(bytes) | (uint64_t)vmmap_load_u32(bytes + 4) << 32;
}

#endif
