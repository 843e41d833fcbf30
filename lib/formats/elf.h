/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_ELF_H
#define VMMAP_FORMATS_ELF_H

/**
 * @file
 * The header and the program headers of an ELF file or of an ELF image in memory, of either class
 * and byte order (System V ABI, chapters 4 and 5; elf(5)).
 *
 * The layouts are those of Elf32_Ehdr, Elf64_Ehdr, Elf32_Phdr and Elf64_Phdr in <elf.h>. Nothing is
 * read beyond the bytes that are given, and no number from the file is trusted: whether ranges lie
 * in the file or make sense is for the caller to check.
 */

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Large enough for the header of either class. */
enum { VMMAP_ELF_HEADER_SIZE = sizeof(Elf64_Ehdr) };

struct vmmap_elf {
    bool is_64;
    bool big_endian;
    uint16_t type;    /**< ET_ */
    uint16_t machine; /**< EM_ */
    uint64_t entry;
    uint64_t program_offset; /**< of the first program header in the file; 0 for none */
    uint64_t section_offset; /**< of the first section header; 0 for none */
    uint16_t program_entry_size;
    /** As the header has it: PN_XNUM means that section header 0 has the real one (sh_info). */
    uint16_t program_count;
    uint16_t section_entry_size;
    uint16_t section_count;
};

struct vmmap_elf_segment {
    uint32_t type;  /**< PT_ */
    uint32_t flags; /**< PF_R, PF_W, PF_X */
    uint64_t offset;
    uint64_t address;
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t alignment;
};

/** Parses the header at the beginning of `size` bytes. False when it is none, or cut short. */
bool vmmap_elf_parse(const void *bytes, size_t size, struct vmmap_elf *ret);

/** The size of one program header of this class: what the header should say of itself. */
size_t vmmap_elf_segment_size(const struct vmmap_elf *elf);

/** Parses the program header in `size` bytes. False when they are too few. */
bool vmmap_elf_segment_parse(const struct vmmap_elf *elf, const void *bytes, size_t size,
                             struct vmmap_elf_segment *ret);

#endif
