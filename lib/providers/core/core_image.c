/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/core/core_image.h"

/* A loader maps each segment on its own; real files have some ten headers. */
enum { SEGMENTS_MAX = 64 };

static size_t read_image(void *context, uint64_t offset, void *ret, size_t size)
{
    const struct vmmap_core_image *image = context;
    return vmmap_core_read_memory(image->core, image->base + offset, ret, size);
}

static bool next_segment(struct vmmap_core_image *image, uint32_t type, uint64_t *index,
                         struct vmmap_elf_segment *ret)
{
    while (*index < image->elf.segment_count && *index < SEGMENTS_MAX) {
        if (!vmmap_elf_read_segment(&image->elf, &image->window, (*index)++, ret))
            return false;
        if (ret->type == type)
            return true;
    }
    return false;
}

bool vmmap_core_image_init(struct vmmap_core_image *ret, const struct vmmap_core *core,
                           const struct vmmap_region *first)
{
    ret->core = core;
    ret->base = first->start;
    uint64_t extent = vmmap_region_extent(first);
    ret->reader = (struct vmmap_reader){ret, extent < UINT64_MAX ? extent + 1 : extent, read_image};
    vmmap_window_init(&ret->window, &ret->reader);
    if (!vmmap_elf_parse(&ret->window, &ret->elf))
        return false;
    struct vmmap_elf_segment load;
    for (uint64_t i = 0; next_segment(ret, VMMAP_ELF_SEGMENT_LOAD, &i, &load);) {
        if (load.offset == 0) {
            ret->bias = ret->base - load.address;
            return true;
        }
    }
    return false;
}

struct range {
    uint64_t start;
    uint64_t end; /* exclusive */
};

/* The pages that a loader maps from the file for a segment. */
static struct range loaded_pages(const struct vmmap_core_image *image,
                                 const struct vmmap_elf_segment *load, uint64_t page_size)
{
    uint64_t start = image->bias + load->address, mask = ~(page_size - 1);
    return (struct range){start & mask, (start + load->file_size + page_size - 1) & mask};
}

/* The pages that ld.so makes read-only after relocation: the last one only if it is whole. */
static bool find_relro(struct vmmap_core_image *image, uint64_t page_size, struct range *ret)
{
    struct vmmap_elf_segment relro;
    uint64_t index = 0, mask = ~(page_size - 1);
    if (!next_segment(image, VMMAP_ELF_SEGMENT_RELRO, &index, &relro))
        return false;
    uint64_t start = image->bias + relro.address;
    *ret = (struct range){start & mask, (start + relro.memory_size) & mask};
    return true;
}

struct vmmap_perms vmmap_core_image_perms(struct vmmap_core_image *image,
                                          const struct vmmap_region *region, uint64_t page_size)
{
    const struct vmmap_perms nothing = {0, 0};
    const uint64_t end = region->last + 1;
    if (page_size == 0 || (page_size & (page_size - 1)) != 0)
        return nothing;
    struct range relro = {0, 0};
    bool has_relro = find_relro(image, page_size, &relro);
    struct vmmap_elf_segment load;
    for (uint64_t i = 0; next_segment(image, VMMAP_ELF_SEGMENT_LOAD, &i, &load);) {
        struct range pages = loaded_pages(image, &load, page_size);
        if (region->start < pages.start || end > pages.end || end == 0 ||
            region->offset - (load.offset & ~(page_size - 1)) != region->start - pages.start)
            continue;
        bool touches_relro = has_relro && relro.start < pages.end && relro.end > pages.start;
        /* A piece of a segment has had its permissions changed by the program: unless ld.so did
         * it, nobody knows to what. */
        if ((region->start != pages.start &&
             (!touches_relro || (region->start != relro.start && region->start != relro.end))) ||
            (end != pages.end && (!touches_relro || (end != relro.start && end != relro.end))))
            return nothing;
        struct vmmap_perms perms = vmmap_elf_segment_perms(&load);
        if (touches_relro) {
            perms.set &= (uint8_t)~VMMAP_PERM_WRITE;
            perms.known &= (uint8_t)~VMMAP_PERM_WRITE;
        }
        return perms;
    }
    return nothing;
}
