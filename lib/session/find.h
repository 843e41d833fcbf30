/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_FIND_H
#define VMMAP_SESSION_FIND_H

/**
 * @file
 * One thing of a map: what functions in expressions ask for.
 */

#include "session/session.h"

/** The name that stands for the program's executable. */
#define VMMAP_EXECUTABLE "binary"

/** The region that holds an address, NULL where none does; good until the session's next call. That
 *  there is no map is an UNAVAILABLE error. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_find_region(struct vmmap_session *session,
                                                            uint64_t address,
                                                            const struct vmmap_region **ret);

/**
 * The lowest address of what has this name. The best of these matches counts, and two files that
 * match equally well are an INVALID error: the whole name, or VMMAP_EXECUTABLE for the executable;
 * the last part of a path; the beginning of one, with `.` or `-` after it (`libc` for libc.so.6 and
 * libc-2.31.so); a part of a name. That nothing matches is an UNAVAILABLE error.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_find_base(struct vmmap_session *session,
                                                          const char *name, uint64_t *ret);

#endif
