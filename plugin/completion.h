/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_COMPLETION_H
#define VMMAP_PLUGIN_COMPLETION_H

/**
 * @file
 * Completion of the vmmap command: its options, the names that are mapped right now, and symbols.
 */

#include "object.h"
#include "session/session.h"

/** What gdb.Command.complete(text, word) is to return; `args` is the tuple of both. */
PyObject *completion_answer(struct vmmap_session *session, PyObject *args);

#endif
