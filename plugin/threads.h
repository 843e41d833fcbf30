/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_THREADS_H
#define VMMAP_PLUGIN_THREADS_H

/**
 * @file
 * The threads of the selected inferior with their stack and thread pointers.
 *
 * GDB reads registers of the selected thread only, so the others are selected one after another,
 * which loses the selected frame; both are put back before returning, whatever happened.
 */

#include "map/thread.h"
#include "object.h"

/** `*ret` is to be freed by the caller. False with an exception set on failure. */
bool threads_read(struct vmmap_thread **ret, size_t *count);

#endif
