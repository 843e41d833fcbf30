/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_EXECUTABLE_H
#define VMMAP_SESSION_EXECUTABLE_H

#include "map/map.h"
#include "target/target.h"

/**
 * The name of the program's executable in a map: that of the region which holds the program's entry
 * (AT_ENTRY of the auxiliary vector). It is the map's; NULL where there is no such region, or it is
 * no file's. An error that is not fatal says why there is no auxiliary vector.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_executable_find(const struct vmmap_target *target,
                                                        const struct vmmap_map *map,
                                                        const char **ret);

#endif
