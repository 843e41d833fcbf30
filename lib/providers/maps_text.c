/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/maps_text.h"

#include <string.h>

#include "formats/procmaps.h"
#include "formats/scan.h"

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

struct vmmap_error *vmmap_map_fill_from_maps_text(struct vmmap_map *map, const char *text,
                                                  size_t size)
{
    struct vmmap_scan scan = vmmap_scan_over(text, size), line;
    size_t malformed = 0, overlaps = 0;
    while (vmmap_scan_line(&scan, &line)) {
        struct vmmap_procmaps_entry entry;
        if (!vmmap_procmaps_parse(line.at, (size_t)(line.end - line.at), &entry)) {
            malformed++;
            continue;
        }
        struct vmmap_error *error = add_entry(map, &entry);
        if (error)
            return error;
    }
    vmmap_map_finish(map, &overlaps);
    return note_faults(map, malformed, overlaps);
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
