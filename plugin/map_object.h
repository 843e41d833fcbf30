/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MAP_OBJECT_H
#define VMMAP_PLUGIN_MAP_OBJECT_H

/**
 * @file
 * `vmmap.Map`, one row of a map as a Python object. It never changes, and keeps what it needs of
 * the map that it was made from: it outlives the process, and the session's own map.
 */

#include "map/map.h"
#include "object.h"

/** Makes the type, and adds it to the module. False with an exception set on failure. */
bool map_object_register(PyObject *module);

/** A new object for a region whose strings belong to `map`, which it shares. */
PyObject *map_object_create(struct vmmap_map *map, const struct vmmap_region *region);

/** The region of a vmmap.Map, good as long as the object; NULL for any other object. */
const struct vmmap_region *map_object_region(PyObject *object);

/** The string of a name's bytes, which come back as they were from os.fsencode(). */
PyObject *map_object_text(const char *bytes);

#endif
