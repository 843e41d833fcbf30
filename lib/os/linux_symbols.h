/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LINUX_SYMBOLS_H
#define VMMAP_OS_LINUX_SYMBOLS_H

/**
 * @file
 * Addresses of a Linux kernel's symbols, by its own table in its memory (formats/kallsyms.h): at
 * the places that VMCOREINFO names (Linux 6.0 and later), else where a search of the image finds
 * it. One whose `_stext` is not VMCOREINFO's is not believed.
 */

#include "os/linux_vmcore.h"
#include "os/memory.h"

struct vmmap_linux_symbol {
    const char *name;
    uint64_t address; /**< 0 until it was found */
};

/** Fills in the addresses of `count` symbols. `*found` is false where there is no table that can be
 *  believed; a symbol that is not in it keeps 0. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_symbols_find(struct vmmap_kernel_memory *kernel,
                                                           const struct vmmap_linux_vmcore *vmcore,
                                                           struct vmmap_linux_symbol *symbols,
                                                           size_t count, bool *found);

#endif
