/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_REGISTERS_H
#define VMMAP_PLUGIN_REGISTERS_H

/**
 * @file
 * Registers as numbers. A register that a target lacks is void to GDB, and some are vectors: all
 * that is no number is simply not there.
 */

#include <stddef.h>
#include <stdint.h>

#include "map/register.h"
#include "object.h"

/** A gdb.Value as a number; false, without an exception, when it is NULL or none. */
bool registers_value(PyObject *value, uint64_t *ret);

/** A register of a gdb.Frame; false, without an exception, when it has none of that name. */
bool registers_read(PyObject *frame, const char *name, uint64_t *ret);

/**
 * A register of the selected frame, without an object for that frame. GDB gives such an object an
 * identity, for which it unwinds, and so reads the unwind tables and symbols of whatever function
 * each thread is in. False, without an exception, when it can not be had: also in a language that
 * can not express it ("set language unknown"). A name that is no register would become a
 * convenience variable: see registers_has().
 */
bool registers_evaluate(const char *name, uint64_t *ret);

/** Whether a gdb.Architecture has a register of that name. False with an exception set on failure.
 */
bool registers_has(PyObject *architecture, const char *name, bool *ret);

/** A register of the selected thread. `*found` is false when there is none; false, with an
 *  exception set, when there are no registers at all. */
bool registers_read_selected(const char *name, uint64_t *ret, bool *found);

/** The selected thread's first `limit` general registers that are numbers. False with an exception
 *  set when there are no registers at all. */
bool registers_read_general(struct vmmap_register *ret, size_t limit, size_t *count);

#endif
