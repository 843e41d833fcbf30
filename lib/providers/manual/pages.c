/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/pages.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct vmmap_inferior_pages {
    unsigned int number;
    struct vmmap_map *manual; /* owned, finished: above what a provider found */
    struct vmmap_map *explored;
};

/* "rw", "r-x", "-" for none. */
static struct vmmap_error *parse_letters(const char *letters, struct vmmap_perms *ret)
{
    static const char known[] = "rwx";
    *ret = (struct vmmap_perms){0, VMMAP_PERM_ACCESS};
    for (; *letters; letters++) {
        const char *found = strchr(known, *letters);
        if (!found && *letters != '-')
            return vmmap_error_create(
                VMMAP_ERROR_INVALID, "\"%c\" is no flag of a page: they are r, w and x.", *letters);
        if (found)
            ret->set |= (uint8_t)(1u << (found - known));
    }
    return NULL;
}

struct vmmap_error *vmmap_page_init(uint64_t start, uint64_t size, const char *letters,
                                    unsigned int address_bits, struct vmmap_region *ret)
{
    const uint64_t top = address_bits < 64 ? (UINT64_C(1) << address_bits) - 1 : UINT64_MAX;
    if (size == 0)
        return vmmap_error_create(VMMAP_ERROR_INVALID, "A page of 0 bytes is none.");
    if (start > top || size - 1 > top - start)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "0x%" PRIx64 " bytes from 0x%" PRIx64
                                  " on go past the top of the address space, 0x%" PRIx64 ".",
                                  size, start, top);
    *ret = (struct vmmap_region){
        .start = start,
        .last = start + (size - 1),
        .origin = VMMAP_ORIGIN_MANUAL,
    };
    return letters ? parse_letters(letters, &ret->perms) : NULL;
}

static void deinit_inferior(struct vmmap_inferior_pages *inferior)
{
    vmmap_map_destroy(inferior->manual);
    vmmap_map_destroy(inferior->explored);
}

void vmmap_pages_deinit(struct vmmap_pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        deinit_inferior(&pages->inferiors[i]);
    free(pages->inferiors);
    *pages = (struct vmmap_pages){.inferiors = NULL};
}

static struct vmmap_inferior_pages *find(const struct vmmap_pages *pages, unsigned int number)
{
    for (size_t i = 0; i < pages->count; i++) {
        if (pages->inferiors[i].number == number)
            return &pages->inferiors[i];
    }
    return NULL;
}

static struct vmmap_error *find_or_create(struct vmmap_pages *pages, unsigned int number,
                                          struct vmmap_inferior_pages **ret)
{
    *ret = find(pages, number);
    if (*ret)
        return NULL;
    struct vmmap_inferior_pages *grown =
        reallocarray(pages->inferiors, pages->count + 1, sizeof(*grown));
    if (!grown)
        return &vmmap_error_no_memory;
    pages->inferiors = grown;
    struct vmmap_inferior_pages created = {.number = number};
    struct vmmap_error *error = vmmap_map_create(&created.manual);
    if (!error)
        error = vmmap_map_create(&created.explored);
    if (error) {
        deinit_inferior(&created);
        return error;
    }
    *ret = &pages->inferiors[pages->count++];
    **ret = created;
    return NULL;
}

bool vmmap_pages_exist(const struct vmmap_pages *pages, unsigned int inferior)
{
    const struct vmmap_inferior_pages *found = find(pages, inferior);
    return found && found->manual->count + found->explored->count > 0;
}

/* The first region of `map` that overlaps one of `added`, or NULL. */
static const struct vmmap_region *find_overlap(const struct vmmap_map *map,
                                               const struct vmmap_map *added)
{
    for (size_t i = 0; i < added->count; i++) {
        size_t index = vmmap_map_lower_bound(map, added->regions[i].start);
        if (index < map->count && map->regions[index].start <= added->regions[i].last)
            return &map->regions[index];
    }
    return NULL;
}

struct vmmap_error *vmmap_pages_add(struct vmmap_pages *pages, unsigned int inferior,
                                    const struct vmmap_map *added)
{
    struct vmmap_inferior_pages *found;
    struct vmmap_error *error = find_or_create(pages, inferior, &found);
    if (error)
        return error;
    const struct vmmap_region *overlap = find_overlap(found->manual, added);
    if (overlap)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "It overlaps the page at 0x%" PRIx64 " to 0x%" PRIx64
                                  " that was added before: \"vmmap_clear 0x%" PRIx64
                                  "\" removes that one.",
                                  overlap->start, overlap->last, overlap->start);
    return vmmap_map_overlay(found->manual, added);
}

struct vmmap_error *vmmap_pages_add_explored(struct vmmap_pages *pages, unsigned int inferior,
                                             const struct vmmap_map *found)
{
    struct vmmap_inferior_pages *entry;
    struct vmmap_error *error = find_or_create(pages, inferior, &entry);
    return error ? error : vmmap_map_overlay(entry->explored, found);
}

size_t vmmap_pages_clear(struct vmmap_pages *pages, unsigned int inferior)
{
    struct vmmap_inferior_pages *found = find(pages, inferior);
    if (!found)
        return 0;
    const size_t count = found->manual->count + found->explored->count;
    deinit_inferior(found);
    *found = pages->inferiors[--pages->count];
    return count;
}

bool vmmap_pages_clear_at(struct vmmap_pages *pages, unsigned int inferior, uint64_t address,
                          struct vmmap_region *ret)
{
    struct vmmap_inferior_pages *found = find(pages, inferior);
    if (!found)
        return false;
    struct vmmap_map *map = found->manual;
    size_t index = vmmap_map_find(map, address);
    if (index == VMMAP_NO_REGION) {
        map = found->explored;
        index = vmmap_map_find(map, address);
    }
    if (index == VMMAP_NO_REGION)
        return false;
    *ret = map->regions[index];
    ret->name = ret->label = NULL;
    map->count--;
    memmove(&map->regions[index], &map->regions[index + 1],
            (map->count - index) * sizeof(*map->regions));
    return true;
}

static bool has_probed(const struct vmmap_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        if (map->regions[i].origin == VMMAP_ORIGIN_PROBED)
            return true;
    }
    return false;
}

/* Adds the regions of `base` that only say that there may be memory, or the others. */
static struct vmmap_error *lay_base(const struct vmmap_map *base, bool assumed,
                                    struct vmmap_map *map)
{
    struct vmmap_map *part;
    struct vmmap_error *error = vmmap_map_create(&part);
    if (error)
        return error;
    for (size_t i = 0; i < base->count && !error; i++) {
        if ((base->regions[i].origin == VMMAP_ORIGIN_ASSUMED) == assumed)
            error = vmmap_map_add(part, &base->regions[i]);
    }
    vmmap_map_finish(part, NULL);
    if (!error)
        error = vmmap_map_overlay(map, part);
    vmmap_map_destroy(part);
    return error;
}

/* Everything of a map but its regions. */
static struct vmmap_error *copy_head(const struct vmmap_map *base, struct vmmap_map *map)
{
    map->target = base->target;
    map->provider = base->provider;
    map->address_bits = base->address_bits;
    map->exact = base->exact;
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < base->note_count && !error; i++)
        error = vmmap_map_add_note(map, "%s", base->notes[i]);
    return error;
}

struct vmmap_error *vmmap_pages_lay(const struct vmmap_pages *pages, unsigned int inferior,
                                    const struct vmmap_map *base, struct vmmap_map **ret)
{
    const struct vmmap_inferior_pages *found = find(pages, inferior);
    struct vmmap_map *map;
    struct vmmap_error *error = vmmap_map_create(&map);
    if (error)
        return error;
    error = copy_head(base, map);
    if (!error)
        error = lay_base(base, true, map);
    if (!error && found)
        error = vmmap_map_overlay(map, found->explored);
    if (!error)
        error = lay_base(base, false, map);
    if (!error && found)
        error = vmmap_map_overlay(map, found->manual);
    if (error) {
        vmmap_map_destroy(map);
        return error;
    }
    if (found && (has_probed(found->explored) || has_probed(found->manual)))
        map->exact = false;
    *ret = map;
    return NULL;
}
