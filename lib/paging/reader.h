/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_READER_H
#define VMMAP_PAGING_READER_H

/**
 * @file
 * Physical memory as the walker needs it: counted, interruptible, and what can not be read is 0.
 */

#include "paging/paging.h"

struct vmmap_paging_reader {
    const struct vmmap_paging_memory *memory;
    uint64_t reads;
};

/**
 * Fills `bytes`, in as few reads as possible. Where one fails, memory of more than one 4 KiB page
 * (the tables of bigger granules) is tried page by page, for it may straddle the end of RAM. What
 * can not be read is 0, an absent entry in every format, and then `*complete` is false.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_paging_reader_read(struct vmmap_paging_reader *reader,
                                                           uint64_t physical, unsigned char *bytes,
                                                           size_t size, bool *complete);

#endif
