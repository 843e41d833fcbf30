/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "threads.h"

#include <stdlib.h>

#include "registers.h"

/* The registers that hold the thread pointer, by the names of GDB's target descriptions. On other
 * architectures it takes libthread_db, through InferiorThread.handle(). */
static const char *const thread_pointer_names[] = {
    "fs_base", /* x86-64 */
    "tpidr",   /* AArch64, GDB 12 */
    "tp",      /* RISC-V */
};

/* pthread_t, as the C library has it: with glibc it points into the thread's control block. */
static bool read_handle(PyObject *thread, uint64_t *ret)
{
    OWNED PyObject *handle = PyObject_CallMethod(thread, "handle", NULL);
    OWNED PyObject *type =
        handle ? PyObject_CallMethod(gdb_module, "lookup_type", "s", "unsigned long") : NULL;
    /* A value of the target's type, because the bytes are in the target's order. */
    OWNED PyObject *value =
        type ? PyObject_CallMethod(gdb_module, "Value", "OO", handle, type) : NULL;
    return registers_value(value, ret) && *ret != 0;
}

/* The one of them that an architecture has, or NULL. GDB 10 does not list fs_base, but a frame has
 * it. */
static bool choose_thread_pointer_name(PyObject *architecture, const char **ret)
{
    OWNED PyObject *frame = PyObject_CallMethod(gdb_module, "newest_frame", NULL);
    uint64_t value;
    if (!frame)
        exception_forget();
    bool found = false;
    for (size_t i = 0; i < sizeof(thread_pointer_names) / sizeof(thread_pointer_names[0]) && !found;
         i++) {
        if (!registers_has(architecture, thread_pointer_names[i], &found))
            return false;
        found = found || (frame && registers_read(frame, thread_pointer_names[i], &value));
        *ret = found ? thread_pointer_names[i] : NULL;
    }
    return true;
}

/* The name in this program. The answer for the architecture that was asked about last is kept (GDB
 * has one object for each, for ever): to go through all registers takes as long as a lookup. */
static const char *find_thread_pointer_name(PyObject *inferior)
{
    static PyObject *known;
    static const char *name;
    OWNED PyObject *architecture = PyObject_CallMethod(inferior, "architecture", NULL);
    const char *chosen = NULL;
    if (architecture && architecture == known)
        return name;
    if (!architecture || !choose_thread_pointer_name(architecture, &chosen)) {
        exception_forget();
        return NULL;
    }
    Py_XDECREF(known);
    Py_INCREF(architecture);
    known = architecture;
    name = chosen;
    return name;
}

/* Whether the thread is selected now, or could be made so. */
static bool select_thread(PyObject *thread, PyObject *selected)
{
    if (thread == selected)
        return true;
    OWNED PyObject *result = PyObject_CallMethod(thread, "switch", NULL);
    return result != NULL;
}

/* A register of the frame, or with NULL of the selected one. */
static bool read_register(PyObject *frame, const char *name, uint64_t *ret)
{
    return frame ? registers_read(frame, name, ret) : registers_evaluate(name, ret);
}

/* The registers of the selected thread. The frame that is selected is only known to be its newest
 * one where the thread was selected just now. */
static void read_selected(PyObject *thread, bool is_newest, const char *pointer_name,
                          struct vmmap_thread *ret)
{
    OWNED PyObject *frame = NULL;
    ret->has_stack_pointer = is_newest && registers_evaluate("sp", &ret->stack_pointer);
    if (!ret->has_stack_pointer) {
        frame = PyObject_CallMethod(gdb_module, "newest_frame", NULL);
        if (!frame) {
            exception_forget();
            return;
        }
        ret->has_stack_pointer = registers_read(frame, "sp", &ret->stack_pointer);
    }
    ret->has_thread_pointer =
        (pointer_name && read_register(frame, pointer_name, &ret->thread_pointer) &&
         ret->thread_pointer != 0) ||
        read_handle(thread, &ret->thread_pointer);
}

/* A thread that runs or has gone has no registers: that leaves the record without them. */
static void read_registers(PyObject *thread, PyObject **selected, const char *pointer_name,
                           struct vmmap_thread *ret)
{
    if (!object_test(thread, "is_valid") || object_test(thread, "is_running") ||
        !select_thread(thread, *selected)) {
        exception_forget();
        return;
    }
    bool is_newest = thread != *selected;
    *selected = thread;
    read_selected(thread, is_newest, pointer_name, ret);
}

/* The inferior's number where `info threads` puts it before the threads': not while there is one
 * inferior only, the first (show_inferior_qualified_tids() of gdb/inferior.c). 0 then. */
static bool find_qualifier(PyObject *inferior, unsigned int *ret)
{
    uint64_t number;
    OWNED PyObject *all = PyObject_CallMethod(gdb_module, "inferiors", NULL);
    Py_ssize_t count = all ? PySequence_Size(all) : -1;
    if (count < 0 || !object_get_unsigned(inferior, "num", &number))
        return false;
    *ret = count > 1 || number != 1 ? (unsigned int)number : 0;
    return true;
}

static bool read_ids(PyObject *thread, struct vmmap_thread *ret)
{
    uint64_t number;
    OWNED PyObject *ptid = PyObject_GetAttrString(thread, "ptid");
    OWNED PyObject *lwp = ptid ? PySequence_GetItem(ptid, 1) : NULL;
    if (!lwp || !object_get_unsigned(thread, "num", &number))
        return false;
    ret->number = (unsigned int)number;
    ret->tid = PyLong_AsUnsignedLongLongMask(lwp);
    return !PyErr_Occurred();
}

static bool read_all(PyObject *inferior, PyObject *threads, PyObject *selected,
                     struct vmmap_thread *ret, size_t count)
{
    unsigned int qualifier;
    const char *pointer_name = find_thread_pointer_name(inferior);
    if (!find_qualifier(inferior, &qualifier))
        return false;
    const bool has_selection = selected != Py_None;
    for (size_t i = 0; i < count; i++) {
        /* Borrowed by the tuple as well, so that `selected` stays good. */
        OWNED PyObject *thread = PySequence_GetItem(threads, (Py_ssize_t)i);
        if (!thread || PyErr_CheckSignals() < 0 || !read_ids(thread, &ret[i]))
            return false;
        ret[i].inferior = qualifier;
        if (has_selection)
            read_registers(thread, &selected, pointer_name, &ret[i]);
    }
    return true;
}

/* An unwinding that Ctrl-C cuts short leaves a chain of frames that ends there in GDB's cache,
 * where no outer frame is valid any more. To select another thread drops the cache. */
static void drop_frame_cache(PyObject *threads, PyObject *selected)
{
    bool dropped = false;
    for (Py_ssize_t i = 0; !dropped && i < PySequence_Size(threads); i++) {
        OWNED PyObject *thread = PySequence_GetItem(threads, i);
        dropped = thread && thread != selected && select_thread(thread, selected);
        PyErr_Clear();
    }
}

static bool try_restore(PyObject *thread, PyObject *frame)
{
    OWNED PyObject *switched = PyObject_CallMethod(thread, "switch", NULL);
    OWNED PyObject *selected =
        switched && frame ? PyObject_CallMethod(frame, "select", NULL) : NULL;
    return switched && (selected || !frame);
}

/* Selects what was selected. The exception that is set, if any, stays set, unless Ctrl-C was
 * pressed: that is then the exception. */
static void restore_selection(PyObject *threads, PyObject *thread, PyObject *frame)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    bool interrupted = PyErr_CheckSignals() < 0;
    PyErr_Clear();
    for (unsigned int failures = 0; !try_restore(thread, frame) && failures < 2;) {
        if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))
            interrupted = true;
        else
            failures++;
        PyErr_Clear();
        drop_frame_cache(threads, thread);
    }
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    if (interrupted)
        PyErr_SetNone(PyExc_KeyboardInterrupt);
}

bool threads_read(struct vmmap_thread **ret, size_t *count)
{
    OWNED PyObject *inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    OWNED PyObject *threads = inferior ? PyObject_CallMethod(inferior, "threads", NULL) : NULL;
    OWNED PyObject *selected =
        threads ? PyObject_CallMethod(gdb_module, "selected_thread", NULL) : NULL;
    Py_ssize_t size = selected ? PySequence_Size(threads) : -1;
    if (size < 0)
        return false;
    if (size == 0)
        return true;
    *ret = calloc((size_t)size, sizeof(**ret));
    if (!*ret) {
        PyErr_NoMemory();
        return false;
    }
    *count = (size_t)size;

    bool others = selected != Py_None && size > 1;
    OWNED PyObject *frame = others ? PyObject_CallMethod(gdb_module, "selected_frame", NULL) : NULL;
    exception_forget();
    /* Ctrl-C may be why a register could not be read: then the records are not worth keeping. */
    bool read = read_all(inferior, threads, selected, *ret, *count) && PyErr_CheckSignals() == 0;
    if (others)
        restore_selection(threads, selected, frame);
    return read && !PyErr_Occurred();
}
