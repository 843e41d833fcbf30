/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_COMMANDS_H
#define VMMAP_PLUGIN_COMMANDS_H

/**
 * @file
 * From descriptions to GDB's commands: registering, and calling the function of the command that
 * was typed.
 */

#include "descriptions/descriptions.h"
#include "session/session.h"

/** A command that was typed, and understood. */
struct command_call {
    const struct command_description *description;
    const void *arguments; /**< the command's struct, filled */
    struct vmmap_session *session;
    const char *line; /**< what was typed after the name */
    bool from_tty;
};

/** What each command does: NAME_run(). False with an exception set, which is shown as one sentence.
 */
#define DECLARE_RUN(name) bool name##_run(const struct command_call *call);
FOR_EACH_COMMAND(DECLARE_RUN)
#undef DECLARE_RUN

/** Registers all commands and their other names. False with an exception set on failure. */
bool commands_register(void);

/** Prints what `help NAME` shows. */
bool command_print_help(const struct command_description *description);

/** The one session of this GDB, after commands_register(). */
struct vmmap_session *commands_session(void);

/** Whether there is a target to ask. Registers are void without one: that there is none is said
 *  instead. False with an exception set on failure. */
bool command_has_target(const struct command_call *call, bool *ret);

#endif
