/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "on_stop.h"

#include "output.h"
#include "session/query.h"
#include "settings.h"

static struct vmmap_session *session;
static enum on_stop shown = ON_STOP_OFF;
static PyObject
    *listener; /* owned: a Python function around on_event(); NULL before the first use */

static struct vmmap_error *show(void)
{
    const struct vmmap_query query = {.diff = shown == ON_STOP_DIFF,
                                      .quiet = shown == ON_STOP_DIFF};
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    struct vmmap_error *error = vmmap_session_query(session, &query, &text);
    vmmap_buffer_deinit(&text);
    return error;
}

/* GDB shows one sentence for a failure here, and goes on. */
static PyObject *on_event(PyObject *self, PyObject *event)
{
    (void)self;
    (void)event;
    struct vmmap_error *error = settings_apply(session) ? show() : error_from_exception();
    if (error)
        return exception_from_error(error);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyMethodDef definition = {"vmmap_on_stop", on_event, METH_O, NULL};

static bool call_registry(const char *method)
{
    OWNED PyObject *events = PyObject_GetAttrString(gdb_module, "events");
    OWNED PyObject *stops = events ? PyObject_GetAttrString(events, "stop") : NULL;
    OWNED PyObject *result = stops ? PyObject_CallMethod(stops, method, "O", listener) : NULL;
    return result != NULL;
}

void on_stop_init(struct vmmap_session *of_commands)
{
    session = of_commands;
}

bool on_stop_set(enum on_stop what)
{
    const bool was_on = shown != ON_STOP_OFF, is_on = what != ON_STOP_OFF;
    if (!listener)
        listener = PyCFunction_NewEx(&definition, NULL, NULL);
    if (!listener || (was_on != is_on && !call_registry(is_on ? "connect" : "disconnect")))
        return false;
    shown = what;
    return true;
}
