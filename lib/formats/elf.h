/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_ELF_H
#define VMMAP_FORMATS_ELF_H

/**
 * @file
 * ELF files of either class and byte order: the header, program headers and notes (System V ABI,
 * chapters 4 and 5; elf(5)), and section headers.
 *
 * Numbers in the file are not trusted: what they point at is read through a window, which knows
 * where the file really ends.
 */

#include <stdbool.h>

#include "base/buffer.h"
#include "formats/window.h"
#include "map/region.h"

/** Numbers that the format defines, as far as they are used here. */
enum {
    VMMAP_ELF_TYPE_CORE = 4,
    VMMAP_ELF_SEGMENT_LOAD = 1,
    VMMAP_ELF_SEGMENT_NOTE = 4,
    VMMAP_ELF_SEGMENT_RELRO = 0x6474e552,
    VMMAP_ELF_SECTION_NOBITS = 8,
    VMMAP_ELF_SECTION_ALLOC = 1 << 1,
    VMMAP_ELF_SECTION_TLS = 1 << 10,
    VMMAP_ELF_EXECUTE = 1,
    VMMAP_ELF_WRITE = 2,
    VMMAP_ELF_READ = 4,
    VMMAP_ELF_386 = 3,
    VMMAP_ELF_PPC64 = 21,
    VMMAP_ELF_S390 = 22,
    VMMAP_ELF_ARM = 40,
    VMMAP_ELF_X86_64 = 62,
    VMMAP_ELF_AARCH64 = 183,
    VMMAP_ELF_RISCV = 243,
};

struct vmmap_elf {
    bool is_64;
    bool is_big_endian;
    uint16_t type;
    uint16_t machine;
    uint64_t segments_offset;
    uint64_t segment_count; /**< as the file says, PN_XNUM resolved; the table may be cut off */
    uint16_t segment_size;  /**< of one program header, not less than the class demands */
    /** 0 where there is no section table; UINT64_MAX if the number lies beyond the end of the file.
     */
    uint64_t section_count;
    uint64_t sections_offset; /**< 0 where there is no section table */
    uint16_t section_size;    /**< of one section header; may be less than the class demands */
    uint64_t names_index;     /**< of the section that holds the sections' names */
};

struct vmmap_elf_section {
    uint32_t name; /**< offset in the section of names */
    uint32_t type;
    uint64_t flags;
    uint64_t address;
    uint64_t offset; /**< in the file */
    uint64_t size;
};

struct vmmap_elf_segment {
    uint32_t type;
    uint32_t flags;
    uint64_t offset; /**< in the file */
    uint64_t address;
    uint64_t physical; /**< p_paddr: a meaning only in dumps of machines */
    uint64_t file_size;
    uint64_t memory_size;
    uint64_t align;
};

struct vmmap_elf_note {
    uint32_t type;
    char owner[16];    /**< the name, NUL-terminated; longer ones are cut */
    uint64_t offset;   /**< of the descriptor in the file */
    uint64_t size;     /**< of what is there of the descriptor */
    bool is_truncated; /**< the descriptor should be longer */
};

/** Walks the notes of one segment. */
struct vmmap_elf_notes {
    const struct vmmap_elf *elf;
    struct vmmap_window *window;
    uint64_t at;
    uint64_t end;
    unsigned int align;
    bool is_broken; /**< a note did not fit: nothing follows it */
};

/** Size of an address in the file: 4 or 8. */
size_t vmmap_elf_word_size(const struct vmmap_elf *elf);

/** The unsigned number of `size` (1 to 8) bytes, in the file's byte order. */
uint64_t vmmap_elf_load(const struct vmmap_elf *elf, const unsigned char *bytes, size_t size);

/** Reads the header at offset 0. False when that is no ELF header. */
bool vmmap_elf_parse(struct vmmap_window *window, struct vmmap_elf *ret);

/** Reads a program header. False when the file ends before it. */
bool vmmap_elf_read_segment(const struct vmmap_elf *elf, struct vmmap_window *window,
                            uint64_t index, struct vmmap_elf_segment *ret);

/** Reads a section header. False when the file ends before it, or its size makes no sense. */
bool vmmap_elf_read_section(const struct vmmap_elf *elf, struct vmmap_window *window,
                            uint64_t index, struct vmmap_elf_section *ret);

/** The longest name of a section that is told. */
enum { VMMAP_ELF_NAME_SIZE = 256 };

/** Copies a section's name, cut if it is longer; empty where there is none. */
void vmmap_elf_section_name(const struct vmmap_elf *elf, struct vmmap_window *window,
                            const struct vmmap_elf_section *section, char ret[VMMAP_ELF_NAME_SIZE]);

/** The permissions that a program header asks for. */
struct vmmap_perms vmmap_elf_segment_perms(const struct vmmap_elf_segment *segment);

/** Begins to walk the notes of a segment; `elf` and `window` must stay. */
void vmmap_elf_notes_init(struct vmmap_elf_notes *notes, const struct vmmap_elf *elf,
                          struct vmmap_window *window, const struct vmmap_elf_segment *segment);

/** The next note, or false after the last one. */
bool vmmap_elf_notes_next(struct vmmap_elf_notes *notes, struct vmmap_elf_note *ret);

/** Appends the GNU build-id in lower-case hexadecimal to `*ret`, nothing where there is none. */
void vmmap_elf_append_build_id(const struct vmmap_elf *elf, struct vmmap_window *window,
                               struct vmmap_buffer *ret);

#endif
