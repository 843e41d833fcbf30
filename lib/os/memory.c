/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "paging/reader.h"

enum {
    PAGE = 0x1000,
    PIECE = 0x10000, /* the most that a read may ask for */
    WORD = sizeof(uint64_t),
};

static struct vmmap_error *read_physical(const struct vmmap_paging_memory *memory,
                                         uint64_t physical, unsigned char *bytes, size_t size,
                                         bool *done)
{
    struct vmmap_paging_reader reader = {.memory = memory};
    return vmmap_paging_reader_read(&reader, physical, bytes, size, done);
}

static const struct vmmap_paging_run *find_page(const struct vmmap_kernel_tlb *tlb,
                                                uint64_t address)
{
    for (size_t i = 0; tlb && i < VMMAP_KERNEL_TLB_SIZE; i++) {
        const struct vmmap_paging_run *page = &tlb->pages[i];
        if (page->page_size && address >= page->start && address <= page->last)
            return page;
    }
    return NULL;
}

static void keep_page(struct vmmap_kernel_tlb *tlb, const struct vmmap_paging_run *page)
{
    if (!tlb || !page->has_physical)
        return;
    tlb->pages[tlb->next] = *page;
    tlb->next = (tlb->next + 1) % VMMAP_KERNEL_TLB_SIZE;
}

struct vmmap_error *vmmap_kernel_memory_translate(const struct vmmap_kernel_memory *kernel,
                                                  uint64_t address, uint64_t *ret, bool *done)
{
    struct vmmap_paging_translation translation;
    const struct vmmap_paging_run *known = find_page(kernel->tlb, address);
    *done = known != NULL;
    if (known) {
        *ret = known->physical + (address - known->start);
        return NULL;
    }
    struct vmmap_error *error =
        vmmap_paging_translate(kernel->config, kernel->memory, address, &translation);
    *done = !error && translation.outcome == VMMAP_PAGING_MAPPED;
    *ret = *done ? translation.physical : 0;
    if (*done)
        keep_page(kernel->tlb, &translation.page);
    return error;
}

struct vmmap_error *vmmap_kernel_memory_read(const struct vmmap_kernel_memory *kernel,
                                             uint64_t address, void *bytes, size_t size, bool *done)
{
    *done = size == 0 || size - 1 <= UINT64_MAX - address;
    for (size_t at = 0; *done && at < size;) {
        const size_t left = PAGE - (size_t)((address + at) % PAGE);
        const size_t piece = left < size - at ? left : size - at;
        uint64_t physical;
        struct vmmap_error *error =
            vmmap_kernel_memory_translate(kernel, address + at, &physical, done);
        if (!error && *done)
            error =
                read_physical(kernel->memory, physical, (unsigned char *)bytes + at, piece, done);
        if (error)
            return error;
        at += piece;
    }
    return NULL;
}

struct vmmap_error *vmmap_kernel_memory_read_word(const struct vmmap_kernel_memory *kernel,
                                                  uint64_t address, uint64_t *ret, bool *done)
{
    unsigned char word[WORD];
    struct vmmap_error *error = vmmap_kernel_memory_read(kernel, address, word, sizeof(word), done);
    *ret = !error && *done ? vmmap_load_u64(word) : 0;
    return error;
}

static struct vmmap_error *collect(void *context, const struct vmmap_paging_run *run)
{
    return vmmap_paging_runs_push(context, run);
}

struct vmmap_error *vmmap_kernel_memory_runs(const struct vmmap_kernel_memory *kernel,
                                             uint64_t first, uint64_t last,
                                             struct vmmap_paging_runs *ret)
{
    const struct vmmap_paging_request request = {
        .first = first,
        .last = last,
        .table_bytes = UINT64_C(4) << 20,
        .runs = UINT64_C(1) << 16,
        .contiguous = true,
    };
    const struct vmmap_paging_visitor visitor = {ret, collect};
    struct vmmap_paging_report report;
    *ret = (struct vmmap_paging_runs){.runs = NULL};
    return vmmap_paging_walk(kernel->config, kernel->memory, &request, &visitor, &report);
}

/* Shows the run in pieces; `buffer` has room for the overlap and a piece. */
static struct vmmap_error *search_pieces(struct vmmap_kernel_memory *kernel,
                                         const struct vmmap_paging_run *run,
                                         const struct vmmap_kernel_search *search,
                                         unsigned char *buffer, bool *enough)
{
    const uint64_t extent = run->last - run->start;
    size_t kept = 0;
    for (uint64_t at = 0; !*enough; at += PIECE) {
        const bool is_last = extent - at < PIECE;
        const size_t size = is_last ? ((size_t)(extent - at) + 1) / WORD * WORD : PIECE;
        bool done;
        if (size == 0 || size > kernel->search_bytes)
            return NULL;
        kernel->search_bytes -= size;
        struct vmmap_error *error =
            read_physical(kernel->search, run->physical + at, buffer + kept, size, &done);
        if (!error && done)
            error =
                search->look(search->context, run->start + at - kept, buffer, kept + size, enough);
        if (error || !done || is_last)
            return error;
        memmove(buffer, buffer + kept + size - VMMAP_KERNEL_SEARCH_OVERLAP,
                VMMAP_KERNEL_SEARCH_OVERLAP);
        kept = VMMAP_KERNEL_SEARCH_OVERLAP;
    }
    return NULL;
}

struct vmmap_error *vmmap_kernel_memory_search(struct vmmap_kernel_memory *kernel,
                                               const struct vmmap_paging_run *run,
                                               const struct vmmap_kernel_search *search,
                                               bool *enough)
{
    *enough = false;
    if (!run->has_physical)
        return NULL;
    unsigned char *buffer = malloc(VMMAP_KERNEL_SEARCH_OVERLAP + PIECE);
    if (!buffer)
        return &vmmap_error_no_memory;
    struct vmmap_error *error = search_pieces(kernel, run, search, buffer, enough);
    free(buffer);
    return error;
}
