/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_CHANGE_OBJECT_H
#define VMMAP_PLUGIN_CHANGE_OBJECT_H

/**
 * @file
 * `vmmap.Change`, one change between two maps as a Python object.
 */

#include "map/diff.h"
#include "object.h"

/** Makes the type, and adds it to the module. False with an exception set on failure. */
bool change_object_register(PyObject *module);

/** A list of objects for all changes; the difference may go away afterwards. */
PyObject *change_list_create(const struct vmmap_diff *diff);

#endif
