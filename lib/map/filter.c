/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/filter.h"

#include <stdlib.h>
#include <string.h>

static bool name_matches(const struct vmmap_region *region, const char *name)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    return strstr(vmmap_region_name(region, scratch), name) != NULL;
}

bool vmmap_map_has_name(const struct vmmap_map *map, const char *name)
{
    for (size_t i = 0; i < map->count; i++) {
        if (name_matches(&map->regions[i], name))
            return true;
    }
    return false;
}

static bool region_matches(const struct vmmap_region *region, const struct vmmap_filter *filter)
{
    switch (filter->kind) {
    case VMMAP_FILTER_ADDRESS:
        return vmmap_region_contains(region, filter->address);
    case VMMAP_FILTER_NAME:
        return name_matches(region, filter->name);
    case VMMAP_FILTER_NONE:
        break;
    }
    return true;
}

static void add_row(const struct vmmap_map *map, const struct vmmap_filter *filter, size_t index,
                    bool matched, struct vmmap_selection *ret)
{
    struct vmmap_perms perms = map->regions[index].perms;
    if ((perms.set & filter->perms) == filter->perms) {
        ret->rows[ret->count++] = (struct vmmap_row){index, matched};
    } else if (!(filter->perms & perms.known & ~perms.set)) {
        ret->unknown_count++; /* no wanted bit is known to be off */
    }
}

/* Both neighbours of the hole that holds the address, and the context beyond them. */
static void add_hole_neighbours(const struct vmmap_map *map, const struct vmmap_filter *filter,
                                struct vmmap_selection *ret)
{
    size_t above = vmmap_map_lower_bound(map, filter->address);
    if (above == 0 || above == map->count)
        return; /* below or above everything: no hole between two regions */
    size_t before = filter->before < above ? (size_t)filter->before : above;
    size_t after = filter->after < map->count - above ? (size_t)filter->after : map->count - above;
    size_t first = above - (before ? before : 1), end = above + (after ? after : 1);
    for (size_t i = first; i < end; i++)
        add_row(map, filter, i, false, ret);
}

struct vmmap_error *vmmap_selection_init(const struct vmmap_map *map,
                                         const struct vmmap_filter *filter,
                                         struct vmmap_selection *ret)
{
    *ret = (struct vmmap_selection){NULL, 0, 0, 0};
    if (filter->kind == VMMAP_FILTER_NONE && filter->perms == 0) {
        ret->count = ret->match_count = map->count;
        return NULL;
    }
    if (map->count == 0)
        return NULL;
    ret->rows = calloc(map->count, sizeof(*ret->rows));
    if (!ret->rows)
        return &vmmap_error_no_memory;

    const size_t count = map->count;
    size_t next = 0;        /* the first region not decided on yet */
    size_t context_end = 0; /* regions below this follow a match closely enough */
    for (size_t i = 0; i < count; i++) {
        if (!region_matches(&map->regions[i], filter))
            continue;
        ret->match_count++;
        size_t first = filter->before < i ? i - (size_t)filter->before : 0;
        for (; next < i; next++) {
            if (next < context_end || next >= first)
                add_row(map, filter, next, false, ret);
        }
        add_row(map, filter, i, filter->kind != VMMAP_FILTER_NONE, ret);
        next = i + 1;
        context_end = filter->after < count - next ? next + (size_t)filter->after : count;
    }
    for (; next < context_end; next++)
        add_row(map, filter, next, false, ret);
    if (filter->holes && filter->kind == VMMAP_FILTER_ADDRESS && ret->match_count == 0)
        add_hole_neighbours(map, filter, ret);
    return NULL;
}

void vmmap_selection_deinit(struct vmmap_selection *selection)
{
    free(selection->rows);
    *selection = (struct vmmap_selection){NULL, 0, 0, 0};
}
