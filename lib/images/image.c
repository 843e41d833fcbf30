/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "images/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "images/format.h"
#include "images/refused.h"

enum {
    PAGE = 0x1000,
    /* Page tables and what hangs together in a kernel are read in small pieces over and over. */
    CACHED_PAGES = 512,
};

struct vmmap_image_page {
    bool is_there;
    uint64_t physical;
    unsigned char bytes[PAGE];
};

/* The last one takes everything. */
static const struct vmmap_image_format *const formats[] = {
    &vmmap_image_elf, &vmmap_image_kdump, &vmmap_image_lime, &vmmap_image_dmp, &vmmap_image_raw,
};

static const struct vmmap_image_format *detect(struct vmmap_window *file)
{
    size_t i = 0;
    while (!formats[i]->detect(file))
        i++;
    return formats[i];
}

static struct vmmap_error *open_image(struct vmmap_image *image)
{
    struct vmmap_error *error = vmmap_file_open("The memory image", image->path, &image->file);
    if (error)
        return error;
    vmmap_window_init(&image->window, &image->file.reader);
    error = vmmap_image_refuse(image->path, &image->window);
    if (error)
        return error;
    image->format = detect(&image->window);
    image->facts.format = image->format->name;
    error = image->format->open(image);
    image->facts.cpus = image->cpus;
    image->facts.vmcoreinfo = image->vmcoreinfo;
    return error ? error : vmmap_pieces_finish(&image->pieces);
}

struct vmmap_error *vmmap_image_open(const struct vmmap_target *target, const char *path,
                                     const struct vmmap_image_options *options,
                                     struct vmmap_image **ret)
{
    struct vmmap_image *image = calloc(1, sizeof(*image));
    if (!image)
        return &vmmap_error_no_memory;
    image->file.fd = -1;
    image->target = target;
    image->options = *options;
    image->path = strdup(path);
    struct vmmap_error *error = image->path ? open_image(image) : &vmmap_error_no_memory;
    if (error) {
        vmmap_image_close(image);
        return error;
    }
    *ret = image;
    return NULL;
}

void vmmap_image_close(struct vmmap_image *image)
{
    if (!image)
        return;
    if (image->format && image->format->close)
        image->format->close(image);
    vmmap_file_close(&image->file);
    vmmap_pieces_deinit(&image->pieces);
    free(image->cpus);
    free(image->vmcoreinfo);
    free(image->pages);
    free(image->path);
    free(image);
}

const struct vmmap_image_facts *vmmap_image_facts(const struct vmmap_image *image)
{
    return &image->facts;
}

uint64_t vmmap_image_reads(const struct vmmap_image *image)
{
    return image->reads;
}

struct vmmap_error *vmmap_image_poll(void *context)
{
    const struct vmmap_image *image = context;
    return vmmap_target_poll(image->target);
}

/* Reads as much as there is in one piece; `*done` may be less than `size`. */
static struct vmmap_error *read_file(struct vmmap_image *image, uint64_t physical, void *bytes,
                                     size_t size, size_t *done)
{
    image->reads++;
    *done = 0;
    return image->format->read(image, physical, bytes, size, done);
}

/* A whole page through the cache. `*ret` is NULL where the file has only a part of it, or none. */
static struct vmmap_error *cached_page(struct vmmap_image *image, uint64_t physical,
                                       const unsigned char **ret)
{
    *ret = NULL;
    if (!image->pages)
        image->pages = calloc(CACHED_PAGES, sizeof(*image->pages));
    if (!image->pages)
        return &vmmap_error_no_memory;
    struct vmmap_image_page *page = &image->pages[physical / PAGE % CACHED_PAGES];
    if (!page->is_there || page->physical != physical) {
        size_t done;
        page->is_there = false;
        struct vmmap_error *error = read_file(image, physical, page->bytes, PAGE, &done);
        if (error)
            return error;
        page->physical = physical;
        page->is_there = done == PAGE;
    }
    *ret = page->is_there ? page->bytes : NULL;
    return NULL;
}

/* What lies within one page comes from the cache. */
static struct vmmap_error *read_some(struct vmmap_image *image, uint64_t physical, void *bytes,
                                     size_t size, size_t *done)
{
    const size_t offset = physical % PAGE;
    if (size <= PAGE - offset) {
        const unsigned char *page;
        struct vmmap_error *error = cached_page(image, physical - offset, &page);
        if (error)
            return error;
        if (page) {
            memcpy(bytes, page + offset, size);
            *done = size;
            return NULL;
        }
    }
    return read_file(image, physical, bytes, size, done);
}

static struct vmmap_error *missing(struct vmmap_image *image, uint64_t physical)
{
    const bool is_memory = vmmap_image_presence(image, physical) != VMMAP_IMAGE_NO_MEMORY;
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                              is_memory ? "The image does not have the bytes of the page at "
                                          "physical address 0x%" PRIx64 "."
                                        : "The image has no memory at physical address 0x%" PRIx64
                                          ".",
                              physical);
}

struct vmmap_error *vmmap_image_read(void *context, uint64_t physical, void *bytes, size_t size)
{
    struct vmmap_image *image = context;
    unsigned char *at = bytes;
    while (size > 0) {
        size_t done = 0;
        struct vmmap_error *error = read_some(image, physical, at, size, &done);
        if (error)
            return error;
        if (done == 0 || (done < size && physical + done < physical))
            return missing(image, physical);
        at += done;
        physical += done;
        size -= done;
    }
    return NULL;
}

bool vmmap_image_next_range(struct vmmap_image *image, uint64_t from, struct vmmap_image_range *ret)
{
    return image->format->next_range(image, from, ret);
}

enum vmmap_image_presence vmmap_image_presence(struct vmmap_image *image, uint64_t physical)
{
    struct vmmap_image_range range;
    bool found = vmmap_image_next_range(image, physical, &range) && range.start <= physical;
    return found ? range.presence : VMMAP_IMAGE_NO_MEMORY;
}

struct vmmap_error *vmmap_image_read_pieces(struct vmmap_image *image, uint64_t physical,
                                            void *bytes, size_t size, size_t *done)
{
    const struct vmmap_piece *piece = vmmap_pieces_lower_bound(&image->pieces, physical);
    if (!piece || piece->start > physical || !piece->is_saved)
        return NULL;
    const uint64_t left = piece->last - physical;
    const size_t wanted = size - 1 < left ? size : (size_t)left + 1;
    *done = image->file.reader.read(image->file.reader.context,
                                    piece->offset + (physical - piece->start), bytes, wanted);
    return NULL;
}

bool vmmap_image_next_piece(struct vmmap_image *image, uint64_t from, struct vmmap_image_range *ret)
{
    const struct vmmap_piece *piece = vmmap_pieces_lower_bound(&image->pieces, from);
    if (!piece)
        return false;
    *ret = (struct vmmap_image_range){
        piece->start,
        piece->last,
        piece->is_saved ? VMMAP_IMAGE_SAVED : VMMAP_IMAGE_NOT_SAVED,
    };
    return true;
}

static struct vmmap_error *add_piece(struct vmmap_image *image, uint64_t physical, uint64_t size,
                                     uint64_t offset, bool is_saved)
{
    const struct vmmap_piece piece = {physical, physical + (size - 1), offset, is_saved};
    return size > 0 ? vmmap_pieces_add(&image->pieces, &piece) : NULL;
}

/* How many of `size` bytes lie below the end of a space whose first free byte is `room` ahead. */
static uint64_t cut(uint64_t size, uint64_t room)
{
    return size < room ? size : room;
}

struct vmmap_error *vmmap_image_add_memory(struct vmmap_image *image, uint64_t physical,
                                           uint64_t memory_size, uint64_t offset,
                                           uint64_t file_size)
{
    const uint64_t end = image->file.reader.size;
    if (physical != 0)
        memory_size = cut(memory_size, -physical);
    file_size = cut(file_size, memory_size);
    const uint64_t saved = cut(file_size, offset < end ? end - offset : 0);
    image->facts.is_truncated = image->facts.is_truncated || saved < file_size;
    struct vmmap_error *error = add_piece(image, physical, saved, offset, true);
    return error ? error : add_piece(image, physical + saved, memory_size - saved, 0, false);
}

struct vmmap_error *vmmap_image_broken(const struct vmmap_image *image, const char *what)
{
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The memory image %s (%s) is broken: %s.",
                              image->path, image->format->name, what);
}
