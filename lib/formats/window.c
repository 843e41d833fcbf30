/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/window.h"

#include <stdbool.h>

void vmmap_window_init(struct vmmap_window *window, const struct vmmap_reader *reader)
{
    window->reader = reader;
    window->start = 0;
    window->count = 0;
}

static bool holds(const struct vmmap_window *window, uint64_t offset, size_t size)
{
    return offset >= window->start && offset - window->start <= window->count &&
           size <= window->count - (offset - window->start);
}

static void move_to(struct vmmap_window *window, uint64_t offset)
{
    const struct vmmap_reader *reader = window->reader;
    uint64_t left = reader->size - offset;
    size_t wanted = left < VMMAP_WINDOW_SIZE ? (size_t)left : VMMAP_WINDOW_SIZE;
    window->start = offset;
    window->count = 0;
    while (window->count < wanted) {
        size_t got = reader->read(reader->context, offset + window->count,
                                  window->bytes + window->count, wanted - window->count);
        if (got == 0)
            break;
        window->count += got;
    }
}

const unsigned char *vmmap_window_at(struct vmmap_window *window, uint64_t offset, size_t size)
{
    if (size > VMMAP_WINDOW_SIZE || offset > window->reader->size ||
        size > window->reader->size - offset)
        return NULL;
    if (!holds(window, offset, size))
        move_to(window, offset);
    return holds(window, offset, size) ? window->bytes + (offset - window->start) : NULL;
}
