/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_NOTES_H
#define VMMAP_PAGING_NOTES_H

/**
 * @file
 * What a walk could not find out, in sentences for the user.
 */

#include "map/map.h"
#include "paging/paging.h"

/** Adds a note for each thing in the report that a reader of the map has to know. */
VMMAP_CHECKED struct vmmap_error *
vmmap_paging_report_add_notes(const struct vmmap_paging_report *report, struct vmmap_map *map);

/** Whether every page that the CPU can reach is in the runs, as far as the walk can tell. */
bool vmmap_paging_report_is_complete(const struct vmmap_paging_report *report);

#endif
