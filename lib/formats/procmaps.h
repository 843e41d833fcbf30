/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_PROCMAPS_H
#define VMMAP_FORMATS_PROCMAPS_H

/**
 * @file
 * The text of /proc/PID/maps (proc_pid_maps(5); fs/proc/task_mmu.c, show_map_vma()).
 *
 *     7f1c5a400000-7f1c5a428000 r--p 00000000 fe:00 1311772                    /usr/lib/libc.so.6
 *
 * Addresses and the offset are hexadecimal without 0x, at least eight digits, the inode decimal.
 * The name is all that follows the padding, spaces included. In it the kernel writes a newline as
 * `\012` and escapes nothing else, so a name with that text is ambiguous. Anonymous memory has no
 * name and no padding.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map/region.h"

struct vmmap_procmaps_entry {
    uint64_t start;
    uint64_t last;
    uint64_t offset;
    uint64_t inode;
    const char *name; /**< points into the text, not NUL-terminated; raw as the kernel wrote it */
    size_t name_size; /**< 0 for anonymous memory */
    struct vmmap_perms perms;
};

/**
 * Parses one line, given without its newline. False when it is not a line of a maps file: nothing
 * about it is then in `*ret`.
 */
bool vmmap_procmaps_parse(const char *line, size_t size, struct vmmap_procmaps_entry *ret);

#endif
