/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROCESS_FAR_PROC_H
#define VMMAP_PROVIDERS_PROCESS_FAR_PROC_H

/**
 * @file
 * Whose processes the /proc of a remote stub speaks of: for sources whose rows come from there,
 * under numbers that have to be those which the stub uses.
 */

#include "map/map.h"
#include "target/target.h"

/**
 * An error, in a sentence for the user, where the stub's /proc is known to be that of another PID
 * namespace. Takes four round trips, once for each process; none for targets that are not remote.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_far_proc_check(const struct vmmap_target *target,
                                                       const struct vmmap_target_info *info);

/**
 * Where the stub could not tell: registers come from the process itself, so they show whether the
 * map is its own. If not, that becomes a note, and the map is not exact. A provider's `doubt`.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_far_proc_doubt(const struct vmmap_target_info *info,
                                                       struct vmmap_map *map,
                                                       const struct vmmap_thread *threads,
                                                       size_t count);

#endif
