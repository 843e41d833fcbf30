/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_CORE_NOTES_H
#define VMMAP_FORMATS_CORE_NOTES_H

/**
 * @file
 * The descriptors of the notes that Linux writes into a core file (core(5); fs/binfmt_elf.c): the
 * files that were mapped, the auxiliary vector, the registers of each thread.
 */

#include "formats/elf.h"

/** Types of notes; the owner is "CORE" up to FILE and "LINUX" from there on. */
enum {
    VMMAP_NOTE_PRSTATUS = 1,
    VMMAP_NOTE_PRPSINFO = 3,
    VMMAP_NOTE_AUXV = 6,
    VMMAP_NOTE_SIGINFO = 0x53494749,
    VMMAP_NOTE_FILE = 0x46494c45,
    VMMAP_NOTE_386_TLS = 0x200,
    VMMAP_NOTE_ARM_TLS = 0x401,
};

/** Entries of the auxiliary vector (getauxval(3)). */
enum {
    VMMAP_AUXV_PHDR = 3,
    VMMAP_AUXV_PAGESZ = 6,
    VMMAP_AUXV_EXECFN = 31,
    VMMAP_AUXV_SYSINFO_EHDR = 33,
};

/** One mapped file range of NT_FILE. */
struct vmmap_core_mapping {
    uint64_t start;
    uint64_t last;
    uint64_t offset; /**< in the file, in bytes */
    const char *name;
    size_t name_size; /**< points into the window, good until the next call */
};

/**
 * Walks NT_FILE: count, unit of offsets (the
 * page size, or 1), `count` times (start, end, offset in units), then as many names
 * that end with NUL. Numbers are words of the file's class.
 */
struct vmmap_core_mappings {
    const struct vmmap_elf *elf;
    struct vmmap_window *table; /**< two windows, because it is read at two places by turns */
    struct vmmap_window *names;
    uint64_t unit;
    uint64_t left;    /**< how many are still to come */
    uint64_t at;      /**< of the next entry */
    uint64_t name_at; /**< of its name */
    uint64_t end;
    bool is_broken; /**< entries are missing or made no sense */
};

/** Begins to walk; everything passed must stay. */
void vmmap_core_mappings_init(struct vmmap_core_mappings *mappings, const struct vmmap_elf *elf,
                              struct vmmap_window *table, struct vmmap_window *names,
                              const struct vmmap_elf_note *note);

/** The next range, or false after the last one. Ranges that make no sense are passed over, and so
 *  are names longer than a window: the kernel knows no limit, the longest usable path has 4095. */
bool vmmap_core_mappings_next(struct vmmap_core_mappings *mappings, struct vmmap_core_mapping *ret);

/** The value of an entry in NT_AUXV; false when it is not there. */
bool vmmap_core_find_auxv(const struct vmmap_elf *elf, struct vmmap_window *window,
                          const struct vmmap_elf_note *note, uint64_t type, uint64_t *ret);

/** What the notes of one thread tell. */
struct vmmap_core_thread {
    uint64_t tid;
    uint64_t instruction_pointer;
    uint64_t stack_pointer;
    uint64_t thread_pointer;
    bool has_thread_pointer;
    uint64_t segment; /**< i386: the selector in gs, which picks an entry of NT_386_TLS */
};

/** Reads NT_PRSTATUS. False on an architecture that is not known here, or when it is cut off. */
bool vmmap_core_read_prstatus(const struct vmmap_elf *elf, struct vmmap_window *window,
                              const struct vmmap_elf_note *note, struct vmmap_core_thread *ret);

/** Adds the thread pointer that a note beside NT_PRSTATUS has, if this is such a note. */
void vmmap_core_add_tls(const struct vmmap_elf *elf, struct vmmap_window *window,
                        const struct vmmap_elf_note *note, struct vmmap_core_thread *thread);

#endif
