/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/maps_text.h"

#include <string.h>

#include "formats/procmaps.h"

static struct vmmap_error *add_entry(struct vmmap_map *map,
                                     const struct vmmap_procmaps_entry *entry)
{
    const struct vmmap_region region = {
        .start = entry->start,
        .last = entry->last,
        .offset = entry->offset,
        .has_offset = true,
        .perms = entry->perms,
        .origin = VMMAP_ORIGIN_PROCFS,
    };
    return vmmap_map_add_named(map, &region, entry->name, entry->name_size);
}

static struct vmmap_error *note_faults(struct vmmap_map *map, size_t malformed, size_t overlaps)
{
    struct vmmap_error *error = NULL;
    map->exact = !malformed && !overlaps;
    if (malformed)
        error = vmmap_map_add_note(map, "%zu line%s of the maps file could not be understood.",
                                   malformed, malformed == 1 ? "" : "s");
    /* The file is not a snapshot: the kernel hands out a page of text at a time. */
    if (!error && overlaps)
        error = vmmap_map_add_note(map,
                                   "The map changed while it was read: %zu overlapping row%s cut; "
                                   "run the command again.",
                                   overlaps, overlaps == 1 ? " was" : "s were");
    return error;
}

static struct vmmap_error *add_line(struct vmmap_maps_text *text, const char *line, size_t size)
{
    struct vmmap_procmaps_entry entry;
    if (!vmmap_procmaps_parse(line, size, &entry)) {
        text->malformed++;
        return NULL;
    }
    return add_entry(text->map, &entry);
}

struct vmmap_error *vmmap_maps_text_feed(struct vmmap_maps_text *text, const char *piece,
                                         size_t size, size_t *used)
{
    const char *line = piece, *newline;
    struct vmmap_error *error = NULL;
    while (!error && (newline = memchr(line, '\n', size - (size_t)(line - piece)))) {
        error = add_line(text, line, (size_t)(newline - line));
        line = newline + 1;
    }
    *used = (size_t)(line - piece);
    return error;
}

struct vmmap_error *vmmap_maps_text_finish(struct vmmap_maps_text *text, const char *rest,
                                           size_t size)
{
    size_t overlaps = 0;
    struct vmmap_error *error = size > 0 ? add_line(text, rest, size) : NULL;
    if (error)
        return error;
    vmmap_map_finish(text->map, &overlaps);
    return note_faults(text->map, text->malformed, overlaps);
}

struct vmmap_error *vmmap_map_fill_from_maps_text(struct vmmap_map *map, const char *text,
                                                  size_t size)
{
    struct vmmap_maps_text maps = {.map = map};
    size_t used = 0;
    if (size == 0)
        return vmmap_maps_text_finish(&maps, text, 0);
    struct vmmap_error *error = vmmap_maps_text_feed(&maps, text, size, &used);
    return error ? error : vmmap_maps_text_finish(&maps, text + used, size - used);
}

bool vmmap_map_next_ambiguous_name(const struct vmmap_map *map, size_t *index)
{
    for (; *index < map->count; ++*index) {
        const char *name = map->regions[*index].name;
        if (name && strstr(name, "\\012"))
            return true;
    }
    return false;
}
