/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A header of 4096 bytes: "makedumpfile", padded to 16, then type 1 and version 1; then pieces,
 * each behind its offset and size. All numbers are big-endian and have 64 bits; a negative offset
 * marks the end. The writer goes back to fill in headers, so later pieces replace earlier ones.
 */

#include "images/flattened.h"

#include <string.h>

enum {
    MAGIC_SIZE = 16,
    HEADER_SIZE = 4096,
    PIECE_HEADER_SIZE = 16,
    PIECES_MAX = 1 << 22, /* QEMU makes some 70 for each MiB of compressed pages */
    PIECES_PER_POLL = 1 << 12,
};

static const char magic[MAGIC_SIZE] = "makedumpfile";

static uint64_t load_big_endian(const unsigned char *bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < sizeof(value); i++)
        value = value << 8 | bytes[i];
    return value;
}

bool vmmap_flattened_detect(struct vmmap_window *file)
{
    const unsigned char *header = vmmap_window_at(file, 0, MAGIC_SIZE + 16);
    return header && memcmp(header, magic, MAGIC_SIZE) == 0 &&
           load_big_endian(header + MAGIC_SIZE) == 1 &&
           load_big_endian(header + MAGIC_SIZE + 8) == 1;
}

static size_t read_flattened(void *context, uint64_t offset, void *ret, size_t size)
{
    const struct vmmap_flattened *flattened = context;
    const struct vmmap_piece *piece = vmmap_pieces_lower_bound(&flattened->pieces, offset);
    if (!piece)
        return 0;
    if (piece->start > offset) {
        const uint64_t hole = piece->start - offset;
        const size_t count = size < hole ? size : (size_t)hole;
        memset(ret, 0, count);
        return count;
    }
    const uint64_t left = piece->last - offset;
    return flattened->file->read(flattened->file->context, piece->offset + (offset - piece->start),
                                 ret, size - 1 < left ? size : (size_t)left + 1);
}

/* Adds the piece whose header is at `*at` and goes to the next; `*end` is set behind the last. */
static struct vmmap_error *take_piece(struct vmmap_flattened *flattened,
                                      struct vmmap_window *window, uint64_t *at, bool *end)
{
    const unsigned char *header = vmmap_window_at(window, *at, PIECE_HEADER_SIZE);
    flattened->is_truncated = !header;
    *end = !header || load_big_endian(header) > INT64_MAX;
    if (*end)
        return NULL;
    const uint64_t start = load_big_endian(header), size = load_big_endian(header + 8);
    *at += PIECE_HEADER_SIZE;
    if (size == 0 || size > INT64_MAX)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "a piece of the flattened file has a "
                                                           "size that makes no sense");
    const uint64_t left = window->reader->size - *at;
    const uint64_t there = size < left ? size : left;
    const struct vmmap_piece piece = {start, start + there - 1, *at, true};
    *at += there;
    return there > 0 ? vmmap_pieces_add(&flattened->pieces, &piece) : NULL;
}

struct vmmap_error *vmmap_flattened_init(const struct vmmap_target *target,
                                         struct vmmap_window *file, struct vmmap_flattened *ret)
{
    *ret = (struct vmmap_flattened){.file = file->reader};
    struct vmmap_error *error = NULL;
    uint64_t at = HEADER_SIZE;
    bool end = false;
    for (size_t i = 0; !error && !end; i++) {
        if (i == PIECES_MAX)
            return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                      "it has too many pieces; \"makedumpfile -R NEW-IMAGE < "
                                      "IMAGE\" makes one of them");
        error = take_piece(ret, file, &at, &end);
        if (!error && i % PIECES_PER_POLL == PIECES_PER_POLL - 1)
            error = vmmap_target_poll(target);
    }
    if (!error)
        error = vmmap_pieces_finish(&ret->pieces);
    const size_t count = ret->pieces.count;
    const uint64_t size = count ? ret->pieces.items[count - 1].last + 1 : 0;
    ret->reader = (struct vmmap_reader){ret, size, read_flattened};
    return error;
}

void vmmap_flattened_deinit(struct vmmap_flattened *flattened)
{
    vmmap_pieces_deinit(&flattened->pieces);
}
