/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_WINDOW_H
#define VMMAP_FORMATS_WINDOW_H

/**
 * @file
 * Bytes that may be more than fit into memory (a core file, a process in it), read piece by piece.
 *
 * A parser asks a window for the bytes at an offset and gets a pointer to them if they are all
 * there. What lies beyond the end, or can not be read, is simply not there: parsers take it for the
 * end of a truncated file.
 */

#include <stddef.h>
#include <stdint.h>

/** Where bytes come from. */
struct vmmap_reader {
    void *context; /**< handed to `read` as its first argument */
    uint64_t size; /**< nothing is read at or beyond this offset */
    /** Reads up to `size` bytes at `offset`; returns how many it got, 0 for none. */
    size_t (*read)(void *context, uint64_t offset, void *ret, size_t size);
};

/** The most that can be asked for at once; longer than any path name and any register set. */
enum { VMMAP_WINDOW_SIZE = 1 << 14 };

struct vmmap_window {
    const struct vmmap_reader *reader;
    uint64_t start; /**< the offset of bytes[0] */
    size_t count;   /**< how many bytes are there */
    unsigned char bytes[VMMAP_WINDOW_SIZE];
};

/** `reader` must stay where it is. */
void vmmap_window_init(struct vmmap_window *window, const struct vmmap_reader *reader);

/** The `size` bytes at `offset`, good until the next call; NULL unless all of them are there. */
const unsigned char *vmmap_window_at(struct vmmap_window *window, uint64_t offset, size_t size);

#endif
