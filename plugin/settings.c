/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settings.h"

#include <string.h>

#include "types.h"

static PyObject *source_parameter; /* owned */
static PyObject *labels_parameter; /* owned */

struct setting {
    const char *name; /* after "set " */
    const char *kind; /* gdb.PARAM_ constant */
    const char *set_doc;
    const char *show_doc;
    const char *doc;
    const char *show_text; /* what `show` prints before the value */
};

static const struct setting source_setting = {
    .name = "vmmap source",
    .kind = "PARAM_ENUM",
    .set_doc = "Set where memory maps come from.",
    .show_doc = "Show where memory maps come from.",
    .doc = "\"auto\" takes the best source that works; the other words use that one only:\n"
           "  procfs  /proc/PID/maps of this machine, for processes under this GDB\n"
           "  vfile   the same file of the remote side, through gdbserver\n"
           "  core    the core file itself\n"
           "  gdb     what GDB's own \"info proc mappings\" lists",
    .show_text = "The source of memory maps is",
};

static const struct setting labels_setting = {
    .name = "vmmap labels",
    .kind = "PARAM_BOOLEAN",
    .set_doc = "Set whether vmmap labels the stacks, guard pages and TLS blocks of threads.",
    .show_doc = "Show whether vmmap labels the stacks, guard pages and TLS blocks of threads.",
    .doc = "That takes the registers of every thread: some 50 microseconds a thread for a local\n"
           "process, a round trip each for a remote one. Off, no register is read.",
    .show_text = "Labels for the memory of threads are",
};

static PyObject *get_set_string(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    return PyUnicode_FromString("");
}

static PyObject *get_show_string(PyObject *self, PyObject *value)
{
    OWNED PyObject *text = PyObject_GetAttrString(self, "show_text");
    return text ? PyUnicode_FromFormat("%U \"%S\".", text, value) : NULL;
}

static PyMethodDef setting_methods[] = {
    {"get_set_string", get_set_string, METH_NOARGS, NULL},
    {"get_show_string", get_show_string, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static bool set_text(PyObject *type, const char *attribute, const char *text)
{
    OWNED PyObject *string = PyUnicode_FromString(text);
    return string && PyObject_SetAttrString(type, attribute, string) == 0;
}

/* A class for one setting, because GDB reads the texts from the class. */
static PyObject *create_type(const struct setting *setting)
{
    PyObject *type = type_create("vmmap.Setting", "Parameter", setting->doc, setting_methods);
    if (type && set_text(type, "set_doc", setting->set_doc) &&
        set_text(type, "show_doc", setting->show_doc) &&
        set_text(type, "show_text", setting->show_text))
        return type;
    Py_XDECREF(type);
    return NULL;
}

/* `words` are the values of a PARAM_ENUM, or NULL. */
static PyObject *create_setting(const struct setting *setting, PyObject *words)
{
    OWNED PyObject *type = create_type(setting);
    OWNED PyObject *group = type ? PyObject_GetAttrString(gdb_module, "COMMAND_DATA") : NULL;
    OWNED PyObject *kind = group ? PyObject_GetAttrString(gdb_module, setting->kind) : NULL;
    if (!kind)
        return NULL;
    if (words)
        return PyObject_CallFunction(type, "sOOO", setting->name, group, kind, words);
    return PyObject_CallFunction(type, "sOO", setting->name, group, kind);
}

static PyObject *create_source_words(void)
{
    OWNED PyObject *words = PyList_New(0);
    OWNED PyObject *automatic = PyUnicode_FromString("auto");
    if (!words || !automatic || PyList_Append(words, automatic) < 0)
        return NULL;
    for (size_t i = 0; i < vmmap_session_source_count(); i++) {
        OWNED PyObject *word = PyUnicode_FromString(vmmap_session_source_name(i));
        if (!word || PyList_Append(words, word) < 0)
            return NULL;
    }
    Py_INCREF(words);
    return words;
}

static bool set_value(PyObject *parameter, PyObject *value)
{
    return value && PyObject_SetAttrString(parameter, "value", value) == 0;
}

static bool register_settings(void)
{
    OWNED PyObject *words = create_source_words();
    source_parameter = words ? create_setting(&source_setting, words) : NULL;
    labels_parameter = source_parameter ? create_setting(&labels_setting, NULL) : NULL;
    OWNED PyObject *automatic = PyUnicode_FromString("auto");
    return labels_parameter && set_value(source_parameter, automatic) &&
           set_value(labels_parameter, Py_True);
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
    static const struct setting *const settings[] = {&source_setting, &labels_setting};
    (void)self;
    if (!check_alone(args, "show vmmap"))
        return NULL;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        char command[64] = "show ";
        strncat(command, settings[i]->name, sizeof(command) - sizeof("show "));
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
    return command_register("set vmmap", "COMMAND_DATA", "Set how vmmap works.", set_methods,
                            true) &&
           command_register("show vmmap", "COMMAND_DATA", "Show how vmmap works.", show_methods,
                            true) &&
           register_settings();
}

bool settings_apply(struct vmmap_session *session)
{
    OWNED PyObject *source = PyObject_GetAttrString(source_parameter, "value");
    OWNED PyObject *labels = source ? PyObject_GetAttrString(labels_parameter, "value") : NULL;
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    bool read = labels && object_append_text(source, &name);
    vmmap_buffer_append(&name, "", 1);
    if (read && !name.failed) {
        vmmap_session_set_source(session, name.data);
        vmmap_session_set_labels(session, PyObject_IsTrue(labels) == 1);
    }
    vmmap_buffer_deinit(&name);
    return read;
}
