/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/loaded_elf.h"

#include <elf.h>

#include "map/region.h"

/* The beginning of a file in memory, as a reader of the file. */
struct beginning {
    const struct vmmap_reader *memory;
    uint64_t address;
};

static size_t read_beginning(void *context, uint64_t offset, void *ret, size_t size)
{
    const struct beginning *beginning = context;
    return beginning->memory->read(beginning->memory->context, beginning->address + offset, ret,
                                   size);
}

static uint8_t perms_of(uint32_t flags)
{
    return (uint8_t)((flags & PF_R ? VMMAP_PERM_READ : 0) | (flags & PF_W ? VMMAP_PERM_WRITE : 0) |
                     (flags & PF_X ? VMMAP_PERM_EXEC : 0));
}

/* Whether the segment's memory is a range, of the file's class, in which nothing wraps around. */
static bool is_sane(const struct vmmap_elf *elf, const struct vmmap_elf_segment *segment,
                    uint64_t page_size)
{
    const uint64_t top = elf->is_64 ? UINT64_MAX : UINT32_MAX;
    return segment->memory_size > 0 && segment->file_size <= segment->memory_size &&
           segment->address <= top && segment->memory_size - 1 <= top - segment->address &&
           segment->address + (segment->memory_size - 1) <= top - page_size &&
           ((segment->address ^ segment->offset) & (page_size - 1)) == 0;
}

static uint64_t first_of_page(uint64_t address, uint64_t page_size)
{
    return address & ~(page_size - 1);
}

static uint64_t last_of_page(uint64_t address, uint64_t page_size)
{
    return address | (page_size - 1);
}

/* Appends a PT_LOAD, unless it does not come after the ones before, as the ABI demands. */
static void add_segment(struct vmmap_loaded_elf *image, const struct vmmap_elf_segment *segment,
                        uint64_t page_size)
{
    if (image->count == VMMAP_LOADED_ELF_MAX_SEGMENTS || !is_sane(&image->elf, segment, page_size))
        return;
    uint64_t address = segment->address;
    struct vmmap_loaded_elf_segment added = {
        .start = first_of_page(address, page_size),
        .last = last_of_page(address + (segment->memory_size - 1), page_size),
        .offset = first_of_page(segment->offset, page_size),
        .perms = perms_of(segment->flags),
    };
    added.anonymous = added.start;
    if (segment->file_size > 0)
        added.anonymous = last_of_page(address + (segment->file_size - 1), page_size) + 1;
    if (image->count == 0 || added.start > image->segments[image->count - 1].last)
        image->segments[image->count++] = added;
}

static void note_header(struct vmmap_loaded_elf *image, const struct vmmap_elf_segment *segment,
                        uint64_t page_size)
{
    switch (segment->type) {
    case PT_LOAD:
        add_segment(image, segment, page_size);
        break;
    case PT_DYNAMIC:
        image->dynamic = segment->address;
        image->dynamic_size = segment->memory_size;
        break;
    case PT_GNU_RELRO:
        /* The loader protects whole pages only: the end is rounded down (glibc, elf/dl-reloc.c,
         * _dl_protect_relro()). */
        image->relro_start = first_of_page(segment->address, page_size);
        image->relro_last = first_of_page(segment->address + segment->memory_size, page_size) - 1;
        break;
    }
}

/* Where the file's address 0 is, from the segment that has the ELF header in it. */
static bool find_bias(struct vmmap_loaded_elf *image)
{
    for (size_t i = 0; i < image->count; i++) {
        if (image->segments[i].offset == 0) {
            image->bias = image->header - image->segments[i].start;
            return true;
        }
    }
    return false;
}

/* From the file's addresses to those in memory. False where that leaves the address space. */
static bool relocate(struct vmmap_loaded_elf *image)
{
    const uint64_t top = image->elf.is_64 ? UINT64_MAX : UINT32_MAX, bias = image->bias;
    for (size_t i = 0; i < image->count; i++) {
        struct vmmap_loaded_elf_segment *segment = &image->segments[i];
        segment->start += bias;
        segment->last += bias;
        segment->anonymous += bias;
        if (segment->start > segment->last || segment->last > top)
            return false;
    }
    image->dynamic += image->dynamic ? bias : 0;
    if (image->relro_start >= image->relro_last) {
        image->relro_start = image->relro_last = 0;
    } else {
        image->relro_start += bias;
        image->relro_last += bias;
    }
    return true;
}

bool vmmap_loaded_elf_read(const struct vmmap_reader *reader, uint64_t header, uint64_t page_size,
                           struct vmmap_loaded_elf *ret)
{
    struct beginning beginning = {reader, header};
    const struct vmmap_reader file = {&beginning, VMMAP_LOADED_ELF_HEADERS_SIZE, read_beginning};
    struct vmmap_window window;
    vmmap_window_init(&window, &file);
    *ret = (struct vmmap_loaded_elf){.header = header};
    if (header % page_size != 0 || !vmmap_elf_parse(&window, &ret->elf))
        return false;
    for (uint64_t i = 0; i < ret->elf.segment_count; i++) {
        struct vmmap_elf_segment segment;
        if (!vmmap_elf_read_segment(&ret->elf, &window, i, &segment))
            break;
        note_header(ret, &segment, page_size);
    }
    return find_bias(ret) && relocate(ret);
}

uint64_t vmmap_loaded_elf_last(const struct vmmap_loaded_elf *image)
{
    return image->segments[image->count - 1].last;
}
