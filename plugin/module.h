/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MODULE_H
#define VMMAP_PLUGIN_MODULE_H

/**
 * @file
 * What `import vmmap` offers to Python in GDB. vmmap.pyi is its type stub.
 */

#include "object.h"
#include "session/session.h"

/** The functions of the module, to be in its definition. */
extern PyMethodDef module_methods[];

/** Adds the types. `session` must outlive the module. False with an exception set on failure. */
bool module_register(PyObject *module, struct vmmap_session *session);

#endif
