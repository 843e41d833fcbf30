/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_RUNS_H
#define VMMAP_PAGING_RUNS_H

/**
 * @file
 * A growing list of runs, ascending, in which neighbours that agree are one.
 *
 * Merging is associative: appending the merged runs of a table gives the same list as appending
 * its pages one by one. That is what makes it right to remember a table by its runs.
 */

#include "paging/paging.h"

struct vmmap_paging_runs {
    struct vmmap_paging_run *runs; /**< owned */
    size_t count;
    size_t capacity;
    /** Neighbours are one only if they are contiguous in physical memory as well. */
    bool contiguous;
    /** And only if their pages are of the same size. */
    bool uniform;
};

void vmmap_paging_runs_deinit(struct vmmap_paging_runs *list);

/** The run that holds `address`, or NULL. */
const struct vmmap_paging_run *vmmap_paging_runs_find(const struct vmmap_paging_runs *list,
                                                      uint64_t address);

/** Index of the first run that ends at or after `address`, or the count. O(log n). */
size_t vmmap_paging_runs_lower_bound(const struct vmmap_paging_runs *list, uint64_t address);

/** Makes the last run longer by `run`, which starts after all that are there; false if they do not
 *  agree or do not adjoin, and then nothing changes. */
bool vmmap_paging_runs_extend(struct vmmap_paging_runs *list, const struct vmmap_paging_run *run);

/** Appends a copy of a run that does not extend the last one. */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_runs_push(struct vmmap_paging_runs *list,
                                                         const struct vmmap_paging_run *run);

#endif
