/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_GDB_SYMBOL_H
#define VMMAP_FORMATS_GDB_SYMBOL_H

/**
 * @file
 * What GDB says of an address: the text of its `info symbol` and of its `info files`.
 *
 *     main + 15 in section .text of /bin/prog
 *
 *     Local exec file:
 *             `/bin/prog', file type elf64-x86-64.
 *             0x0000555555555070 - 0x000055555555519a is .text
 *             0x00007ffff7fcb060 - 0x00007ffff7ff0111 is .text in /lib64/ld-linux-x86-64.so.2
 */

#include "formats/scan.h"

struct vmmap_gdb_symbol {
    struct vmmap_scan name; /**< in the text */
    uint64_t offset;
    struct vmmap_scan section; /**< in the text; empty where it is not told */
};

/** Parses what `info symbol` prints. False when it tells no symbol. */
bool vmmap_gdb_symbol_parse(const char *text, size_t size, struct vmmap_gdb_symbol *ret);

/**
 * Finds the section that holds an address in what `info files` prints; false when there is none.
 * What it calls sections of a core file are none: BFD makes them of the segments.
 */
bool vmmap_gdb_files_find_section(const char *text, size_t size, uint64_t address,
                                  struct vmmap_scan *ret);

#endif
