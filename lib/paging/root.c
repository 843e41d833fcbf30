/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/root.h"

#include "paging/stage2.h"

static struct vmmap_error *try_to_read(const struct vmmap_paging_memory *memory, uint64_t table,
                                       uint8_t size, bool *done)
{
    struct vmmap_paging_reader reader = {.memory = memory};
    unsigned char entry[sizeof(uint64_t)];
    return vmmap_paging_reader_read(&reader, table, entry, size, done);
}

struct vmmap_error *vmmap_paging_root_find(const struct vmmap_paging_config *config,
                                           const struct vmmap_paging_memory *memory, bool upper,
                                           struct vmmap_paging_root *ret)
{
    struct vmmap_paging_space space;
    struct vmmap_paging_guest guest;
    *ret = (struct vmmap_paging_root){.mode = ""};
    struct vmmap_error *error = vmmap_paging_space_init(config, &space);
    if (error)
        return error;
    ret->mode = space.mode;
    ret->problem = space.problems[0];
    if (space.range_count == 0)
        return NULL;
    const struct vmmap_paging_range *range = &space.ranges[upper ? space.range_count - 1 : 0];
    ret->found = true;
    ret->table = range->table;
    if (!vmmap_paging_has_two_stages(config))
        return try_to_read(memory, ret->table, range->entry_size, &ret->is_readable);
    error = vmmap_paging_guest_init(config, memory, &guest);
    return error ? error
                 : try_to_read(&guest.memory, ret->table, range->entry_size, &ret->is_readable);
}
