/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map_object.h"

#include <string.h>

struct map_object {
    PyObject_HEAD struct vmmap_map *map; /* the owner of the region's strings */
    struct vmmap_region region;
};

static PyTypeObject *map_type; /* owned; NULL before registration */

static struct map_object *as_map(PyObject *self)
{
    return (struct map_object *)self;
}

const struct vmmap_region *map_object_region(PyObject *object)
{
    return Py_TYPE(object) == map_type ? &as_map(object)->region : NULL;
}

PyObject *map_object_create(struct vmmap_map *map, const struct vmmap_region *region)
{
    PyObject *self = PyType_GenericAlloc(map_type, 0);
    if (!self)
        return NULL;
    as_map(self)->map = vmmap_map_share(map);
    as_map(self)->region = *region;
    return self;
}

static void dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    vmmap_map_destroy(as_map(self)->map);
    release(self);
    Py_DECREF((PyObject *)type); /* instances of a heap type hold a reference */
}

/* Fields. */

static PyObject *none(void)
{
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *number_or_none(bool is_known, uint64_t value)
{
    return is_known ? PyLong_FromUnsignedLongLong(value) : none();
}

/* value + 1, which may be 2^64. */
static PyObject *successor(uint64_t value)
{
    if (value != UINT64_MAX)
        return PyLong_FromUnsignedLongLong(value + 1);
    OWNED PyObject *number = PyLong_FromUnsignedLongLong(value), *one = PyLong_FromLong(1);
    return number && one ? PyNumber_Add(number, one) : NULL;
}

PyObject *map_object_text(const char *bytes)
{
    return PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)strlen(bytes), "surrogateescape");
}

static PyObject *get_start(const struct vmmap_region *region)
{
    return PyLong_FromUnsignedLongLong(region->start);
}

static PyObject *get_end(const struct vmmap_region *region)
{
    return successor(region->last);
}

static PyObject *get_size(const struct vmmap_region *region)
{
    return successor(vmmap_region_extent(region));
}

static PyObject *get_permissions(const struct vmmap_region *region)
{
    char perms[5];
    vmmap_perms_format(region->perms, perms);
    return PyUnicode_FromString(perms);
}

static PyObject *get_offset(const struct vmmap_region *region)
{
    return number_or_none(region->has_offset, region->offset);
}

static PyObject *get_backing_file(const struct vmmap_region *region)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    return map_object_text(vmmap_region_name(region, scratch));
}

static PyObject *get_label(const struct vmmap_region *region)
{
    return map_object_text(region->label ? region->label : "");
}

static PyObject *get_origin(const struct vmmap_region *region)
{
    return PyUnicode_FromString(vmmap_origin_name(region->origin));
}

static PyObject *get_saved(const struct vmmap_region *region)
{
    return number_or_none(region->has_saved, region->saved);
}

static PyObject *get_physical(const struct vmmap_region *region)
{
    return number_or_none(region->has_physical, region->physical);
}

static PyObject *get_page_size(const struct vmmap_region *region)
{
    return number_or_none(region->page_size != 0, region->page_size);
}

static PyObject *get_access(const struct vmmap_region *region, uint8_t access)
{
    char letters[4];
    if (region->origin != VMMAP_ORIGIN_PAGE_TABLE)
        return none();
    vmmap_access_format(access, letters);
    return PyUnicode_FromString(letters);
}

static PyObject *get_user(const struct vmmap_region *region)
{
    return get_access(region, region->user);
}

static PyObject *get_kernel(const struct vmmap_region *region)
{
    return get_access(region, region->kernel);
}

static const struct field {
    const char *name;
    PyObject *(*get)(const struct vmmap_region *region);
    const char *doc;
    bool is_optional; /* not among the keys where it is None */
    bool is_alias;    /* never among the keys */
} fields[] = {
    {"start", get_start, "The first address.", false, false},
    {"base", get_start, "The first address: another name for start.", false, true},
    {"end", get_end, "The address after the last byte; 2**64 at the top of the space.", false,
     false},
    {"permissions", get_permissions,
     "Four letters as in the table: 'rwxp', with '-' for off and '?' for not known.", false, false},
    {"size", get_size, "end - start.", false, false},
    {"offset", get_offset, "The offset of start in the file; None where it is not known.", false,
     false},
    {"backing_file", get_backing_file,
     "The path of the file, or the symbolic name: '[heap]', '[stack]', '[anon_XXXXX]'.", false,
     false},
    {"label", get_label, "What was deduced, such as 'stack of thread 2'; '' for nothing.", false,
     false},
    {"origin", get_origin, "Where the row comes from, a word as in the JSON output.", false, false},
    {"saved", get_saved, "Core files: how many bytes the file holds; else None.", true, false},
    {"physical", get_physical,
     "Page tables: the physical address of start; None where the row "
     "is not contiguous or it is not known.",
     true, false},
    {"page_size", get_page_size, "Page tables: the size of each page; None where they differ.",
     true, false},
    {"user", get_user, "Page tables: what user mode may do, 'rwx'; else None.", true, false},
    {"kernel", get_kernel, "Page tables: what the kernel may do, 'rwx'; else None.", true, false},
};

enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };

static PyObject *get_field(PyObject *self, void *closure)
{
    const struct field *field = closure;
    return field->get(&as_map(self)->region);
}

static PyObject *get_keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    OWNED PyObject *keys = PyList_New(0);
    for (size_t i = 0; keys && i < FIELD_COUNT; i++) {
        OWNED PyObject *value = fields[i].get(&as_map(self)->region);
        if (!value)
            return NULL;
        if (fields[i].is_alias || (fields[i].is_optional && value == Py_None))
            continue;
        OWNED PyObject *key = PyUnicode_FromString(fields[i].name);
        if (!key || PyList_Append(keys, key) < 0)
            return NULL;
    }
    Py_XINCREF(keys);
    return keys;
}

static PyObject *get_item(PyObject *self, PyObject *key)
{
    for (size_t i = 0; PyUnicode_Check(key) && i < FIELD_COUNT; i++) {
        if (PyUnicode_CompareWithASCIIString(key, fields[i].name) == 0)
            return fields[i].get(&as_map(self)->region);
    }
    PyErr_SetObject(PyExc_KeyError, key);
    return NULL;
}

/* Identity. */

static PyObject *represent(PyObject *self)
{
    const struct vmmap_region *region = &as_map(self)->region;
    static const char *const formats[] = {"Map(start=", ", end=", ", size=", ", offset="};
    PyObject *(*const getters[])(const struct vmmap_region *) = {get_start, get_end, get_size,
                                                                 get_offset};
    OWNED PyObject *perms = get_permissions(region), *file = get_backing_file(region);
    PyObject *shown = perms && file ? PyUnicode_FromString("") : NULL;
    for (size_t i = 0; shown && i < sizeof(getters) / sizeof(getters[0]); i++) {
        OWNED PyObject *value = getters[i](region);
        OWNED PyObject *hex = !value             ? NULL
                              : value == Py_None ? PyObject_Str(value)
                                                 : PyNumber_ToBase(value, 16);
        PyObject *longer = hex ? PyUnicode_FromFormat("%U%s%U", shown, formats[i], hex) : NULL;
        Py_DECREF(shown);
        shown = longer;
    }
    if (!shown)
        return NULL;
    PyObject *whole =
        PyUnicode_FromFormat("%U, permissions=%R, backing_file=%R)", shown, perms, file);
    Py_DECREF(shown);
    return whole;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* All that a source tells; not the label, which is deduced anew each time. */
static bool is_equal(const struct vmmap_region *a, const struct vmmap_region *b)
{
    return a->start == b->start && a->last == b->last && a->offset == b->offset &&
           a->saved == b->saved && a->physical == b->physical && a->page_size == b->page_size &&
           a->perms.set == b->perms.set && a->perms.known == b->perms.known && a->user == b->user &&
           a->kernel == b->kernel && a->origin == b->origin && a->has_offset == b->has_offset &&
           a->has_saved == b->has_saved && a->has_physical == b->has_physical &&
           same_text(a->name, b->name);
}

static PyObject *compare(PyObject *self, PyObject *other, int operation)
{
    const struct vmmap_region *region = map_object_region(other);
    PyObject *answer = Py_NotImplemented;
    if (region && (operation == Py_EQ || operation == Py_NE)) {
        bool equal = is_equal(&as_map(self)->region, region);
        answer = equal == (operation == Py_EQ) ? Py_True : Py_False;
    }
    Py_INCREF(answer);
    return answer;
}

/* Regions of one map differ in their start. */
static Py_hash_t hash(PyObject *self)
{
    const struct vmmap_region *region = &as_map(self)->region;
    Py_hash_t value = (Py_hash_t)((region->start >> 12) ^ (region->last << 20) ^ region->perms.set);
    return value == -1 ? -2 : value; /* -1 means an exception */
}

/* Making one from its fields, for pickle and for tests of users. */

static bool parse_number(PyObject *value, const char *name, uint64_t *ret)
{
    *ret = PyLong_AsUnsignedLongLong(value);
    if (!PyErr_Occurred())
        return true;
    if (PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "%s has to be a number of 64 bits, not %R", name, value);
    }
    return false;
}

/* None leaves `*is_known` false. */
static bool parse_optional(PyObject *value, const char *name, uint64_t *ret, bool *is_known)
{
    *is_known = value && value != Py_None;
    return !*is_known || parse_number(value, name, ret);
}

/* The address after the last byte, up to 2^64. */
static bool parse_end(PyObject *value, struct vmmap_region *ret)
{
    OWNED PyObject *one = PyLong_FromLong(1);
    OWNED PyObject *last = one ? PyNumber_Subtract(value, one) : NULL;
    if (!last || !parse_number(last, "end - 1", &ret->last))
        return false;
    if (ret->last >= ret->start)
        return true;
    PyErr_SetString(PyExc_ValueError, "end has to be greater than start");
    return false;
}

static bool parse_perms(const char *letters, struct vmmap_region *ret)
{
    const size_t size = strlen(letters);
    ret->perms = vmmap_perms_parse(letters, size);
    if (size == 4 && (letters[3] == 'u' || letters[3] == 'k')) {
        ret->perms.known |= VMMAP_PERM_USER;
        ret->perms.set |= letters[3] == 'u' ? VMMAP_PERM_USER : 0;
    }
    char again[5];
    vmmap_perms_format(ret->perms, again);
    if (strcmp(again, letters) == 0)
        return true;
    PyErr_Format(PyExc_ValueError, "permissions have to be four letters such as 'rw-p', not '%s'",
                 letters);
    return false;
}

static bool parse_access(const char *letters, uint8_t *ret)
{
    char again[4];
    *ret = letters ? vmmap_perms_parse(letters, 3).set : 0;
    vmmap_access_format(*ret, again);
    if (!letters || strcmp(again, letters) == 0)
        return true;
    PyErr_Format(PyExc_ValueError,
                 "user and kernel have to be three letters such as 'rw-', not "
                 "'%s'",
                 letters);
    return false;
}

static bool parse_origin(const char *word, struct vmmap_region *ret)
{
    for (unsigned int i = 0; i <= VMMAP_ORIGIN_ASSUMED; i++) {
        if (strcmp(word, vmmap_origin_name(i)) == 0) {
            ret->origin = (uint8_t)i;
            return true;
        }
    }
    PyErr_Format(PyExc_ValueError, "'%s' is no origin of a row", word);
    return false;
}

/* Appends the bytes of a string and a NUL, for a name or a label. */
static bool parse_text(PyObject *value, struct vmmap_buffer *ret)
{
    if (value && value != Py_None && !object_append_text(value, ret))
        return false;
    vmmap_buffer_append(ret, "", 1);
    if (ret->failed)
        PyErr_NoMemory();
    return !ret->failed;
}

/* An object of its own, with a map of this one region. The name that a region without one is shown
 * with is none. */
static PyObject *create_alone(struct vmmap_region *region, const char *name)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    struct vmmap_map *map;
    PyObject *self = NULL;
    if (strcmp(name, vmmap_region_name(region, scratch)) == 0)
        name = "";
    struct vmmap_error *error = vmmap_map_create(&map);
    if (!error) {
        error = vmmap_map_add_named(map, region, name, strlen(name));
        self = error ? NULL : map_object_create(map, &map->regions[0]);
        vmmap_map_destroy(map);
    }
    return error ? exception_from_error(error) : self;
}

/* What __new__ takes, in the order of __reduce__. */
struct parts {
    PyObject *start, *end, *offset, *file, *label, *saved, *physical, *page_size;
    const char *permissions, *origin, *user, *kernel;
};

static bool parse_parts(const struct parts *parts, struct vmmap_region *ret)
{
    bool has_page_size;
    return parse_number(parts->start, "start", &ret->start) && parse_end(parts->end, ret) &&
           parse_perms(parts->permissions, ret) && parse_origin(parts->origin, ret) &&
           parse_access(parts->user, &ret->user) && parse_access(parts->kernel, &ret->kernel) &&
           parse_optional(parts->offset, "offset", &ret->offset, &ret->has_offset) &&
           parse_optional(parts->saved, "saved", &ret->saved, &ret->has_saved) &&
           parse_optional(parts->physical, "physical", &ret->physical, &ret->has_physical) &&
           parse_optional(parts->page_size, "page_size", &ret->page_size, &has_page_size);
}

static PyObject *new_object(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"start", "end",    "permissions", "offset",   "backing_file",
                            "label", "origin", "saved",       "physical", "page_size",
                            "user",  "kernel", NULL};
    struct parts parts = {.permissions = "????", .origin = "manual"};
    struct vmmap_region region = {.start = 0};
    struct vmmap_buffer name = VMMAP_BUFFER_INIT, label = VMMAP_BUFFER_INIT;
    PyObject *self = NULL;
    (void)type;
    if (PyArg_ParseTupleAndKeywords(args, keywords, "OO|sOOOsOOOzz:Map", names, &parts.start,
                                    &parts.end, &parts.permissions, &parts.offset, &parts.file,
                                    &parts.label, &parts.origin, &parts.saved, &parts.physical,
                                    &parts.page_size, &parts.user, &parts.kernel) &&
        parse_parts(&parts, &region) && parse_text(parts.file, &name) &&
        parse_text(parts.label, &label)) {
        region.label = label.size > 1 ? label.data : NULL;
        self = create_alone(&region, name.data);
    }
    vmmap_buffer_deinit(&label);
    vmmap_buffer_deinit(&name);
    return self;
}

static PyObject *reduce(PyObject *self, PyObject *unused)
{
    static PyObject *(*const getters[])(const struct vmmap_region *) = {
        get_start,  get_end,   get_permissions, get_offset,    get_backing_file, get_label,
        get_origin, get_saved, get_physical,    get_page_size, get_user,         get_kernel};
    enum { COUNT = sizeof(getters) / sizeof(getters[0]) };
    (void)unused;
    OWNED PyObject *args = PyTuple_New(COUNT);
    for (Py_ssize_t i = 0; args && i < COUNT; i++) {
        PyObject *value = getters[i](&as_map(self)->region);
        if (!value || PyTuple_SetItem(args, i, value) < 0) /* takes over the value */
            return NULL;
    }
    return args ? PyTuple_Pack(2, (PyObject *)map_type, args) : NULL;
}

static PyMethodDef methods[] = {
    {"keys", get_keys, METH_NOARGS,
     "The names of the fields that are known, so that dict(map) has them all."},
    {"__reduce__", reduce, METH_NOARGS, "For pickle and copy."},
    {NULL, NULL, 0, NULL},
};

static const char doc[] =
    "Map(start, end, permissions='?\?\?\?', offset=None, backing_file='', label='',\n"
    "    origin='manual', saved=None, physical=None, page_size=None, user=None, kernel=None)\n"
    "--\n\n"
    "One row of a memory map. It never changes. Two are equal if all that their source tells is;\n"
    "the label, which is deduced anew for each map, does not count.";

bool map_object_register(PyObject *module)
{
    static PyGetSetDef attributes[FIELD_COUNT + 1];
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        attributes[i].name = (char *)fields[i].name;
        attributes[i].get = get_field;
        attributes[i].doc = (char *)fields[i].doc;
        attributes[i].closure = (void *)&fields[i];
    }
    PyType_Slot slots[] = {{Py_tp_doc, (void *)doc},
                           {Py_tp_new, (void *)new_object},
                           {Py_tp_dealloc, (void *)dealloc},
                           {Py_tp_getset, attributes},
                           {Py_tp_methods, methods},
                           {Py_tp_repr, (void *)represent},
                           {Py_tp_richcompare, (void *)compare},
                           {Py_tp_hash, (void *)hash},
                           {Py_mp_subscript, (void *)get_item},
                           {0, NULL}};
    PyType_Spec spec = {.name = "vmmap.Map",
                        .basicsize = sizeof(struct map_object),
                        .flags = Py_TPFLAGS_DEFAULT,
                        .slots = slots};
    map_type = (PyTypeObject *)PyType_FromSpec(&spec);
    return map_type && PyObject_SetAttrString(module, "Map", (PyObject *)map_type) == 0;
}
