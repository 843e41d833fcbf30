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
 * A number that differs from the last one if the target may have changed in between. `inferior` and
 * `selected` are the selected inferior and thread; NULL for no thread. 0 and an exception on
 * failure.
 */
uint64_t changes_generation(PyObject *inferior, PyObject *selected);

#endif
