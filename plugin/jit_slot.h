/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_JIT_SLOT_H
#define VMMAP_PLUGIN_JIT_SLOT_H

/**
 * @file
 * GDB holds one JIT reader at a time, and we are loaded as one though we read nothing. So the slot
 * is given back as the load command ends.
 */

#include "object.h"

/**
 * Called while `jit-reader-load` runs: makes GDB give our slot back right after that command,
 * unless an inferior is live (unloading drops its JIT symbols). False with an exception set.
 */
bool jit_slot_release_after_load(void);

/** Tells whether GDB holds our reader now: true from gdb_init_reader(), false from destroy(). */
void jit_slot_set_taken(bool taken);

#endif
