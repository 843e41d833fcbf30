/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a target about which nothing can be found out: one row from 0 to the top of the
 * address space, of which nothing is claimed. It keeps what searches memory or follows pointers by
 * the map working, and says that it is an assumption.
 */

#include "providers/qemu_user/qemu_user.h"

struct vmmap_error *vmmap_full_range_fill(const struct vmmap_target *target,
                                          const struct vmmap_target_info *info,
                                          struct vmmap_map *map)
{
    (void)target;
    const struct vmmap_region region = {
        .start = 0,
        .last = info->address_bits == 32 ? UINT32_MAX : UINT64_MAX,
        .perms = {0, 0},
        .origin = VMMAP_ORIGIN_ASSUMED,
    };
    struct vmmap_error *error = vmmap_map_add(map, &region);
    if (error)
        return error;
    map->provider = "full-range";
    map->exact = false;
    vmmap_map_finish(map, NULL);
    return vmmap_map_add_note(map, "The only row is the whole address space: what is mapped in it "
                                   "is not known.");
}
