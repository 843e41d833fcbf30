/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_INFERIOR_SCOPE_H
#define VMMAP_PLUGIN_INFERIOR_SCOPE_H

/**
 * @file
 * Another inferior for the time of one question. What the user had selected, inferior, thread and
 * frame, is selected again afterwards.
 */

#include "object.h"

struct inferior_scope {
    PyObject *inferior, *thread, *frame; /* owned: what was selected; NULL for nothing to restore */
};

/** Selects an inferior, by its number or as a gdb.Inferior. False with an exception set, and
 * nothing has changed then. */
bool inferior_scope_enter(struct inferior_scope *scope, PyObject *inferior);

/** Selects what was selected before. An exception that is set stays set. */
void inferior_scope_leave(struct inferior_scope *scope);

#endif
