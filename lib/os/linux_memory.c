/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/linux_memory.h"

#include <string.h>

#include "base/little_endian.h"

enum { BLOCK_SIZE = 0x1000, WORD = sizeof(uint64_t) };

/* The lowest and the highest of the offsets that there are. */
static bool find_bounds(const uint64_t *offsets, size_t count, uint64_t *low, uint64_t *high)
{
    *low = UINT64_MAX;
    *high = 0;
    for (size_t i = 0; i < count; i++) {
        if (offsets[i] == VMMAP_LINUX_NO_OFFSET)
            continue;
        *low = offsets[i] < *low ? offsets[i] : *low;
        *high = offsets[i] > *high ? offsets[i] : *high;
    }
    return *low != UINT64_MAX;
}

static struct vmmap_error *read_one_by_one(const struct vmmap_linux_guest *guest, uint64_t address,
                                           const uint64_t *offsets, size_t count, uint64_t *ret,
                                           bool *done)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; !error && *done && i < count; i++) {
        if (offsets[i] != VMMAP_LINUX_NO_OFFSET)
            error =
                vmmap_kernel_memory_read_word(&guest->kernel, address + offsets[i], &ret[i], done);
    }
    return error;
}

struct vmmap_error *vmmap_linux_read_words(const struct vmmap_linux_guest *guest, uint64_t address,
                                           const uint64_t *offsets, size_t count, uint64_t *ret,
                                           bool *done)
{
    unsigned char block[BLOCK_SIZE];
    uint64_t low, high;
    memset(ret, 0, count * sizeof(*ret));
    *done = address != 0;
    if (!*done || !find_bounds(offsets, count, &low, &high))
        return NULL;
    if (high - low > BLOCK_SIZE - WORD)
        return read_one_by_one(guest, address, offsets, count, ret, done);
    struct vmmap_error *error = vmmap_kernel_memory_read(&guest->kernel, address + low, block,
                                                         (size_t)(high - low) + WORD, done);
    for (size_t i = 0; !error && *done && i < count; i++) {
        if (offsets[i] != VMMAP_LINUX_NO_OFFSET)
            ret[i] = vmmap_load_u64(block + (offsets[i] - low));
    }
    return error;
}

struct vmmap_error *vmmap_linux_read_string(const struct vmmap_linux_guest *guest, uint64_t address,
                                            char *ret, size_t size, bool *done)
{
    enum { PIECE = 64 };
    size_t at = 0;
    *done = address != 0;
    while (*done && at + 1 < size && (at == 0 || !memchr(ret, '\0', at))) {
        const size_t left = size - 1 - at, aligned = PIECE - (size_t)((address + at) % PIECE);
        const size_t piece = left < aligned ? left : aligned;
        struct vmmap_error *error =
            vmmap_kernel_memory_read(&guest->kernel, address + at, ret + at, piece, done);
        if (error)
            return error;
        at += *done ? piece : 0;
    }
    ret[at] = '\0';
    return NULL;
}
