/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The regions of a process of a Linux guest that the user chose ("cc"), as the guest's kernel has
 * them: docs/guest-processes.md.
 */

#include "providers/machine/machine.h"
#include "providers/provider.h"

static bool linux_tasks_applies(const struct vmmap_target *target,
                                const struct vmmap_target_info *info)
{
    (void)target;
    return info->guest && info->guest->has_chosen && info->guest->chosen.memory &&
           vmmap_target_is_machine(info);
}

static struct vmmap_error *linux_tasks_fill(const struct vmmap_target *target,
                                            const struct vmmap_target_info *info,
                                            struct vmmap_map *map)
{
    struct vmmap_machine machine;
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, map);
    if (!error)
        error = vmmap_linux_guest_regions(&info->guest->system, &info->guest->chosen, map);
    if (!error)
        error = vmmap_machine_status(&machine);
    vmmap_machine_deinit(&machine);
    return error;
}

const struct vmmap_provider vmmap_provider_linux_tasks = {
    .name = "linux-tasks",
    .applies = linux_tasks_applies,
    .fill = linux_tasks_fill,
    .check = vmmap_machine_check,
};
