/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_COMPLETION_H
#define VMMAP_PLUGIN_COMPLETION_H

/**
 * @file
 * Completion of the commands: their options, words, files, the names that are mapped right now, and
 * symbols.
 */

#include "descriptions/description.h"
#include "object.h"
#include "session/session.h"

/** What gdb.Command.complete(text, word) is to return; `args` is the tuple of both. */
PyObject *completion_answer(struct vmmap_session *session,
                            const struct command_description *command, PyObject *args);

#endif
