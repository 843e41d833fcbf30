/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_ROOT_H
#define VMMAP_PAGING_ROOT_H

/**
 * @file
 * The root table that registers name, before anything is walked.
 */

#include "paging/paging.h"

struct vmmap_paging_root {
    const char *mode;    /**< as in a report; static */
    const char *problem; /**< why registers name no root; NULL for no reason; static */
    bool found;
    /** Where it is: guest-physical with two stages, else physical. Bits that are no address are
     *  not in it. */
    uint64_t table;
    bool is_readable; /**< its first entry is in memory that can be read */
};

/** The root for the lowest addresses, or for the highest. */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_root_find(const struct vmmap_paging_config *config,
                                                         const struct vmmap_paging_memory *memory,
                                                         bool upper, struct vmmap_paging_root *ret);

#endif
