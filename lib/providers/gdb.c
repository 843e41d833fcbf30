/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What the debugger itself can list: the last resort, for targets that offer no better way in.
 *
 * Of a process that is `info proc mappings`, whose columns differ between versions
 * (formats/gdb_mappings.h). Of a core file it is two texts: `maintenance info sections` has the
 * ranges that the core describes, `info proc mappings` only the mapped files, without permissions.
 */

#include "formats/gdb_mappings.h"
#include "formats/gdb_sections.h"
#include "providers/process/far_proc.h"
#include "providers/provider.h"

static bool gdb_applies(const struct vmmap_target *target, const struct vmmap_target_info *info)
{
    /* A machine has no process whose mappings could be listed. */
    return info->kind != VMMAP_TARGET_NONE && info->kind != VMMAP_TARGET_QEMU_SYSTEM &&
           info->kind != VMMAP_TARGET_IMAGE && target->debugger_text;
}

static struct vmmap_error *add_mappings(struct vmmap_map *map, const struct vmmap_buffer *text)
{
    struct vmmap_gdb_mappings mappings;
    struct vmmap_gdb_mappings_entry entry;
    vmmap_gdb_mappings_init(&mappings, text->data, text->size);
    while (vmmap_gdb_mappings_next(&mappings, &entry)) {
        const struct vmmap_region region = {
            .start = entry.start,
            .last = entry.last,
            .offset = entry.offset,
            .has_offset = true,
            .perms = entry.perms,
            .origin = VMMAP_ORIGIN_GDB,
        };
        struct vmmap_error *error = vmmap_map_add_named(map, &region, entry.name, entry.name_size);
        if (error)
            return error;
    }
    return NULL;
}

static struct vmmap_error *add_sections(struct vmmap_map *map, const struct vmmap_buffer *text)
{
    struct vmmap_gdb_sections sections;
    struct vmmap_gdb_sections_entry entry;
    vmmap_gdb_sections_init(&sections, text->data, text->size);
    while (vmmap_gdb_sections_next(&sections, &entry)) {
        const struct vmmap_region region = {
            .start = entry.start,
            .last = entry.last,
            .perms = entry.perms,
            .saved = entry.saved,
            .has_saved = true,
            .origin = VMMAP_ORIGIN_GDB,
        };
        struct vmmap_error *error = vmmap_map_add(map, &region);
        if (error)
            return error;
    }
    return NULL;
}

/* Asks for a text and adds its rows to the map, which is then finished. */
static struct vmmap_error *
add_text(const struct vmmap_target *target, enum vmmap_debugger_text which,
         struct vmmap_error *(*add)(struct vmmap_map *map, const struct vmmap_buffer *text),
         struct vmmap_map *map)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = target->debugger_text(target->context, which, &text);
    if (!error)
        error = add(map, &text);
    vmmap_buffer_deinit(&text);
    if (!error)
        vmmap_map_finish(map, NULL);
    return error;
}

/* One of the two texts is enough: the other one's failure becomes a note. */
static struct vmmap_error *add_core_texts(const struct vmmap_target *target, struct vmmap_map *map)
{
    struct vmmap_map *files;
    struct vmmap_error *error = vmmap_map_create(&files);
    if (error)
        return error;
    error = vmmap_map_note_error(map, add_text(target, VMMAP_TEXT_SECTIONS, add_sections, map));
    if (!error)
        error = vmmap_map_note_error(
            map, add_text(target, VMMAP_TEXT_PROC_MAPPINGS, add_mappings, files));
    if (!error)
        error = vmmap_map_add_files(map, files);
    vmmap_map_destroy(files);
    return error;
}

static struct vmmap_error *gdb_fill(const struct vmmap_target *target,
                                    const struct vmmap_target_info *info, struct vmmap_map *map)
{
    const bool is_core = info->kind == VMMAP_TARGET_CORE;
    struct vmmap_error *error = vmmap_far_proc_check(target, info);
    if (!error)
        error = is_core ? add_core_texts(target, map)
                        : add_text(target, VMMAP_TEXT_PROC_MAPPINGS, add_mappings, map);
    if (error)
        return error;
    const char *source = is_core ? "\"maintenance info sections\" and \"info proc mappings\" list"
                                 : "\"info proc mappings\" lists";
    if (map->count == 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "GDB's %s nothing here.", source);
    return vmmap_map_add_note(map,
                              "This is what GDB's %s; rows may be missing and what it does not "
                              "print is shown as not known.",
                              source);
}

const struct vmmap_provider vmmap_provider_gdb = {
    .name = "gdb",
    .applies = gdb_applies,
    .fill = gdb_fill,
    .doubt = vmmap_far_proc_doubt,
};
