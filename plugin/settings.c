/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptions/settings.h"
#include "formats/scan.h"
#include "on_stop.h"
#include "types.h"

static PyObject *parameters[SETTING_COUNT]; /* owned; NULL for one that another extension has */

/* What each SETTING_NUMBER has accepted. */
static uint64_t numbers[SETTING_COUNT];

/* The session that has been told all that is set now, or NULL. To ask GDB for each setting each
 * time would cost more than a look at a kept map. */
static const struct vmmap_session *settled;

/* The setting that GDB calls us for. */
static size_t find_setting(const PyObject *parameter)
{
    size_t i = 0;
    while (i < SETTING_COUNT - 1 && parameters[i] != parameter)
        i++;
    return i;
}

/* The value of a setting that is a string, NUL-terminated. False with an exception set. */
static bool read_text(const struct setting *setting, struct vmmap_buffer *ret)
{
    OWNED PyObject *value = PyObject_CallMethod(gdb_module, "parameter", "s", setting->name);
    bool read = value && object_append_text(value, ret);
    vmmap_buffer_append(ret, "", 1);
    if (read && ret->failed)
        PyErr_NoMemory();
    return read && !ret->failed;
}

static bool parse_number(const struct setting *setting, const char *text, uint64_t *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(text, strlen(text));
    uint64_t number;
    if (strcmp(text, setting->initial) == 0) {
        *ret = 0;
        return true;
    }
    if (setting->kind == SETTING_ADDRESS) {
        vmmap_scan_text(&scan, "0x");
        return vmmap_scan_hex(&scan, ret) && scan.at == scan.end;
    }
    if (!vmmap_scan_decimal(&scan, &number) || scan.at != scan.end || number == 0 ||
        number > setting->max)
        return false;
    *ret = number;
    return true;
}

static bool set_value(PyObject *parameter, const char *text)
{
    OWNED PyObject *value = PyUnicode_FromString(text);
    return value && PyObject_SetAttrString(parameter, "value", value) == 0;
}

/* Puts back the number that was there before. */
static bool restore_number(size_t index)
{
    const bool is_address = settings[index].kind == SETTING_ADDRESS;
    char text[24];
    snprintf(text, sizeof(text), is_address ? "0x%" PRIx64 : "%" PRIu64, numbers[index]);
    return set_value(parameters[index], numbers[index] ? text : settings[index].initial);
}

/* GDB has stored the new text already when it calls this. */
static bool accept_number(size_t index)
{
    const struct setting *setting = &settings[index];
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool accepted = read_text(setting, &text);
    if (accepted && !parse_number(setting, text.data, &numbers[index])) {
        accepted = false;
        if (restore_number(index))
            raise_user_error("\"set %s\" takes %s, not \"%s\".", setting->name, setting->takes,
                             text.data);
    }
    vmmap_buffer_deinit(&text);
    return accepted;
}

/* The number of the word that is set; 0 for one that is not there, which another extension may
 * have. */
static bool read_word(const struct setting *setting, unsigned int *ret)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool read = read_text(setting, &text);
    const char *word;
    *ret = 0;
    for (unsigned int i = 0; read && (word = setting->word(i)); i++) {
        if (strcmp(word, text.data) == 0)
            *ret = i;
    }
    vmmap_buffer_deinit(&text);
    return read;
}

static bool apply_on_stop(size_t index)
{
    unsigned int what;
    return read_word(&settings[index], &what) && on_stop_set((enum on_stop)what);
}

static PyObject *get_set_string(PyObject *self, PyObject *unused)
{
    (void)unused;
    size_t index = find_setting(self);
    settled = NULL;
    if ((settings[index].kind == SETTING_NUMBER || settings[index].kind == SETTING_ADDRESS) &&
        !accept_number(index))
        return NULL;
    if (strcmp(settings[index].name, ON_STOP_SETTING) == 0 && !apply_on_stop(index))
        return NULL;
    return PyUnicode_FromString("");
}

static PyObject *get_show_string(PyObject *self, PyObject *value)
{
    return PyUnicode_FromFormat("%s \"%S\".", settings[find_setting(self)].shown, value);
}

static PyMethodDef setting_methods[] = {
    {"get_set_string", get_set_string, METH_NOARGS, NULL},
    {"get_show_string", get_show_string, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static bool set_doc(PyObject *type, const char *attribute, const char *verb,
                    const struct setting *setting)
{
    OWNED PyObject *text = PyUnicode_FromFormat("%s %s.", verb, setting->what);
    return text && PyObject_SetAttrString(type, attribute, text) == 0;
}

/* A class for one setting, because GDB reads the texts from the class. */
static PyObject *create_type(const struct setting *setting)
{
    OWNED PyObject *type =
        type_create("vmmap.Setting", "Parameter", setting->text, setting_methods);
    if (!type || !set_doc(type, "set_doc", "Set", setting) ||
        !set_doc(type, "show_doc", "Show", setting))
        return NULL;
    Py_INCREF(type);
    return type;
}

static PyObject *create_words(const struct setting *setting)
{
    OWNED PyObject *words = PyList_New(0);
    const char *name;
    for (unsigned int i = 0; words && (name = setting->word(i)); i++) {
        OWNED PyObject *word = PyUnicode_FromString(name);
        if (!word || PyList_Append(words, word) < 0)
            return NULL;
    }
    Py_XINCREF(words);
    return words;
}

static PyObject *create_parameter(const struct setting *setting)
{
    static const char *const constants[] = {
        [SETTING_SWITCH] = "PARAM_BOOLEAN",         [SETTING_WORD] = "PARAM_ENUM",
        [SETTING_NUMBER] = "PARAM_STRING_NOESCAPE", [SETTING_ADDRESS] = "PARAM_STRING_NOESCAPE",
        [SETTING_FILE] = "PARAM_OPTIONAL_FILENAME",
    };
    OWNED PyObject *type = create_type(setting);
    OWNED PyObject *group = type ? PyObject_GetAttrString(gdb_module, "COMMAND_DATA") : NULL;
    OWNED PyObject *kind =
        group ? PyObject_GetAttrString(gdb_module, constants[setting->kind]) : NULL;
    if (!kind)
        return NULL;
    if (setting->kind != SETTING_WORD)
        return PyObject_CallFunction(type, "sOO", setting->name, group, kind);
    OWNED PyObject *words = create_words(setting);
    return words ? PyObject_CallFunction(type, "sOOO", setting->name, group, kind, words) : NULL;
}

static bool set_initial(const struct setting *setting, PyObject *parameter)
{
    if (setting->kind != SETTING_SWITCH)
        return set_value(parameter, setting->initial);
    PyObject *on = strcmp(setting->initial, "on") == 0 ? Py_True : Py_False;
    return PyObject_SetAttrString(parameter, "value", on) == 0;
}

/* Whether GDB has a parameter of that name, ours or another extension's. */
static bool parameter_exists(const char *name)
{
    OWNED PyObject *value = PyObject_CallMethod(gdb_module, "parameter", "s", name);
    exception_forget();
    return value != NULL;
}

static bool register_settings(void)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (settings[i].is_shared && parameter_exists(settings[i].name))
            continue;
        parameters[i] = create_parameter(&settings[i]);
        if (!parameters[i] || !set_initial(&settings[i], parameters[i]))
            return false;
    }
    return true;
}

/* What follows the prefix is not the name of a setting; GDB leaves it to us to say so. */
static bool check_alone(PyObject *args, const char *prefix)
{
    OWNED PyObject *line = PySequence_GetItem(args, 0);
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    bool read = line && object_append_text(line, &name);
    vmmap_buffer_append(&name, "", 1);
    bool is_alone = read && !name.failed && name.data[0] == '\0';
    if (read && !name.failed && !is_alone)
        raise_user_error("There is no setting \"%s %s\". \"help %s\" lists the settings.", prefix,
                         name.data, prefix);
    vmmap_buffer_deinit(&name);
    return is_alone;
}

/* `set vmmap` alone lists the settings, as GDB's own prefixes do. */
static PyObject *invoke_set(PyObject *self, PyObject *args)
{
    (void)self;
    if (!check_alone(args, "set vmmap") || !gdb_run("help set vmmap"))
        return NULL;
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *invoke_show(PyObject *self, PyObject *args)
{
    (void)self;
    if (!check_alone(args, "show vmmap"))
        return NULL;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        char command[64];
        snprintf(command, sizeof(command), "show %s", settings[i].name);
        if (!gdb_run(command))
            return NULL;
    }
    Py_INCREF(Py_None);
    return Py_None;
}

static PyMethodDef set_methods[] = {{"invoke", invoke_set, METH_VARARGS, NULL},
                                    {NULL, NULL, 0, NULL}};
static PyMethodDef show_methods[] = {{"invoke", invoke_show, METH_VARARGS, NULL},
                                     {NULL, NULL, 0, NULL}};

bool settings_register(void)
{
    return prefix_register("set vmmap", "COMMAND_DATA", "Set how vmmap works.", set_methods) &&
           prefix_register("show vmmap", "COMMAND_DATA", "Show how vmmap works.", show_methods) &&
           register_settings();
}

/* The name of the file that is set; NULL for none. */
static bool read_file(const struct setting *setting, char **ret)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool read = read_text(setting, &text);
    *ret = read && text.data[0] ? strdup(text.data) : NULL;
    if (read && text.data[0] && !*ret) {
        PyErr_NoMemory();
        read = false;
    }
    vmmap_buffer_deinit(&text);
    return read;
}

static bool read_setting(size_t index, struct setting_values *ret)
{
    const struct setting *setting = &settings[index];
    void *field = (char *)ret + setting->field;
    switch (setting->kind) {
    case SETTING_SWITCH:
        *(bool *)field = gdb_parameter_is_on(setting->name);
        return true;
    case SETTING_WORD:
        return read_word(setting, field);
    case SETTING_NUMBER:
    case SETTING_ADDRESS:
        *(uint64_t *)field = numbers[index];
        return true;
    case SETTING_FILE:
        return read_file(setting, field);
    }
    return false;
}

static void free_texts(struct setting_values *values)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (settings[i].kind == SETTING_FILE)
            free(*(char **)((char *)values + settings[i].field));
    }
}

/* Whether another extension has one of the settings: nobody tells us when it changes. */
static bool is_any_foreign(void)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (!parameters[i])
            return true;
    }
    return false;
}

bool settings_apply(struct vmmap_session *session)
{
    struct setting_values values = {.image = NULL};
    if (settled == session && !is_any_foreign())
        return true;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (!read_setting(i, &values)) {
            free_texts(&values);
            return false;
        }
    }
    const struct vmmap_settings chosen = {
        .qemu_user = values.qemu_user,
        .qemu_pid = values.qemu_pid,
        .phys_via = values.phys_via,
        .explore = values.explore,
        .mpu_select = values.mpu_select,
        .no_page_tables = !values.page_tables,
        .image = values.image,
        .image_base = values.image_base,
    };
    vmmap_session_set_source(session,
                             values.source ? vmmap_session_source_name(values.source - 1) : NULL);
    vmmap_session_set_labels(session, values.labels);
    vmmap_history_set_limit(vmmap_session_history(session),
                            values.snapshots ? values.snapshots : VMMAP_HISTORY_DEFAULT_LIMIT);
    struct vmmap_error *error = vmmap_session_set_settings(session, &chosen);
    free_texts(&values);
    if (!exception_unless_ok(error))
        return false;
    settled = session;
    return true;
}
