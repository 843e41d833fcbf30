/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_VGDB_H
#define VMMAP_HOST_VGDB_H

/**
 * @file
 * From vgdb, the program that passes packets of the remote protocol on, to the valgrind that it
 * passes them to: both have the same two named pipes open (coregrind/vgdb.c of valgrind). What the
 * programs are is judged by the files behind /proc/PID/exe, never by what comes over a connection.
 */

#include "target/target.h"

/** Whether the process runs vgdb. */
bool vmmap_vgdb_is(uint64_t pid);

/** Sets `*ret` to the process that runs one of valgrind's tools and shares a named pipe with
 * `vgdb`; 0 when that is none, or not one alone. Errors: interrupted. */
VMMAP_CHECKED struct vmmap_error *vmmap_vgdb_find_valgrind(const struct vmmap_target *target,
                                                           uint64_t vgdb, uint64_t *ret);

#endif
