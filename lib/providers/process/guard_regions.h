/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROCESS_GUARD_REGIONS_H
#define VMMAP_PROVIDERS_PROCESS_GUARD_REGIONS_H

/**
 * @file
 * Guard regions of a process of this machine: pages at which every access faults, set with
 * madvise(2), MADV_GUARD_INSTALL, which are no regions in /proc/PID/maps. glibc 2.42 makes the
 * guard pages of threads' stacks so, and the kernel then joins stacks that lie side by side to one
 * region.
 */

#include "map/thread.h"
#include "target/target.h"

/**
 * Splits the regions in which a thread's stack pointer lies where guard regions begin and end;
 * these become regions without access. The map stays as it is where the kernel can not tell (before
 * Linux 6.16). Errors are fatal ones only.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_guard_regions_split(const struct vmmap_target *target,
                                                            struct vmmap_map *map,
                                                            const struct vmmap_thread *threads,
                                                            size_t count);

#endif
