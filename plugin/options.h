/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_OPTIONS_H
#define VMMAP_PLUGIN_OPTIONS_H

/**
 * @file
 * The line that was typed after a command's name, read as the command's description says: options
 * first, `--` ends them, then the positional arguments.
 *
 * Words end at blanks that are not in quotes, and are unquoted as GDB does it; a regular expression
 * keeps its backslashes. An expression stays as it was typed; blanks in parentheses, brackets and
 * quotes belong to it. What a description calls raw is all that remains of the line, without the
 * blanks around it.
 */

#include "descriptions/description.h"
#include "object.h"

/** What parsing came to. */
enum options_result {
    OPTIONS_ERROR, /**< a user error is set */
    OPTIONS_HELP,  /**< -h or --help: nothing else counts */
    OPTIONS_DONE,
};

/** Fills `*arguments`, the command's struct. It is to be deinitialised whatever the outcome. */
enum options_result options_parse(const struct command_description *command, const char *line,
                                  void *arguments);

/** Frees the strings in a command's struct. */
void options_deinit(const struct command_description *command, void *arguments);

/**
 * Options that were typed after the raw rest of a line, put before it: "libc -w" becomes
 * "-w -- libc", with a NUL. False where the rest has no word that looks like an option, or `--`
 * says that it has none.
 */
bool options_move_ahead(const struct command_description *command, const char *line,
                        struct vmmap_buffer *ret);

/** Where completion stands in a line that is being typed. */
struct options_place {
    const char *token; /**< what was typed of it: a pointer into the line */
    bool is_option;    /**< an option, which begins with a dash */
    /** The value otherwise; NULL where the command takes nothing more. */
    const struct command_value *value;
};

struct options_place options_find_place(const struct command_description *command,
                                        const char *line);

#endif
