/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The ways into GDB. The same file is a JIT reader (`jit-reader-load vmmap.so`, the only way GDB
 * has to load a C shared object) and a Python extension module (`python import vmmap`). Both
 * register the commands once and then do nothing: the object stays loaded (-z nodelete), so that
 * loading it again finds the commands where they are.
 */

#include <gdb/jit-reader.h>
#include <stdio.h>

#include "commands.h"
#include "functions.h"
#include "jit_slot.h"
#include "mi.h"
#include "module.h"
#include "object.h"
#include "on_stop.h"
#include "quiet.h"
#include "settings.h"

#define EXPORTED __attribute__((visibility("default")))

#pragma GCC visibility push(default)
GDB_DECLARE_GPL_COMPATIBLE_READER
#pragma GCC visibility pop

static const char module_name[] = "vmmap";
static const char module_mark[] = "gdb_vmmap_plugin";

static struct PyModuleDef module_definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = module_name,
    .m_doc = "The memory map of the program that GDB debugs. Importing registers the commands.",
    .m_size = -1,
    .m_methods = module_methods,
};

/* Whether sys.modules has us, perhaps from another copy of this file. */
static PyObject *find_loaded_module(void)
{
    PyObject *modules = PyImport_GetModuleDict(); /* borrowed */
    PyObject *module = PyDict_GetItemString(modules, module_name);
    OWNED PyObject *mark = module ? object_optional(module, module_mark) : NULL;
    if (!mark)
        return NULL;
    Py_INCREF(module);
    return module;
}

static bool register_everything(PyObject *module)
{
    if (!quiet_register() || !settings_register() || !commands_register())
        return false;
    struct vmmap_session *session = commands_session();
    on_stop_init(session);
    return functions_register(session) && mi_register(session) && module_register(module, session);
}

/* The module, registered commands included; made by the first call only. */
static PyObject *load_module(void)
{
    if (!gdb_module)
        gdb_module = PyImport_ImportModule("gdb");
    if (!gdb_module)
        return NULL;
    PyObject *loaded = find_loaded_module();
    if (loaded)
        return loaded;
    OWNED PyObject *module = PyModule_Create(&module_definition);
    if (!module || PyModule_AddIntConstant(module, module_mark, 1) < 0 ||
        !register_everything(module) ||
        PyDict_SetItemString(PyImport_GetModuleDict(), module_name, module) < 0)
        return NULL;
    Py_INCREF(module);
    return module;
}

EXPORTED PyMODINIT_FUNC PyInit_vmmap(void)
{
    return load_module();
}

static enum gdb_status read_debug_info(struct gdb_reader_funcs *self,
                                       struct gdb_symbol_callbacks *callbacks, void *memory,
                                       long size)
{
    (void)self;
    (void)callbacks;
    (void)memory;
    (void)size;
    return GDB_FAIL;
}

static enum gdb_status unwind(struct gdb_reader_funcs *self, struct gdb_unwind_callbacks *callbacks)
{
    (void)self;
    (void)callbacks;
    return GDB_FAIL;
}

static struct gdb_frame_id get_frame_id(struct gdb_reader_funcs *self,
                                        struct gdb_unwind_callbacks *callbacks)
{
    (void)self;
    (void)callbacks;
    return (struct gdb_frame_id){0, 0};
}

static void destroy(struct gdb_reader_funcs *self)
{
    (void)self;
    jit_slot_set_taken(false);
}

static void load_from_reader(void)
{
    PyGILState_STATE state = PyGILState_Ensure();
    OWNED PyObject *module = load_module();
    if (!module || !jit_slot_release_after_load()) {
        struct vmmap_error *error = error_from_exception();
        fprintf(stderr, "vmmap could not be loaded: %s\n", error->message);
        vmmap_error_destroy(error);
    }
    Py_CLEAR(module);
    PyGILState_Release(state);
}

/* GDB calls this from `jit-reader-load`; NULL would make it print a wrong error or crash. */
EXPORTED struct gdb_reader_funcs *gdb_init_reader(void)
{
    static struct gdb_reader_funcs reader = {
        .reader_version = GDB_READER_INTERFACE_VERSION,
        .read = read_debug_info,
        .unwind = unwind,
        .get_frame_id = get_frame_id,
        .destroy = destroy,
    };
    /* Every Python function is a weak symbol (python.h): in a GDB without Python they are NULL. */
    if (!PyGILState_Ensure || !Py_IsInitialized()) {
        fputs("vmmap needs a GDB with Python, and this one has none: install the full gdb package "
              "(not gdb-minimal).\n",
              stderr);
        return &reader;
    }
    jit_slot_set_taken(true);
    load_from_reader();
    return &reader;
}
