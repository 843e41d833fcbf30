/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_CORE_CORE_IMAGE_H
#define VMMAP_PROVIDERS_CORE_CORE_IMAGE_H

/**
 * @file
 * An ELF file as it lies in the memory that a core file saved.
 *
 * Linux and gcore save the first page of every mapped ELF file (coredump_filter, bit 4), and with
 * it the program headers and the build-id. So what they say is known without the file itself, which
 * may be gone, on another machine, or of another build by now.
 */

#include "map/region.h"
#include "providers/core/core_file.h"

struct vmmap_core_image {
    const struct vmmap_core *core;
    uint64_t base; /**< where offset 0 of the file is mapped */
    struct vmmap_reader reader;
    struct vmmap_window window;
    struct vmmap_elf elf;
    uint64_t bias; /**< to add to addresses in the file's headers */
};

/**
 * Reads the headers of the file whose offset 0 is mapped at `first`. False when they were not saved
 * or that is no ELF file. `*ret` must not be moved afterwards.
 */
bool vmmap_core_image_init(struct vmmap_core_image *ret, const struct vmmap_core *core,
                           const struct vmmap_region *first);

/**
 * What the program headers say of a region of the same file: nothing (no bit known) unless it is
 * exactly one of the loader's mappings of one segment.
 */
struct vmmap_perms vmmap_core_image_perms(struct vmmap_core_image *image,
                                          const struct vmmap_region *region, uint64_t page_size);

#endif
