/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROCESS_PROCMAP_QUERY_H
#define VMMAP_PROVIDERS_PROCESS_PROCMAP_QUERY_H

/**
 * @file
 * PROCMAP_QUERY, the ioctl on /proc/PID/maps that answers for one address (Linux 6.11 and later,
 * include/uapi/linux/fs.h), at a cost that does not depend on the number of mappings. It tells
 * names without any escaping.
 *
 * It does not know the gate page, [vsyscall] on x86-64, which the text of the same file lists and
 * which is the same in every 64-bit process: that row comes from this process's own maps file.
 */

#include "map/map.h"

/** PATH_MAX of Linux, which counts the NUL: a longer name has no path. */
enum { VMMAP_PROCMAP_NAME_SIZE = 4096 };

struct vmmap_procmap {
    int fd; /**< the opened maps file */
    /** Whether the process is of this debugger's own width, and so has its gate page. */
    bool has_gate;
    char name[VMMAP_PROCMAP_NAME_SIZE]; /**< of the region that was found last */
};

/**
 * The region that holds `address` or, failing that, the next one above it. Its name is in
 * procmap->name until the next call. `*found` is false when there is none; `*ret` is then
 * undefined. An error means that the kernel can not answer: read the text instead.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_procmap_next(struct vmmap_procmap *procmap,
                                                     uint64_t address, struct vmmap_region *ret,
                                                     bool *found);

/**
 * The nearest region that lies wholly below `address`, found by galloping downwards and bisecting,
 * because the kernel only answers "this or the next".
 */
VMMAP_CHECKED struct vmmap_error *vmmap_procmap_previous(struct vmmap_procmap *procmap,
                                                         uint64_t address, struct vmmap_region *ret,
                                                         bool *found);

#endif
