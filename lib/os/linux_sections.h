/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LINUX_SECTIONS_H
#define VMMAP_OS_LINUX_SECTIONS_H

/**
 * @file
 * The sections of a Linux kernel's image: names for parts of what is `[kernel]` in its layout,
 * where the kernel's symbols are known.
 */

#include "os/layout.h"

struct vmmap_linux_section {
    const char *name;  /**< as a row shows it */
    const char *start; /**< the symbol where it begins */
    const char *end;   /**< and the one after its last byte */
};

enum { VMMAP_LINUX_SECTION_COUNT = 4 };

/** In the order in which they lie in memory (include/asm-generic/vmlinux.lds.h). */
extern const struct vmmap_linux_section vmmap_linux_sections[VMMAP_LINUX_SECTION_COUNT];

/** Addresses of the two symbols; 0 where not known. */
struct vmmap_linux_section_bounds {
    uint64_t start;
    uint64_t end;
};

/**
 * Adds the sections with these bounds to a layout that has the image. Bounds that do not ascend, or
 * are not in the image, are not this kernel's: then none is added. A page that two sections share
 * stays `[kernel]`.
 */
void vmmap_linux_sections_add(
    const struct vmmap_linux_section_bounds bounds[VMMAP_LINUX_SECTION_COUNT],
    struct vmmap_kernel_layout *layout);

/** Whether a layout has sections. */
bool vmmap_linux_sections_are_in(const struct vmmap_kernel_layout *layout);

#endif
