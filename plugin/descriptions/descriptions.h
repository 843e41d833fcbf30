/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_DESCRIPTIONS_H
#define VMMAP_PLUGIN_DESCRIPTIONS_DESCRIPTIONS_H

/**
 * @file
 * All commands. To add one is to add a line here, its description in a file of this folder and its
 * function in a file of the plugin (docs/adding-a-command.md).
 */

#include "descriptions/description.h"

#define FOR_EACH_COMMAND(DO)                                                                       \
    DO(cc)                                                                                         \
    DO(memmap)                                                                                     \
    DO(ptov)                                                                                       \
    DO(vmmap)                                                                                      \
    DO(vmmap_add)                                                                                  \
    DO(vmmap_clear)                                                                                \
    DO(vmmap_explore)                                                                              \
    DO(vmmap_load)                                                                                 \
    DO(vmmap_save)                                                                                 \
    DO(vmmap_snapshot)                                                                             \
    DO(vtop)                                                                                       \
    DO(xinfo)

#define DECLARE_DESCRIPTION(name) extern const struct command_description name##_description;
FOR_EACH_COMMAND(DECLARE_DESCRIPTION)
#undef DECLARE_DESCRIPTION

/** Each description once; ends with NULL. */
extern const struct command_description *const command_descriptions[];

#endif
