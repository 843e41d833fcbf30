/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/reader.h"

#include <string.h>

enum { RAM_PAGE = 4096, MAX_READ = 65536 };

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

static struct vmmap_error *read_piece(struct vmmap_paging_reader *reader, uint64_t physical,
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

/* Only the root of a second stage, up to 16 tables, is longer than one read can be. */
struct vmmap_error *vmmap_paging_reader_read(struct vmmap_paging_reader *reader, uint64_t physical,
                                             unsigned char *bytes, size_t size, bool *complete)
{
    struct vmmap_error *error = NULL;
    *complete = true;
    for (size_t done = 0; !error && done < size;) {
        const size_t piece = size - done < MAX_READ ? size - done : MAX_READ;
        bool all;
        error = read_piece(reader, physical + done, bytes + done, piece, &all);
        *complete = *complete && !error && all;
        done += piece;
    }
    return error;
}
