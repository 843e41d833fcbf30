/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MAP_FILTER_H
#define VMMAP_PLUGIN_MAP_FILTER_H

/**
 * @file
 * The filters of the `vmmap` command as keyword arguments of Python.
 */

#include "map/map.h"
#include "object.h"

/** The keywords, for help texts. */
extern const char map_filter_doc[];

/**
 * The rows of a map that the keywords choose, as a vmmap.MapList. `keywords` is a dict or NULL;
 * `binary` is the path of the program's executable, or NULL.
 */
PyObject *map_filter_apply(struct vmmap_map *map, PyObject *keywords, PyObject *binary);

#endif
