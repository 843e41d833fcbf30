/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What the debugger itself can list, `info proc mappings`: the last resort, for targets that offer
 * no better way in. Its columns differ between versions (formats/gdb_mappings.h).
 */

#include "formats/gdb_mappings.h"
#include "providers/provider.h"

static bool gdb_applies(const struct vmmap_target *target, const struct vmmap_target_info *info)
{
    return info->kind != VMMAP_TARGET_NONE && target->debugger_text;
}

static struct vmmap_error *add_rows(struct vmmap_map *map, const struct vmmap_buffer *text)
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

static struct vmmap_error *gdb_fill(const struct vmmap_target *target,
                                    const struct vmmap_target_info *info, struct vmmap_map *map)
{
    (void)info;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error =
        target->debugger_text(target->context, VMMAP_TEXT_PROC_MAPPINGS, &text);
    if (!error)
        error = add_rows(map, &text);
    vmmap_buffer_deinit(&text);
    if (error)
        return error;
    if (map->count == 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "GDB's \"info proc mappings\" lists nothing here.");
    vmmap_map_finish(map, NULL);
    return vmmap_map_add_note(map, "This is what GDB's \"info proc mappings\" lists; rows may be "
                                   "missing and what it does not print is shown as not known.");
}

const struct vmmap_provider vmmap_provider_gdb = {
    .name = "gdb",
    .uses_far_proc = true,
    .applies = gdb_applies,
    .fill = gdb_fill,
};
