/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_GDB_SECTIONS_H
#define VMMAP_FORMATS_GDB_SECTIONS_H

/**
 * @file
 * The text of GDB's `maintenance info sections`, as far as it is about a core file.
 *
 *     Core file: `/tmp/core', file type elf64-x86-64.
 *      [0]      0x00000000->0x00001304 at 0x00000510: note0 READONLY HAS_CONTENTS
 *      [18]     0x7f1c5a400000->0x7f1c5a401000 at 0x0000a000: load21a ALLOC LOAD READONLY
 * HAS_CONTENTS [19]     0x7f1c5a401000->0x7f1c5a426000 at 0x0000b000: load21b ALLOC READONLY
 *
 * Older GDBs break the line after `Core file:`, and leave out the index in brackets. The sections
 * of the executable come first, under `Exec file:`.
 *
 * BFD makes a section `loadN` of a PT_LOAD, or two where only the beginning was saved: `loadNa`
 * with contents and `loadNb` without. It sets CODE for an executable one and READONLY for one that
 * is not writable; whether it was readable shows in no flag.
 */

#include "formats/scan.h"
#include "map/region.h"

struct vmmap_gdb_sections_entry {
    uint64_t start;
    uint64_t last;
    uint64_t saved; /**< bytes that the core file has */
    struct vmmap_perms perms;
};

struct vmmap_gdb_sections {
    struct vmmap_scan rest; /**< the text not read yet */
    bool in_core;
};

/** Begins to read `size` bytes of text, which must stay where they are. */
void vmmap_gdb_sections_init(struct vmmap_gdb_sections *sections, const char *text, size_t size);

/** The next PT_LOAD, put together if it was in two parts; false at the end. */
bool vmmap_gdb_sections_next(struct vmmap_gdb_sections *sections,
                             struct vmmap_gdb_sections_entry *ret);

/**
 * Finds the path in the line `Core file: ...`; false when there is none. `*ret` is in the text.
 */
bool vmmap_gdb_sections_find_path(const char *text, size_t size, struct vmmap_scan *ret);

#endif
