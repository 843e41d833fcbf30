/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/filter.h"

#include <stdlib.h>
#include <string.h>

static bool text_contains(const char *text, const char *part, bool ignore_case)
{
    return (ignore_case ? strcasestr(text, part) : strstr(text, part)) != NULL;
}

static bool name_matches(const struct vmmap_region *region, const char *name, bool ignore_case)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    return text_contains(vmmap_region_name(region, scratch), name, ignore_case) ||
           (region->label && text_contains(region->label, name, ignore_case));
}

bool vmmap_map_has_name(const struct vmmap_map *map, const char *name, bool ignore_case)
{
    for (size_t i = 0; i < map->count; i++) {
        if (name_matches(&map->regions[i], name, ignore_case))
            return true;
    }
    return false;
}

bool vmmap_filter_has_matches(const struct vmmap_filter *filter)
{
    return filter->kind != VMMAP_FILTER_NONE || filter->regex;
}

static bool has_any_word(const struct vmmap_region *region, const struct vmmap_filter *filter)
{
    for (const char *const *word = filter->words; *word; word++) {
        if (name_matches(region, *word, filter->ignore_case))
            return true;
    }
    return false;
}

static bool kind_matches(const struct vmmap_region *region, const struct vmmap_filter *filter)
{
    switch (filter->kind) {
    case VMMAP_FILTER_ADDRESS:
        return vmmap_region_contains(region, filter->address);
    case VMMAP_FILTER_RANGE:
        return region->start <= filter->last && region->last >= filter->address;
    case VMMAP_FILTER_NAME:
        return name_matches(region, filter->name, filter->ignore_case);
    case VMMAP_FILTER_WORDS:
        return has_any_word(region, filter);
    case VMMAP_FILTER_FILE:
        return region->name && strcmp(region->name, filter->name) == 0;
    case VMMAP_FILTER_NONE:
        break;
    }
    return true;
}

/* The last name that the regular expression was tried on: names are interned, and the regions of a
 * file are neighbours. */
struct recent {
    const char *name;
    bool matches;
};

static struct vmmap_error *regex_matches(const struct vmmap_region *region,
                                         const struct vmmap_filter *filter, struct recent *recent,
                                         bool *ret)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    *ret = recent->matches;
    if (region->name && region->name == recent->name)
        return NULL;
    struct vmmap_error *error = filter->poll ? filter->poll(filter->poll_context) : NULL;
    if (error)
        return error;
    *ret = vmmap_regex_matches(filter->regex, vmmap_region_name(region, scratch));
    *recent = (struct recent){region->name, *ret};
    return NULL;
}

static struct vmmap_error *region_matches(const struct vmmap_region *region,
                                          const struct vmmap_filter *filter, struct recent *recent,
                                          bool *ret)
{
    *ret = kind_matches(region, filter);
    if (!*ret || !filter->regex)
        return NULL;
    return regex_matches(region, filter, recent, ret);
}

static void add_row(const struct vmmap_map *map, const struct vmmap_filter *filter, size_t index,
                    bool matched, struct vmmap_selection *ret)
{
    struct vmmap_perms perms = map->regions[index].perms;
    const struct vmmap_perms any_mode = {
        (uint8_t)(perms.set | vmmap_region_access(&map->regions[index])), perms.known};
    enum vmmap_answer bits = vmmap_perms_match(any_mode, filter->perms);
    enum vmmap_answer letters = vmmap_perms_pattern_match(&filter->pattern, perms);
    enum vmmap_answer answer = bits < letters ? bits : letters;
    if (answer == VMMAP_YES)
        ret->rows[ret->count++] = (struct vmmap_row){index, matched};
    else if (answer == VMMAP_UNKNOWN)
        ret->unknown_count++;
}

/* Both neighbours of the hole that holds the address, and the context beyond them. Outside of
 * everything there is one. */
static void add_hole_neighbours(const struct vmmap_map *map, const struct vmmap_filter *filter,
                                struct vmmap_selection *ret)
{
    size_t above = vmmap_map_lower_bound(map, filter->address), over = map->count - above;
    size_t before = filter->before < above ? (size_t)filter->before : above;
    size_t after = filter->after < over ? (size_t)filter->after : over;
    if (before == 0 && above > 0)
        before = 1;
    if (after == 0 && over > 0)
        after = 1;
    for (size_t i = above - before; i < above + after; i++)
        add_row(map, filter, i, false, ret);
}

static struct vmmap_error *select_rows(const struct vmmap_map *map,
                                       const struct vmmap_filter *filter,
                                       struct vmmap_selection *ret)
{
    const size_t count = map->count;
    size_t next = 0;        /* the first region not decided on yet */
    size_t context_end = 0; /* regions below this follow a match closely enough */
    struct recent recent = {NULL, false};
    for (size_t i = 0; i < count; i++) {
        bool matches;
        struct vmmap_error *error = region_matches(&map->regions[i], filter, &recent, &matches);
        if (error)
            return error;
        if (!matches)
            continue;
        ret->match_count++;
        size_t first = filter->before < i ? i - (size_t)filter->before : 0;
        for (; next < i; next++) {
            if (next < context_end || next >= first)
                add_row(map, filter, next, false, ret);
        }
        add_row(map, filter, i, vmmap_filter_has_matches(filter), ret);
        next = i + 1;
        context_end = filter->after < count - next ? next + (size_t)filter->after : count;
    }
    for (; next < context_end; next++)
        add_row(map, filter, next, false, ret);
    return NULL;
}

static bool takes_all(const struct vmmap_filter *filter)
{
    return !vmmap_filter_has_matches(filter) && filter->perms == 0 &&
           !vmmap_perms_pattern_is_set(&filter->pattern);
}

struct vmmap_error *vmmap_selection_init(const struct vmmap_map *map,
                                         const struct vmmap_filter *filter,
                                         struct vmmap_selection *ret)
{
    *ret = (struct vmmap_selection){.rows = NULL};
    if (takes_all(filter)) {
        ret->count = ret->match_count = map->count;
        return NULL;
    }
    if (map->count == 0)
        return NULL;
    ret->rows = calloc(map->count, sizeof(*ret->rows));
    if (!ret->rows)
        return &vmmap_error_no_memory;
    struct vmmap_error *error = select_rows(map, filter, ret);
    if (!error && filter->holes && filter->kind == VMMAP_FILTER_ADDRESS && ret->match_count == 0)
        add_hole_neighbours(map, filter, ret);
    return error;
}

void vmmap_selection_deinit(struct vmmap_selection *selection)
{
    free(selection->rows);
    *selection = (struct vmmap_selection){.rows = NULL};
}
