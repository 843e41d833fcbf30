/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protection/rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct vmmap_error *paint(struct vmmap_map *rights, const struct vmmap_region *region)
{
    struct vmmap_map *over;
    struct vmmap_error *error = vmmap_map_create(&over);
    if (error)
        return error;
    error = vmmap_map_add(over, region);
    if (!error)
        error = vmmap_map_overlay(rights, over);
    vmmap_map_destroy(over);
    return error;
}

struct vmmap_error *vmmap_rights_paint(struct vmmap_map *rights, uint64_t start, uint64_t last,
                                       uint8_t user, uint8_t kernel, const char *label)
{
    struct vmmap_region region = {.start = start, .last = last, .label = label};
    vmmap_region_set_access(&region, user, kernel);
    return paint(rights, &region);
}

struct vmmap_error *vmmap_rights_forget(struct vmmap_map *rights, uint64_t start, uint64_t last)
{
    const struct vmmap_region region = {.start = start, .last = last};
    return paint(rights, &region);
}

bool vmmap_rights_are_known(const struct vmmap_map *rights)
{
    for (size_t i = 0; i < rights->count; i++) {
        if (!rights->regions[i].has_access)
            return false;
    }
    return true;
}

static bool are_equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool agree(const struct vmmap_region *a, const struct vmmap_region *b)
{
    return a->has_access == b->has_access && a->user == b->user && a->kernel == b->kernel &&
           are_equal(a->label, b->label);
}

/* The last address from `start` on, in `memory`, up to which the rights agree. */
static uint64_t find_last(const struct vmmap_map *rights, size_t index, uint64_t last)
{
    const struct vmmap_region *first = &rights->regions[index];
    while (rights->regions[index].last < last && index + 1 < rights->count &&
           vmmap_region_adjoins(&rights->regions[index], &rights->regions[index + 1]) &&
           agree(first, &rights->regions[index + 1]))
        index++;
    return rights->regions[index].last < last ? rights->regions[index].last : last;
}

/* What is known of memory that is not writable stays known where the rights are not. */
static void limit(struct vmmap_region *piece, const struct vmmap_region *rights)
{
    const bool is_fixed =
        piece->perms.known & VMMAP_PERM_WRITE && !(piece->perms.set & VMMAP_PERM_WRITE);
    const uint8_t mask = is_fixed ? VMMAP_PERM_READ | VMMAP_PERM_EXEC : VMMAP_PERM_ACCESS;
    if (rights->has_access)
        vmmap_region_set_access(piece, rights->user & mask, rights->kernel & mask);
    else
        piece->perms = (struct vmmap_perms){0, is_fixed ? VMMAP_PERM_WRITE : 0};
}

static struct vmmap_error *add_piece(struct vmmap_region piece, const struct vmmap_region *rights,
                                     struct vmmap_map *ret)
{
    char *both = NULL;
    limit(&piece, rights);
    if (piece.label && rights->label) {
        if (asprintf(&both, "%s, %s", piece.label, rights->label) < 0)
            return &vmmap_error_no_memory;
        piece.label = both;
    } else if (rights->label) {
        piece.label = rights->label;
    }
    struct vmmap_error *error = vmmap_map_add(ret, &piece);
    free(both);
    return error;
}

static struct vmmap_error *split(const struct vmmap_map *rights, struct vmmap_region rest,
                                 struct vmmap_map *ret)
{
    for (;;) {
        const size_t index = vmmap_map_find(rights, rest.start);
        if (index == VMMAP_NO_REGION)
            return vmmap_map_add(ret, &rest); /* beyond the address space of the rights */
        const uint64_t last = find_last(rights, index, rest.last);
        struct vmmap_error *error =
            add_piece(vmmap_region_until(rest, last), &rights->regions[index], ret);
        if (error || last == rest.last)
            return error;
        rest = vmmap_region_from(rest, last + 1);
    }
}

struct vmmap_error *vmmap_rights_apply(const struct vmmap_map *rights,
                                       const struct vmmap_map *memory, struct vmmap_map *ret)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < memory->count && !error; i++)
        error = split(rights, memory->regions[i], ret);
    vmmap_map_finish(ret, NULL);
    return error;
}
