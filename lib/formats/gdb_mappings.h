/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_GDB_MAPPINGS_H
#define VMMAP_FORMATS_GDB_MAPPINGS_H

/**
 * @file
 * The text of GDB's `info proc mappings`, in the forms that GDB has printed it.
 *
 *     GDB 7 to 11    Start Addr   End Addr   Size   Offset objfile
 *     GDB 12 to 15   Start Addr   End Addr   Size   Offset  Perms  objfile
 *     GDB 16 on      the same columns from a table writer: aligned to the left, `File`
 *     FreeBSD        Start Addr   End Addr   Size   Offset   Flags   File
 *
 * The header line says which columns there are; rows before it, and lines that are no rows, are
 * not parsed. Numbers have a 0x prefix, the end is exclusive. FreeBSD's flags begin with rwx and
 * have no private or shared letter.
 */

#include "formats/scan.h"
#include "map/region.h"

struct vmmap_gdb_mappings_entry {
    uint64_t start;
    uint64_t last;
    uint64_t offset;
    struct vmmap_perms perms;
    const char *name; /**< points into the text, not NUL-terminated */
    size_t name_size; /**< 0 for none */
};

struct vmmap_gdb_mappings {
    struct vmmap_scan rest; /**< the text not read yet */
    bool has_header;
    bool has_perms;
};

/** Begins to read `size` bytes of text, which must stay where they are. */
void vmmap_gdb_mappings_init(struct vmmap_gdb_mappings *mappings, const char *text, size_t size);

/** The next row, or false at the end. Lines that are no rows are passed over. */
bool vmmap_gdb_mappings_next(struct vmmap_gdb_mappings *mappings,
                             struct vmmap_gdb_mappings_entry *ret);

#endif
