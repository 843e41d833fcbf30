/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "images/pieces.h"

#include <stdlib.h>
#include <string.h>

void vmmap_pieces_deinit(struct vmmap_pieces *pieces)
{
    free(pieces->items);
    *pieces = (struct vmmap_pieces){.items = NULL};
}

struct vmmap_error *vmmap_pieces_add(struct vmmap_pieces *pieces, const struct vmmap_piece *piece)
{
    if (pieces->count == pieces->capacity) {
        size_t capacity = pieces->capacity ? pieces->capacity * 2 : 8;
        struct vmmap_piece *grown = reallocarray(pieces->items, capacity, sizeof(*grown));
        if (!grown)
            return &vmmap_error_no_memory;
        pieces->items = grown;
        pieces->capacity = capacity;
    }
    pieces->items[pieces->count++] = *piece;
    return NULL;
}

static struct vmmap_piece piece_from(struct vmmap_piece piece, uint64_t start)
{
    piece.offset += start - piece.start;
    piece.start = start;
    return piece;
}

static struct vmmap_piece piece_until(struct vmmap_piece piece, uint64_t last)
{
    piece.last = last;
    return piece;
}

/* Two lists, each in order, become one in which `over` hides what it covers of `under`. At most one
 * piece more comes out for each in `over`. Returns how many came out. */
static size_t overlay(const struct vmmap_piece *under, size_t under_count,
                      const struct vmmap_piece *over, size_t over_count, struct vmmap_piece *out)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < under_count; i++) {
        struct vmmap_piece rest = under[i];
        bool is_hidden = false;
        while (at < over_count && over[at].last < rest.start)
            out[count++] = over[at++];
        while (!is_hidden && at < over_count && over[at].start <= rest.last) {
            if (over[at].start > rest.start)
                out[count++] = piece_until(rest, over[at].start - 1);
            is_hidden = over[at].last >= rest.last; /* and perhaps the next one as well */
            if (!is_hidden) {
                rest = piece_from(rest, over[at].last + 1);
                out[count++] = over[at++];
            }
        }
        if (!is_hidden)
            out[count++] = rest;
    }
    while (at < over_count)
        out[count++] = over[at++];
    return count;
}

/* Merge sort in which merging is laying the later half over the earlier one. `out` and `scratch`
 * have room for twice `count`. Returns how many came out. */
static size_t arrange(const struct vmmap_piece *in, size_t count, struct vmmap_piece *out,
                      struct vmmap_piece *scratch)
{
    if (count == 1) {
        out[0] = in[0];
        return 1;
    }
    const size_t half = count / 2;
    struct vmmap_piece *later = scratch + 2 * half;
    size_t early_count = arrange(in, half, scratch, out);
    size_t later_count = arrange(in + half, count - half, later, out + 2 * half);
    return overlay(scratch, early_count, later, later_count, out);
}

static bool is_in_order(const struct vmmap_pieces *pieces)
{
    for (size_t i = 1; i < pieces->count; i++) {
        if (pieces->items[i].start <= pieces->items[i - 1].last)
            return false;
    }
    return true;
}

struct vmmap_error *vmmap_pieces_finish(struct vmmap_pieces *pieces)
{
    if (is_in_order(pieces))
        return NULL;
    struct vmmap_piece *out = reallocarray(NULL, pieces->count, 2 * sizeof(*out));
    struct vmmap_piece *scratch = reallocarray(NULL, pieces->count, 2 * sizeof(*scratch));
    if (!out || !scratch) {
        free(scratch);
        free(out);
        return &vmmap_error_no_memory;
    }
    const size_t count = arrange(pieces->items, pieces->count, out, scratch);
    free(scratch);
    free(pieces->items);
    *pieces = (struct vmmap_pieces){out, count, 2 * pieces->count};
    return NULL;
}

const struct vmmap_piece *vmmap_pieces_lower_bound(const struct vmmap_pieces *pieces,
                                                   uint64_t address)
{
    size_t low = 0, high = pieces->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pieces->items[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pieces->count ? &pieces->items[low] : NULL;
}
