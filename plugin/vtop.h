/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_VTOP_H
#define VMMAP_PLUGIN_VTOP_H

/**
 * @file
 * The `vtop` command: one address through the page tables.
 */

#include "object.h"
#include "session/session.h"

/** Registers it unless GDB has a command of that name. `session` must outlive GDB's use of it. */
bool vtop_command_register(struct vmmap_session *session);

#endif
