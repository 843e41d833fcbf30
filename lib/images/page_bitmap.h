/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_IMAGES_PAGE_BITMAP_H
#define VMMAP_IMAGES_PAGE_BITMAP_H

/**
 * @file
 * A bitmap in a file, a bit a page, least significant first: which pages follow, one behind the
 * other. How many are set below a page tells where that page is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "formats/window.h"
#include "target/target.h"

/** The most pages: 16 TiB of memory in pages of 4 KiB, of which 1 MiB is kept. */
#define VMMAP_PAGE_BITMAP_MAX (UINT64_C(1) << 32)

struct vmmap_page_bitmap {
    struct vmmap_window window;
    uint64_t offset;    /**< in the file */
    uint64_t pages;     /**< how many bits are in the file */
    uint64_t set_count; /**< how many of them are set */
    uint64_t *ranks;    /**< owned: how many bits are set below each block */
};

/**
 * A bitmap of `pages` bits at `offset`, cut off where the file ends or that is too many; its bits
 * are counted. `reader` must stay, `target` is polled. `*ret` is to be deinitialised whatever the
 * outcome.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_page_bitmap_init(const struct vmmap_target *target,
                                                         const struct vmmap_reader *reader,
                                                         uint64_t offset, uint64_t pages,
                                                         struct vmmap_page_bitmap *ret);

/** Also good for one that is all zero. */
void vmmap_page_bitmap_deinit(struct vmmap_page_bitmap *bitmap);

/** Whether the bit of a page is set; false where the file has none for it. */
bool vmmap_page_bitmap_test(struct vmmap_page_bitmap *bitmap, uint64_t page);

/** How many bits are set below that of `page`, which is one of the file's. */
uint64_t vmmap_page_bitmap_rank(struct vmmap_page_bitmap *bitmap, uint64_t page);

/** The first page at or after `from` whose bit is `set`; `pages` where there is none. */
uint64_t vmmap_page_bitmap_next(struct vmmap_page_bitmap *bitmap, uint64_t from, bool set);

#endif
