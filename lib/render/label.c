/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/label.h"

bool vmmap_register_points_into(const struct vmmap_view *view, const struct vmmap_register *from,
                                const struct vmmap_region *region)
{
    /* A 32-bit register may have been a negative number to the debugger. */
    uint64_t mask = view->map->address_bits < 64 ? UINT32_MAX : UINT64_MAX;
    return vmmap_region_contains(region, from->value & mask);
}

const char *vmmap_view_label(const struct vmmap_view *view, const struct vmmap_region *region,
                             struct vmmap_buffer *scratch)
{
    size_t count = 0;
    scratch->size = 0;
    for (size_t i = 0; i < view->register_count; i++) {
        const struct vmmap_register *from = &view->registers[i];
        if (!vmmap_register_points_into(view, from, region))
            continue;
        if (count++ == 0)
            vmmap_buffer_printf(scratch, "%s%s<-", region->label ? region->label : "",
                                region->label ? " " : "");
        vmmap_buffer_printf(scratch, " $%s", from->name);
    }
    vmmap_buffer_append(scratch, "", 1);
    return count > 0 && !scratch->failed ? scratch->data : region->label;
}
