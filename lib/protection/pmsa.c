/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protection/pmsa.h"

#include <stdio.h>

#include "protection/rights.h"

enum {
    R = VMMAP_PERM_READ,
    RW = VMMAP_PERM_READ | VMMAP_PERM_WRITE,
    RWX = VMMAP_PERM_ACCESS,

    CTRL_ENABLE = 1 << 0,
    CTRL_PRIVDEFENA = 1 << 2, /* privileged code has the default map where no region matches */

    GRANULE = 32, /* no region is smaller */
    SUBREGIONS = 8,
    SUBREGIONS_MIN_BITS = 8, /* regions below 256 bytes have none */
};

static const struct vmmap_pmsa_area areas[] = {
    {0x00000000, 0x1fffffff, "[code]", false, RWX, RWX},
    {0x20000000, 0x3fffffff, "[sram]", false, RWX, RWX},
    {0x40000000, 0x5fffffff, "[peripheral]", true, RW, RW},
    {0x60000000, 0x9fffffff, "[ram]", false, RWX, RWX},
    {0xa0000000, 0xdfffffff, "[device]", true, RW, RW},
    {0xe0000000, 0xe00fffff, "[ppb]", true, RW, 0},
    {0xe0100000, 0xffffffff, "[vendor]", true, RW, RW},
};

enum { AREA_COUNT = sizeof(areas) / sizeof(areas[0]), PPB = 5 };

const struct vmmap_pmsa_area *vmmap_pmsa_areas(size_t *count)
{
    *count = AREA_COUNT;
    return areas;
}

bool vmmap_pmsa_is_on(const struct vmmap_pmsa *pmsa)
{
    return pmsa->control & CTRL_ENABLE;
}

/* What an AP field of PMSAv7 lets each mode do (ARMv7-M, table B3-15); 4 is reserved. */
static const struct {
    uint8_t user;
    uint8_t kernel;
} access_v7[8] = {{0, 0}, {0, RW}, {R, RW}, {RW, RW}, {0, 0}, {0, R}, {R, R}, {R, R}};

/* What can be read can be executed, unless that is forbidden. */
static uint8_t with_exec(uint8_t access, bool never)
{
    return access & R && !never ? access | VMMAP_PERM_EXEC : access;
}

/* A region's address is a multiple of its size, a power of two, and each eighth of it can be left
 * out. */
static struct vmmap_error *paint_v7(const struct vmmap_pmsa_region *region, const char *label,
                                    struct vmmap_map *rights)
{
    const unsigned int bits = (region->limit >> 1 & 0x1f) + 1, ap = region->limit >> 24 & 7;
    const bool never = region->limit >> 28 & 1;
    const uint64_t size = UINT64_C(1) << bits;
    const uint64_t start = region->base & ~(size - 1) & ~(uint64_t)(GRANULE - 1);
    const unsigned int disabled = bits >= SUBREGIONS_MIN_BITS ? region->limit >> 8 & 0xff : 0;
    const uint64_t part = size / SUBREGIONS;
    if (!(region->limit & 1) || size < GRANULE)
        return NULL;
    struct vmmap_error *error = NULL;
    for (unsigned int i = 0; i < SUBREGIONS && !error; i++) {
        if (disabled >> i & 1)
            continue;
        error = vmmap_rights_paint(rights, start + i * part, start + (i + 1) * part - 1,
                                   with_exec(access_v7[ap].user, never),
                                   with_exec(access_v7[ap].kernel, never), label);
    }
    return error;
}

static uint64_t start_v8(const struct vmmap_pmsa_region *region)
{
    return region->base & ~(uint32_t)(GRANULE - 1);
}

static uint64_t last_v8(const struct vmmap_pmsa_region *region)
{
    return region->limit | (GRANULE - 1);
}

static bool is_on_v8(const struct vmmap_pmsa_region *region)
{
    return region->limit & 1 && start_v8(region) <= last_v8(region);
}

static struct vmmap_error *paint_v8(const struct vmmap_pmsa_region *region, const char *label,
                                    struct vmmap_map *rights)
{
    const bool never = region->base & 1, privileged_never = region->limit >> 4 & 1;
    const uint8_t access = region->base >> 2 & 1 ? R : RW;
    const uint8_t user = region->base >> 1 & 1 ? access : 0;
    if (!is_on_v8(region))
        return NULL;
    return vmmap_rights_paint(rights, start_v8(region), last_v8(region), with_exec(user, never),
                              with_exec(access, never || privileged_never), label);
}

/* Where two regions of PMSAv8 match, nothing is allowed. */
static struct vmmap_error *paint_overlaps(const struct vmmap_pmsa *pmsa, size_t index,
                                          struct vmmap_map *rights)
{
    const struct vmmap_pmsa_region *region = &pmsa->regions[index];
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < index && !error && is_on_v8(region); i++) {
        const struct vmmap_pmsa_region *other = &pmsa->regions[i];
        uint64_t start = start_v8(region), last = last_v8(region);
        if (!other->is_known || !is_on_v8(other))
            continue;
        start = start_v8(other) > start ? start_v8(other) : start;
        last = last_v8(other) < last ? last_v8(other) : last;
        if (start <= last)
            error = vmmap_rights_paint(rights, start, last, 0, 0, "MPU regions overlap");
    }
    return error;
}

/* Ascending: of PMSAv7's regions the highest number counts. */
static struct vmmap_error *paint_regions(const struct vmmap_pmsa *pmsa, struct vmmap_map *rights)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < pmsa->region_count && !error; i++) {
        char label[32];
        const struct vmmap_pmsa_region *region = &pmsa->regions[i];
        snprintf(label, sizeof(label), "MPU region %zu", i);
        if (!region->is_known)
            error = vmmap_rights_forget(rights, 0, UINT32_MAX);
        else
            error = pmsa->is_v8 ? paint_v8(region, label, rights) : paint_v7(region, label, rights);
    }
    return error;
}

/* Of PMSAv8 a region that is not known may overlap any that is. */
static struct vmmap_error *paint_conflicts(const struct vmmap_pmsa *pmsa, struct vmmap_map *rights)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < pmsa->region_count && !error; i++)
        error = pmsa->regions[i].is_known ? paint_overlaps(pmsa, i, rights)
                                          : vmmap_rights_forget(rights, 0, UINT32_MAX);
    return error;
}

struct vmmap_error *vmmap_pmsa_paint(const struct vmmap_pmsa *pmsa, struct vmmap_map *rights)
{
    const bool is_on = vmmap_pmsa_is_on(pmsa);
    const bool has_default = !is_on || pmsa->control & CTRL_PRIVDEFENA;
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < AREA_COUNT && !error; i++)
        error = vmmap_rights_paint(rights, areas[i].start, areas[i].last, is_on ? 0 : areas[i].user,
                                   has_default ? areas[i].kernel : 0, NULL);
    if (!error && is_on)
        error = paint_regions(pmsa, rights);
    if (!error && is_on && pmsa->is_v8)
        error = paint_conflicts(pmsa, rights);
    /* The private peripheral bus has the default map, whatever the regions say. */
    if (!error)
        error = vmmap_rights_paint(rights, areas[PPB].start, areas[PPB].last, areas[PPB].user,
                                   areas[PPB].kernel, NULL);
    return error;
}
