/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROTECTION_PMSA_H
#define VMMAP_PROTECTION_PMSA_H

/**
 * @file
 * The memory protection unit (MPU) of Cortex-M processors, from its registers: PMSAv7 (ARMv7-M
 * Architecture Reference Manual, B3.5; ARMv6-M is alike) and PMSAv8 (ARMv8-M, D1.2 and B10).
 */

#include "map/map.h"

/** No implementation has more. */
enum { VMMAP_PMSA_REGIONS = 16 };

/** One region as the registers have it. */
struct vmmap_pmsa_region {
    uint32_t base;  /**< MPU_RBAR */
    uint32_t limit; /**< MPU_RASR (v7) or MPU_RLAR (v8) */
    bool is_known;  /**< the registers could be read */
};

struct vmmap_pmsa {
    bool is_v8;
    uint32_t control;    /**< MPU_CTRL */
    size_t region_count; /**< at most VMMAP_PMSA_REGIONS */
    struct vmmap_pmsa_region regions[VMMAP_PMSA_REGIONS];
};

/** Whether the unit is switched on. */
bool vmmap_pmsa_is_on(const struct vmmap_pmsa *pmsa);

/**
 * Paints what thread mode may do, unprivileged (user) and privileged (kernel), over the 4 GiB of
 * `rights`: the regions, under them what the architecture's default map says. Where a region that
 * is not known may say otherwise, the rights are not known.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_pmsa_paint(const struct vmmap_pmsa *pmsa,
                                                   struct vmmap_map *rights);

/** The areas that the architecture divides the address space into (ARMv7-M, B3.1). */
struct vmmap_pmsa_area {
    uint32_t start;
    uint32_t last;
    const char *name; /**< "[sram]" */
    bool is_device;   /**< of the type Device or Strongly-ordered: registers, not memory */
    uint8_t kernel;   /**< VMMAP_PERM_ACCESS bits, by the default map */
    uint8_t user;
};

/** Ascending and without gaps; `*count` of them. */
const struct vmmap_pmsa_area *vmmap_pmsa_areas(size_t *count);

#endif
