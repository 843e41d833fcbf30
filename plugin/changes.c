/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "changes.h"

#include "quiet.h"

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

/* The event after which the program may have run, calls of functions in it included. */
static const char *const run_names[] = {"cont"};

struct listener {
    const char *const *events;
    size_t event_count;
    PyMethodDef definition;
    PyObject *function; /* owned, or NULL: a Python function around the definition's */
    bool connected;
};

static PyObject *on_change(PyObject *self, PyObject *event);
static PyObject *on_run(PyObject *self, PyObject *event);

static struct listener change_listener = {
    .events = event_names,
    .event_count = sizeof(event_names) / sizeof(event_names[0]),
    .definition = {"vmmap_target_changed", on_change, METH_O, NULL},
};
static struct listener run_listener = {
    .events = run_names,
    .event_count = sizeof(run_names) / sizeof(run_names[0]),
    .definition = {"vmmap_target_runs", on_run, METH_O, NULL},
};

static uint64_t generation = 1;
static uint64_t run = 1;
static PyObject *selected_before; /* owned: the thread that was selected the last time, or NULL */

/* Connects or disconnects; events that this GDB does not have are passed over. */
static void call_registries(const struct listener *listener, const char *method)
{
    OWNED PyObject *events = gdb_optional("events");
    for (size_t i = 0; events && i < listener->event_count; i++) {
        OWNED PyObject *registry = object_optional(events, listener->events[i]);
        if (!registry)
            continue;
        OWNED PyObject *result = PyObject_CallMethod(registry, method, "O", listener->function);
        if (!result)
            exception_forget();
    }
}

static void disconnect(struct listener *listener)
{
    if (listener->connected)
        call_registries(listener, "disconnect");
    listener->connected = false;
}

static bool connect(struct listener *listener)
{
    if (!listener->function)
        listener->function = PyCFunction_NewEx(&listener->definition, NULL, NULL);
    if (!listener->function)
        return false;
    if (!listener->connected)
        call_registries(listener, "connect");
    listener->connected = true;
    return true;
}

static PyObject *on_change(PyObject *self, PyObject *event)
{
    (void)self;
    (void)event;
    generation++;
    disconnect(&change_listener);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *on_run(PyObject *self, PyObject *event)
{
    (void)self;
    (void)event;
    run++;
    disconnect(&run_listener);
    Py_INCREF(Py_None);
    return Py_None;
}

/* Whether a thread of the inferior runs. In doubt one does. */
static bool ask_running(void *context)
{
    PyObject *inferior = context;
    OWNED PyObject *threads = PyObject_CallMethod(inferior, "threads", NULL);
    const Py_ssize_t count = threads ? PySequence_Size(threads) : -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        OWNED PyObject *thread = PySequence_GetItem(threads, i);
        if (!thread || object_test(thread, "is_running"))
            return true;
    }
    return count < 0;
}

/* While a thread runs, the map may change at any moment, and no event will tell. Without non-stop
 * mode they all run or all stand, so there the list, a round trip to a remote target, is not asked
 * for. */
static bool any_runs(PyObject *inferior)
{
    if (!gdb_parameter_is_on("non-stop"))
        return false;
    bool runs = quietly(ask_running, inferior) || PyErr_Occurred();
    exception_forget();
    return runs;
}

/* Whether something may have changed of which no event tells. */
static bool changed_unseen(const struct changes_view *view)
{
    static bool was_momentary;
    const bool has_run = was_momentary || view->is_momentary;
    was_momentary = view->is_momentary;
    /* After detach and attach to the same process the number is the same and no event has fired,
     * but the thread object of before has become invalid. */
    return has_run || (selected_before && !object_test(selected_before, "is_valid")) ||
           any_runs(view->inferior);
}

bool changes_describe(const struct changes_view *view, uint64_t *ret_generation, uint64_t *ret_run)
{
    if (!connect(&change_listener) || !connect(&run_listener))
        return false;
    if (changed_unseen(view)) {
        generation++;
        run++;
    }
    Py_XINCREF(view->thread);
    Py_XDECREF(selected_before);
    selected_before = view->thread;
    *ret_generation = generation;
    *ret_run = run;
    return true;
}
