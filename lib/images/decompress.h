/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_IMAGES_DECOMPRESS_H
#define VMMAP_IMAGES_DECOMPRESS_H

/**
 * @file
 * Pages that a memory image has compressed, by the libraries that exist for it: zlib, LZO, Snappy,
 * Zstandard. They are loaded when a page wants them, so that nobody needs them who has no such
 * image.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum vmmap_compression_method {
    VMMAP_METHOD_ZLIB,
    VMMAP_METHOD_LZO,
    VMMAP_METHOD_SNAPPY,
    VMMAP_METHOD_ZSTD,
};

/**
 * Unpacks `size` bytes into exactly `ret_size` bytes at `ret`; `*done` is false where they are
 * broken. The UNSUPPORTED error is a sentence about a library that is missing.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_decompress(enum vmmap_compression_method method,
                                                   const void *bytes, size_t size, void *ret,
                                                   size_t ret_size, bool *done);

#endif
