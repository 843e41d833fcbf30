/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inferior_scope.h"

#include <inttypes.h>
#include <stdio.h>

/* The number of an inferior. False with an exception set. */
static bool find_number(PyObject *inferior, uint64_t *ret)
{
    if (PyLong_Check(inferior)) {
        *ret = PyLong_AsUnsignedLongLong(inferior);
        return !PyErr_Occurred();
    }
    OWNED PyObject *type = PyObject_GetAttrString(gdb_module, "Inferior");
    int fits = type ? PyObject_IsInstance(inferior, type) : -1;
    if (fits > 0)
        return object_get_unsigned(inferior, "num", ret);
    if (fits == 0)
        PyErr_Format(PyExc_TypeError, "inferior has to be a number or a gdb.Inferior, not %R",
                     inferior);
    return false;
}

/* The inferior of this number, or NULL: with an exception set. */
static PyObject *find_inferior(uint64_t number)
{
    OWNED PyObject *inferiors = PyObject_CallMethod(gdb_module, "inferiors", NULL);
    const Py_ssize_t count = inferiors ? PySequence_Size(inferiors) : -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        uint64_t found;
        PyObject *inferior = PySequence_GetItem(inferiors, i);
        if (inferior && object_get_unsigned(inferior, "num", &found) && found == number)
            return inferior;
        Py_XDECREF(inferior);
        if (PyErr_Occurred())
            return NULL;
    }
    if (count >= 0)
        PyErr_Format(PyExc_ValueError, "there is no inferior %llu", (unsigned long long)number);
    return NULL;
}

static bool call(PyObject *object, const char *method)
{
    OWNED PyObject *result = PyObject_CallMethod(object, method, NULL);
    return result != NULL;
}

/* Through one of its threads, without a word; an inferior without threads by GDB's command, whose
 * words nobody sees. */
static bool select_inferior(PyObject *inferior)
{
    uint64_t number;
    OWNED PyObject *threads = PyObject_CallMethod(inferior, "threads", NULL);
    const Py_ssize_t count = threads ? PySequence_Size(threads) : -1;
    if (count > 0) {
        /* The last of the tuple is the first thread. */
        OWNED PyObject *thread = PySequence_GetItem(threads, count - 1);
        return thread && call(thread, "switch");
    }
    if (count < 0 || !object_get_unsigned(inferior, "num", &number))
        return false;
    char command[64];
    struct vmmap_buffer words = VMMAP_BUFFER_INIT;
    snprintf(command, sizeof(command), "inferior %" PRIu64, number);
    bool done = gdb_capture(command, &words);
    vmmap_buffer_deinit(&words);
    return done;
}

static void forget_scope(struct inferior_scope *scope)
{
    Py_CLEAR(scope->frame);
    Py_CLEAR(scope->thread);
    Py_CLEAR(scope->inferior);
}

/* What is selected now. A thread that runs has no frame. */
static bool remember(struct inferior_scope *scope)
{
    scope->inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    scope->thread =
        scope->inferior ? PyObject_CallMethod(gdb_module, "selected_thread", NULL) : NULL;
    if (!scope->thread)
        return false;
    scope->frame = PyObject_CallMethod(gdb_module, "selected_frame", NULL);
    if (!scope->frame)
        exception_forget();
    return true;
}

bool inferior_scope_enter(struct inferior_scope *scope, PyObject *inferior)
{
    uint64_t wanted, selected;
    *scope = (struct inferior_scope){.inferior = NULL};
    if (!find_number(inferior, &wanted))
        return false;
    OWNED PyObject *found = find_inferior(wanted);
    if (!found || !remember(scope) || !object_get_unsigned(scope->inferior, "num", &selected)) {
        forget_scope(scope);
        return false;
    }
    if (selected == wanted) {
        forget_scope(scope);
        return true;
    }
    if (select_inferior(found))
        return true;
    inferior_scope_leave(scope);
    return false;
}

void inferior_scope_leave(struct inferior_scope *scope)
{
    PyObject *type, *value, *traceback;
    if (!scope->inferior)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    bool restored =
        scope->thread != Py_None ? call(scope->thread, "switch") : select_inferior(scope->inferior);
    if (restored && scope->frame)
        restored = call(scope->frame, "select");
    if (!restored)
        exception_forget();
    PyErr_Restore(type, value, traceback);
    forget_scope(scope);
}
