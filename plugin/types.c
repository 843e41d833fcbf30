/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "types.h"

#include <string.h>

#include "formats/scan.h"

PyObject *type_create(const char *name, const char *base, const char *doc, PyMethodDef *methods)
{
    PyType_Slot slots[] = {{Py_tp_doc, (void *)doc}, {Py_tp_methods, methods}, {0, NULL}};
    PyType_Spec spec = {.name = name, .flags = Py_TPFLAGS_DEFAULT, .slots = slots};
    OWNED PyObject *base_type = PyObject_GetAttrString(gdb_module, base);
    OWNED PyObject *bases = base_type ? PyTuple_Pack(1, base_type) : NULL;
    return bases ? PyType_FromSpecWithBases(&spec, bases) : NULL;
}

bool command_create(PyObject *type, const char *name, const char *group)
{
    OWNED PyObject *group_code = PyObject_GetAttrString(gdb_module, group);
    OWNED PyObject *command =
        group_code ? PyObject_CallFunction(type, "sO", name, group_code) : NULL;
    return command != NULL;
}

bool command_register(const char *name, const char *group, const char *doc, PyMethodDef *methods)
{
    OWNED PyObject *type = type_create("vmmap.Command", "Command", doc, methods);
    return type && command_create(type, name, group);
}

bool prefix_register(const char *name, const char *group, const char *doc, PyMethodDef *methods)
{
    OWNED PyObject *type = type_create("vmmap.Command", "Command", doc, methods);
    OWNED PyObject *group_code = type ? PyObject_GetAttrString(gdb_module, group) : NULL;
    OWNED PyObject *completer =
        group_code ? PyObject_GetAttrString(gdb_module, "COMPLETE_NONE") : NULL;
    OWNED PyObject *command =
        completer ? PyObject_CallFunction(type, "sOOO", name, group_code, completer, Py_True)
                  : NULL;
    return command != NULL;
}

PyObject *command_run(PyObject *args, bool (*run)(void *context, const char *line, bool from_tty),
                      void *context)
{
    OWNED PyObject *line = PySequence_GetItem(args, 0);
    OWNED PyObject *from_tty = PySequence_GetItem(args, 1);
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool done = line && from_tty && object_append_text(line, &text);
    vmmap_buffer_append(&text, "", 1);
    done = done && !text.failed && run(context, text.data, PyObject_IsTrue(from_tty) == 1);
    vmmap_buffer_deinit(&text);
    /* A Ctrl-C that nobody has looked at yet would be raised in the next Python code that GDB runs,
     * a hook's or an event's, where it is printed as "Python Exception". */
    done = done && PyErr_CheckSignals() == 0;
    /* GDB shows one sentence for its GdbError, and puts words before any other exception. */
    if (!done)
        return exception_from_error(error_from_exception());
    Py_INCREF(Py_None);
    return Py_None;
}

bool command_exists(const char *name)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    vmmap_buffer_printf(&text, "complete %s", name);
    vmmap_buffer_append(&text, "", 1);
    struct vmmap_buffer answers = VMMAP_BUFFER_INIT;
    bool exists = false;
    if (!text.failed && gdb_capture(text.data, &answers)) {
        struct vmmap_scan rest = vmmap_scan_over(answers.data, answers.size), line;
        while (!exists && vmmap_scan_line(&rest, &line)) {
            exists = (size_t)(line.end - line.at) == strlen(name) &&
                     memcmp(line.at, name, strlen(name)) == 0;
        }
    }
    exception_forget();
    vmmap_buffer_deinit(&answers);
    vmmap_buffer_deinit(&text);
    return exists;
}
