/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_IMAGES_PIECES_H
#define VMMAP_IMAGES_PIECES_H

/**
 * @file
 * Where the bytes of an address range are in a file: pieces in ascending order that do not overlap.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct vmmap_piece {
    uint64_t start;
    uint64_t last;   /**< the last byte, >= start */
    uint64_t offset; /**< of `start` in the file; meaningless unless is_saved */
    bool is_saved;   /**< false: there is memory, but its bytes are not in the file */
};

/** All zero is an empty list. */
struct vmmap_pieces {
    struct vmmap_piece *items; /**< owned */
    size_t count;
    size_t capacity;
};

void vmmap_pieces_deinit(struct vmmap_pieces *pieces);

/** Adds one, in any order; where pieces overlap, the one that was added later is good. */
VMMAP_CHECKED struct vmmap_error *vmmap_pieces_add(struct vmmap_pieces *pieces,
                                                   const struct vmmap_piece *piece);

/** Establishes the order, in n log n: to be called after the last one was added. On failure the
 *  list is as it was. */
VMMAP_CHECKED struct vmmap_error *vmmap_pieces_finish(struct vmmap_pieces *pieces);

/** The first piece whose last byte is at or after `address`, or NULL. O(log n). */
const struct vmmap_piece *vmmap_pieces_lower_bound(const struct vmmap_pieces *pieces,
                                                   uint64_t address);

#endif
