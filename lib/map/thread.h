/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_THREAD_H
#define VMMAP_MAP_THREAD_H

/**
 * @file
 * What the registers of threads say about a map: whose stack, guard page or TLS block a region is.
 *
 * The kernel names the main thread's stack only. All others are found by where a thread's stack
 * pointer and thread pointer point, and told in the label, beside the name.
 */

#include "map/map.h"

struct vmmap_thread {
    unsigned int number; /**< as the user knows it: GDB's thread number in its inferior */
    /** The number of that, where it is part of what the debugger calls the thread ("2.1"); else 0.
     */
    unsigned int inferior;
    uint64_t tid; /**< the operating system's id on the target's side; 0 when unknown */
    uint64_t stack_pointer;
    uint64_t thread_pointer; /**< the base of the thread's control block */
    bool has_stack_pointer;
    bool has_thread_pointer;
};

/** Index of the region that holds the thread's stack, as far as its stack pointer and the region's
 *  permissions say, or VMMAP_NO_REGION. Not the main thread's, which the kernel names. */
size_t vmmap_map_find_stack(const struct vmmap_map *map, const struct vmmap_thread *thread);

/** Long enough for what the debugger calls a thread. */
enum { VMMAP_THREAD_NAME_SIZE = 24 };

/** "1", or "2.1" where the debugger has several inferiors. */
void vmmap_thread_name(const struct vmmap_thread *thread, char ret[VMMAP_THREAD_NAME_SIZE]);

/** Labels a finished map. A thread that points nowhere, or at read-only memory, labels nothing. */
VMMAP_CHECKED struct vmmap_error *
vmmap_map_label_threads(struct vmmap_map *map, const struct vmmap_thread *threads, size_t count);

/** Whether any thread's registers could lead to a label: is there writable memory but [stack]? */
bool vmmap_map_may_have_thread_labels(const struct vmmap_map *map);

/** Whether some thread's stack pointer lies in the map; true as well when none is known. */
bool vmmap_map_holds_a_stack(const struct vmmap_map *map, const struct vmmap_thread *threads,
                             size_t count);

#endif
