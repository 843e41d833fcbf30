/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LAYOUT_H
#define VMMAP_OS_LAYOUT_H

/**
 * @file
 * What an operating system kernel uses which part of its address space for, and with that names for
 * the rows of a map from page tables.
 */

#include "map/map.h"

/** What a row must be like to get an area's name. */
enum vmmap_kernel_area_rule {
    VMMAP_KERNEL_AREA_ANY,
    VMMAP_KERNEL_AREA_USER,   /**< user mode can reach it */
    VMMAP_KERNEL_AREA_LINEAR, /**< physical memory at a fixed distance: `physical` at `start` */
};

struct vmmap_kernel_area {
    const char *name; /**< as a row shows it; static */
    uint64_t start;
    uint64_t last;
    uint64_t physical; /**< modulo 2^64; only for LINEAR */
    enum vmmap_kernel_area_rule rule;
};

/** A word of the kernel's memory that the layout was found with. */
struct vmmap_kernel_proof {
    uint64_t address;
    uint64_t value;
};

enum { VMMAP_KERNEL_MAX_AREAS = 20, VMMAP_KERNEL_MAX_PROOFS = 5 };

/** All zero is a layout of which nothing is known. */
struct vmmap_kernel_layout {
    struct vmmap_kernel_area areas[VMMAP_KERNEL_MAX_AREAS];
    size_t count;
    /** As long as these words are the same, so is the layout; none if that can not be told. */
    struct vmmap_kernel_proof proofs[VMMAP_KERNEL_MAX_PROOFS];
    size_t proof_count;
};

/** Adds an area, in whole pages of 4 KiB, above those that were added before. One without a byte
 *  (start > last) is left out. */
void vmmap_kernel_layout_add(struct vmmap_kernel_layout *layout,
                             const struct vmmap_kernel_area *area);

/** Adds a proof; there is room for VMMAP_KERNEL_MAX_PROOFS. */
void vmmap_kernel_layout_add_proof(struct vmmap_kernel_layout *layout, uint64_t address,
                                   uint64_t value);

/**
 * Names the rows of a finished map, cutting them where an area begins or ends; what belongs to none
 * stays as it is. On failure the map is as it was.
 */
VMMAP_CHECKED struct vmmap_error *
vmmap_kernel_layout_name_regions(const struct vmmap_kernel_layout *layout, struct vmmap_map *map);

#endif
