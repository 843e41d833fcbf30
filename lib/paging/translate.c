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

static void end_at(const struct vmmap_paging_range *range, const struct vmmap_paging_entry *entry,
                   unsigned int depth, uint64_t address, struct vmmap_paging_translation *ret)
{
    vmmap_paging_entry_cover(range, entry, depth, address, &ret->page);
    if (entry->kind != VMMAP_PAGING_ENTRY_PAGE)
        return;
    ret->outcome = VMMAP_PAGING_MAPPED;
    ret->physical = ret->page.physical + (address - ret->page.start);
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
        if (entry.kind != VMMAP_PAGING_ENTRY_TABLE) {
            end_at(range, &entry, place.depth, address, ret);
            return NULL;
        }
        table = entry.physical;
        place.limits = entry.limits;
        offset &= vmmap_paging_mask(shift);
    }
    return NULL;
}

/* From the range below to the range above. */
static void set_outside(const struct vmmap_paging_space *space, uint64_t address,
                        struct vmmap_paging_run *ret)
{
    *ret = (struct vmmap_paging_run){.start = 0, .last = UINT64_MAX};
    for (size_t i = 0; i < space->range_count; i++) {
        const struct vmmap_paging_range *range = &space->ranges[i];
        if (range->last < address && range->last + 1 > ret->start)
            ret->start = range->last + 1;
        if (range->start > address && range->start - 1 < ret->last)
            ret->last = range->start - 1;
    }
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
        ret->page = (struct vmmap_paging_run){.start = space.identity_last + 1, .last = UINT64_MAX};
        if (address <= space.identity_last)
            set_identity(address, space.identity_last, ret);
        return NULL;
    }
    const struct vmmap_paging_range *range = find_range(&space, address);
    if (!range) {
        set_outside(&space, address, &ret->page);
        return NULL;
    }
    ret->outcome = VMMAP_PAGING_NOT_MAPPED;
    return translate_in(range, memory, address, ret);
}

bool vmmap_paging_translation_is_unread(const struct vmmap_paging_translation *translation)
{
    const size_t count = translation->step_count;
    return count > 0 && translation->steps[count - 1].kind == VMMAP_PAGING_ENTRY_UNREADABLE;
}
