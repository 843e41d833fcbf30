/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "functions.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "map_object.h"
#include "session/find.h"
#include "settings.h"
#include "types.h"

static struct vmmap_session *session; /* that of the commands, never destroyed */

/* What a function is called with. */
struct call {
    const char *name; /* with its $ */
    PyObject *args;   /* the tuple of gdb.Values, without the function itself */
};

/* An argument as a number. False with an exception set. */
static bool take_number(const struct call *call, Py_ssize_t index, uint64_t *ret)
{
    OWNED PyObject *value = PySequence_GetItem(call->args, index);
    return value && expression_value_to_address(value, call->name, ret);
}

/* An argument as the bytes of a string; literals of the program's language are arrays. */
static bool take_text(const struct call *call, Py_ssize_t index, struct vmmap_buffer *ret)
{
    OWNED PyObject *value = PySequence_GetItem(call->args, index);
    OWNED PyObject *text = value ? PyObject_CallMethod(value, "string", NULL) : NULL;
    if (!text) {
        exception_forget();
        raise_user_error("%s takes a name in quotes, such as %s(\"libc\").", call->name,
                         call->name);
        return false;
    }
    bool taken = object_append_text(text, ret);
    vmmap_buffer_append(ret, "", 1);
    if (ret->failed)
        PyErr_NoMemory();
    return taken && !ret->failed;
}

/* The row that holds the first argument, NULL where none does; good until the session is asked
 * again. */
static bool find_row(const struct call *call, const struct vmmap_region **ret)
{
    uint64_t address;
    return take_number(call, 0, &address) && settings_apply(session) &&
           exception_unless_ok(vmmap_session_find_region(session, address, ret));
}

/* The same where it has to be there. */
static const struct vmmap_region *find_row_or_raise(const struct call *call)
{
    uint64_t address;
    const struct vmmap_region *region;
    if (!find_row(call, &region))
        return NULL;
    if (!region && take_number(call, 0, &address))
        raise_user_error("No page holds the address 0x%" PRIx64 ": %s can tell nothing of it.",
                         address, call->name);
    return region;
}

static PyObject *run_mapped(const struct call *call)
{
    const struct vmmap_region *region;
    return find_row(call, &region) ? PyLong_FromLong(region != NULL) : NULL;
}

static PyObject *run_start(const struct call *call)
{
    const struct vmmap_region *region = find_row_or_raise(call);
    return region ? PyLong_FromUnsignedLongLong(region->start) : NULL;
}

/* As in the table: exclusive, but for the top of a 64-bit space, which no number of GDB's can be.
 */
static PyObject *run_end(const struct call *call)
{
    const struct vmmap_region *region = find_row_or_raise(call);
    if (!region)
        return NULL;
    return PyLong_FromUnsignedLongLong(region->last == UINT64_MAX ? UINT64_MAX : region->last + 1);
}

static PyObject *run_perms(const struct call *call)
{
    char perms[5];
    const struct vmmap_region *region = find_row_or_raise(call);
    if (!region)
        return NULL;
    vmmap_perms_format(region->perms, perms);
    return PyUnicode_FromString(perms);
}

static PyObject *run_name(const struct call *call)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    const struct vmmap_region *region = find_row_or_raise(call);
    return region ? map_object_text(vmmap_region_name(region, scratch)) : NULL;
}

/* The lowest address of the file or pages of this name, plus `offset`. */
static PyObject *base_of(const char *name, uint64_t offset)
{
    uint64_t base;
    if (!settings_apply(session) ||
        !exception_unless_ok(vmmap_session_find_base(session, name, &base)))
        return NULL;
    return PyLong_FromUnsignedLongLong(base + offset);
}

static PyObject *run_base(const struct call *call)
{
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    PyObject *base = take_text(call, 0, &name) ? base_of(name.data, 0) : NULL;
    vmmap_buffer_deinit(&name);
    return base;
}

static PyObject *run_rebase(const struct call *call)
{
    uint64_t offset;
    return take_number(call, 0, &offset) ? base_of(VMMAP_EXECUTABLE, offset) : NULL;
}

/* gef's: a name or nothing, for the executable. */
static PyObject *run_gef_base(const struct call *call)
{
    return PySequence_Size(call->args) > 0 ? run_base(call) : base_of(VMMAP_EXECUTABLE, 0);
}

/* gef's: an offset or nothing. */
static PyObject *offset_into(const struct call *call, const char *name)
{
    uint64_t offset = 0;
    if (PySequence_Size(call->args) > 0 && !take_number(call, 0, &offset))
        return NULL;
    return base_of(name, offset);
}

static PyObject *run_gef_heap(const struct call *call)
{
    return offset_into(call, "[heap]");
}

static PyObject *run_gef_stack(const struct call *call)
{
    return offset_into(call, "[stack]");
}

/* Each has a method of its own, because GDB tells it only the values. */
#define FOR_EACH_FUNCTION(DO)                                                                      \
    DO(mapped)                                                                                     \
    DO(start) DO(end) DO(perms) DO(name) DO(base) DO(rebase) DO(gef_base) DO(gef_heap) DO(gef_stack)

enum function_id {
#define FUNCTION_ID(id) FUNCTION_##id,
    FOR_EACH_FUNCTION(FUNCTION_ID)
#undef FUNCTION_ID
};

struct function {
    const char *name; /* with its $ */
    PyObject *(*run)(const struct call *call);
    Py_ssize_t least, most; /* how many arguments */
    const char *takes;
    const char *doc;
};

#define ADDRESS_DOC(shown, what)                                                                   \
    what ".\nUsage: $" shown "(ADDRESS)\n\n"                                                       \
         "An address that no page holds is an error: $vmmap_mapped(ADDRESS) tells."

static const struct function functions[] = {
    [FUNCTION_mapped] = {"$vmmap_mapped", run_mapped, 1, 1, "one address",
                         "Whether a page holds an address: 1 or 0.\n"
                         "Usage: $vmmap_mapped(ADDRESS)"},
    [FUNCTION_start] = {"$vmmap_start", run_start, 1, 1, "one address",
                        ADDRESS_DOC("vmmap_start", "The first address of the row of an address")},
    [FUNCTION_end] = {"$vmmap_end", run_end, 1, 1, "one address",
                      ADDRESS_DOC("vmmap_end", "The address after the row of an address")},
    [FUNCTION_perms] = {"$vmmap_perms", run_perms, 1, 1, "one address",
                        ADDRESS_DOC("vmmap_perms", "The permissions of an address: \"rw-p\"")},
    [FUNCTION_name] = {"$vmmap_name", run_name, 1, 1, "one address",
                       ADDRESS_DOC("vmmap_name", "The name of the row of an address")},
    [FUNCTION_base] =
        {"$base", run_base, 1, 1, "one name",
         "The lowest address of a file or of pages with a name.\n"
         "Usage: $base(\"NAME\")\n\n"
         "NAME is a path, the last part of one, its beginning (\"libc\"), or any part\n"
         "of a name; \"binary\" is the program's executable. Where several files\n"
         "match equally well, that is an error."},
    [FUNCTION_rebase] = {"$rebase", run_rebase, 1, 1, "one offset",
                         "An offset in the executable as an address: its lowest page plus OFFSET.\n"
                         "Usage: $rebase(OFFSET)"},
    [FUNCTION_gef_base] = {"$_base", run_gef_base, 0, 1, "at most one name",
                           "The lowest address of a file, without a name the executable's.\n"
                           "Usage: $_base() or $_base(\"NAME\")"},
    [FUNCTION_gef_heap] = {"$_heap", run_gef_heap, 0, 1, "at most one offset",
                           "The lowest address of the heap, plus OFFSET.\n"
                           "Usage: $_heap() or $_heap(OFFSET)"},
    [FUNCTION_gef_stack] = {"$_stack", run_gef_stack, 0, 1, "at most one offset",
                            "The lowest address of the stack, plus OFFSET.\n"
                            "Usage: $_stack() or $_stack(OFFSET)"},
};

static PyObject *invoke(const struct function *function, PyObject *args)
{
    const struct call call = {function->name, args};
    const Py_ssize_t count = PySequence_Size(args);
    if (count >= function->least && count <= function->most)
        return function->run(&call);
    return count < 0 ? NULL : raise_user_error("%s takes %s.", function->name, function->takes);
}

#define DEFINE_INVOKE(id)                                                                          \
    static PyObject *invoke_##id(PyObject *self, PyObject *args)                                   \
    {                                                                                              \
        (void)self;                                                                                \
        return invoke(&functions[FUNCTION_##id], args);                                            \
    }
FOR_EACH_FUNCTION(DEFINE_INVOKE)

static PyMethodDef methods[][2] = {
#define INVOKE_METHOD(id) {{"invoke", invoke_##id, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}},
    FOR_EACH_FUNCTION(INVOKE_METHOD)
#undef INVOKE_METHOD
};

/* Whether GDB, or an extension, has something of this name ("$base"). What nobody has is void, and
 * is made a variable by that, which the function then takes the place of. GDB 10 crashes where
 * gdb.convenience_variable() is asked for a function while a JIT reader is loaded. */
static bool is_taken(const char *name)
{
    OWNED PyObject *value = gdb_evaluate(name);
    OWNED PyObject *type = value ? PyObject_GetAttrString(value, "type") : NULL;
    OWNED PyObject *code = type ? PyObject_GetAttrString(type, "code") : NULL;
    OWNED PyObject *void_code = gdb_optional("TYPE_CODE_VOID");
    int is_void = code && void_code ? PyObject_RichCompareBool(code, void_code, Py_EQ) : 1;
    exception_forget();
    return is_void == 0;
}

static bool register_function(size_t id)
{
    if (is_taken(functions[id].name))
        return true;
    OWNED PyObject *type =
        type_create("vmmap.Function", "Function", functions[id].doc, methods[id]);
    OWNED PyObject *function =
        type ? PyObject_CallFunction(type, "s", functions[id].name + 1) : NULL;
    return function != NULL;
}

bool functions_register(struct vmmap_session *of_commands)
{
    session = of_commands;
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (!register_function(i))
            return false;
    }
    return true;
}
