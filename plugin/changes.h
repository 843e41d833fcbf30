/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_CHANGES_H
#define VMMAP_PLUGIN_CHANGES_H

/**
 * @file
 * Whether the target may have changed since it was last looked at.
 *
 * Listeners are connected only while somebody keeps what it saw, and disconnect themselves with the
 * first event: a session that asks for no map costs nothing at any stop or step.
 */

#include <stdint.h>

#include "object.h"

/** What is looked at. */
struct changes_view {
    PyObject *inferior; /**< the selected one */
    PyObject *thread;   /**< the selected one, or NULL */
    /** In the condition of a breakpoint: the program will run on without any event. */
    bool is_momentary;
};

/**
 * Two numbers: one that differs from the last if the target may have changed in between, and one
 * that does if it may have run. False with an exception set on failure.
 */
bool changes_describe(const struct changes_view *view, uint64_t *generation, uint64_t *run);

#endif
