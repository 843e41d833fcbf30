/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/guest_memory.h"

#include <string.h>

static bool has_perm(const struct vmmap_region *region, uint8_t perm)
{
    return region->perms.set & perm;
}

/* Names are interned: one file's rows share the string. */
static bool run_is_loaded(const struct vmmap_map *mappings, size_t index)
{
    const char *name = mappings->regions[index].name;
    size_t first = index;
    while (first > 0 && mappings->regions[first - 1].name == name)
        first--;
    for (size_t i = first; i < mappings->count && mappings->regions[i].name == name; i++) {
        if (has_perm(&mappings->regions[i], VMMAP_PERM_EXEC))
            return true;
    }
    return false;
}

bool vmmap_host_row_is_own(const struct vmmap_map *mappings, size_t index)
{
    const struct vmmap_region *region = &mappings->regions[index];
    if (region->name)
        return region->name[0] == '[' || run_is_loaded(mappings, index);
    /* Zeroed data begins where the file's own data ends. */
    return index > 0 && region[-1].name && has_perm(region, VMMAP_PERM_WRITE) &&
           has_perm(&region[-1], VMMAP_PERM_WRITE) && vmmap_region_adjoins(&region[-1], region) &&
           vmmap_host_row_is_own(mappings, index - 1);
}

static bool begins_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* /dev/zero is what the kernel calls shared memory without a file, /dev/dax persistent memory. */
static bool is_device(const char *name)
{
    static const char *const memory[] = {"/dev/zero", "/dev/shm/", "/dev/hugepages", "/dev/dax"};
    for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++) {
        if (begins_with(name, memory[i]))
            return false;
    }
    return begins_with(name, "/dev/") || name[0] != '/'; /* "anon_inode:[vfio-device]" */
}

static bool row_may_be_ram(const struct vmmap_map *mappings, size_t index)
{
    const struct vmmap_region *region = &mappings->regions[index];
    if (has_perm(region, VMMAP_PERM_EXEC) || !has_perm(region, VMMAP_PERM_READ) ||
        vmmap_host_row_is_own(mappings, index))
        return false;
    return !region->name || (has_perm(region, VMMAP_PERM_WRITE) && !is_device(region->name));
}

bool vmmap_host_range_may_be_ram(const struct vmmap_map *mappings, uint64_t start, uint64_t last)
{
    uint64_t at = start;
    if (start > last)
        return false;
    for (size_t i = vmmap_map_find(mappings, start); i < mappings->count; i++) {
        const struct vmmap_region *region = &mappings->regions[i];
        if (region->start > at || !row_may_be_ram(mappings, i))
            return false;
        if (region->last >= last)
            return true;
        at = region->last + 1;
    }
    return false;
}
