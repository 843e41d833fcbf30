/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "object.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/scan.h"
#include "interrupt.h"
#include "render/text.h"

PyObject *gdb_module;

PyObject *object_optional(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    if (!value)
        exception_forget();
    return value;
}

PyObject *gdb_optional(const char *name)
{
    return object_optional(gdb_module, name);
}

bool gdb_run(const char *command)
{
    OWNED PyObject *result = PyObject_CallMethod(gdb_module, "execute", "s", command);
    return result != NULL;
}

/* "set language unknown" has no parser: GDB 10 fails an assertion in whatever is evaluated then. */
static bool language_is_unknown(void)
{
    OWNED PyObject *language = PyObject_CallMethod(gdb_module, "parameter", "s", "language");
    if (!language)
        exception_forget();
    return language && PyUnicode_CompareWithASCIIString(language, "unknown") == 0;
}

PyObject *gdb_evaluate(const char *expression)
{
    if (!language_is_unknown())
        return PyObject_CallMethod(gdb_module, "parse_and_eval", "s", expression);
    OWNED PyObject *type = PyObject_GetAttrString(gdb_module, "error");
    if (type) {
        PyErr_SetString(type,
                        "There are no expressions in the language \"unknown\": choose another "
                        "with \"set language\".");
    }
    return NULL;
}

bool gdb_capture(const char *command, struct vmmap_buffer *ret)
{
    interrupt_watch_begin();
    OWNED PyObject *text =
        PyObject_CallMethod(gdb_module, "execute", "sOO", command, Py_False, Py_True);
    if (interrupt_watch_end() && !text) {
        PyErr_Clear();
        PyErr_SetNone(PyExc_KeyboardInterrupt);
    }
    return text && object_append_text(text, ret);
}

bool gdb_parameter_is_on(const char *name)
{
    OWNED PyObject *value = PyObject_CallMethod(gdb_module, "parameter", "s", name);
    int on = value ? PyObject_IsTrue(value) : -1;
    if (on < 0)
        exception_forget();
    return on > 0;
}

bool object_test(PyObject *object, const char *method)
{
    OWNED PyObject *value = PyObject_CallMethod(object, method, NULL);
    int on = value ? PyObject_IsTrue(value) : -1;
    if (on < 0)
        exception_forget();
    return on > 0;
}

bool object_get_unsigned(PyObject *object, const char *attribute, uint64_t *ret)
{
    OWNED PyObject *value = PyObject_GetAttrString(object, attribute);
    if (!value)
        return false;
    *ret = PyLong_AsUnsignedLongLongMask(value);
    return !PyErr_Occurred();
}

bool object_append_text(PyObject *string, struct vmmap_buffer *ret)
{
    OWNED PyObject *bytes = PyUnicode_AsEncodedString(string, "utf-8", "surrogateescape");
    char *data;
    Py_ssize_t size;
    if (!bytes || PyBytes_AsStringAndSize(bytes, &data, &size) < 0)
        return false;
    vmmap_buffer_append(ret, data, (size_t)size);
    if (!ret->failed)
        return true;
    PyErr_NoMemory();
    return false;
}

PyObject *object_from_text(const char *text, size_t size)
{
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)size, "replace");
}

/* str(exception), as an error. */
static struct vmmap_error *error_from_value(PyObject *value)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    OWNED PyObject *string = value ? PyObject_Str(value) : NULL;
    struct vmmap_error *error;
    if (string && object_append_text(string, &text)) {
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%.*s", (int)text.size,
                                   text.data ? text.data : "");
    } else {
        PyErr_Clear();
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "GDB failed without saying why.");
    }
    vmmap_buffer_deinit(&text);
    return error;
}

struct vmmap_error *error_from_exception(void)
{
    if (!PyErr_Occurred())
        return &vmmap_error_no_memory;
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
        PyErr_Clear();
        return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit");
    }
    if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear();
        return &vmmap_error_no_memory;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    struct vmmap_error *error = error_from_value(value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return error;
}

struct vmmap_error *error_explain(const char *what, struct vmmap_error *cause)
{
    if (vmmap_error_is_fatal(cause))
        return cause;
    size_t size = strlen(cause->message);
    const char *end = size > 0 && cause->message[size - 1] == '.' ? "" : ".";
    struct vmmap_error *error =
        vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s: %s%s", what, cause->message, end);
    vmmap_error_destroy(cause);
    return error;
}

void exception_forget(void)
{
    bool interrupted = PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
    PyErr_Clear();
    if (interrupted)
        PyErr_SetInterrupt();
}

PyObject *exception_from_error(struct vmmap_error *error)
{
    if (error->code == VMMAP_ERROR_INTERRUPTED)
        PyErr_SetNone(PyExc_KeyboardInterrupt);
    else
        raise_user_error("%s", error->message);
    vmmap_error_destroy(error);
    return NULL;
}

bool exception_unless_ok(struct vmmap_error *error)
{
    if (error)
        exception_from_error(error);
    return !error;
}

/* A message with nothing in it that a terminal would obey; GDB's own may have several lines. */
static PyObject *message_from_text(const char *message)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_scan rest = vmmap_scan_over(message, strlen(message)), line;
    while (vmmap_scan_line(&rest, &line)) {
        char *copy = strndup(line.at, (size_t)(line.end - line.at));
        if (text.size > 0)
            vmmap_buffer_append(&text, "\n", 1);
        if (copy)
            vmmap_text_append_escaped(&text, copy);
        text.failed = text.failed || !copy;
        free(copy);
    }
    PyObject *string =
        text.failed ? PyErr_NoMemory() : object_from_text(text.data ? text.data : "", text.size);
    vmmap_buffer_deinit(&text);
    return string;
}

PyObject *raise_user_error(const char *format, ...)
{
    char *message = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&message, format, args);
    va_end(args);
    if (length < 0)
        return PyErr_NoMemory();
    OWNED PyObject *type = gdb_optional("GdbError");
    OWNED PyObject *text = message_from_text(message);
    free(message);
    if (text)
        PyErr_SetObject(type ? type : PyExc_RuntimeError, text);
    return NULL;
}
