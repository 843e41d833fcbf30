/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_CORE_CORE_FILE_H
#define VMMAP_PROVIDERS_CORE_CORE_FILE_H

/**
 * @file
 * An ELF core file that is open: its program headers, where its notes are, who wrote it, and the
 * memory that it saved.
 *
 * Cores can be larger than memory and broken in any way. They are read with pread, never mapped: a
 * file that shrinks meanwhile must not raise SIGBUS in the debugger.
 */

#include "base/buffer.h"
#include "formats/core_notes.h"
#include "host/file.h"
#include "target/target.h"

/** Writers differ in what their program headers mean. */
enum vmmap_core_writer {
    VMMAP_CORE_BY_OTHER,
    VMMAP_CORE_BY_KERNEL,  /**< Linux: every mapping has a PT_LOAD with its permissions */
    VMMAP_CORE_BY_GCORE,   /**< GDB: every PT_LOAD is readable, some mappings have none */
    VMMAP_CORE_OF_MACHINE, /**< a dump of a kernel or machine: flags say nothing */
};

struct vmmap_core {
    struct vmmap_file file;
    struct vmmap_window window; /**< for whoever reads one thing at a time */
    struct vmmap_elf elf;
    enum vmmap_core_writer writer;

    struct vmmap_elf_segment *loads; /**< owned; ascending, without overlaps, none empty */
    size_t load_count;
    struct vmmap_elf_segment *notes; /**< owned; the PT_NOTEs */
    size_t note_count;

    struct vmmap_elf_note auxv; /**< size 0 where there is none */
    struct vmmap_elf_note files;

    uint64_t described_size; /**< the size the file should have, by its program headers */
    size_t fault_count;      /**< program headers that made no sense or overlap */
    uint64_t missing_count;  /**< program headers beyond the end of the file */
    bool has_broken_notes;
};

/**
 * Opens a core file. An error means that nothing in it can be used, and says why. `*ret` is to be
 * closed with vmmap_core_close().
 */
VMMAP_CHECKED struct vmmap_error *vmmap_core_open(const struct vmmap_target *target,
                                                  const char *path, struct vmmap_core **ret);

/** Accepts NULL. */
void vmmap_core_close(struct vmmap_core *core);

/** How many bytes of a segment the file really has. */
uint64_t vmmap_core_saved_size(const struct vmmap_core *core,
                               const struct vmmap_elf_segment *segment);

/** Reads saved memory of the process; returns how many bytes there are, 0 for none. */
size_t vmmap_core_read_memory(const struct vmmap_core *core, uint64_t address, void *ret,
                              size_t size);

/** Walks the threads, in the order of the file. */
struct vmmap_core_threads {
    struct vmmap_core *core;
    size_t segment; /**< of core->notes */
    struct vmmap_elf_notes notes;
    struct vmmap_core_thread next; /**< whose notes are being read */
    bool has_next;
};

void vmmap_core_threads_init(struct vmmap_core_threads *threads, struct vmmap_core *core);

/** The next thread; false after the last one. */
bool vmmap_core_threads_next(struct vmmap_core_threads *threads, struct vmmap_core_thread *ret);

#endif
