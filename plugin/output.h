/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_OUTPUT_H
#define VMMAP_PLUGIN_OUTPUT_H

/**
 * @file
 * Text to GDB's output stream, where paging, logging, `pipe` and to_string see it.
 */

#include "commands.h"
#include "object.h"

/**
 * Whether escape sequences may be written for a command. GDB passes what we write on to wherever
 * its output goes, escapes included, and does not tell where that is; so the answer is yes only if
 * it is certain that it is the user's terminal.
 */
bool output_is_colored(const struct command_call *call);

/** Writes UTF-8 text. False with an exception set: Ctrl-C, or `q` at the pager's prompt. */
bool output_write(const char *text, size_t size);

/** The same for what a buffer has. */
struct vmmap_error *output_drain(void *context, const char *text, size_t size);

/** Ends a command: writes what is left of its text, frees that, and raises an error, the command's
 *  (consumed) before the text's. Whether there was none. */
bool output_finish(struct vmmap_buffer *text, struct vmmap_error *error);

#define OUTPUT_BUFFER_INIT                                                                         \
    {                                                                                              \
        .drain = output_drain                                                                      \
    }

#endif
