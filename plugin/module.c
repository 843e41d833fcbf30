/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "module.h"

#include <string.h>

#include "change_object.h"
#include "inferior_scope.h"
#include "map_filter.h"
#include "map_list.h"
#include "map_object.h"
#include "session/executable.h"
#include "session/snapshots.h"
#include "settings.h"

static struct vmmap_session *session; /* that of the commands, never destroyed */

/* The rows of the selected inferior's map that the keywords choose. */
static PyObject *selected_maps(PyObject *keywords)
{
    struct vmmap_map *map;
    if (!settings_apply(session))
        return NULL;
    struct vmmap_error *error = vmmap_session_share_map(session, &map);
    if (error)
        return exception_from_error(error);
    const char *path;
    error = vmmap_executable_find(vmmap_session_target(session), map, &path);
    if (error && !vmmap_error_is_fatal(error)) {
        vmmap_error_destroy(error); /* then "binary" is a name as any other */
        error = NULL;
    }
    OWNED PyObject *binary = !error && path ? map_object_text(path) : NULL;
    PyObject *list = error ? exception_from_error(error) : NULL;
    if (!error && (binary || !path))
        list = map_filter_apply(map, keywords, binary);
    vmmap_map_destroy(map);
    return list;
}

/* Takes `inferior` out of the keywords, into `*ret`, borrowed from them no longer. */
static bool take_inferior(PyObject *keywords, PyObject **ret)
{
    PyObject *inferior = keywords ? PyDict_GetItemString(keywords, "inferior") : NULL;
    Py_XINCREF(inferior);
    *ret = inferior;
    return !inferior || PyDict_DelItemString(keywords, "inferior") == 0;
}

static PyObject *maps(PyObject *self, PyObject *args, PyObject *keywords)
{
    (void)self;
    OWNED PyObject *inferior = NULL;
    if (!PyArg_UnpackTuple(args, "maps", 0, 0) || !take_inferior(keywords, &inferior))
        return NULL;
    if (!inferior || inferior == Py_None)
        return selected_maps(keywords);
    struct inferior_scope scope;
    if (!inferior_scope_enter(&scope, inferior))
        return NULL;
    PyObject *list = selected_maps(keywords);
    inferior_scope_leave(&scope);
    return list;
}

/* Differences. */

/* The map that an argument stands for, to be destroyed: a list, or the present map for None. */
static bool take_map(PyObject *list, struct vmmap_map **ret)
{
    if (list && list != Py_None)
        return map_list_to_map(list, ret);
    if (!settings_apply(session))
        return false;
    struct vmmap_error *error = vmmap_session_share_map(session, ret);
    return exception_unless_ok(error);
}

static PyObject *diff_lists(PyObject *before, PyObject *after)
{
    struct vmmap_map *old, *new;
    struct vmmap_diff *diff = NULL;
    if (!map_list_to_map(before, &old))
        return NULL;
    if (!take_map(after, &new)) {
        vmmap_map_destroy(old);
        return NULL;
    }
    struct vmmap_error *error = vmmap_diff_create(old, new, &diff);
    PyObject *list = error ? exception_from_error(error) : change_list_create(diff);
    vmmap_diff_destroy(diff);
    vmmap_map_destroy(new);
    vmmap_map_destroy(old);
    return list;
}

/* The name of a snapshot, ended by a NUL. False with an exception set. */
static bool append_name(PyObject *name, struct vmmap_buffer *ret)
{
    if (!object_append_text(name, ret))
        return false;
    if (ret->size > 0 && memchr(ret->data, '\0', ret->size)) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return false;
    }
    vmmap_buffer_append(ret, "", 1);
    return exception_unless_ok(vmmap_buffer_status(ret));
}

/* `since` is the name of a snapshot, or None. */
static PyObject *diff_since(PyObject *since)
{
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    struct vmmap_diff *diff = NULL;
    bool compared;
    PyObject *list = NULL;
    if (settings_apply(session) && (since == Py_None || append_name(since, &name))) {
        struct vmmap_error *error =
            vmmap_session_diff(session, since == Py_None ? NULL : name.data, &diff, &compared);
        list = error ? exception_from_error(error) : change_list_create(diff);
    }
    vmmap_diff_destroy(diff);
    vmmap_buffer_deinit(&name);
    return list;
}

static PyObject *diff(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"before", "after", NULL};
    PyObject *before = Py_None, *after = Py_None;
    (void)self;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|OO:diff", names, &before, &after))
        return NULL;
    if (before != Py_None && !PyUnicode_Check(before))
        return diff_lists(before, after);
    if (after == Py_None)
        return diff_since(before);
    PyErr_SetString(PyExc_TypeError, "after needs a list of maps before it");
    return NULL;
}

static PyObject *snapshot(PyObject *self, PyObject *args)
{
    PyObject *name = NULL;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT, sentence = VMMAP_BUFFER_INIT;
    bool done = false;
    (void)self;
    if (PyArg_ParseTuple(args, "|U:snapshot", &name) && settings_apply(session) &&
        (!name || append_name(name, &text)))
        done =
            exception_unless_ok(vmmap_session_snapshot(session, name ? text.data : "", &sentence));
    vmmap_buffer_deinit(&sentence);
    vmmap_buffer_deinit(&text);
    if (!done)
        return NULL;
    Py_INCREF(Py_None);
    return Py_None;
}

static const char diff_doc[] =
    "diff(before=None, after=None)\n"
    "--\n\n"
    "What has changed, as a list of vmmap.Change objects in the order of addresses.\n"
    "before: the name of a snapshot ('' for the one without a name), a MapList, or None for what\n"
    "\"vmmap --diff\" compares with. after: a MapList, or None for the present map.";

static const char snapshot_doc[] = "snapshot(name='')\n"
                                   "--\n\n"
                                   "Keep the present map for diff(name), as \"vmmap_snapshot\" "
                                   "does.";

PyMethodDef module_methods[] = {
    {"maps", (PyCFunction)(void (*)(void))maps, METH_VARARGS | METH_KEYWORDS, map_filter_doc},
    {"diff", (PyCFunction)(void (*)(void))diff, METH_VARARGS | METH_KEYWORDS, diff_doc},
    {"snapshot", snapshot, METH_VARARGS, snapshot_doc},
    {NULL, NULL, 0, NULL},
};

bool module_register(PyObject *module, struct vmmap_session *of_commands)
{
    session = of_commands;
    return map_object_register(module) && map_list_register(module) &&
           change_object_register(module);
}
