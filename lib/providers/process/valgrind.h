/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROCESS_VALGRIND_H
#define VMMAP_PROVIDERS_PROCESS_VALGRIND_H

/**
 * @file
 * A program under valgrind on this machine, reached through vgdb. Program and valgrind are one
 * process in one address space, so the kernel's map of it is the program's, with rows of valgrind's
 * own in it.
 *
 * The process is found by the debugger's own connection, never by what the stub says: the other end
 * is vgdb, and a process with one of valgrind's tools has vgdb's named pipes open (host/vgdb.h).
 * Where something else passes the connection on (ssh, socat), nothing of this machine is read.
 */

#include "providers/provider.h"

/** Fills the map, its `provider` word included. Adds no row, which is a success, where the stub is
 *  not a vgdb of this machine. */
VMMAP_CHECKED struct vmmap_error *vmmap_valgrind_fill(const struct vmmap_target *target,
                                                      const struct vmmap_target_info *info,
                                                      struct vmmap_map *map);

#endif
