/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/physical_map.h"

#include "formats/qemu_monitor.h"
#include "providers/machine/machine.h"
#include "providers/provider.h"

/* A list may be longer if it is QEMU itself that listens, which reading memory finds out: one entry
 * of the CPU's own page tables. Where they are not known, nothing is found out. */
static struct vmmap_error *try_to_read(struct vmmap_machine *machine)
{
    struct vmmap_paging_translation ignored;
    struct vmmap_error *error =
        vmmap_paging_translate(&machine->config, &machine->memory, 0, &ignored);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

static struct vmmap_error *open_machine(struct vmmap_machine *machine,
                                        const struct vmmap_target *target,
                                        const struct vmmap_target_info *info,
                                        struct vmmap_map *notes)
{
    struct vmmap_error *error = vmmap_machine_init(machine, target, info, notes);
    if (!error)
        return try_to_read(machine);
    if (vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error); /* an architecture that is not known is what this map is good for */
    return NULL;
}

/* The monitor's text, if it may be asked for. */
static struct vmmap_error *read_text(struct vmmap_machine *machine, struct vmmap_buffer *ret)
{
    bool allowed;
    struct vmmap_error *error = vmmap_guest_ram_read_text(&machine->physical.ram, ret, &allowed);
    if (!error)
        error = vmmap_buffer_status(ret);
    if (error || allowed)
        return error;
    return vmmap_error_create(
        VMMAP_ERROR_UNSUPPORTED,
        "The machine has so many devices or CPUs that QEMU's answer to \"info mtree -f\" could be "
        "too long for this connection, on which a long one hangs QEMU and GDB for good; connect to "
        "QEMU itself by TCP.");
}

static struct vmmap_perms perms_of(const struct vmmap_qemu_range *memory)
{
    const uint8_t read_exec = VMMAP_PERM_READ | VMMAP_PERM_EXEC;
    if (memory->kind == VMMAP_QEMU_RANGE_DEVICE)
        return (struct vmmap_perms){0, 0};
    return (struct vmmap_perms){memory->is_writable ? read_exec | VMMAP_PERM_WRITE : read_exec,
                                VMMAP_PERM_ACCESS};
}

static struct vmmap_error *add_memory(struct vmmap_map *map, const struct vmmap_qemu_range *memory)
{
    static const char *const labels[] = {
        [VMMAP_QEMU_RANGE_RAM] = "RAM",
        [VMMAP_QEMU_RANGE_ROM] = "ROM",
        [VMMAP_QEMU_RANGE_DEVICE] = "device",
    };
    const struct vmmap_region region = {
        .start = memory->start,
        .last = memory->last,
        .offset = memory->offset,
        .has_offset = true,
        .perms = perms_of(memory),
        .origin = VMMAP_ORIGIN_MONITOR,
        .label = labels[memory->kind],
        .physical = memory->start,
        .has_physical = true,
    };
    return vmmap_map_add_named(map, &region, memory->name, memory->name_size);
}

/* Of the first CPU's view; another CPU's may differ. */
static struct vmmap_error *add_all(const struct vmmap_buffer *text, struct vmmap_map *map)
{
    struct vmmap_qemu_mtree mtree;
    struct vmmap_qemu_range memory;
    struct vmmap_error *error = NULL;
    vmmap_qemu_mtree_init(&mtree, text->data, text->size);
    while (!error && vmmap_qemu_mtree_next_range(&mtree, &memory)) {
        if (mtree.in_normal_view && mtree.views == 1)
            error = add_memory(map, &memory);
    }
    if (error || mtree.views < 2)
        return error;
    return vmmap_map_add_note(map, "The CPUs see different things in physical memory: this is what "
                                   "the first one sees.");
}

/* What a memory image has of physical memory; what may be done with it no image tells. */
static struct vmmap_error *fill_from_image(struct vmmap_guest *guest, struct vmmap_map *map)
{
    struct vmmap_image_range range;
    struct vmmap_error *error = vmmap_guest_image_status(guest);
    uint64_t from = 0;
    while (!error && vmmap_image_next_range(guest->image, from, &range)) {
        const bool is_saved = range.presence == VMMAP_IMAGE_SAVED;
        const struct vmmap_region region = {
            .start = range.start,
            .last = range.last,
            .origin = VMMAP_ORIGIN_CORE_SEGMENT,
            .name = "RAM",
            .label = is_saved ? NULL : "not in the image",
            .physical = range.start,
            .has_physical = true,
            .saved = is_saved ? range.last - range.start + 1 : 0,
            .has_saved = true,
        };
        error = vmmap_map_add(map, &region);
        if (range.last == UINT64_MAX)
            break;
        from = range.last + 1;
    }
    if (error)
        return error;
    vmmap_map_finish(map, NULL);
    map->provider = "core";
    map->exact = false;
    return vmmap_map_add_note(map, "This is about the memory image %s (%s).", guest->image_path,
                              vmmap_image_facts(guest->image)->format);
}

static struct vmmap_error *fill_from_monitor(const struct vmmap_target *target,
                                             const struct vmmap_target_info *info,
                                             struct vmmap_map *map)
{
    struct vmmap_machine machine;
    struct vmmap_map *ignored;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    if (!target->monitor)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "There is no way to QEMU's monitor, which alone can tell what is "
                                  "in physical memory.");
    struct vmmap_error *error = vmmap_map_create(&ignored);
    if (error)
        return error;
    error = open_machine(&machine, target, info, ignored);
    if (!error)
        error = read_text(&machine, &text);
    if (!error)
        error = add_all(&text, map);
    vmmap_buffer_deinit(&text);
    vmmap_machine_deinit(&machine);
    vmmap_map_destroy(ignored);
    if (error)
        return error;
    vmmap_map_finish(map, NULL);
    map->provider = vmmap_provider_monitor.name;
    map->exact = false; /* what a device lets be done with it is not known */
    return map->count > 0 ? NULL
                          : vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                               "QEMU's monitor lists nothing in physical memory "
                                               "(\"info mtree -f\" is known since QEMU 2.10).");
}

struct vmmap_error *vmmap_physical_map_fill(const struct vmmap_target *target,
                                            const struct vmmap_target_info *info,
                                            struct vmmap_map *map)
{
    return info->kind == VMMAP_TARGET_IMAGE ? fill_from_image(info->guest, map)
                                            : fill_from_monitor(target, info, map);
}
