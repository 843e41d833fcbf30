/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "images/page_bitmap.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 4096, /* whose bits are counted once: 128 MiB of memory in pages of 4 KiB */
    BLOCK_PAGES = BLOCK_BYTES * 8,
    BLOCKS_PER_POLL = 1 << 10,
};

static uint64_t block_count(uint64_t pages)
{
    return pages / BLOCK_PAGES + (pages % BLOCK_PAGES != 0);
}

/* The bytes of a block, and how many there are of it; NULL where they can not be read. */
static const unsigned char *load_block(struct vmmap_page_bitmap *bitmap, uint64_t block,
                                       size_t *size)
{
    uint64_t left = bitmap->pages / 8 - block * BLOCK_BYTES;
    *size = left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
    return vmmap_window_at(&bitmap->window, bitmap->offset + block * BLOCK_BYTES, *size);
}

static uint64_t count_bits(const unsigned char *bytes, size_t size)
{
    uint64_t count = 0;
    size_t at = 0;
    for (uint64_t word; at + sizeof(word) <= size; at += sizeof(word)) {
        memcpy(&word, bytes + at, sizeof(word));
        count += (uint64_t)__builtin_popcountll(word);
    }
    for (; at < size; at++)
        count += (uint64_t)__builtin_popcount(bytes[at]);
    return count;
}

static struct vmmap_error *count_blocks(struct vmmap_page_bitmap *bitmap,
                                        const struct vmmap_target *target)
{
    const uint64_t blocks = block_count(bitmap->pages);
    bitmap->ranks = calloc(blocks ? (size_t)blocks : 1, sizeof(*bitmap->ranks));
    if (!bitmap->ranks)
        return &vmmap_error_no_memory;
    for (uint64_t i = 0; i < blocks; i++) {
        size_t size;
        const unsigned char *bytes = load_block(bitmap, i, &size);
        bitmap->ranks[i] = bitmap->set_count;
        bitmap->set_count += bytes ? count_bits(bytes, size) : 0;
        struct vmmap_error *error =
            i % BLOCKS_PER_POLL == BLOCKS_PER_POLL - 1 ? vmmap_target_poll(target) : NULL;
        if (error)
            return error;
    }
    return NULL;
}

struct vmmap_error *vmmap_page_bitmap_init(const struct vmmap_target *target,
                                           const struct vmmap_reader *reader, uint64_t offset,
                                           uint64_t pages, struct vmmap_page_bitmap *ret)
{
    const uint64_t left = offset < reader->size ? reader->size - offset : 0;
    const uint64_t there = left < VMMAP_PAGE_BITMAP_MAX / 8 ? left * 8 : VMMAP_PAGE_BITMAP_MAX;
    vmmap_window_init(&ret->window, reader);
    ret->offset = offset;
    ret->pages = pages < there ? (pages + 7) & ~UINT64_C(7) : there;
    ret->set_count = 0;
    ret->ranks = NULL;
    return count_blocks(ret, target);
}

void vmmap_page_bitmap_deinit(struct vmmap_page_bitmap *bitmap)
{
    free(bitmap->ranks);
    bitmap->ranks = NULL;
}

bool vmmap_page_bitmap_test(struct vmmap_page_bitmap *bitmap, uint64_t page)
{
    if (page >= bitmap->pages)
        return false;
    const unsigned char *byte = vmmap_window_at(&bitmap->window, bitmap->offset + page / 8, 1);
    return byte && *byte >> page % 8 & 1;
}

uint64_t vmmap_page_bitmap_rank(struct vmmap_page_bitmap *bitmap, uint64_t page)
{
    size_t size;
    const uint64_t block = page / BLOCK_PAGES;
    const unsigned char *bytes = load_block(bitmap, block, &size);
    if (!bytes)
        return bitmap->ranks[block];
    const size_t whole = (size_t)(page % BLOCK_PAGES) / 8;
    const unsigned int below = bytes[whole] & ((1U << page % 8) - 1);
    return bitmap->ranks[block] + count_bits(bytes, whole) + (uint64_t)__builtin_popcount(below);
}

uint64_t vmmap_page_bitmap_next(struct vmmap_page_bitmap *bitmap, uint64_t from, bool set)
{
    while (from < bitmap->pages) {
        const unsigned char *byte = vmmap_window_at(&bitmap->window, bitmap->offset + from / 8, 1);
        const unsigned int bits = !byte ? 0 : set ? *byte : (unsigned char)~*byte;
        const unsigned int rest = bits >> from % 8;
        if (rest)
            return from + (uint64_t)__builtin_ctz(rest);
        from = (from | 7) + 1;
    }
    return bitmap->pages;
}
