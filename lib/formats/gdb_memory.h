/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_GDB_MEMORY_H
#define VMMAP_FORMATS_GDB_MEMORY_H

/**
 * @file
 * The text of GDB's `info mem` (gdb/memattr.c): the memory regions that the user defined (`mem`) or
 * that the stub told of (qXfer:memory-map:read).
 *
 *     Using memory regions provided by the target.
 *     Num Enb Low Addr   High Addr  Attrs
 *     0   y  	0x00000000 0x00020000 flash blocksize 0x400 nocache
 *     1   y  	0x20000000 0x20005000 rw nocache
 *
 * High addresses are exclusive; the top of the address space is printed as 2^32 or 2^64.
 */

#include "formats/scan.h"

enum vmmap_gdb_memory_kind {
    VMMAP_GDB_MEMORY_RW,
    VMMAP_GDB_MEMORY_RO,
    VMMAP_GDB_MEMORY_WO,
    VMMAP_GDB_MEMORY_FLASH,
};

struct vmmap_gdb_memory_entry {
    uint64_t start;
    uint64_t last;
    enum vmmap_gdb_memory_kind kind;
    /** May be accessed in units of a certain width only, as registers of devices are. */
    bool has_width;
};

struct vmmap_gdb_memory {
    struct vmmap_scan rest; /**< the text not read yet */
};

/** Begins to read `size` bytes of text, which must stay where they are. */
void vmmap_gdb_memory_init(struct vmmap_gdb_memory *memory, const char *text, size_t size);

/** The next region that is enabled; false at the end. Lines that are none are passed over. */
bool vmmap_gdb_memory_next(struct vmmap_gdb_memory *memory, struct vmmap_gdb_memory_entry *ret);

#endif
