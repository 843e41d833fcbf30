/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_HELP_H
#define VMMAP_PLUGIN_DESCRIPTIONS_HELP_H

/**
 * @file
 * The help text of a command, from its description.
 */

#include "base/buffer.h"
#include "descriptions/description.h"

/** The option that every command has. */
extern const struct command_option help_option;

/** Appends what `help NAME` prints, without a line end. */
void help_append(const struct command_description *command, struct vmmap_buffer *ret);

#endif
