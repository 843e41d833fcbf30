/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_SETTINGS_H
#define VMMAP_PLUGIN_SETTINGS_H

/**
 * @file
 * `set vmmap ...` and `show vmmap ...`.
 */

#include "object.h"
#include "session/session.h"

/** Registers the prefixes and the settings. False with an exception set on failure. */
bool settings_register(void);

/** Hands the current values to the session. False with an exception set on failure. */
bool settings_apply(struct vmmap_session *session);

#endif
