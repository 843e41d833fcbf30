/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_MEMORY_H
#define VMMAP_OS_MEMORY_H

/**
 * @file
 * The memory of a kernel by virtual address, through its page tables: reading a few bytes whose
 * address is known, and searching in a range.
 */

#include "paging/paging.h"
#include "paging/runs.h"

enum { VMMAP_KERNEL_TLB_SIZE = 16 };

/** Pages that were translated last: the memory must not change meanwhile. All zero is empty. */
struct vmmap_kernel_tlb {
    struct vmmap_paging_run pages[VMMAP_KERNEL_TLB_SIZE]; /**< page_size 0: none */
    size_t next;                                          /**< which is replaced next */
};

struct vmmap_kernel_memory {
    const struct vmmap_paging_config *config;
    const struct vmmap_paging_memory *memory;
    /** What to search with: it may show bytes that are not the memory's, for what is found is read
     *  again before it is believed. */
    const struct vmmap_paging_memory *search;
    uint64_t search_bytes;        /**< how many bytes may still be read to search */
    struct vmmap_kernel_tlb *tlb; /**< NULL to translate each address anew */
};

/** Fills `bytes`; `*done` is false where something of it is not mapped or can not be read. */
VMMAP_CHECKED struct vmmap_error *vmmap_kernel_memory_read(const struct vmmap_kernel_memory *kernel,
                                                           uint64_t address, void *bytes,
                                                           size_t size, bool *done);

/** A little-endian word of 64 bits; 0 unless `*done`. */
VMMAP_CHECKED struct vmmap_error *
vmmap_kernel_memory_read_word(const struct vmmap_kernel_memory *kernel, uint64_t address,
                              uint64_t *ret, bool *done);

/** The physical address of `address`; `*done` is false where it is not mapped. */
VMMAP_CHECKED struct vmmap_error *
vmmap_kernel_memory_translate(const struct vmmap_kernel_memory *kernel, uint64_t address,
                              uint64_t *ret, bool *done);

/** What is mapped from `first` to `last`, in runs that are physically contiguous; the caller
 *  deinitialises `*ret`, whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_kernel_memory_runs(const struct vmmap_kernel_memory *kernel,
                                                           uint64_t first, uint64_t last,
                                                           struct vmmap_paging_runs *ret);

/** How much of a piece is seen again at the beginning of the next one. */
enum { VMMAP_KERNEL_SEARCH_OVERLAP = 512 };

struct vmmap_kernel_search {
    void *context;
    /** Looks at a piece of memory, `address` being that of its first byte, a multiple of 8, as is
     *  `size`. Sets `*enough` to end the search. */
    VMMAP_CHECKED struct vmmap_error *(*look)(void *context, uint64_t address,
                                              const unsigned char *bytes, size_t size,
                                              bool *enough);
};

/** Shows the memory of a run to `search`, piece by piece, until it has enough, the end, the limit
 *  `search_bytes` or something that can not be read. */
VMMAP_CHECKED struct vmmap_error *
vmmap_kernel_memory_search(struct vmmap_kernel_memory *kernel, const struct vmmap_paging_run *run,
                           const struct vmmap_kernel_search *search, bool *enough);

#endif
