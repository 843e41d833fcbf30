/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_COMMAND_H
#define VMMAP_PLUGIN_COMMAND_H

/**
 * @file
 * The `vmmap` command.
 */

#include "object.h"

/** Registers `vmmap` and its aliases. False with an exception set on failure. */
bool vmmap_command_register(void);

#endif
