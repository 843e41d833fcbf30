/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_GDB_TARGET_H
#define VMMAP_PLUGIN_GDB_TARGET_H

/**
 * @file
 * struct vmmap_target, implemented with GDB's Python API. The Python lock must be held.
 */

#include "target/target.h"

/** The one target that this GDB has: what is selected in it. */
extern const struct vmmap_target gdb_target;

#endif
