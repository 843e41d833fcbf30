/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/layout.h"

/* A page that is in an area in part is in it: not every kernel's `_end` is at a page. */
static struct vmmap_kernel_area whole_pages(struct vmmap_kernel_area area)
{
    enum { IN_PAGE = 0xfff };
    area.physical -= area.start & IN_PAGE;
    area.start &= ~(uint64_t)IN_PAGE;
    area.last |= IN_PAGE;
    return area;
}

void vmmap_kernel_layout_add(struct vmmap_kernel_layout *layout,
                             const struct vmmap_kernel_area *area)
{
    if (area->start <= area->last && layout->count < VMMAP_KERNEL_MAX_AREAS)
        layout->areas[layout->count++] = whole_pages(*area);
}

void vmmap_kernel_layout_add_proof(struct vmmap_kernel_layout *layout, uint64_t address,
                                   uint64_t value)
{
    if (layout->proof_count < VMMAP_KERNEL_MAX_PROOFS)
        layout->proofs[layout->proof_count++] = (struct vmmap_kernel_proof){address, value};
}

static bool fits(const struct vmmap_kernel_area *area, const struct vmmap_region *region)
{
    switch (area->rule) {
    case VMMAP_KERNEL_AREA_ANY:
        return true;
    case VMMAP_KERNEL_AREA_USER:
        return region->user != 0;
    case VMMAP_KERNEL_AREA_LINEAR:
        return region->has_physical &&
               region->start - region->physical == area->start - area->physical;
    }
    return false;
}

/* The name for `address` in `region`, and up to where no area begins or ends; NULL for none. */
static const char *name_at(const struct vmmap_kernel_layout *layout,
                           const struct vmmap_region *region, uint64_t address, uint64_t *last)
{
    const char *name = NULL;
    *last = region->last;
    for (size_t i = 0; i < layout->count; i++) {
        const struct vmmap_kernel_area *area = &layout->areas[i];
        if (!fits(area, region))
            continue;
        if (area->start > address && area->start - 1 < *last)
            *last = area->start - 1;
        if (area->last >= address && area->last < *last)
            *last = area->last;
        if (area->start <= address && area->last >= address)
            name = area->name;
    }
    return name;
}

/* Likewise, and up to where it is the same: areas may begin and end below others. */
static const char *longest_name_at(const struct vmmap_kernel_layout *layout,
                                   const struct vmmap_region *region, uint64_t address,
                                   uint64_t *last)
{
    const char *name = name_at(layout, region, address, last);
    uint64_t next = *last;
    while (next != region->last && name_at(layout, region, next + 1, &next) == name)
        *last = next;
    return name;
}

static struct vmmap_error *add_named(const struct vmmap_kernel_layout *layout,
                                     const struct vmmap_region *region, struct vmmap_map *named)
{
    uint64_t last;
    for (uint64_t at = region->start;; at = last + 1) {
        const char *name = longest_name_at(layout, region, at, &last);
        struct vmmap_region part = vmmap_region_until(vmmap_region_from(*region, at), last);
        part.name = name;
        struct vmmap_error *error = name ? vmmap_map_add(named, &part) : NULL;
        if (error || last == region->last)
            return error;
    }
}

struct vmmap_error *vmmap_kernel_layout_name_regions(const struct vmmap_kernel_layout *layout,
                                                     struct vmmap_map *map)
{
    struct vmmap_map *named;
    struct vmmap_error *error = layout->count ? vmmap_map_create(&named) : NULL;
    if (error || !layout->count)
        return error;
    for (size_t i = 0; !error && i < map->count; i++)
        error = add_named(layout, &map->regions[i], named);
    vmmap_map_finish(named, NULL);
    if (!error)
        error = vmmap_map_overlay(map, named);
    vmmap_map_destroy(named);
    return error;
}
