/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LINUX_LAYOUT_H
#define VMMAP_OS_LINUX_LAYOUT_H

/**
 * @file
 * What an architecture does to find out a Linux kernel's layout. Not for users of the library.
 */

#include "os/linux.h"

struct vmmap_linux_architecture {
    /** As vmmap_linux_layout_read(), into an empty layout. */
    VMMAP_CHECKED struct vmmap_error *(*read)(const struct vmmap_kernel_memory *kernel,
                                              const struct vmmap_linux_places *places,
                                              struct vmmap_kernel_layout *ret, bool *found);

    /** Where the image is, about; false if that is not known. */
    bool (*window)(uint64_t code, uint64_t *first, uint64_t *last);

    /** Searches `runs`, what is mapped in the window, contiguous each. `code` as above. */
    VMMAP_CHECKED struct vmmap_error *(*search)(struct vmmap_kernel_memory *kernel,
                                                const struct vmmap_paging_runs *runs, uint64_t code,
                                                struct vmmap_linux_places *ret);
};

extern const struct vmmap_linux_architecture vmmap_linux_x86;

/** AArch64 and RISC-V, whose kernels tell their layout themselves in VMCOREINFO. */
extern const struct vmmap_linux_architecture vmmap_linux_vmcoreinfo;

#endif
