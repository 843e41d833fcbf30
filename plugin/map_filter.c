/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_filter.h"

#include "map/filter.h"
#include "map_list.h"

const char map_filter_doc[] =
    "maps(*, inferior=None, **filters)\n"
    "--\n\n"
    "The memory map of the program as a MapList; an empty one, whose notes say why, where there "
    "is\n"
    "none. inferior: its number, or a gdb.Inferior; the selected one if not given.\n"
    "The filters are those of the vmmap command:\n"
    "  address=A       the map that holds A\n"
    "  name=NAME       the maps whose name contains NAME\n"
    "  before=N, after=N   and N maps before and after each of these (0 if not given)\n"
    "  writable=True, executable=True   of these the ones that are known to be so";

/* What the keywords say, before it is understood. */
struct words {
    PyObject *address;
    const char *name;
    int writable, executable;
    PyObject *before, *after;
};

static bool parse_words(PyObject *keywords, struct words *ret)
{
    static char *names[] = {"address", "name", "writable", "executable", "before", "after", NULL};
    OWNED PyObject *no_args = PyTuple_New(0);
    return no_args && PyArg_ParseTupleAndKeywords(no_args, keywords, "|$OzppOO:filter", names,
                                                  &ret->address, &ret->name, &ret->writable,
                                                  &ret->executable, &ret->before, &ret->after);
}

static bool parse_number(PyObject *value, uint64_t *ret)
{
    if (value && value != Py_None)
        *ret = PyLong_AsUnsignedLongLong(value);
    return !PyErr_Occurred();
}

static bool fill_filter(const struct words *words, struct vmmap_filter *ret)
{
    if (words->name && words->address && words->address != Py_None) {
        PyErr_SetString(PyExc_ValueError, "address and name exclude each other");
        return false;
    }
    if (words->name) {
        ret->kind = VMMAP_FILTER_NAME;
        ret->name = words->name;
    } else if (words->address && words->address != Py_None) {
        ret->kind = VMMAP_FILTER_ADDRESS;
    }
    ret->perms |= words->writable ? VMMAP_PERM_WRITE : 0;
    ret->perms |= words->executable ? VMMAP_PERM_EXEC : 0;
    return parse_number(words->address, &ret->address) &&
           parse_number(words->before, &ret->before) && parse_number(words->after, &ret->after);
}

PyObject *map_filter_apply(struct vmmap_map *map, PyObject *keywords, PyObject *binary)
{
    struct words words = {.name = NULL};
    struct vmmap_filter filter = {.kind = VMMAP_FILTER_NONE};
    struct vmmap_selection selection;
    PyObject *list = NULL;
    if (!parse_words(keywords, &words) || !fill_filter(&words, &filter))
        return NULL;
    struct vmmap_error *error = vmmap_selection_init(map, &filter, &selection);
    if (error)
        exception_from_error(error);
    else
        list = map_list_create(map, &selection, binary);
    vmmap_selection_deinit(&selection);
    return list;
}
