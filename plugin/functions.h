/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_FUNCTIONS_H
#define VMMAP_PLUGIN_FUNCTIONS_H

/**
 * @file
 * Functions for GDB's expressions: `$base("libc")`, `$vmmap_mapped($sp)` and the others. They only
 * look: they neither run the program nor select anything, and so may stand in the condition of a
 * breakpoint.
 */

#include "object.h"
#include "session/session.h"

/** Registers those that nobody else has. `session` must outlive GDB's use of them. False with an
 *  exception set on failure. */
bool functions_register(struct vmmap_session *session);

#endif
