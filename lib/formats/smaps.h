/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_SMAPS_H
#define VMMAP_FORMATS_SMAPS_H

/**
 * @file
 * What /proc/PID/smaps says beyond /proc/PID/maps (proc_pid_smaps(5)): the kernel's flags of each
 * mapping. An entry is a line as in maps, then lines of the form `Key: value`, of which the last is
 * `VmFlags: rd wr mr mw me ac`, two letters for each flag (fs/proc/task_mmu.c,
 * show_smap_vma_flags()).
 */

#include "formats/procmaps.h"
#include "formats/scan.h"

struct vmmap_smaps_entry {
    struct vmmap_procmaps_entry mapping;
    bool is_noreserve; /**< `nr`: mapped with MAP_NORESERVE */
};

/** Takes the next entry that has flags off `text`. False at the end. */
bool vmmap_smaps_next(struct vmmap_scan *text, struct vmmap_smaps_entry *ret);

#endif
