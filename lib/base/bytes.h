/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_BASE_BYTES_H
#define VMMAP_BASE_BYTES_H

/**
 * @file
 * Integers of the target in an array of bytes, of any alignment and either byte order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The unsigned integer in the `size` bytes, 1 to 8, from `bytes` on. */
uint64_t vmmap_bytes_load(const void *bytes, size_t size, bool big_endian);

#endif
