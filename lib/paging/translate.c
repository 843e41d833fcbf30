/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/translate.h"

#include <string.h>

#include "paging/stage2.h"

bool vmmap_paging_translation_is_mapped(const struct vmmap_paging_translation *translation)
{
    return translation->outcome == VMMAP_PAGING_MAPPED ||
           translation->outcome == VMMAP_PAGING_IDENTITY;
}

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
                                        struct vmmap_paging_reader *reader, uint64_t address,
                                        struct vmmap_paging_translation *ret)
{
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
        struct vmmap_error *error = take_step(reader, range, place, step, &entry);
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

struct vmmap_error *vmmap_paging_space_translate(const struct vmmap_paging_space *space,
                                                 struct vmmap_paging_reader *reader,
                                                 uint64_t address,
                                                 struct vmmap_paging_translation *ret)
{
    *ret = (struct vmmap_paging_translation){.mode = space->mode, .outcome = VMMAP_PAGING_OUTSIDE};
    if (space->off) {
        ret->page =
            (struct vmmap_paging_run){.start = space->identity_last + 1, .last = UINT64_MAX};
        if (address <= space->identity_last)
            set_identity(address, space->identity_last, ret);
        return NULL;
    }
    const struct vmmap_paging_range *range = find_range(space, address);
    if (!range) {
        set_outside(space, address, &ret->page);
        return NULL;
    }
    ret->outcome = VMMAP_PAGING_NOT_MAPPED;
    return translate_in(range, reader, address, ret);
}

/* What the second stage made of an address, beside what the first did. */
static void keep_stage2(const struct vmmap_paging_translation *second, uint64_t guest_physical,
                        struct vmmap_paging_translation *ret)
{
    ret->stage2.mode = second->mode;
    ret->stage2.guest_physical = guest_physical;
    ret->stage2.guest_page = ret->page;
    ret->stage2.step_count = second->step_count;
    memcpy(ret->stage2.steps, second->steps, sizeof(ret->stage2.steps));
    ret->stage2.user = second->page.user;
    ret->stage2.kernel = second->page.kernel;
}

static void combine(const struct vmmap_paging_translation *second, uint64_t address,
                    struct vmmap_paging_translation *ret)
{
    keep_stage2(second, ret->physical, ret);
    ret->page = vmmap_paging_run_through(&ret->page, &second->page);
    if (!vmmap_paging_translation_is_mapped(second)) {
        ret->outcome = VMMAP_PAGING_NOT_MAPPED_BY_STAGE2;
        ret->physical = 0;
        return;
    }
    if (second->outcome == VMMAP_PAGING_MAPPED)
        ret->outcome = VMMAP_PAGING_MAPPED;
    ret->physical = ret->page.physical + (address - ret->page.start);
}

/* A table of the first stage that could not be read ends the translation at the second. */
static bool ends_unread(const struct vmmap_paging_translation *translation)
{
    const size_t count = translation->step_count;
    return count > 0 && translation->steps[count - 1].kind == VMMAP_PAGING_ENTRY_UNREADABLE;
}

static struct vmmap_error *translate_twice(const struct vmmap_paging_config *config,
                                           const struct vmmap_paging_space *space,
                                           const struct vmmap_paging_memory *memory,
                                           uint64_t address, struct vmmap_paging_translation *ret)
{
    struct vmmap_paging_guest guest;
    struct vmmap_error *error = vmmap_paging_guest_init(config, memory, &guest);
    if (error)
        return error;
    struct vmmap_paging_reader reader = {.memory = &guest.memory};
    error = vmmap_paging_space_translate(space, &reader, address, ret);
    if (error)
        return error;
    if (ends_unread(ret))
        keep_stage2(&guest.last, ret->steps[ret->step_count - 1].entry, ret);
    if (!vmmap_paging_translation_is_mapped(ret))
        return NULL;
    error = vmmap_paging_space_translate(&guest.space, &guest.physical, ret->physical, &guest.last);
    if (!error)
        combine(&guest.last, address, ret);
    return error;
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
    if (vmmap_paging_has_two_stages(config))
        return translate_twice(config, &space, memory, address, ret);
    struct vmmap_paging_reader reader = {.memory = memory};
    return vmmap_paging_space_translate(&space, &reader, address, ret);
}

bool vmmap_paging_translation_is_unread(const struct vmmap_paging_translation *translation)
{
    const size_t count = translation->step_count;
    return count > 0 && translation->steps[count - 1].kind == VMMAP_PAGING_ENTRY_UNREADABLE;
}
