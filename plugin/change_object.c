/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "change_object.h"

#include "map_object.h"

struct change_object {
    PyObject_HEAD enum vmmap_change_kind kind;
    PyObject *map;    /* owned: a vmmap.Map */
    PyObject *before; /* owned: a vmmap.Map, or None */
};

static PyTypeObject *change_type; /* owned; NULL before registration */

static struct change_object *as_change(PyObject *self)
{
    return (struct change_object *)self;
}

static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    Py_XDECREF(as_change(self)->map);
    Py_XDECREF(as_change(self)->before);
    release(self);
    Py_DECREF((PyObject *)type); /* instances of a heap type hold a reference */
}

static PyObject *create_before(const struct vmmap_diff *diff, size_t index)
{
    const struct vmmap_change *change = &diff->changes[index];
    if (vmmap_change_has_before(change->kind))
        return map_object_create(diff->map, &change->before);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *create_change(const struct vmmap_diff *diff, size_t index)
{
    PyObject *self = PyType_GenericAlloc(change_type, 0);
    if (!self)
        return NULL;
    as_change(self)->kind = diff->changes[index].kind;
    as_change(self)->map = map_object_create(diff->map, &diff->map->regions[index]);
    as_change(self)->before = as_change(self)->map ? create_before(diff, index) : NULL;
    if (as_change(self)->before)
        return self;
    Py_DECREF(self);
    return NULL;
}

PyObject *change_list_create(const struct vmmap_diff *diff)
{
    OWNED PyObject *list = PyList_New((Py_ssize_t)diff->map->count);
    for (size_t i = 0; list && i < diff->map->count; i++) {
        PyObject *change = create_change(diff, i);
        if (!change || PyList_SetItem(list, (Py_ssize_t)i, change) < 0) /* takes it over */
            return NULL;
    }
    Py_XINCREF(list);
    return list;
}

static PyObject *get_kind(PyObject *self, void *unused)
{
    (void)unused;
    return PyUnicode_FromString(vmmap_change_name(as_change(self)->kind));
}

static PyObject *get_map(PyObject *self, void *unused)
{
    (void)unused;
    Py_INCREF(as_change(self)->map);
    return as_change(self)->map;
}

static PyObject *get_before(PyObject *self, void *unused)
{
    (void)unused;
    Py_INCREF(as_change(self)->before);
    return as_change(self)->before;
}

static PyObject *represent(PyObject *self)
{
    const struct change_object *change = as_change(self);
    return PyUnicode_FromFormat("Change(kind='%s', map=%R, before=%R)",
                                vmmap_change_name(change->kind), change->map, change->before);
}

static PyGetSetDef attributes[] = {
    {"kind", get_kind, NULL,
     "'added', 'removed', 'grown', 'shrunk', 'moved', 'permissions' or 'replaced'.", NULL},
    {"map", get_map, NULL,
     "The addresses that changed, as they are now; as they were for 'removed' and 'shrunk'.", NULL},
    {"before", get_before, NULL,
     "'grown', 'shrunk', 'moved': the whole map as it was. 'permissions', 'replaced': what these "
     "addresses were. Else None.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const char doc[] = "One change between two maps, as diff() returns it.";

/* Only diff() makes them. */
static PyObject *new_object(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)type;
    (void)args;
    (void)keywords;
    PyErr_SetString(PyExc_TypeError, "vmmap.diff() makes Change objects");
    return NULL;
}

bool change_object_register(PyObject *module)
{
    PyType_Slot slots[] = {{Py_tp_doc, (void *)doc},         {Py_tp_new, (void *)new_object},
                           {Py_tp_dealloc, (void *)dealloc}, {Py_tp_getset, attributes},
                           {Py_tp_repr, (void *)represent},  {0, NULL}};
    PyType_Spec spec = {.name = "vmmap.Change",
                        .basicsize = sizeof(struct change_object),
                        .flags = Py_TPFLAGS_DEFAULT,
                        .slots = slots};
    change_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return change_type && PyObject_SetAttrString(module, "Change", (PyObject *)change_type) == 0;
}
