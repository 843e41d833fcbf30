/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/stage2.h"

#include <inttypes.h>

#include "map/region.h"
#include "paging/translate.h"

static struct vmmap_error *refuse(uint64_t address)
{
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                              "The guest can not read its physical address 0x%" PRIx64 ".",
                              address);
}

/* Hardware reads the guest's tables with the rights of the second stage. */
static struct vmmap_error *read_guest(void *context, uint64_t address, void *bytes, size_t size)
{
    struct vmmap_paging_guest *guest = context;
    const struct vmmap_paging_translation *last = &guest->last;
    for (size_t done = 0; done < size;) {
        const uint64_t at = address + done;
        struct vmmap_error *error =
            vmmap_paging_space_translate(&guest->space, &guest->physical, at, &guest->last);
        if (error)
            return error;
        if (!vmmap_paging_translation_is_mapped(last) || !(last->page.kernel & VMMAP_PERM_READ))
            return refuse(at);
        const uint64_t left = last->page.last - at;
        const size_t piece = left < size - done - 1 ? (size_t)left + 1 : size - done;
        bool complete;
        error = vmmap_paging_reader_read(&guest->physical, last->physical,
                                         (unsigned char *)bytes + done, piece, &complete);
        if (error || !complete)
            return error ? error : refuse(at);
        done += piece;
    }
    return NULL;
}

struct vmmap_error *vmmap_paging_guest_init(const struct vmmap_paging_config *config,
                                            const struct vmmap_paging_memory *memory,
                                            struct vmmap_paging_guest *ret)
{
    *ret = (struct vmmap_paging_guest){
        .physical = {.memory = memory},
        .memory = {.context = ret, .read = read_guest}, /* the reads themselves poll */
    };
    return vmmap_paging_stage2_space_init(&config->stage2, &ret->space);
}

/* Without translation a stage has no pages. */
static uint64_t smaller_page(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a | b;
    return a < b ? a : b;
}

struct vmmap_paging_run vmmap_paging_run_through(const struct vmmap_paging_run *first,
                                                 const struct vmmap_paging_run *second)
{
    const uint64_t begin = first->physical > second->start ? first->physical : second->start;
    const uint64_t end = first->physical + (first->last - first->start);
    return (struct vmmap_paging_run){
        .start = first->start + (begin - first->physical),
        .last = first->start + ((end < second->last ? end : second->last) - first->physical),
        .physical = second->has_physical ? second->physical + (begin - second->start) : 0,
        .has_physical = second->has_physical,
        .page_size = smaller_page(first->page_size, second->page_size),
        .attributes = first->attributes,
        .user = first->user & second->user,
        .kernel = first->kernel & second->kernel,
    };
}
