/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/format.h"
#include "paging/reader.h"

static const struct vmmap_paging_range *find_range(const struct vmmap_paging_space *space,
                                                   uint64_t address)
{
    for (size_t i = 0; i < space->range_count; i++)
        if (address >= space->ranges[i].start && address <= space->ranges[i].last)
            return &space->ranges[i];
    return NULL;
}

static void set_identity(uint64_t address, uint64_t last, struct vmmap_paging_translation *ret)
{
    ret->outcome = VMMAP_PAGING_IDENTITY;
    ret->physical = address;
    ret->page = (struct vmmap_paging_run){
        .start = 0,
        .last = last,
        .user = VMMAP_PAGING_ALL_ACCESS,
        .kernel = VMMAP_PAGING_ALL_ACCESS,
        .has_physical = true,
    };
}

/* A big page may stick out of its range, where another table is responsible. */
static void set_page(const struct vmmap_paging_range *range, const struct vmmap_paging_entry *entry,
                     uint64_t address, unsigned int shift, struct vmmap_paging_translation *ret)
{
    uint64_t inside = vmmap_paging_mask(shift);
    uint64_t start = address & ~inside;
    uint64_t last = address | inside;
    if (start < range->start)
        start = range->start;
    ret->outcome = VMMAP_PAGING_MAPPED;
    ret->physical = entry->physical + (address & inside);
    ret->page = (struct vmmap_paging_run){
        .start = start,
        .last = last < range->last ? last : range->last,
        .physical = entry->physical + (start & inside),
        .page_size = entry->page_size,
        .attributes = entry->attributes,
        .user = entry->user,
        .kernel = entry->kernel,
        .has_physical = true,
    };
}

/* Reads and decodes one entry; its table and index are set in `step`. */
static struct vmmap_error *take_step(struct vmmap_paging_reader *reader,
                                     const struct vmmap_paging_range *range,
                                     struct vmmap_paging_place place,
                                     struct vmmap_paging_step *step, struct vmmap_paging_entry *ret)
{
    unsigned char bytes[sizeof(uint64_t)];
    bool complete;
    step->name = range->names[place.depth];
    step->entry = step->table + step->index * range->entry_size;
    struct vmmap_error *error =
        vmmap_paging_reader_read(reader, step->entry, bytes, range->entry_size, &complete);
    if (error)
        return error;
    step->value = vmmap_paging_entry_value(range, bytes);
    vmmap_paging_entry_decode(range, place, step->value, ret);
    if (!complete)
        ret->kind = VMMAP_PAGING_ENTRY_UNREADABLE;
    step->kind = ret->kind;
    return NULL;
}

static struct vmmap_error *translate_in(const struct vmmap_paging_range *range,
                                        const struct vmmap_paging_memory *memory, uint64_t address,
                                        struct vmmap_paging_translation *ret)
{
    struct vmmap_paging_reader reader = {.memory = memory};
    struct vmmap_paging_place place = {.depth = 0};
    uint64_t table = range->table;
    uint64_t offset = address - range->base;
    for (; place.depth < range->depth_count; place.depth++) {
        unsigned int shift = range->shifts[place.depth];
        struct vmmap_paging_step *step = &ret->steps[ret->step_count++];
        place.index = offset >> shift;
        step->table = table;
        step->index = place.index;
        struct vmmap_paging_entry entry;
        struct vmmap_error *error = take_step(&reader, range, place, step, &entry);
        if (error)
            return error;
        if (entry.kind == VMMAP_PAGING_ENTRY_PAGE)
            set_page(range, &entry, address, shift, ret);
        if (entry.kind != VMMAP_PAGING_ENTRY_TABLE)
            return NULL;
        table = entry.physical;
        place.limits = entry.limits;
        offset &= vmmap_paging_mask(shift);
    }
    return NULL;
}

struct vmmap_error *vmmap_paging_translate(const struct vmmap_paging_config *config,
                                           const struct vmmap_paging_memory *memory,
                                           uint64_t address, struct vmmap_paging_translation *ret)
{
    *ret = (struct vmmap_paging_translation){.mode = "", .outcome = VMMAP_PAGING_OUTSIDE};
    struct vmmap_paging_space space;
    struct vmmap_error *error = vmmap_paging_space_init(config, &space);
    if (error)
        return error;
    ret->mode = space.mode;
    if (space.off) {
        if (address <= space.identity_last)
            set_identity(address, space.identity_last, ret);
        return NULL;
    }
    const struct vmmap_paging_range *range = find_range(&space, address);
    if (!range)
        return NULL;
    ret->outcome = VMMAP_PAGING_NOT_MAPPED;
    return translate_in(range, memory, address, ret);
}
