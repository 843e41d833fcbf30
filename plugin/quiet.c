/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * GDB leads its streams away in one place only, for the time of gdb.execute(..., to_string=True),
 * so what is to be quiet has to run as a command: one of ours, which calls back. Warnings go to
 * gdb_stderr; execute_fn_to_ui_file() of gdb/top.c leads that away too, in GDB 7 to 18.
 */

#include "quiet.h"

#include "interrupt.h"
#include "types.h"

#define COMMAND "maintenance vmmap-ask"

/*
 * gdb.execute() ends with the commands of the breakpoint that the program stopped at
 * (bpstat_do_actions()), which is too early where we are asked from within a stop event: they may
 * continue the program in the middle of our answer. Only an error on the way out prevents that, and
 * it must not come from a command, which would throw the breakpoint's commands away
 * (execute_command(), bpstat_clear_actions()), nor need anything of the target, as an expression
 * does: a definition of what can be no command's name (do_define_command(), GDB 9 and later).
 */
static const char lines[] = COMMAND "\ndefine ?\nend";

struct call {
    bool (*ask)(void *context);
    void *context;
    bool is_answered;
    bool answer;
    PyObject *type, *value, *traceback; /* the exception that ask() left, or NULLs */
};

static struct call *waiting; /* what the command is to do; NULL when the user types it */

static PyObject *invoke_ask(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    struct call *call = waiting;
    waiting = NULL;
    if (call) {
        call->answer = call->ask(call->context);
        call->is_answered = true;
        PyErr_Fetch(&call->type, &call->value, &call->traceback);
    }
    Py_INCREF(Py_None);
    return Py_None;
}

/* Runs the command; whether Ctrl-C was pressed meanwhile. Leaves no exception. */
static bool run_waiting(void)
{
    interrupt_watch_begin();
    OWNED PyObject *result =
        PyObject_CallMethod(gdb_module, "execute", "sOO", lines, Py_False, Py_True);
    bool interrupted = PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
    PyErr_Clear(); /* what is wrong with the definition */
    if (interrupt_watch_end()) {
        interrupted = true;
        (void)PyErr_CheckSignals(); /* or it would come a second time */
        PyErr_Clear();
    }
    return interrupted;
}

/* Whether to GDB the program runs: in the condition of a breakpoint. There the error on the way out
 * would end the user's `continue` while the program goes on (async_enable_stdin() in
 * execute_gdb_command() of gdb/python/python.c). */
static bool program_runs(void)
{
    OWNED PyObject *thread = PyObject_CallMethod(gdb_module, "selected_thread", NULL);
    if (!thread)
        exception_forget();
    return thread && thread != Py_None && object_test(thread, "is_running");
}

bool quietly(bool (*ask)(void *context), void *context)
{
    static bool is_quiet;
    struct call call = {.ask = ask, .context = context};
    if (is_quiet || program_runs())
        return ask(context);
    is_quiet = true;
    waiting = &call;
    bool interrupted = run_waiting();
    waiting = NULL;
    is_quiet = false;
    if (interrupted) {
        Py_XDECREF(call.type);
        Py_XDECREF(call.value);
        Py_XDECREF(call.traceback);
        PyErr_SetNone(PyExc_KeyboardInterrupt);
        return false;
    }
    if (!call.is_answered) /* somebody has taken the command's name */
        return ask(context);
    PyErr_Restore(call.type, call.value, call.traceback);
    return call.answer;
}

static PyMethodDef methods[] = {{"invoke", invoke_ask, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

bool quiet_register(void)
{
    return command_register(COMMAND, "COMMAND_MAINTENANCE",
                            "Ask GDB for something without what it prints.\n"
                            "Usage: " COMMAND "\n\n"
                            "The vmmap plugin runs this itself; typed, it does nothing.",
                            methods);
}
