/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROCESS_LOADED_ELF_H
#define VMMAP_PROVIDERS_PROCESS_LOADED_ELF_H

/**
 * @file
 * An ELF file as a loader has mapped it: what its headers, which lie in its first pages, say about
 * the memory around them.
 *
 * The headers are read from memory, because that is what was loaded, whatever file has that name
 * now. They tell what the loader did; what the program changed since (mprotect) they do not.
 */

#include "formats/elf.h"

enum {
    VMMAP_LOADED_ELF_HEADERS_SIZE =
        1024,                           /**< what is read: 17 program headers; files have 7 to 13 */
    VMMAP_LOADED_ELF_MAX_SEGMENTS = 16, /**< PT_LOADs kept; files have 1 to 5 */
};

/** The pages of one PT_LOAD. */
struct vmmap_loaded_elf_segment {
    uint64_t start;
    uint64_t last;
    uint64_t offset; /**< of `start` in the file */
    /** The pages from here on, up to `last`, have no file behind them; last + 1 (which may be 0)
     *  when all have. */
    uint64_t anonymous;
    uint8_t perms; /**< VMMAP_PERM_ bits of p_flags */
};

struct vmmap_loaded_elf {
    struct vmmap_elf elf;
    uint64_t header; /**< where the ELF header is in memory */
    uint64_t bias;   /**< what is added to the file's addresses */
    struct vmmap_loaded_elf_segment
        segments[VMMAP_LOADED_ELF_MAX_SEGMENTS]; /**< ascending, disjoint */
    size_t count;                                /**< at least 1 */
    /** The pages that the loader makes read-only after relocation (PT_GNU_RELRO), first and last
     *  byte; both 0 for none. */
    uint64_t relro_start;
    uint64_t relro_last;
    uint64_t dynamic; /**< where PT_DYNAMIC is; 0 for none */
    uint64_t dynamic_size;
};

/** Reads the image whose ELF header is at `header`, a page's beginning. False when there is none,
 * or its headers make no sense. */
bool vmmap_loaded_elf_read(const struct vmmap_reader *reader, uint64_t header, uint64_t page_size,
                           struct vmmap_loaded_elf *ret);

/** The last byte of the last segment. */
uint64_t vmmap_loaded_elf_last(const struct vmmap_loaded_elf *image);

#endif
