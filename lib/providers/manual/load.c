/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/load.h"

#include <string.h>

#include "formats/procmaps.h"
#include "formats/scan.h"
#include "host/file.h"
#include "providers/manual/elf_parts.h"
#include "providers/manual/saved_map.h"
#include "providers/maps_text.h"

static const char what_file[] = "The file";

static bool begins_with_brace(const struct vmmap_buffer *text)
{
    size_t at = 0;
    while (at < text->size && strchr(" \t\r\n", text->data[at]) && text->data[at])
        at++;
    return at < text->size && text->data[at] == '{';
}

static bool begins_with_mapping(const struct vmmap_buffer *text)
{
    struct vmmap_scan rest = vmmap_scan_over(text->data, text->size), line;
    struct vmmap_procmaps_entry entry;
    return vmmap_scan_line(&rest, &line) &&
           vmmap_procmaps_parse(line.at, (size_t)(line.end - line.at), &entry);
}

/* The lines of a maps file: all of them, or none. */
static struct vmmap_error *read_maps(const char *path, const struct vmmap_buffer *text,
                                     struct vmmap_map *map)
{
    struct vmmap_error *error = vmmap_map_fill_from_maps_text(map, text->data, text->size);
    if (!error && !map->exact)
        error = vmmap_error_create(VMMAP_ERROR_INVALID,
                                   "The file %s can not be loaded: it begins like a maps file, but "
                                   "some lines are none or overlap.",
                                   path);
    for (size_t i = 0; i < map->count; i++)
        map->regions[i].origin = VMMAP_ORIGIN_MANUAL;
    return error;
}

static struct vmmap_error *read_saved(const struct vmmap_target *target, const char *path,
                                      const struct vmmap_buffer *text, struct vmmap_map *map)
{
    struct vmmap_buffer what = VMMAP_BUFFER_INIT;
    vmmap_buffer_printf(&what, "%s %s", what_file, path);
    vmmap_buffer_append(&what, "", 1);
    struct vmmap_error *error = vmmap_buffer_status(&what);
    if (!error)
        error = vmmap_saved_map_read(target, what.data, text->data, text->size, map);
    vmmap_buffer_deinit(&what);
    return error;
}

static struct vmmap_error *read_text(const struct vmmap_target *target, const char *path,
                                     const struct vmmap_buffer *text, uint64_t slide,
                                     struct vmmap_map *map)
{
    const bool is_saved = begins_with_brace(text);
    if (!is_saved && !begins_with_mapping(text))
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "The file %s can not be loaded: it is neither an ELF file, nor a "
                                  "map that \"vmmap_save\" wrote, nor the text of a "
                                  "/proc/PID/maps.",
                                  path);
    if (slide != 0)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "The file %s is a map, whose addresses are final: an offset "
                                  "makes sense for ELF files only.",
                                  path);
    return is_saved ? read_saved(target, path, text, map) : read_maps(path, text, map);
}

static struct vmmap_error *read_file(const struct vmmap_target *target, const char *path,
                                     struct vmmap_file *file, uint64_t slide, struct vmmap_map *map)
{
    struct vmmap_window window;
    vmmap_window_init(&window, &file->reader);
    const unsigned char *magic = vmmap_window_at(&window, 0, 4);
    if (magic && memcmp(magic, "\177ELF", 4) == 0)
        return vmmap_elf_parts_add(target, &window, path, slide, map);
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error =
        vmmap_file_read_all(target, what_file, path, file, VMMAP_MAPS_TEXT_LIMIT, &text);
    if (!error)
        error = read_text(target, path, &text, slide, map);
    vmmap_buffer_deinit(&text);
    return error;
}

struct vmmap_error *vmmap_pages_load(const struct vmmap_target *target, const char *path,
                                     uint64_t slide, struct vmmap_map *map)
{
    struct vmmap_file file;
    struct vmmap_error *error = vmmap_file_open(what_file, path, &file);
    if (!error)
        error = read_file(target, path, &file, slide, map);
    vmmap_file_close(&file);
    return error;
}
