/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/monitor_cpu.h"

#include "formats/qemu_monitor.h"

uint64_t vmmap_monitor_cpu_number(const struct vmmap_target_info *info)
{
    return info->tid > 0 ? info->tid - 1 : 0;
}

static struct vmmap_error *ask_cpu(const struct vmmap_target *target, uint64_t *ret, bool *known)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = target->monitor(target->context, "info cpus", &text);
    if (!error)
        error = vmmap_buffer_status(&text);
    *known = !error && vmmap_qemu_cpus_parse(text.data, text.size, ret);
    vmmap_buffer_deinit(&text);
    return error;
}

struct vmmap_error *vmmap_monitor_cpu_check(const struct vmmap_target *target,
                                            const struct vmmap_target_info *info,
                                            uint64_t max_lines, bool *selected)
{
    uint64_t current = 0;
    size_t count = 0;
    bool known = false;
    struct vmmap_error *error =
        target->count_threads ? target->count_threads(target->context, &count) : NULL;
    *selected = !error && count < 2;
    if (error || *selected || count > max_lines)
        return error;
    error = ask_cpu(target, &current, &known);
    *selected = !error && known && current == vmmap_monitor_cpu_number(info);
    return error;
}
