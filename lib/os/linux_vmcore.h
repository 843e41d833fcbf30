/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LINUX_VMCORE_H
#define VMMAP_OS_LINUX_VMCORE_H

/**
 * @file
 * A Linux kernel in physical memory of which nothing else is known: its VMCOREINFO, and with that
 * its own page tables.
 */

#include "os/memory.h"
#include "paging/paging.h"

/** Physical memory, and where there is some. */
struct vmmap_linux_source {
    const struct vmmap_paging_memory *memory;
    /** Reads a few bytes at the beginning of a page, for searching: may be quicker than
     *  memory->read, and fails where that does. */
    VMMAP_CHECKED struct vmmap_error *(*peek)(void *context, uint64_t physical, void *bytes,
                                              size_t size);
    /** The first range of memory that ends at or after `from`; false where there is none. */
    bool (*next_range)(void *context, uint64_t from, uint64_t *first, uint64_t *last);
    void *context; /**< of both */
    /** The text of VMCOREINFO where it is known; else it is searched for. Borrowed. */
    const char *vmcoreinfo;
    size_t vmcoreinfo_size;
};

struct vmmap_linux_vmcore {
    char *vmcoreinfo; /**< owned; its text */
    size_t vmcoreinfo_size;
    struct vmmap_paging_config config; /**< of the kernel's own tables */
    uint64_t page_size;
};

/** Finds it. `*found` is false, and `*ret` empty, where nothing proves that this is a Linux of an
 *  architecture that is known here. `*ret` is to be deinitialised whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_vmcore_init(const struct vmmap_linux_source *source,
                                                          struct vmmap_linux_vmcore *ret,
                                                          bool *found);

/** Whether the kernel in `memory` is the one that this VMCOREINFO describes. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_vmcore_check(const struct vmmap_linux_vmcore *vmcore,
                                                           const struct vmmap_paging_memory *memory,
                                                           bool *holds);

void vmmap_linux_vmcore_deinit(struct vmmap_linux_vmcore *vmcore);

/** The address of a symbol that VMCOREINFO tells. */
bool vmmap_linux_vmcore_symbol(const struct vmmap_linux_vmcore *vmcore, const char *name,
                               uint64_t *ret);

/** Shows what is mapped of the kernel's image, from `_stext` on, to `search`, as
 *  vmmap_kernel_memory_search() does. */
VMMAP_CHECKED struct vmmap_error *
vmmap_linux_vmcore_search_image(const struct vmmap_linux_vmcore *vmcore,
                                struct vmmap_kernel_memory *kernel,
                                const struct vmmap_kernel_search *search);

#endif
