/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_LEAVES_H
#define VMMAP_PAGING_LEAVES_H

/**
 * @file
 * Every page that tables map, one by one as they are met: nothing is merged or kept, so there is no
 * limit to how many there are. With them, on request, pages that no CPU maps but the operating
 * system knows to be in memory: entries that are not present and say so in bits of its own.
 */

#include "paging/format.h"

struct vmmap_paging_leaves {
    uint64_t first; /**< what to walk */
    uint64_t last;
    uint64_t table_bytes; /**< of page tables to read, and to try to read */
    void *context;        /**< of the next two */

    /** A page, ascending: what its entry covers. `is_software` is what the next one decided. An
     *  error ends the walk. */
    VMMAP_CHECKED struct vmmap_error *(*visit)(void *context, const struct vmmap_paging_run *page,
                                               bool is_software);

    /** Whether an entry that is not present and not 0 stands for a page in memory, and its physical
     *  address; `shift` is how much it covers. NULL where nobody asks. */
    bool (*software)(void *context, uint64_t value, unsigned int shift, uint64_t *physical);
};

/** Walks the tables of the first stage. Of the report `mode`, `problems`, `off`, the counts and
 *  `exhausted` are filled in, whatever the outcome; where translation is off, nothing is visited.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_walk_leaves(const struct vmmap_paging_config *config,
                                                           const struct vmmap_paging_memory *memory,
                                                           const struct vmmap_paging_leaves *leaves,
                                                           struct vmmap_paging_report *ret);

#endif
