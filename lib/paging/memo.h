/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_MEMO_H
#define VMMAP_PAGING_MEMO_H

/**
 * @file
 * What was found below a table, kept for when another entry points to the same table.
 *
 * Tables are shared more than one would think: KASAN maps terabytes of shadow with one page of
 * zeroes through one table of each level, a self-map meets every table again one level higher. The
 * runs are relative to what the table maps first, so they hold wherever the table is used.
 *
 * Built on libiberty's hashtab (with calloc, so that it fails instead of aborting).
 */

#include "paging/runs.h"

struct vmmap_paging_memo;

/** What the runs depend on, all of it. */
struct vmmap_paging_memo_key {
    uint64_t table;  /**< physical address */
    uint32_t limits; /**< inherited from the levels above */
    uint16_t depth;
    uint16_t group; /**< of the range: others may have another format */
};

/** The runs below a table, ascending, with addresses relative to what the table maps first. */
struct vmmap_paging_memo_value {
    const struct vmmap_paging_run *runs;
    size_t count;
};

VMMAP_CHECKED struct vmmap_error *vmmap_paging_memo_create(struct vmmap_paging_memo **ret);

/** Accepts NULL. */
void vmmap_paging_memo_destroy(struct vmmap_paging_memo *memo);

/** Whether the table is known, and then its runs, which live as long as the memo. */
bool vmmap_paging_memo_find(const struct vmmap_paging_memo *memo,
                            const struct vmmap_paging_memo_key *key,
                            struct vmmap_paging_memo_value *ret);

/** Keeps a copy of the runs of a table that is not known yet; `*ret` is that copy. */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_memo_add(struct vmmap_paging_memo *memo,
                                                        const struct vmmap_paging_memo_key *key,
                                                        const struct vmmap_paging_runs *runs,
                                                        struct vmmap_paging_memo_value *ret);

#endif
