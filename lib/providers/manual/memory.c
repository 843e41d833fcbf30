/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/memory.h"

#include "formats/gdb_memory.h"
#include "formats/qemu_monitor.h"
#include "host/file.h"
#include "providers/machine/physical.h"
#include "providers/manual/elf_parts.h"

enum { RW = VMMAP_PERM_READ | VMMAP_PERM_WRITE };

/* What GDB may do with a region, and what it is called. Flash is written in blocks by programming
 * it, which is not what a store does. */
static const struct {
    struct vmmap_perms perms;
    const char *label;
} region_kinds[] = {
    [VMMAP_GDB_MEMORY_RW] = {{RW, RW}, NULL},
    [VMMAP_GDB_MEMORY_RO] = {{VMMAP_PERM_READ, RW}, "read only"},
    [VMMAP_GDB_MEMORY_WO] = {{VMMAP_PERM_WRITE, RW}, "write only"},
    [VMMAP_GDB_MEMORY_FLASH] = {{VMMAP_PERM_READ, RW}, "flash"},
};

static struct vmmap_error *add_entries(const struct vmmap_buffer *text, struct vmmap_map *memory)
{
    struct vmmap_gdb_memory regions;
    struct vmmap_gdb_memory_entry entry;
    struct vmmap_error *error = NULL;
    vmmap_gdb_memory_init(&regions, text->data, text->size);
    while (!error && vmmap_gdb_memory_next(&regions, &entry)) {
        const struct vmmap_region region = {
            .start = entry.start,
            .last = entry.last,
            .perms = region_kinds[entry.kind].perms,
            .label = region_kinds[entry.kind].label,
            .origin = VMMAP_ORIGIN_GDB,
        };
        error = vmmap_map_add(memory, &region);
    }
    return error;
}

struct vmmap_error *vmmap_memory_add_regions(const struct vmmap_target *target,
                                             struct vmmap_map *memory)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    if (target->debugger_text)
        error = target->debugger_text(target->context, VMMAP_TEXT_MEMORY_REGIONS, &text);
    if (!error)
        error = add_entries(&text, memory);
    vmmap_buffer_deinit(&text);
    vmmap_map_finish(memory, NULL);
    return error;
}

static struct vmmap_error *add_program(const struct vmmap_target *target, const char *path,
                                       struct vmmap_map *memory)
{
    struct vmmap_file file;
    struct vmmap_window window;
    struct vmmap_error *error = vmmap_file_open("The program", path, &file);
    if (!error) {
        vmmap_window_init(&window, &file.reader);
        error = vmmap_elf_parts_add(target, &window, path, 0, memory);
    }
    vmmap_file_close(&file);
    for (size_t i = 0; i < memory->count; i++)
        memory->regions[i].origin = VMMAP_ORIGIN_GDB;
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

struct vmmap_error *vmmap_memory_add_program(const struct vmmap_target *target,
                                             struct vmmap_map *memory)
{
    struct vmmap_buffer path = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    if (target->executable_path)
        error = target->executable_path(target->context, &path);
    const bool has_path = path.size > 0;
    vmmap_buffer_append(&path, "", 1);
    if (!error)
        error = vmmap_buffer_status(&path);
    if (!error && has_path)
        error = add_program(target, path.data, memory);
    vmmap_buffer_deinit(&path);
    return error;
}

static struct vmmap_error *add_ranges(const struct vmmap_buffer *text, struct vmmap_map *memory)
{
    struct vmmap_qemu_mtree mtree;
    struct vmmap_qemu_range range;
    struct vmmap_error *error = NULL;
    vmmap_qemu_mtree_init(&mtree, text->data, text->size);
    while (!error && vmmap_qemu_mtree_next_range(&mtree, &range)) {
        const bool is_rom = range.kind == VMMAP_QEMU_RANGE_ROM;
        const struct vmmap_region region = {
            .start = range.start,
            .last = range.last,
            .perms = {0, is_rom ? VMMAP_PERM_WRITE : 0},
            .label = range.kind == VMMAP_QEMU_RANGE_DEVICE ? "i/o"
                     : is_rom                              ? "ROM"
                                                           : NULL,
            .origin = VMMAP_ORIGIN_MONITOR,
        };
        error = vmmap_map_add_named(memory, &region, range.name, range.name_size);
    }
    return error;
}

struct vmmap_error *vmmap_memory_add_machine(const struct vmmap_target *target,
                                             const struct vmmap_target_info *info,
                                             struct vmmap_map *notes, struct vmmap_map *memory)
{
    struct vmmap_physical physical;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool allowed = false;
    struct vmmap_error *error = vmmap_physical_init(&physical, target, info, notes);
    if (!error)
        error = vmmap_guest_ram_read_text(&physical.ram, &text, &allowed);
    if (!error && allowed)
        error = add_ranges(&text, memory);
    vmmap_buffer_deinit(&text);
    vmmap_physical_deinit(&physical);
    vmmap_map_finish(memory, NULL);
    if (error || allowed)
        return error;
    return vmmap_map_add_note(notes,
                              "QEMU's \"info mtree -f\" is not asked where memory is, because the "
                              "answer may be too long for this connection.");
}
