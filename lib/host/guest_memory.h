/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_GUEST_MEMORY_H
#define VMMAP_HOST_GUEST_MEMORY_H

/**
 * @file
 * Which mappings of an emulator's process can be its guest's memory, judged by the process's own
 * /proc/PID/maps. What can not is never read for a guest, whoever says that it were there.
 */

#include "map/map.h"

/**
 * Whether row `index` is certainly the process's own: what the kernel gives a name in brackets (its
 * heap, its stack), and files that are loaded as programs or libraries, with their zeroed data: a
 * run of rows of one file of which one may be executed.
 */
bool vmmap_host_row_is_own(const struct vmmap_map *mappings, size_t index);

/**
 * Whether all of [start, last] can be a machine's RAM: mapped, not executable, not the process's
 * own, and either without a file, or a writable mapping of one (memfd, huge pages, a memory
 * backend's file) that is no device.
 */
bool vmmap_host_range_may_be_ram(const struct vmmap_map *mappings, uint64_t start, uint64_t last);

#endif
