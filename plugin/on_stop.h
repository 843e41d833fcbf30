/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_ON_STOP_H
#define VMMAP_PLUGIN_ON_STOP_H

/**
 * @file
 * The map, or what changed of it, at each stop of the program: for those who asked for it. Nothing
 * is registered with GDB otherwise.
 */

#include "descriptions/settings.h"
#include "object.h"
#include "session/session.h"

/** The session that is asked; it must outlive GDB's use of it. */
void on_stop_init(struct vmmap_session *session);

/** Shows this from now on. False with an exception set on failure. */
bool on_stop_set(enum on_stop what);

#endif
