/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/machine.h"

#include "providers/kept.h"
#include "providers/machine/paging_registers.h"
#include "providers/machine/x86_state.h"

struct vmmap_error *vmmap_machine_init(struct vmmap_machine *machine,
                                       const struct vmmap_target *target,
                                       const struct vmmap_target_info *info,
                                       struct vmmap_map *notes)
{
    machine->memory = (struct vmmap_paging_memory){
        .context = &machine->physical,
        .read = vmmap_physical_read,
        .poll = vmmap_physical_poll,
    };
    machine->peek = machine->memory;
    machine->peek.read = vmmap_physical_peek;
    struct vmmap_error *error = vmmap_physical_init(&machine->physical, target, info, notes);
    if (!error)
        error = vmmap_paging_config_read(target, info, notes, &machine->config);
    if (!error && vmmap_x86_is_in_real_mode(&machine->config))
        error = vmmap_x86_note_real_mode(target, info, notes);
    return error;
}

void vmmap_machine_deinit(struct vmmap_machine *machine)
{
    vmmap_physical_deinit(&machine->physical);
}

void vmmap_machine_remember(const struct vmmap_machine *machine,
                            const struct vmmap_target_info *info)
{
    info->kept->translation = machine->config;
}

struct vmmap_error *vmmap_machine_check(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, bool *same)
{
    struct vmmap_paging_config config;
    struct vmmap_map *ignored;
    *same = false;
    struct vmmap_error *error = vmmap_map_create(&ignored);
    if (error)
        return error;
    error = vmmap_paging_config_read(target, info, ignored, &config);
    *same = !error && vmmap_paging_config_equals(&config, &info->kept->translation) &&
            !info->kept->has_just_told;
    info->kept->has_just_told = false;
    vmmap_map_destroy(ignored);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}
