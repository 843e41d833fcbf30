/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROCESS_LOADED_H
#define VMMAP_PROVIDERS_PROCESS_LOADED_H

/**
 * @file
 * The files that a process has loaded, found in its memory: the program and its interpreter by the
 * auxiliary vector, the libraries by the dynamic linker's list (struct r_debug and link_map of
 * <link.h>, the interface for debuggers of the System V ABI).
 *
 * The list is the process's own to overwrite: it may loop, be endless or point anywhere.
 */

#include "formats/auxv.h"
#include "providers/process/loaded_elf.h"

struct vmmap_loaded_file {
    struct vmmap_loaded_elf image;
    char *name; /**< owned; as the process has it, NULL when not known */
};

struct vmmap_loaded {
    struct vmmap_loaded_file *files; /**< owned; in no certain order */
    size_t count;
    size_t program;       /**< the index of the program; SIZE_MAX when it was not found */
    struct vmmap_elf elf; /**< of the first file, so of the process; zero without any file */
    bool is_broken;       /**< the dynamic linker's list made no sense somewhere */
};

/** Finds the files. Finding none is a success; the error is that there is no memory. `*ret` is to
 * be deinitialised whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_loaded_init(const struct vmmap_reader *reader,
                                                    const struct vmmap_auxv *auxv,
                                                    uint64_t page_size, struct vmmap_loaded *ret);

void vmmap_loaded_deinit(struct vmmap_loaded *loaded);

#endif
