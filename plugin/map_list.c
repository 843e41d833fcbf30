/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_list.h"

#include <string.h>

#include "map_filter.h"
#include "map_object.h"

/* Behind what a Python list is, whose size only Python knows. */
struct list_part {
    struct vmmap_map *map; /* the map that the list was made from, shared; NULL for none */
    PyObject *binary;      /* owned; the path of the program's executable, or NULL */
};

static PyObject *list_type;     /* owned; NULL before registration */
static size_t list_part_offset; /* of our part in the object */

static struct list_part *part_of(PyObject *self)
{
    return (struct list_part *)(void *)((char *)self + list_part_offset);
}

static bool is_list(PyObject *object)
{
    return Py_TYPE(object) == (PyTypeObject *)list_type;
}

/* An instance around a plain list of Map objects. */
static PyObject *create_around(PyObject *maps, struct vmmap_map *map, PyObject *binary)
{
    PyObject *self = PyObject_CallFunction(list_type, "O", maps);
    if (self) {
        Py_XINCREF(binary);
        part_of(self)->map = map ? vmmap_map_share(map) : NULL;
        part_of(self)->binary = binary;
    }
    return self;
}

/* A list of the same map with other elements. */
static PyObject *create_like(PyObject *self, PyObject *maps)
{
    return create_around(maps, part_of(self)->map, part_of(self)->binary);
}

/* Gives the element that stands there to the list. False with an exception set. */
static bool put(PyObject *maps, size_t position, PyObject *map)
{
    return map && PyList_SetItem(maps, (Py_ssize_t)position, map) == 0;
}

PyObject *map_list_create(struct vmmap_map *map, const struct vmmap_selection *selection,
                          PyObject *binary)
{
    OWNED PyObject *maps = PyList_New((Py_ssize_t)selection->count);
    for (size_t i = 0; maps && i < selection->count; i++) {
        const size_t index = vmmap_selection_row(selection, i).index;
        if (!put(maps, i, map_object_create(map, &map->regions[index])))
            return NULL;
    }
    return maps ? create_around(maps, map, binary) : NULL;
}

static void finalize(PyObject *self)
{
    vmmap_map_destroy(part_of(self)->map);
    part_of(self)->map = NULL;
    Py_CLEAR(part_of(self)->binary);
}

/* The list as a map. */

static bool add_element(struct vmmap_map *map, PyObject *element)
{
    const struct vmmap_region *region = map_object_region(element);
    if (region)
        return exception_unless_ok(vmmap_map_add(map, region));
    PyErr_Format(PyExc_TypeError, "a list of vmmap.Map objects is needed, not one with %R in it",
                 element);
    return false;
}

/* What the list's own map says of itself. */
static bool copy_facts(const struct vmmap_map *from, struct vmmap_map *to)
{
    to->target = from->target;
    to->provider = from->provider;
    to->exact = from->exact;
    to->address_bits = from->address_bits;
    for (size_t i = 0; i < from->note_count; i++) {
        if (!exception_unless_ok(vmmap_map_add_note(to, "%s", from->notes[i])))
            return false;
    }
    return true;
}

bool map_list_to_map(PyObject *list, struct vmmap_map **ret)
{
    struct vmmap_map *map;
    OWNED PyObject *elements = PyObject_GetIter(list);
    if (!elements || !exception_unless_ok(vmmap_map_create(&map)))
        return false;
    bool done = !is_list(list) || !part_of(list)->map || copy_facts(part_of(list)->map, map);
    while (done) {
        OWNED PyObject *element = PyIter_Next(elements);
        if (!element)
            break;
        done = add_element(map, element);
    }
    if (!done || PyErr_Occurred()) {
        vmmap_map_destroy(map);
        return false;
    }
    vmmap_map_finish(map, NULL);
    *ret = map;
    return true;
}

/* Filters. */

/* The elements for which `is_wanted` says so. */
static PyObject *choose(PyObject *self,
                        bool (*is_wanted)(const struct vmmap_region *region, void *context),
                        void *context)
{
    OWNED PyObject *chosen = PyList_New(0), *elements = PyObject_GetIter(self);
    if (!chosen || !elements)
        return NULL;
    for (;;) {
        OWNED PyObject *element = PyIter_Next(elements);
        if (!element)
            break;
        const struct vmmap_region *region = map_object_region(element);
        if (region && is_wanted(region, context) && PyList_Append(chosen, element) < 0)
            return NULL;
    }
    return PyErr_Occurred() ? NULL : create_like(self, chosen);
}

static bool holds_address(const struct vmmap_region *region, void *context)
{
    return vmmap_region_contains(region, *(const uint64_t *)context);
}

/* A number that is no address is in no row: that is an answer, not an error. */
static PyObject *filter_address(PyObject *self, PyObject *value)
{
    uint64_t address = PyLong_AsUnsignedLongLong(value);
    if (!PyErr_Occurred())
        return choose(self, holds_address, &address);
    if (!PyErr_ExceptionMatches(PyExc_OverflowError))
        return NULL;
    PyErr_Clear();
    OWNED PyObject *empty = PyList_New(0);
    return empty ? create_like(self, empty) : NULL;
}

/* What a string is looked for by: "binary", and the executable's own name, stand for its path. */
static PyObject *wanted_file(PyObject *self, PyObject *value)
{
    PyObject *binary = part_of(self)->binary;
    PyObject *wanted = value;
    OWNED PyObject *parts = binary ? PyObject_CallMethod(binary, "rpartition", "s", "/") : NULL;
    OWNED PyObject *name = parts ? PySequence_GetItem(parts, 2) : NULL;
    if (binary && !name)
        return NULL;
    if (binary && (PyUnicode_CompareWithASCIIString(value, "binary") == 0 ||
                   PyObject_RichCompareBool(value, name, Py_EQ) == 1))
        wanted = binary;
    Py_INCREF(wanted);
    return wanted;
}

struct name_search {
    const char *name;
    PyObject *files; /* a set of the files that match */
    bool failed;     /* with an exception set */
};

static bool has_name(const struct vmmap_region *region, void *context)
{
    struct name_search *search = context;
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    const char *name = vmmap_region_name(region, scratch);
    if (!strstr(name, search->name))
        return false;
    if (vmmap_region_is_file(region)) {
        OWNED PyObject *file = map_object_text(name);
        search->failed = search->failed || !file || PySet_Add(search->files, file) < 0;
    }
    return true;
}

/* A part of a path that several files have is hardly what was meant. */
static bool warn_of_several(PyObject *value, PyObject *files)
{
    if (PyObject_Size(files) < 2)
        return true;
    OWNED PyObject *sorted = PySequence_List(files);
    if (!sorted || PyList_Sort(sorted) < 0)
        return false;
    OWNED PyObject *text = PyUnicode_FromFormat("%R is a part of several files: %R", value, sorted);
    struct vmmap_buffer message = VMMAP_BUFFER_INIT;
    bool read = text && object_append_text(text, &message);
    vmmap_buffer_append(&message, "", 1);
    bool done = read && !message.failed && PyErr_WarnEx(PyExc_UserWarning, message.data, 1) == 0;
    vmmap_buffer_deinit(&message);
    return done;
}

static PyObject *filter_name(PyObject *self, PyObject *value)
{
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    OWNED PyObject *wanted = wanted_file(self, value);
    OWNED PyObject *files = PySet_New(NULL);
    OWNED PyObject *chosen = NULL;
    if (wanted && files && object_append_text(wanted, &name)) {
        struct name_search search = {.files = files};
        vmmap_buffer_append(&name, "", 1);
        search.name = name.failed ? "" : name.data;
        chosen = name.failed ? PyErr_NoMemory() : choose(self, has_name, &search);
        if (search.failed)
            Py_CLEAR(chosen);
    }
    vmmap_buffer_deinit(&name);
    if (!chosen || !warn_of_several(value, files))
        return NULL;
    Py_INCREF(chosen);
    return chosen;
}

static PyObject *filter_value(PyObject *self, PyObject *value)
{
    if (PyLong_Check(value))
        return filter_address(self, value);
    if (PyUnicode_Check(value))
        return filter_name(self, value);
    PyErr_Format(PyExc_TypeError, "filter() takes an address (int) or a name (str), not %R", value);
    return NULL;
}

/* The elements that the command's filters choose. */
static PyObject *filter_words(PyObject *self, PyObject *keywords)
{
    struct vmmap_map *map;
    if (!map_list_to_map(self, &map))
        return NULL;
    PyObject *chosen = map_filter_apply(map, keywords, part_of(self)->binary);
    vmmap_map_destroy(map);
    return chosen;
}

static PyObject *filter(PyObject *self, PyObject *args, PyObject *keywords)
{
    PyObject *value = Py_None;
    if (!PyArg_UnpackTuple(args, "filter", 0, 1, &value))
        return NULL;
    OWNED PyObject *chosen = value == Py_None ? create_like(self, self) : filter_value(self, value);
    if (!chosen)
        return NULL;
    if (keywords && PyDict_Size(keywords) > 0)
        return filter_words(chosen, keywords);
    Py_INCREF(chosen);
    return chosen;
}

/* What is known of the whole map. */

static const struct vmmap_map no_map = {.target = "none", .provider = "none"};

static const struct vmmap_map *map_of(PyObject *self)
{
    return part_of(self)->map ? part_of(self)->map : &no_map;
}

static PyObject *get_target(PyObject *self, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(map_of(self)->target);
}

static PyObject *get_provider(PyObject *self, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(map_of(self)->provider);
}

static PyObject *get_exact(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(map_of(self)->exact);
}

static PyObject *get_notes(PyObject *self, void *unused)
{
    const struct vmmap_map *map = map_of(self);
    (void)unused;
    OWNED PyObject *notes = PyList_New((Py_ssize_t)map->note_count);
    for (size_t i = 0; notes && i < map->note_count; i++) {
        if (!put(notes, i, object_from_text(map->notes[i], strlen(map->notes[i]))))
            return NULL;
    }
    Py_XINCREF(notes);
    return notes;
}

static PyObject *represent(PyObject *self)
{
    const int entered = Py_ReprEnter(self); /* it may hold itself, as any list may */
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("MapList(...)") : NULL;
    OWNED PyObject *plain = PySequence_List(self);
    PyObject *text = plain ? PyUnicode_FromFormat("MapList(%R)", plain) : NULL;
    Py_ReprLeave(self);
    return text;
}

static PyGetSetDef attributes[] = {
    {"target", get_target, NULL, "What is debugged, a word as in the JSON output.", NULL},
    {"provider", get_provider, NULL, "Where the map comes from, a word as in the JSON output.",
     NULL},
    {"exact", get_exact, NULL, "False when rows or permissions may be missing or are not known.",
     NULL},
    {"notes", get_notes, NULL, "What could not be found out: a list of sentences.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const char filter_doc[] =
    "filter(value=None, **filters)\n"
    "--\n\n"
    "The maps that match, as a new MapList.\n"
    "An int is an address: the map that holds it, or nothing. A str is a part of a path or of a\n"
    "symbolic name; 'binary', and the executable's own name, stand for its path; where several\n"
    "files match there is a warning. The keywords are those of maps().";

static PyMethodDef methods[] = {
    {"filter", (PyCFunction)(void (*)(void))filter, METH_VARARGS | METH_KEYWORDS, filter_doc},
    {NULL, NULL, 0, NULL},
};

static const char doc[] =
    "A list of vmmap.Map objects, as maps() and filter() return it. It stays what it was when the\n"
    "process runs on or ends.";

/* Our part begins where Python's ends, aligned for a pointer. */
static bool find_offset(PyObject *base)
{
    uint64_t size;
    if (!object_get_unsigned(base, "__basicsize__", &size))
        return false;
    const size_t align = _Alignof(struct list_part);
    list_part_offset = ((size_t)size + align - 1) / align * align;
    return true;
}

bool map_list_register(PyObject *module)
{
    PyType_Slot slots[] = {{Py_tp_doc, (void *)doc},        {Py_tp_finalize, (void *)finalize},
                           {Py_tp_getset, attributes},      {Py_tp_methods, methods},
                           {Py_tp_repr, (void *)represent}, {0, NULL}};
    PyType_Spec spec = {.name = "vmmap.MapList", .flags = Py_TPFLAGS_DEFAULT, .slots = slots};
    OWNED PyObject *bases = PyTuple_Pack(1, (PyObject *)&PyList_Type);
    if (!bases || !find_offset((PyObject *)&PyList_Type))
        return false;
    spec.basicsize = (int)(list_part_offset + sizeof(struct list_part));
    list_type = PyType_FromSpecWithBases(&spec, bases);
    return list_type && PyObject_SetAttrString(module, "MapList", list_type) == 0;
}
