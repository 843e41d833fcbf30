/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The way back out of the slot is a `hookpost-jit-reader-load`: GDB runs it after the command that
 * loads us and before the next line of a gdbinit. (gdb.post_event would run after all of -x and
 * -ex, too late for a second jit-reader-load there.) Such a hook can only be a command that the
 * user could have defined, so a user's own hook is run as part of ours and is put back by it.
 */

#include "jit_slot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/scan.h"
#include "types.h"

#define HOOK    "hookpost-jit-reader-load"
#define RELEASE "maintenance vmmap-release-jit-slot"

static bool slot_taken;

/* The user's hook while ours stands in its place. */
static bool has_user_hook;
static struct vmmap_buffer user_hook; /* the lines between `define` and `end` */
static struct vmmap_buffer user_help; /* the lines between `document` and `end` */

void jit_slot_set_taken(bool taken)
{
    slot_taken = taken;
}

/* `show user` prints a line of its own, then the body, then an empty line; of a command that no
 * user has defined, ours of an earlier load among them, it says so with an error. */
static bool read_user_hook(void)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    vmmap_buffer_deinit(&user_hook);
    vmmap_buffer_deinit(&user_help);
    has_user_hook = gdb_capture("show user " HOOK, &text);
    exception_forget();
    bool read = !has_user_hook || gdb_capture("help " HOOK, &user_help);
    struct vmmap_scan rest = vmmap_scan_over(text.data, text.size), line;
    if (vmmap_scan_line(&rest, &line))
        vmmap_buffer_append(&user_hook, rest.at, (size_t)(rest.end - rest.at));
    vmmap_buffer_deinit(&text);
    return read && !user_hook.failed && !user_help.failed;
}

/* Runs lines as those of a file: in GDB 10 gdb.execute() knows no `document` of several lines. */
static bool run_lines(const struct vmmap_buffer *text)
{
    char command[48];
    int fd = memfd_create("vmmap-hook", MFD_CLOEXEC);
    if (fd < 0 || write(fd, text->data, text->size) != (ssize_t)text->size) {
        raise_user_error("Memory for a file can not be had: %s.", strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    snprintf(command, sizeof(command), "source /proc/self/fd/%d", fd);
    bool done = gdb_run(command);
    close(fd);
    return done;
}

/* Runs "<keyword> hookpost-jit-reader-load", the lines, and "end". */
static bool run_block(const char *keyword, const char *first, const struct vmmap_buffer *lines)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    vmmap_buffer_printf(&text, "%s " HOOK "\n%s", keyword, first);
    vmmap_buffer_append(&text, lines->data, lines->size);
    vmmap_buffer_append_string(&text, "end\n");
    bool done = !text.failed && run_lines(&text);
    if (text.failed)
        PyErr_NoMemory();
    vmmap_buffer_deinit(&text);
    return done;
}

/* Defines the hook as `first` and then the user's own lines. GDB 13 frees the help text of a
 * command that is redefined but goes on showing it, so that is written again as well. */
static bool define_hook(const char *first)
{
    /* GDB asks before it redefines a command. */
    bool confirms = gdb_parameter_is_on("confirm");
    bool defined = (!confirms || gdb_run("set confirm off")) &&
                   run_block("define", first, &user_hook) &&
                   (user_help.size == 0 || run_block("document", "", &user_help));
    if (confirms) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        if (!gdb_run("set confirm on"))
            exception_forget();
        PyErr_Restore(type, value, traceback);
    }
    return defined;
}

/* In doubt an inferior counts as live. */
static bool any_inferior_is_live(void)
{
    OWNED PyObject *inferiors = PyObject_CallMethod(gdb_module, "inferiors", NULL);
    Py_ssize_t count = inferiors ? PySequence_Size(inferiors) : -1;
    bool live = count < 0;
    for (Py_ssize_t i = 0; i < count && !live; i++) {
        OWNED PyObject *inferior = PySequence_GetItem(inferiors, i);
        uint64_t pid;
        live = !inferior || !object_get_unsigned(inferior, "pid", &pid) || pid != 0;
    }
    exception_forget();
    return live;
}

static PyObject *invoke_nothing(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    Py_INCREF(Py_None);
    return Py_None;
}

static PyMethodDef no_methods[] = {{"invoke", invoke_nothing, METH_VARARGS, NULL},
                                   {NULL, NULL, 0, NULL}};

/* GDB can not delete a command, but one of Python's in its place is none of the user's, and as a
 * hook it does nothing: it has no lines (execute_user_command() of gdb/cli/cli-script.c). */
static bool remove_hook(void)
{
    return command_register(HOOK, "COMMAND_MAINTENANCE",
                            "Do nothing: left over from loading the vmmap plugin.\n"
                            "Usage: " HOOK "\n\n"
                            "Define it, and GDB runs it after each \"jit-reader-load\".",
                            no_methods);
}

static PyObject *invoke_release(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    if (!(has_user_hook ? define_hook("") : remove_hook()))
        return NULL;
    if (slot_taken && !any_inferior_is_live() && !gdb_run("jit-reader-unload"))
        return NULL;
    Py_INCREF(Py_None);
    return Py_None;
}

static PyMethodDef release_methods[] = {{"invoke", invoke_release, METH_VARARGS, NULL},
                                        {NULL, NULL, 0, NULL}};

/* At each load: of two copies of this file, the one that was loaded last is in the slot. */
static bool register_release(void)
{
    return command_register(RELEASE, "COMMAND_MAINTENANCE",
                            "Give GDB's JIT reader slot back.\n"
                            "Usage: " RELEASE "\n\n"
                            "The vmmap plugin runs this as it has been loaded.",
                            release_methods);
}

bool jit_slot_release_after_load(void)
{
    if (any_inferior_is_live())
        return true;
    return register_release() && read_user_hook() && define_hook(RELEASE "\n");
}
