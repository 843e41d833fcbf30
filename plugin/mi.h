/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MI_H
#define VMMAP_PLUGIN_MI_H

/**
 * @file
 * `-vmmap-list` of GDB's machine interface, for GDBs that let an extension have MI commands (12 and
 * later). Its results are the JSON output's, by the same names.
 */

#include "object.h"
#include "session/session.h"

/** Registers it where GDB can. `session` must outlive GDB's use of it. False with an exception set
 *  on failure. */
bool mi_register(struct vmmap_session *session);

#endif
