/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/reader.h"

#include <string.h>

enum { RAM_PAGE = 4096 };

static struct vmmap_error *read_once(struct vmmap_paging_reader *reader, uint64_t physical,
                                     unsigned char *bytes, size_t size, bool *complete)
{
    const struct vmmap_paging_memory *memory = reader->memory;
    struct vmmap_error *error = memory->poll ? memory->poll(memory->context) : NULL;
    if (error)
        return error;
    reader->reads++;
    error = memory->read(memory->context, physical, bytes, size);
    *complete = !error;
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    memset(bytes, 0, size);
    return NULL;
}

struct vmmap_error *vmmap_paging_reader_read(struct vmmap_paging_reader *reader, uint64_t physical,
                                             unsigned char *bytes, size_t size, bool *complete)
{
    struct vmmap_error *error = read_once(reader, physical, bytes, size, complete);
    if (error || *complete || size <= RAM_PAGE)
        return error;
    for (size_t done = 0; !error && done < size;) {
        size_t left = RAM_PAGE - (size_t)((physical + done) % RAM_PAGE);
        size_t piece = left < size - done ? left : size - done;
        bool ignored;
        error = read_once(reader, physical + done, bytes + done, piece, &ignored);
        done += piece;
    }
    return error;
}
