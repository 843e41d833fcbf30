/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_TYPES_H
#define VMMAP_PLUGIN_TYPES_H

/**
 * @file
 * Classes derived from GDB's, made in C: commands and parameters.
 */

#include "object.h"

/** A class derived from gdb.<base>. `methods` and what they point to must stay. */
PyObject *type_create(const char *name, const char *base, const char *doc, PyMethodDef *methods);

/** Registers a command of a class. `group` is a gdb.COMMAND_ constant, which `help` lists it under.
 *  False with an exception set on failure. */
bool command_create(PyObject *type, const char *name, const char *group);

/** Registers a command with a class of its own. */
bool command_register(const char *name, const char *group, const char *doc, PyMethodDef *methods);

/** Registers a prefix, such as "set vmmap", with a class of its own. */
bool prefix_register(const char *name, const char *group, const char *doc, PyMethodDef *methods);

/**
 * What a command's invoke(argument, from_tty) does: hands the line to `run`, and shows any failure
 * of it as one sentence.
 */
PyObject *command_run(PyObject *args, bool (*run)(void *context, const char *line, bool from_tty),
                      void *context);

/** Whether GDB has a command of exactly this name now. */
bool command_exists(const char *name);

#endif
