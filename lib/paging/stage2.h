/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_STAGE2_H
#define VMMAP_PAGING_STAGE2_H

/**
 * @file
 * Two stages as one: the second one makes the memory that the tables of the first are in, and takes
 * its part of what they map.
 */

#include "paging/format.h"
#include "paging/reader.h"

/** A guest's memory. */
struct vmmap_paging_guest {
    struct vmmap_paging_space space;      /**< of the second stage */
    struct vmmap_paging_reader physical;  /**< counts the reads of both stages */
    struct vmmap_paging_memory memory;    /**< reads by guest-physical addresses */
    struct vmmap_paging_translation last; /**< the last address that went through it */
};

/** `memory` is physical memory, and must outlive it; `ret` must stay where it is. */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_guest_init(const struct vmmap_paging_config *config,
                                                          const struct vmmap_paging_memory *memory,
                                                          struct vmmap_paging_guest *ret);

/**
 * The part of `first`, a run that is contiguous in guest-physical memory, that lies in `second`, a
 * run or a hole of guest-physical addresses, with what both allow. They have to overlap.
 */
struct vmmap_paging_run vmmap_paging_run_through(const struct vmmap_paging_run *first,
                                                 const struct vmmap_paging_run *second);

#endif
