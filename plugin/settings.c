/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/scan.h"
#include "types.h"

static PyObject *source_parameter;    /* owned */
static PyObject *labels_parameter;    /* owned */
static PyObject *qemu_user_parameter; /* owned */
static PyObject *qemu_pid_parameter;  /* owned */
static PyObject *phys_via_parameter;  /* owned */

/* By name, because another extension may own it already: the name is well known. */
#define PAGE_TABLES_NAME "kernel-vmmap-via-page-tables"

/* The process that `set vmmap qemu-pid` has accepted; 0 for "auto". */
static uint64_t qemu_pid;

struct setting {
    const char *name; /* after "set " */
    const char *kind; /* gdb.PARAM_ constant */
    const char *set_doc;
    const char *show_doc;
    const char *doc;
    const char *show_text; /* what `show` prints before the value */
    PyMethodDef *methods;  /* NULL for those that need no check of the value */
};

static const struct setting source_setting = {
    .name = "vmmap source",
    .kind = "PARAM_ENUM",
    .set_doc = "Set where memory maps come from.",
    .show_doc = "Show where memory maps come from.",
    .doc = "\"auto\" takes the best source that works; the other words use that one only:\n"
           "  procfs       /proc/PID/maps of this machine, for processes under this GDB\n"
           "  vfile        the same file of the remote side, through gdbserver\n"
           "  qemu-user    several ways for programs under qemu-user (\"set vmmap qemu-user\")\n"
           "  page-tables  the page tables of a machine under QEMU\n"
           "  monitor      what QEMU's monitor lists of them (\"info mem\")\n"
           "  core         the core file itself\n"
           "  gdb          what GDB's own \"info proc mappings\" lists",
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

static const struct setting qemu_user_setting = {
    .name = "vmmap qemu-user",
    .kind = "PARAM_ENUM",
    .set_doc = "Set which way to take to the memory map of a program under qemu-user.",
    .show_doc = "Show which way to take to the memory map of a program under qemu-user.",
    .doc = "\"auto\" takes the first way that works; the other words use that one only:\n"
           "  vfile  the guest's own /proc/self/maps, which QEMU 8.1 and later serve\n"
           "  host   derived from the mappings of the QEMU process on this machine\n"
           "  probe  found by reading memory through QEMU's stub\n"
           "  full   the whole address space as one row",
    .show_text = "The way to the memory map of a program under qemu-user is",
};

static const struct setting phys_via_setting = {
    .name = "vmmap phys-via",
    .kind = "PARAM_ENUM",
    .set_doc = "Set which way to take to the physical memory of a machine under QEMU.",
    .show_doc = "Show which way to take to the physical memory of a machine under QEMU.",
    .doc = "\"auto\" takes the first way that works; the other words use that one only:\n"
           "  proc-mem  /proc/PID/mem of the QEMU process on this machine\n"
           "  packet    packets, with QEMU's stub in its physical memory mode\n"
           "  monitor   the monitor's \"xp\"",
    .show_text = "The way to the physical memory of a machine under QEMU is",
};

static const struct setting page_tables_setting = {
    .name = PAGE_TABLES_NAME,
    .kind = "PARAM_BOOLEAN",
    .set_doc = "Set whether the map of a machine under QEMU is read from its page tables.",
    .show_doc = "Show whether the map of a machine under QEMU is read from its page tables.",
    .doc = "Off, it is what QEMU's monitor lists (\"info mem\"), if that is short: less is known "
           "then.",
    .show_text = "Reading the map of a machine under QEMU from its page tables is",
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

/* "auto" or a number that can be a process's. */
static bool parse_pid(const char *text, uint64_t *ret)
{
    struct vmmap_scan scan = {text, text + strlen(text)};
    if (strcmp(text, "auto") == 0) {
        *ret = 0;
        return true;
    }
    return vmmap_scan_decimal(&scan, ret) && scan.at == scan.end && *ret > 0 && *ret <= INT32_MAX;
}

/* Puts back the value that was there before. */
static bool restore_qemu_pid(PyObject *parameter)
{
    char text[24] = "auto";
    if (qemu_pid != 0)
        snprintf(text, sizeof(text), "%" PRIu64, qemu_pid);
    OWNED PyObject *value = PyUnicode_FromString(text);
    return value && PyObject_SetAttrString(parameter, "value", value) == 0;
}

/* GDB has stored the new value already when it calls this. */
static PyObject *set_qemu_pid(PyObject *self, PyObject *unused)
{
    (void)unused;
    OWNED PyObject *value = PyObject_GetAttrString(self, "value");
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool read = value && object_append_text(value, &text);
    vmmap_buffer_append(&text, "", 1);
    if (read && !text.failed && !parse_pid(text.data, &qemu_pid)) {
        read = restore_qemu_pid(self);
        if (read)
            raise_user_error("\"set vmmap qemu-pid\" takes \"auto\" or the number of a process, "
                             "not \"%s\".",
                             text.data);
        read = false;
    }
    vmmap_buffer_deinit(&text);
    return read ? PyUnicode_FromString("") : NULL;
}

static PyMethodDef qemu_pid_methods[] = {
    {"get_set_string", set_qemu_pid, METH_NOARGS, NULL},
    {"get_show_string", get_show_string, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static const struct setting qemu_pid_setting = {
    .name = "vmmap qemu-pid",
    .kind = "PARAM_STRING_NOESCAPE",
    .set_doc = "Set which process of this machine is the QEMU that runs the target.",
    .show_doc = "Show which process of this machine is the QEMU that runs the target.",
    .doc = "\"auto\" finds it by the connection. A process that is named here is used only if its\n"
           "memory holds what the target's does.",
    .show_text = "The QEMU process that runs the target is",
    .methods = qemu_pid_methods,
};

static bool set_text(PyObject *type, const char *attribute, const char *text)
{
    OWNED PyObject *string = PyUnicode_FromString(text);
    return string && PyObject_SetAttrString(type, attribute, string) == 0;
}

/* A class for one setting, because GDB reads the texts from the class. */
static PyObject *create_type(const struct setting *setting)
{
    PyObject *type = type_create("vmmap.Setting", "Parameter", setting->doc,
                                 setting->methods ? setting->methods : setting_methods);
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

/* "auto" and then the words that `name_of` has, up to its first NULL. */
static PyObject *create_words(const char *(*name_of)(size_t index))
{
    OWNED PyObject *words = PyList_New(0);
    const char *name = "auto";
    for (size_t i = 0; words && name; name = name_of(i++)) {
        OWNED PyObject *word = PyUnicode_FromString(name);
        if (!word || PyList_Append(words, word) < 0)
            return NULL;
    }
    Py_XINCREF(words);
    return words;
}

static const char *source_name(size_t index)
{
    return index < vmmap_session_source_count() ? vmmap_session_source_name(index) : NULL;
}

/* After "auto", which is the first of the ways. */
static const char *way_name(size_t index)
{
    return vmmap_qemu_user_way_name((unsigned int)index + 1);
}

static const char *via_name(size_t index)
{
    return vmmap_phys_via_name((unsigned int)index + 1);
}

static bool set_value(PyObject *parameter, PyObject *value)
{
    return value && PyObject_SetAttrString(parameter, "value", value) == 0;
}

/* A setting with the word "auto" as its first value. */
static PyObject *create_automatic(const struct setting *setting, PyObject *words)
{
    OWNED PyObject *automatic = PyUnicode_FromString("auto");
    OWNED PyObject *parameter = automatic ? create_setting(setting, words) : NULL;
    if (!parameter || !set_value(parameter, automatic))
        return NULL;
    Py_INCREF(parameter);
    return parameter;
}

static PyObject *create_choice(const struct setting *setting, const char *(*name_of)(size_t index))
{
    OWNED PyObject *words = create_words(name_of);
    return words ? create_automatic(setting, words) : NULL;
}

/* Whether GDB has a parameter of that name, ours or another extension's. */
static bool parameter_exists(const char *name)
{
    OWNED PyObject *value = PyObject_CallMethod(gdb_module, "parameter", "s", name);
    exception_forget();
    return value != NULL;
}

static bool register_page_tables(void)
{
    if (parameter_exists(PAGE_TABLES_NAME))
        return true;
    OWNED PyObject *parameter = create_setting(&page_tables_setting, NULL);
    return parameter && set_value(parameter, Py_True);
}

static bool register_settings(void)
{
    source_parameter = create_choice(&source_setting, source_name);
    labels_parameter = source_parameter ? create_setting(&labels_setting, NULL) : NULL;
    if (!labels_parameter || !set_value(labels_parameter, Py_True))
        return false;
    qemu_user_parameter = create_choice(&qemu_user_setting, way_name);
    qemu_pid_parameter = qemu_user_parameter ? create_automatic(&qemu_pid_setting, NULL) : NULL;
    phys_via_parameter = qemu_pid_parameter ? create_choice(&phys_via_setting, via_name) : NULL;
    return phys_via_parameter && register_page_tables();
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
    static const struct setting *const settings[] = {&source_setting,    &labels_setting,
                                                     &qemu_user_setting, &qemu_pid_setting,
                                                     &phys_via_setting,  &page_tables_setting};
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

/* The value of a setting that is a string, NUL-terminated. False with an exception set. */
static bool read_word(PyObject *parameter, struct vmmap_buffer *ret)
{
    OWNED PyObject *value = PyObject_GetAttrString(parameter, "value");
    bool read = value && object_append_text(value, ret);
    vmmap_buffer_append(ret, "", 1);
    if (read && ret->failed)
        PyErr_NoMemory();
    return read && !ret->failed;
}

/* The number of a word; 0, which is "auto" everywhere, for one that is not there. */
static unsigned int find_word(const char *(*name_of)(unsigned int index), const char *word)
{
    const char *name;
    for (unsigned int i = 0; (name = name_of(i)); i++) {
        if (strcmp(name, word) == 0)
            return i;
    }
    return 0;
}

bool settings_apply(struct vmmap_session *session)
{
    OWNED PyObject *labels = PyObject_GetAttrString(labels_parameter, "value");
    struct vmmap_buffer source = VMMAP_BUFFER_INIT, way = VMMAP_BUFFER_INIT,
                        via = VMMAP_BUFFER_INIT;
    bool read = labels && read_word(source_parameter, &source) &&
                read_word(qemu_user_parameter, &way) && read_word(phys_via_parameter, &via);
    if (read) {
        const struct vmmap_settings settings = {
            .qemu_user = find_word(vmmap_qemu_user_way_name, way.data),
            .qemu_pid = qemu_pid,
            .phys_via = find_word(vmmap_phys_via_name, via.data),
            .no_page_tables = !gdb_parameter_is_on(PAGE_TABLES_NAME),
        };
        vmmap_session_set_source(session, source.data);
        vmmap_session_set_labels(session, PyObject_IsTrue(labels) == 1);
        vmmap_session_set_settings(session, &settings);
    }
    vmmap_buffer_deinit(&source);
    vmmap_buffer_deinit(&way);
    vmmap_buffer_deinit(&via);
    return read;
}
