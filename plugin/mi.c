/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mi.h"

#include <string.h>

#include "expression.h"
#include "filter_options.h"
#include "session/query.h"
#include "settings.h"
#include "types.h"

#define COMMAND "-vmmap-list"

static struct vmmap_session *session; /* that of the commands, never destroyed */

/* The values of the options as they were given, each owned and empty without. */
struct words {
    struct vmmap_buffer address, name, perms;
};

static void deinit_words(struct words *words)
{
    vmmap_buffer_deinit(&words->address);
    vmmap_buffer_deinit(&words->name);
    vmmap_buffer_deinit(&words->perms);
}

static bool is_word(PyObject *object, const char *word)
{
    return PyUnicode_CompareWithASCIIString(object, word) == 0;
}

/* The place of an option's value, or NULL with an exception set. */
static struct vmmap_buffer *find_option(struct words *words, PyObject *option)
{
    if (is_word(option, "--address"))
        return &words->address;
    if (is_word(option, "--name"))
        return &words->name;
    if (is_word(option, "--perms"))
        return &words->perms;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool read = object_append_text(option, &text);
    vmmap_buffer_append(&text, "", 1);
    if (read && !text.failed)
        raise_user_error(COMMAND " takes --address EXPR, --name NAME and --perms PATTERN, not "
                                 "\"%s\".",
                         text.data);
    vmmap_buffer_deinit(&text);
    return NULL;
}

/* Reads the next of `arguments`, a list of strings, into `*ret`, NUL-terminated. */
static bool take_value(PyObject *arguments, Py_ssize_t index, struct vmmap_buffer *ret)
{
    OWNED PyObject *value = PySequence_GetItem(arguments, index);
    vmmap_buffer_deinit(ret); /* the last of several counts */
    bool taken = value && object_append_text(value, ret);
    vmmap_buffer_append(ret, "", 1);
    if (ret->failed)
        PyErr_NoMemory();
    return taken && !ret->failed;
}

static bool parse(PyObject *arguments, struct words *ret)
{
    const Py_ssize_t count = PySequence_Size(arguments);
    for (Py_ssize_t i = 0; i < count; i += 2) {
        OWNED PyObject *option = PySequence_GetItem(arguments, i);
        struct vmmap_buffer *value = option ? find_option(ret, option) : NULL;
        if (!value)
            return false;
        if (i + 1 == count) {
            raise_user_error("Each option of " COMMAND " takes a value, and the last has none.");
            return false;
        }
        if (!take_value(arguments, i + 1, value))
            return false;
    }
    return count >= 0;
}

static bool fill_query(const struct words *words, struct vmmap_query *ret)
{
    if (words->address.data && words->name.data) {
        raise_user_error("--address and --name exclude each other.");
        return false;
    }
    if (words->name.data) {
        ret->filter.kind = VMMAP_FILTER_NAME;
        ret->filter.name = words->name.data;
    }
    const struct filter_arguments options = {.perms = words->perms.data};
    struct vmmap_regex *regex; /* none is asked for */
    if (!filter_options_add(&options, &ret->filter, &regex))
        return false;
    if (!words->address.data)
        return true;
    ret->filter.kind = VMMAP_FILTER_ADDRESS;
    return expression_evaluate(words->address.data, "", &ret->filter.address) == EXPRESSION_ADDRESS;
}

/* The answer as JSON has it, as Python objects. */
static PyObject *ask(const struct vmmap_query *query)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    OWNED PyObject *json = PyImport_ImportModule("json");
    struct vmmap_error *error = json ? vmmap_session_query(session, query, &text) : NULL;
    OWNED PyObject *string = json && !error ? object_from_text(text.data, text.size) : NULL;
    vmmap_buffer_deinit(&text);
    if (error)
        return exception_from_error(error);
    return string ? PyObject_CallMethod(json, "loads", "O", string) : NULL;
}

/* MI has strings only: JSON's words for true and false, and nothing for null. */
static bool convert_value(PyObject *record, const char *key)
{
    PyObject *value = PyDict_GetItemString(record, key); /* borrowed */
    if (!value || (value != Py_None && value != Py_True && value != Py_False))
        return true;
    if (value == Py_None)
        return PyDict_DelItemString(record, key) == 0;
    OWNED PyObject *word = PyUnicode_FromString(value == Py_True ? "true" : "false");
    return word && PyDict_SetItemString(record, key, word) == 0;
}

static bool convert_answer(PyObject *answer)
{
    PyObject *regions = PyDict_GetItemString(answer, "regions"); /* borrowed */
    if (!regions || !convert_value(answer, "exact"))
        return false;
    const Py_ssize_t count = PySequence_Size(regions);
    for (Py_ssize_t i = 0; i < count; i++) {
        OWNED PyObject *region = PySequence_GetItem(regions, i);
        if (!region || !convert_value(region, "offset") || !convert_value(region, "matched"))
            return false;
    }
    return count >= 0;
}

static PyObject *run(PyObject *arguments)
{
    struct words words = {.address = VMMAP_BUFFER_INIT};
    struct vmmap_query query = {.format = VMMAP_FORMAT_JSON};
    OWNED PyObject *answer = NULL;
    if (parse(arguments, &words) && settings_apply(session) && fill_query(&words, &query))
        answer = ask(&query);
    deinit_words(&words);
    if (!answer || !convert_answer(answer))
        return NULL;
    Py_INCREF(answer);
    return answer;
}

/* An MI command shows the words of a GdbError only. */
static PyObject *invoke(PyObject *self, PyObject *args)
{
    (void)self;
    OWNED PyObject *arguments = PySequence_GetItem(args, 0);
    PyObject *answer = arguments ? run(arguments) : NULL;
    return answer ? answer : exception_from_error(error_from_exception());
}

static PyMethodDef methods[] = {{"invoke", invoke, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

bool mi_register(struct vmmap_session *of_commands)
{
    session = of_commands;
    OWNED PyObject *base = gdb_optional("MICommand");
    if (!base)
        return true;
    OWNED PyObject *type =
        type_create("vmmap.MICommand", "MICommand",
                    "List the memory map of the program.\n"
                    "Usage: " COMMAND " [--address EXPR | --name NAME] [--perms PATTERN]",
                    methods);
    OWNED PyObject *command = type ? PyObject_CallFunction(type, "s", COMMAND) : NULL;
    return command != NULL;
}
