/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_OUTPUT_H
#define VMMAP_PLUGIN_OUTPUT_H

/**
 * @file
 * Text to GDB's output stream, where paging, logging, `pipe` and to_string see it.
 */

#include "object.h"

/**
 * Whether escape sequences may be written for a command that was called with these arguments.
 * GDB passes what we write on to wherever its output goes, escapes included, and does not tell
 * where that is; so the answer is yes only if it is certain that it is the user's terminal.
 */
bool output_is_colored(const char *arguments, bool from_tty);

/** Writes UTF-8 text. False with an exception set: Ctrl-C, or `q` at the pager's prompt. */
bool output_write(const char *text, size_t size);

#endif
