/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "changes.h"

/* Whatever can make a map wrong. A stop is not among them: before a stop comes `cont`. */
static const char *const event_names[] = {
    "cont",
    "exited",
    "new_objfile",
    "free_objfile",
    "clear_objfiles",
    "inferior_call",
    "memory_changed",
    "new_inferior",
    "register_changed",
    "inferior_deleted",
    "new_progspace",
    "executable_changed",
    "free_progspace",
    "connection_removed",
};

enum { EVENT_COUNT = sizeof(event_names) / sizeof(event_names[0]) };

static uint64_t generation = 1;
static bool listening;
static PyObject *listener;        /* owned: a Python function around on_change() */
static PyObject *selected_before; /* owned: the thread that was selected the last time, or NULL */

/* Connects or disconnects the listener; events that this GDB does not have are passed over. */
static void call_registries(const char *method)
{
    OWNED PyObject *events = gdb_optional("events");
    for (size_t i = 0; events && i < EVENT_COUNT; i++) {
        OWNED PyObject *registry = object_optional(events, event_names[i]);
        if (!registry)
            continue;
        OWNED PyObject *result = PyObject_CallMethod(registry, method, "O", listener);
        if (!result)
            exception_forget();
    }
}

static PyObject *on_change(PyObject *self, PyObject *event)
{
    (void)self;
    (void)event;
    generation++;
    if (listening)
        call_registries("disconnect");
    listening = false;
    Py_INCREF(Py_None);
    return Py_None;
}

static PyMethodDef listener_definition = {"vmmap_target_changed", on_change, METH_O, NULL};

static bool listen_for_changes(void)
{
    if (!listener)
        listener = PyCFunction_NewEx(&listener_definition, NULL, NULL);
    if (!listener)
        return false;
    if (!listening)
        call_registries("connect");
    listening = true;
    return true;
}

/* While a thread runs, the map may change at any moment, and no event will tell. Without non-stop
 * mode they all run or all stand, so there the list, a round trip to a remote target, is not asked
 * for. In doubt one runs. */
static bool any_runs(PyObject *inferior)
{
    if (!gdb_parameter_is_on("non-stop"))
        return false;
    OWNED PyObject *threads = PyObject_CallMethod(inferior, "threads", NULL);
    Py_ssize_t count = threads ? PySequence_Size(threads) : -1;
    if (count < 0) {
        exception_forget();
        return true;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        OWNED PyObject *thread = PySequence_GetItem(threads, i);
        if (!thread) {
            exception_forget();
            return true;
        }
        if (object_test(thread, "is_running"))
            return true;
    }
    return false;
}

uint64_t changes_generation(PyObject *inferior, PyObject *selected)
{
    if (!listen_for_changes())
        return 0;
    /* After detach and attach to the same process the number is the same and no event has fired,
     * but the thread object of before has become invalid. */
    if ((selected_before && !object_test(selected_before, "is_valid")) || any_runs(inferior))
        generation++;
    Py_XINCREF(selected);
    Py_XDECREF(selected_before);
    selected_before = selected;
    return generation;
}
