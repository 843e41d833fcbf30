/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/map.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/pieces.h"

struct vmmap_error *vmmap_map_create(struct vmmap_map **ret)
{
    struct vmmap_map *map = calloc(1, sizeof(*map));
    if (!map)
        return &vmmap_error_no_memory;
    struct vmmap_error *error = vmmap_names_create(&map->names);
    if (error) {
        free(map);
        return error;
    }
    map->target = "none";
    map->provider = "none";
    map->address_bits = 64;
    *ret = map;
    return NULL;
}

struct vmmap_map *vmmap_map_share(struct vmmap_map *map)
{
    map->sharers++;
    return map;
}

void vmmap_map_destroy(struct vmmap_map *map)
{
    if (!map || map->sharers-- > 0)
        return;
    for (size_t i = 0; i < map->note_count; i++)
        free(map->notes[i]);
    free(map->notes);
    free(map->regions);
    vmmap_names_destroy(map->names);
    free(map);
}

static struct vmmap_error *make_room(struct vmmap_map *map)
{
    if (map->count < map->capacity)
        return NULL;
    size_t capacity = map->capacity ? map->capacity * 2 : 64;
    struct vmmap_region *regions = reallocarray(map->regions, capacity, sizeof(*regions));
    if (!regions)
        return &vmmap_error_no_memory;
    map->regions = regions;
    map->capacity = capacity;
    return NULL;
}

struct vmmap_error *vmmap_map_add_named(struct vmmap_map *map, const struct vmmap_region *region,
                                        const char *name, size_t name_size)
{
    struct vmmap_error *error = make_room(map);
    if (error)
        return error;
    struct vmmap_region *added = &map->regions[map->count];
    *added = *region;
    added->name = NULL;
    added->label = NULL;
    map->count++;
    if (name_size > 0 && name[0] != '\0') /* a NUL ends a name: then there is none */
        error = vmmap_map_set_name(map, map->count - 1, name, name_size);
    if (!error && region->label)
        error = vmmap_map_set_label(map, map->count - 1, region->label);
    if (error)
        map->count--;
    return error;
}

struct vmmap_error *vmmap_map_add(struct vmmap_map *map, const struct vmmap_region *region)
{
    return vmmap_map_add_named(map, region, region->name, region->name ? strlen(region->name) : 0);
}

struct vmmap_error *vmmap_map_set_label(struct vmmap_map *map, size_t index, const char *label)
{
    return vmmap_names_intern(map->names, label, strlen(label), &map->regions[index].label);
}

struct vmmap_error *vmmap_map_set_name(struct vmmap_map *map, size_t index, const char *name,
                                       size_t size)
{
    return vmmap_names_intern(map->names, name, size, &map->regions[index].name);
}

static bool has_note(const struct vmmap_map *map, const char *note)
{
    for (size_t i = 0; i < map->note_count; i++) {
        if (strcmp(map->notes[i], note) == 0)
            return true;
    }
    return false;
}

struct vmmap_error *vmmap_map_add_note(struct vmmap_map *map, const char *format, ...)
{
    char *note = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&note, format, args);
    va_end(args);
    if (length < 0)
        return &vmmap_error_no_memory;
    if (has_note(map, note)) {
        free(note);
        return NULL;
    }

    char **notes = reallocarray(map->notes, map->note_count + 1, sizeof(*notes));
    if (!notes) {
        free(note);
        return &vmmap_error_no_memory;
    }
    map->notes = notes;
    map->notes[map->note_count++] = note;
    return NULL;
}

struct vmmap_error *vmmap_map_note_error(struct vmmap_map *map, struct vmmap_error *error)
{
    if (!error || vmmap_error_is_fatal(error))
        return error;
    struct vmmap_error *failure = vmmap_map_add_note(map, "%s", error->message);
    vmmap_error_destroy(error);
    return failure;
}

static int compare_regions(const void *left, const void *right)
{
    const struct vmmap_region *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->last != b->last)
        return a->last < b->last ? -1 : 1;
    return 0;
}

static bool is_ordered(const struct vmmap_map *map)
{
    for (size_t i = 1; i < map->count; i++) {
        if (map->regions[i].start <= map->regions[i - 1].last)
            return false;
    }
    return true;
}

static size_t cut_overlaps(struct vmmap_map *map)
{
    size_t kept = 0, overlaps = 0;
    for (size_t i = 0; i < map->count; i++) {
        struct vmmap_region region = map->regions[i];
        if (kept > 0 && region.start <= map->regions[kept - 1].last) {
            overlaps++;
            if (region.last <= map->regions[kept - 1].last)
                continue;
            region = vmmap_region_from(region, map->regions[kept - 1].last + 1);
        }
        map->regions[kept++] = region;
    }
    map->count = kept;
    return overlaps;
}

static void shrink(struct vmmap_map *map)
{
    if (map->count == 0 || map->count == map->capacity)
        return;
    struct vmmap_region *regions = reallocarray(map->regions, map->count, sizeof(*regions));
    if (!regions)
        return; /* the larger block stays good */
    map->regions = regions;
    map->capacity = map->count;
}

void vmmap_map_finish(struct vmmap_map *map, size_t *overlaps)
{
    size_t cut = 0;
    if (!is_ordered(map)) {
        qsort(map->regions, map->count, sizeof(*map->regions), compare_regions);
        cut = cut_overlaps(map);
    }
    shrink(map);
    if (overlaps)
        *overlaps = cut;
}

size_t vmmap_map_lower_bound(const struct vmmap_map *map, uint64_t address)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->regions[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t vmmap_map_find(const struct vmmap_map *map, uint64_t address)
{
    size_t index = vmmap_map_lower_bound(map, address);
    if (index < map->count && map->regions[index].start <= address)
        return index;
    return VMMAP_NO_REGION;
}

/* Finishes `merged` and lets `map` have its regions, with the names they need, in exchange. */
static void replace_regions(struct vmmap_map *map, struct vmmap_map *merged)
{
    vmmap_map_finish(merged, NULL);
    struct vmmap_region *regions = map->regions;
    struct vmmap_names *names = map->names;
    map->regions = merged->regions;
    map->names = merged->names;
    map->count = merged->count;
    map->capacity = merged->capacity;
    merged->regions = regions;
    merged->names = names;
}

/* Adds what `over` leaves uncovered of `region`. */
static struct vmmap_error *add_uncovered(struct vmmap_map *merged,
                                         const struct vmmap_region *region,
                                         const struct vmmap_map *over)
{
    struct vmmap_region rest = *region;
    for (size_t i = vmmap_map_lower_bound(over, region->start);
         i < over->count && over->regions[i].start <= region->last; i++) {
        const struct vmmap_region *cover = &over->regions[i];
        if (cover->start > rest.start) {
            struct vmmap_region before = vmmap_region_until(rest, cover->start - 1);
            struct vmmap_error *error = vmmap_map_add(merged, &before);
            if (error)
                return error;
        }
        if (cover->last >= rest.last)
            return NULL;
        rest = vmmap_region_from(rest, cover->last + 1);
    }
    return vmmap_map_add(merged, &rest);
}

static struct vmmap_error *fill_merged(struct vmmap_map *merged, const struct vmmap_map *map,
                                       const struct vmmap_map *over)
{
    for (size_t i = 0; i < map->count; i++) {
        struct vmmap_error *error = add_uncovered(merged, &map->regions[i], over);
        if (error)
            return error;
    }
    for (size_t i = 0; i < over->count; i++) {
        struct vmmap_error *error = vmmap_map_add(merged, &over->regions[i]);
        if (error)
            return error;
    }
    return NULL;
}

struct vmmap_error *vmmap_map_overlay(struct vmmap_map *map, const struct vmmap_map *over)
{
    struct vmmap_map *merged;
    struct vmmap_error *error = vmmap_map_create(&merged);
    if (error)
        return error;
    error = fill_merged(merged, map, over);
    if (!error)
        replace_regions(map, merged);
    vmmap_map_destroy(merged);
    return error;
}

/* A piece of the ranges, of a file, or of a range that a file tells more of. */
static struct vmmap_region piece_region(const struct vmmap_map *map, const struct vmmap_map *files,
                                        const struct vmmap_piece *piece)
{
    const bool is_range = piece->left != VMMAP_NO_REGION, is_file = piece->right != VMMAP_NO_REGION;
    struct vmmap_region region =
        is_range ? map->regions[piece->left] : files->regions[piece->right];
    region = vmmap_region_until(vmmap_region_from(region, piece->start), piece->last);
    if (is_range && is_file) {
        const struct vmmap_region file =
            vmmap_region_from(files->regions[piece->right], piece->start);
        region.name = file.name;
        region.offset = file.offset;
        region.has_offset = file.has_offset;
    }
    return region;
}

/* Whether every file's range is exactly one region, so that none has to be split. */
static bool fits_regions(const struct vmmap_map *map, const struct vmmap_map *files)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct vmmap_region *file = &files->regions[i];
        size_t index = vmmap_map_find(map, file->start);
        if (index == VMMAP_NO_REGION || map->regions[index].start != file->start ||
            map->regions[index].last != file->last)
            return false;
    }
    return true;
}

static struct vmmap_error *add_files_in_place(struct vmmap_map *map, const struct vmmap_map *files)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < files->count && !error; i++) {
        const struct vmmap_region *file = &files->regions[i];
        size_t index = vmmap_map_find(map, file->start);
        map->regions[index].offset = file->offset;
        map->regions[index].has_offset = file->has_offset;
        if (file->name)
            error = vmmap_map_set_name(map, index, file->name, strlen(file->name));
    }
    return error;
}

struct vmmap_error *vmmap_map_add_files(struct vmmap_map *map, const struct vmmap_map *files)
{
    if (fits_regions(map, files))
        return add_files_in_place(map, files);
    struct vmmap_map *merged;
    struct vmmap_error *error = vmmap_map_create(&merged);
    if (error)
        return error;
    struct vmmap_pieces pieces = vmmap_pieces_over(map, files);
    for (struct vmmap_piece piece; !error && vmmap_pieces_next(&pieces, &piece);) {
        const struct vmmap_region region = piece_region(map, files, &piece);
        error = vmmap_map_add(merged, &region);
    }
    if (!error)
        replace_regions(map, merged);
    vmmap_map_destroy(merged);
    return error;
}
