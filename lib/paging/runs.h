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
};

void vmmap_paging_runs_deinit(struct vmmap_paging_runs *list);

/** Whether appending `run` would make the last run longer instead of adding one. */
bool vmmap_paging_runs_merges(const struct vmmap_paging_runs *list,
                              const struct vmmap_paging_run *run);

/** Appends a copy of `run`, which starts after all that are there. */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_runs_append(struct vmmap_paging_runs *list,
                                                           const struct vmmap_paging_run *run);

#endif
