/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_OBJECT_H
#define VMMAP_PLUGIN_OBJECT_H

/**
 * @file
 * Python objects in C without leaks, and the bridge between Python's exceptions and our errors.
 *
 * A function that returns PyObject * returns a new reference, or NULL with an exception set.
 */

#include "base/buffer.h"
#include "base/error.h"
#include "python.h"

static inline void object_release(PyObject **object)
{
    Py_XDECREF(*object);
}

/** A reference that is given up at the end of the scope. Must be initialised. */
#define OWNED __attribute__((cleanup(object_release), unused))

/** GDB's Python module: a borrowed reference that stays good. NULL before plugin_register(). */
extern PyObject *gdb_module;

/** An attribute of GDB's module, or NULL without an exception where this GDB does not have it. */
PyObject *gdb_optional(const char *name);

/** An attribute of `object`, or NULL without an exception where it does not have it. */
PyObject *object_optional(PyObject *object, const char *name);

/** gdb.execute(command, from_tty = False): whether it succeeded; what it prints goes to the user.
 */
bool gdb_run(const char *command);

/** gdb.parse_and_eval(), but an exception also where it would end GDB. */
PyObject *gdb_evaluate(const char *expression);

/** Runs a command and appends what it prints to `*ret`. False with an exception set on failure. */
bool gdb_capture(const char *command, struct vmmap_buffer *ret);

/** gdb.parameter(name) is true. False, without an exception, for a parameter that is not there. */
bool gdb_parameter_is_on(const char *name);

/** Whether `object.method()` is true; false, without an exception, when it can not be called. */
bool object_test(PyObject *object, const char *method);

/** An unsigned integer attribute; false, with an exception set, when there is none. */
bool object_get_unsigned(PyObject *object, const char *attribute, uint64_t *ret);

/** Appends the bytes of a string: UTF-8, and undecodable input bytes as they were. */
bool object_append_text(PyObject *string, struct vmmap_buffer *ret);

/** The string of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
PyObject *object_from_text(const char *text, size_t size);

/**
 * Takes the exception that is set and makes it an error: Ctrl-C, memory, or UNAVAILABLE with the
 * exception's own text. Without an exception it was a buffer that ran out of memory. Never NULL.
 */
VMMAP_CHECKED struct vmmap_error *error_from_exception(void);

/**
 * An error that says what failed and why: "<what>: <cause>", ending in a period. Consumes the
 * cause, and hands it on as it is when it is fatal.
 */
VMMAP_CHECKED struct vmmap_error *error_explain(const char *what, struct vmmap_error *cause);

/**
 * Forgets the exception that is set, if any, because there is a way to go on without. Ctrl-C is not
 * forgotten: it becomes pending again, for whoever polls next.
 */
void exception_forget(void);

/** Raises an error as an exception that GDB shows as one sentence; consumes it. Returns NULL. */
PyObject *exception_from_error(struct vmmap_error *error);

/** Whether there is no error; raises the one that there is as exception_from_error() does. */
bool exception_unless_ok(struct vmmap_error *error);

/** Raises gdb.GdbError with a printf-style message, which is escaped as names are: shown without a
 *  traceback. Returns NULL. */
PyObject *raise_user_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
