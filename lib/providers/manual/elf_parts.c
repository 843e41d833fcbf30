/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/elf_parts.h"

#include <inttypes.h>

enum {
    /* What no real file has; a header that claims more is not followed to the end. */
    SEGMENTS_MAX = 1 << 16,
    SECTIONS_MAX = 1 << 16,
    HEADERS_PER_POLL = 1 << 10,
};

struct parts {
    const struct vmmap_target *target;
    struct vmmap_window *window;
    struct vmmap_elf elf;
    const char *path;
    uint64_t slide;
    uint64_t top;               /* of the file's address space */
    struct vmmap_map *segments; /* one region for each part */
    struct vmmap_map *sections; /* one for each section in one, which is its label */
};

static struct vmmap_error *poll_at(const struct parts *parts, uint64_t index)
{
    return index % HEADERS_PER_POLL == HEADERS_PER_POLL - 1 ? vmmap_target_poll(parts->target)
                                                            : NULL;
}

static struct vmmap_error *add_segment(const struct parts *parts,
                                       const struct vmmap_elf_segment *segment)
{
    const uint64_t start = (segment->address + parts->slide) & parts->top;
    if (segment->memory_size == 0)
        return NULL;
    if (segment->address > parts->top || segment->memory_size - 1 > parts->top - start)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "The part of %s at 0x%" PRIx64 ", 0x%" PRIx64
                                  " bytes large, goes past the top of the address space.",
                                  parts->path, start, segment->memory_size);
    const struct vmmap_region region = {
        .start = start,
        .last = start + (segment->memory_size - 1),
        .offset = segment->offset,
        .has_offset = true,
        .name = parts->path,
        .perms = vmmap_elf_segment_perms(segment),
        .origin = VMMAP_ORIGIN_MANUAL,
    };
    return vmmap_map_add(parts->segments, &region);
}

static struct vmmap_error *add_segments(const struct parts *parts)
{
    struct vmmap_elf_segment segment;
    struct vmmap_error *error = NULL;
    for (uint64_t i = 0; !error && i < parts->elf.segment_count && i < SEGMENTS_MAX &&
                         vmmap_elf_read_segment(&parts->elf, parts->window, i, &segment);
         i++) {
        if (segment.type == VMMAP_ELF_SEGMENT_LOAD)
            error = add_segment(parts, &segment);
        if (!error)
            error = poll_at(parts, i);
    }
    vmmap_map_finish(parts->segments, NULL);
    if (!error && parts->segments->count == 0)
        error = vmmap_error_create(VMMAP_ERROR_INVALID,
                                   "%s has no part that is to be loaded (PT_LOAD).", parts->path);
    return error;
}

/* The part of a section that lies in the segment where it begins. What is only a template for each
 * thread's memory has an address in the middle of something else. */
static struct vmmap_error *add_section(const struct parts *parts,
                                       const struct vmmap_elf_section *section)
{
    const uint64_t start = (section->address + parts->slide) & parts->top;
    const size_t index = vmmap_map_find(parts->segments, start);
    if (!(section->flags & VMMAP_ELF_SECTION_ALLOC) || section->size == 0 ||
        (section->flags & VMMAP_ELF_SECTION_TLS && section->type == VMMAP_ELF_SECTION_NOBITS) ||
        section->address > parts->top || index == VMMAP_NO_REGION)
        return NULL;
    char name[VMMAP_ELF_NAME_SIZE];
    vmmap_elf_section_name(&parts->elf, parts->window, section, name);
    struct vmmap_region region = vmmap_region_from(parts->segments->regions[index], start);
    if (section->size - 1 < region.last - start)
        region = vmmap_region_until(region, start + (section->size - 1));
    region.label = name[0] ? name : NULL;
    return vmmap_map_add(parts->sections, &region);
}

static struct vmmap_error *add_sections(const struct parts *parts)
{
    struct vmmap_elf_section section;
    struct vmmap_error *error = NULL;
    for (uint64_t i = 0; !error && i < parts->elf.section_count && i < SECTIONS_MAX &&
                         vmmap_elf_read_section(&parts->elf, parts->window, i, &section);
         i++) {
        error = add_section(parts, &section);
        if (!error)
            error = poll_at(parts, i);
    }
    vmmap_map_finish(parts->sections, NULL);
    return error;
}

static struct vmmap_error *add_all(const struct parts *parts, struct vmmap_map *map)
{
    struct vmmap_error *error = add_segments(parts);
    if (!error)
        error = add_sections(parts);
    if (!error)
        error = vmmap_map_overlay(map, parts->segments);
    return error ? error : vmmap_map_overlay(map, parts->sections);
}

struct vmmap_error *vmmap_elf_parts_add(const struct vmmap_target *target,
                                        struct vmmap_window *window, const char *path,
                                        uint64_t slide, struct vmmap_map *map)
{
    struct parts parts = {.target = target, .window = window, .path = path, .slide = slide};
    if (!vmmap_elf_parse(window, &parts.elf))
        return vmmap_error_create(VMMAP_ERROR_INVALID, "The ELF header of %s is broken.", path);
    parts.top = parts.elf.is_64 ? UINT64_MAX : UINT32_MAX;
    struct vmmap_error *error = vmmap_map_create(&parts.segments);
    if (!error)
        error = vmmap_map_create(&parts.sections);
    if (!error)
        error = add_all(&parts, map);
    vmmap_map_destroy(parts.segments);
    vmmap_map_destroy(parts.sections);
    return error;
}
