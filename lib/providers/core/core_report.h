/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_CORE_CORE_REPORT_H
#define VMMAP_PROVIDERS_CORE_CORE_REPORT_H

/**
 * @file
 * What a core file leaves open, or got wrong, in sentences for the user: the notes of its map.
 */

#include "map/map.h"
#include "providers/core/core_file.h"

/** What was found out while the map was made. */
struct vmmap_core_findings {
    bool has_files;      /**< NT_FILE is there and complete */
    bool has_some;       /**< NT_FILE is there */
    size_t overlaps;     /**< in NT_FILE */
    bool is_other_build; /**< the executable in GDB is not the one that crashed; see below */
};

/**
 * Adds the notes about a finished map and decides whether it is exact. Compares the debugger's
 * executable with the core's, which sets findings->is_other_build.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_core_report(const struct vmmap_target *target,
                                                    struct vmmap_core *core,
                                                    struct vmmap_core_findings *findings,
                                                    struct vmmap_map *map);

/** Adds the note about reads that failed. To be called when nothing more is read. */
VMMAP_CHECKED struct vmmap_error *vmmap_core_report_read_error(const struct vmmap_core *core,
                                                               struct vmmap_map *map);

#endif
