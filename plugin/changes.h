/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_CHANGES_H
#define VMMAP_PLUGIN_CHANGES_H

/**
 * @file
 * Whether the target may have changed since it was last looked at.
 *
 * Listeners are connected only while somebody keeps what it saw, and disconnect themselves with the
 * first event: a session that asks for no map costs nothing at any stop or step.
 */

#include <stdint.h>

#include "object.h"

/**
 * Two numbers: one that differs from the last if the target may have changed in between, and one
 * that does if it may have run. `inferior` and `selected` are the selected inferior and thread;
 * NULL for no thread. False with an exception set on failure.
 */
bool changes_describe(PyObject *inferior, PyObject *selected, uint64_t *generation, uint64_t *run);

#endif
