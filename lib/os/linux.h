/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LINUX_H
#define VMMAP_OS_LINUX_H

/**
 * @file
 * The layout of a Linux kernel's half of the address space: x86-64 (Linux 5.0 and later), AArch64
 * and 64-bit RISC-V. Only what the kernel's own memory says, or the architecture's documentation
 * fixes once that memory has proved that it is Linux; docs/kernel-layout.md.
 */

#include "os/layout.h"
#include "os/memory.h"

/** Addresses of things in the kernel; 0 where not known. From symbols, or found by searching. */
struct vmmap_linux_places {
    uint64_t banner;           /**< x86: `linux_banner` */
    uint64_t page_offset_base; /**< x86: of the variable; likewise the next two */
    uint64_t vmalloc_base;
    uint64_t vmemmap_base;
    uint64_t vmcoreinfo_data; /**< AArch64, RISC-V: of the variable, which points to the text */
    uint64_t init_mm_bounds;  /**< AArch64, RISC-V: of init_mm.start_code */
    uint64_t text;            /**< where the kernel's image begins */
    uint64_t end;             /**< the byte after the image */
};

/**
 * Reads the layout. `places` are not believed: what is there must be what they promise. `*found` is
 * false, and the layout empty, where nothing proves that this is a Linux that is known here.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_layout_read(const struct vmmap_kernel_memory *kernel,
                                                          const struct vmmap_linux_places *places,
                                                          struct vmmap_kernel_layout *ret,
                                                          bool *found);

/** Whether a layout that was read before still holds; false if it has no proofs. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_layout_check(const struct vmmap_kernel_memory *kernel,
                                                           const struct vmmap_kernel_layout *layout,
                                                           bool *holds);

/**
 * Searches the places in the kernel's image. `code` is an address in its code, such as that of the
 * exception vectors; x86 needs none, for the image is always in the same gigabyte. `*searched`
 * tells the image that was searched last, in vain or not (0: none): the same one is not searched
 * again, and then nothing is found.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_places_search(struct vmmap_kernel_memory *kernel,
                                                            uint64_t code, uint64_t *searched,
                                                            struct vmmap_linux_places *ret);

#endif
