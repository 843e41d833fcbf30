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

bool command_register(const char *name, const char *group, const char *doc, PyMethodDef *methods,
                      bool is_prefix)
{
    OWNED PyObject *type = type_create("vmmap.Command", "Command", doc, methods);
    OWNED PyObject *group_code = type ? PyObject_GetAttrString(gdb_module, group) : NULL;
    if (!group_code)
        return false;
    OWNED PyObject *command = NULL;
    if (is_prefix) {
        OWNED PyObject *completer = PyObject_GetAttrString(gdb_module, "COMPLETE_NONE");
        command = completer
                      ? PyObject_CallFunction(type, "sOOO", name, group_code, completer, Py_True)
                      : NULL;
    } else {
        command = PyObject_CallFunction(type, "sO", name, group_code);
    }
    return command != NULL;
}

PyObject *command_run(PyObject *args, bool (*run)(const char *line, bool from_tty))
{
    OWNED PyObject *line = PySequence_GetItem(args, 0);
    OWNED PyObject *from_tty = PySequence_GetItem(args, 1);
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool done = line && from_tty && object_append_text(line, &text);
    vmmap_buffer_append(&text, "", 1);
    done = done && !text.failed && run(text.data, PyObject_IsTrue(from_tty) == 1);
    vmmap_buffer_deinit(&text);
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
