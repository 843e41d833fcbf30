/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_filter.h"

#include <string.h>

#include "filter_options.h"
#include "map/sort.h"
#include "map_list.h"
#include "session/find.h"

const char map_filter_doc[] =
    "maps(*, inferior=None, **filters)\n"
    "--\n\n"
    "The memory map of the program as a MapList; an empty one, whose notes say why, where there "
    "is\n"
    "none. inferior: its number, or a gdb.Inferior; the selected one if not given.\n"
    "The filters are those of the vmmap command:\n"
    "  address=A        the map that holds A\n"
    "  range=(A, B)     the maps that overlap A to B, which is exclusive\n"
    "  name=NAME        the maps whose name or label contains NAME; 'binary' is the executable\n"
    "  regex=REGEX      the maps whose name it matches (POSIX extended)\n"
    "  before=N, after=N    and N maps before and after each of these (0 if not given)\n"
    "  perms=PATTERN    of these the ones with such permissions: 'rw-', '..x', '!rw-p'\n"
    "  writable=True, executable=True   of these the ones that are known to be so\n"
    "  sort='start'|'size'|'name'";

/* What the keywords say, before it is understood. */
struct words {
    PyObject *address, *range;
    PyObject *before, *after;
    int writable, executable;
    char *name, *regex, *perms;
    const char *sort;
};

/* What the filter is made of, and what that borrows. */
struct choice {
    struct vmmap_filter filter;
    struct vmmap_regex *regex; /* owned */
    enum vmmap_sort sort;
};

static bool parse_words(PyObject *keywords, struct words *ret)
{
    static char *names[] = {"address", "range",    "name",       "regex", "perms", "before",
                            "after",   "writable", "executable", "sort",  NULL};
    OWNED PyObject *no_args = PyTuple_New(0);
    return no_args && PyArg_ParseTupleAndKeywords(
                          no_args, keywords, "|$OOzzzOOppz:filter", names, &ret->address,
                          &ret->range, &ret->name, &ret->regex, &ret->perms, &ret->before,
                          &ret->after, &ret->writable, &ret->executable, &ret->sort);
}

static bool is_given(PyObject *value)
{
    return value && value != Py_None;
}

static bool parse_number(PyObject *value, uint64_t *ret)
{
    if (is_given(value))
        *ret = PyLong_AsUnsignedLongLong(value);
    return !PyErr_Occurred();
}

/* (A, B): B is exclusive, and up to 2**64. */
static bool parse_range(PyObject *range, struct vmmap_filter *ret)
{
    PyObject *start, *end;
    if (!PyTuple_Check(range)) {
        PyErr_Format(PyExc_TypeError, "range has to be a tuple of two addresses, not %R", range);
        return false;
    }
    OWNED PyObject *one = PyLong_FromLong(1);
    if (!one || !PyArg_UnpackTuple(range, "range", 2, 2, &start, &end))
        return false;
    OWNED PyObject *last = PyNumber_Subtract(end, one);
    if (!last || !parse_number(start, &ret->address) || !parse_number(last, &ret->last))
        return false;
    if (ret->last >= ret->address)
        return true;
    PyErr_SetString(PyExc_ValueError, "the end of a range has to be greater than its start");
    return false;
}

/* What the rows have to match: at most one of an address, a range and a name. */
static bool parse_kind(const struct words *words, struct vmmap_filter *ret)
{
    if (is_given(words->address) + is_given(words->range) + (words->name != NULL) > 1) {
        PyErr_SetString(PyExc_ValueError, "address, range and name exclude each other");
        return false;
    }
    if (words->name) {
        ret->kind = VMMAP_FILTER_NAME;
        ret->name = words->name;
    } else if (is_given(words->range)) {
        ret->kind = VMMAP_FILTER_RANGE;
        return parse_range(words->range, ret);
    } else if (is_given(words->address)) {
        ret->kind = VMMAP_FILTER_ADDRESS;
    }
    return parse_number(words->address, &ret->address);
}

static bool parse_sort(const char *word, enum vmmap_sort *ret)
{
    static const char *const names[] = {
        [VMMAP_SORT_START] = "start", [VMMAP_SORT_SIZE] = "size", [VMMAP_SORT_NAME] = "name"};
    for (unsigned int i = 0; word && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], word) == 0) {
            *ret = i;
            return true;
        }
    }
    if (word)
        PyErr_Format(PyExc_ValueError, "sort has to be 'start', 'size' or 'name', not '%s'", word);
    return !word;
}

/* The choice is to be deinitialised whatever the outcome. */
static bool init_choice(const struct words *words, struct choice *ret)
{
    const struct filter_arguments options = {
        .writable = words->writable,
        .executable = words->executable,
        .perms = words->perms,
        .regex = words->regex,
    };
    return parse_kind(words, &ret->filter) && parse_number(words->before, &ret->filter.before) &&
           parse_number(words->after, &ret->filter.after) && parse_sort(words->sort, &ret->sort) &&
           filter_options_add(&options, &ret->filter, &ret->regex);
}

/* "binary" is the program's executable. `path` is its name, NULL where that is not known. */
static void name_executable(struct vmmap_filter *filter, const char *path)
{
    if (filter->kind != VMMAP_FILTER_NAME || strcmp(filter->name, VMMAP_EXECUTABLE) != 0 || !path)
        return;
    filter->kind = VMMAP_FILTER_FILE;
    filter->name = path;
}

static PyObject *select_rows(struct vmmap_map *map, struct choice *choice, PyObject *binary)
{
    struct vmmap_buffer path = VMMAP_BUFFER_INIT;
    struct vmmap_selection selection = {.rows = NULL};
    PyObject *list = NULL;
    if (!binary || object_append_text(binary, &path)) {
        vmmap_buffer_append(&path, "", 1);
        struct vmmap_error *error = vmmap_buffer_status(&path);
        name_executable(&choice->filter, binary ? path.data : NULL);
        if (!error)
            error = vmmap_selection_init(map, &choice->filter, &selection);
        if (!error && choice->sort != VMMAP_SORT_START)
            error = vmmap_selection_sort(&selection, map, choice->sort);
        list = error ? exception_from_error(error) : map_list_create(map, &selection, binary);
    }
    vmmap_selection_deinit(&selection);
    vmmap_buffer_deinit(&path);
    return list;
}

PyObject *map_filter_apply(struct vmmap_map *map, PyObject *keywords, PyObject *binary)
{
    struct words words = {.name = NULL};
    struct choice choice = {.filter = {.kind = VMMAP_FILTER_NONE}};
    PyObject *list = NULL;
    if (parse_words(keywords, &words) && init_choice(&words, &choice))
        list = select_rows(map, &choice, binary);
    vmmap_regex_destroy(choice.regex);
    return list;
}
