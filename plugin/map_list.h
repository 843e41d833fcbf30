/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MAP_LIST_H
#define VMMAP_PLUGIN_MAP_LIST_H

/**
 * @file
 * `vmmap.MapList`, a list of vmmap.Map objects with what is known of the whole map beside them. It
 * is an ordinary Python list and may be changed; it stays what it was when the process runs on.
 */

#include "map/filter.h"
#include "map/map.h"
#include "object.h"

/** Makes the type, and adds it to the module. False with an exception set on failure. */
bool map_list_register(PyObject *module);

/**
 * A list of the rows of a map that a selection has; it shares the map. `binary` is the path of the
 * program's executable, a string, or NULL where it is not known.
 */
PyObject *map_list_create(struct vmmap_map *map, const struct vmmap_selection *selection,
                          PyObject *binary);

/**
 * The map that a list is, or an iterable of vmmap.Map objects describes, to be destroyed. False
 * with an exception set for anything else.
 */
bool map_list_to_map(PyObject *list, struct vmmap_map **ret);

#endif
