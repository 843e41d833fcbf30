/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "completion.h"
#include "descriptions/help.h"
#include "gdb_target.h"
#include "options.h"
#include "output.h"
#include "settings.h"
#include "types.h"

#define COMMAND_ENTRY(name) {&name##_description, name##_run},

static const struct command {
    const struct command_description *description;
    bool (*run)(const struct command_call *call);
} commands[] = {FOR_EACH_COMMAND(COMMAND_ENTRY)};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

/* The name of `vmmap` that no other extension has. */
#define MAP_NAME "gdb-vmmap"

/* The attribute of a command's class that says which one of the table it is. */
static const char number_attribute[] = "number";

static struct vmmap_session *session; /* the one session of this GDB; never destroyed */

/* What GDB calls with the command's object: which of our commands it is. */
static bool find_command(PyObject *self, const struct command **ret)
{
    uint64_t number;
    if (!object_get_unsigned(self, number_attribute, &number))
        return false;
    *ret = &commands[number];
    return true;
}

bool command_print_help(const struct command_description *description)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    help_append(description, &text);
    vmmap_buffer_append(&text, "\n", 1);
    bool done = !text.failed ? output_write(text.data, text.size) : PyErr_NoMemory() != NULL;
    vmmap_buffer_deinit(&text);
    return done;
}

static bool run_parsed(const struct command *command, const char *line, bool from_tty,
                       const void *arguments)
{
    const struct command_call call = {command->description, arguments, session, line, from_tty};
    return settings_apply(session) && command->run(&call);
}

static bool run_line(void *context, const char *line, bool from_tty)
{
    const struct command *command = context;
    void *arguments = malloc(command->description->arguments_size);
    bool done = false;
    if (!arguments) {
        PyErr_NoMemory();
        return false;
    }
    switch (options_parse(command->description, line, arguments)) {
    case OPTIONS_HELP:
        done = command_print_help(command->description);
        break;
    case OPTIONS_DONE:
        done = run_parsed(command, line, from_tty, arguments);
        break;
    case OPTIONS_ERROR:
        break;
    }
    options_deinit(command->description, arguments);
    free(arguments);
    return done;
}

static PyObject *invoke(PyObject *self, PyObject *args)
{
    const struct command *command;
    return find_command(self, &command) ? command_run(args, run_line, (void *)command) : NULL;
}

static PyObject *complete(PyObject *self, PyObject *args)
{
    const struct command *command;
    if (!find_command(self, &command) || !settings_apply(session))
        return NULL;
    return completion_answer(session, command->description, args);
}

static PyMethodDef methods[] = {
    {"invoke", invoke, METH_VARARGS, NULL},
    {"complete", complete, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static bool register_as(const struct command *command, const char *name, const char *group,
                        const char *help)
{
    OWNED PyObject *type = type_create("vmmap.Command", "Command", help, methods);
    OWNED PyObject *number = type ? PyLong_FromLong(command - commands) : NULL;
    return number && PyObject_SetAttrString(type, number_attribute, number) == 0 &&
           command_create(type, name, group);
}

/* Other names are commands of their own rather than GDB's aliases, which would head the help text
 * of the command with a list of themselves. */
static bool register_alias(const struct command *command, const char *alias)
{
    const char *name = command->description->name;
    struct vmmap_buffer help = VMMAP_BUFFER_INIT;
    vmmap_buffer_printf(&help,
                        "%.*s: another name for \"%s\".\n"
                        "Usage: the same as for \"%s\"; see \"help %s\".",
                        (int)strcspn(command->description->summary, ":."),
                        command->description->summary, name, name, name);
    vmmap_buffer_append(&help, "", 1);
    bool done = !help.failed ? command_exists(alias) ||
                                   register_as(command, alias, "COMMAND_OBSCURE", help.data)
                             : PyErr_NoMemory() != NULL;
    vmmap_buffer_deinit(&help);
    return done;
}

/* `vmmap_add` is `vmmap-add` too. */
static bool register_dashed(const struct command *command)
{
    char name[64] = "";
    strncat(name, command->description->name, sizeof(name) - 1);
    if (!strchr(name, '_'))
        return true;
    for (char *at = name; *at; at++)
        *at = *at == '_' ? '-' : *at;
    return register_alias(command, name);
}

static bool register_aliases(const struct command *command)
{
    const char *const *alias = command->description->aliases;
    for (; alias && *alias; alias++) {
        if (!register_alias(command, *alias))
            return false;
    }
    return register_dashed(command);
}

static bool say_taken(void)
{
    static const char sentence[] = "vmmap: another extension has a command \"vmmap\" already; this "
                                   "one is \"" MAP_NAME "\".\n";
    return output_write(sentence, strlen(sentence));
}

/* A name that another extension has is left to it. `vmmap` is `gdb-vmmap` as well, always, because
 * an extension that is loaded later may take `vmmap` away: of commands with one name the last
 * defined is run. */
static bool register_name(const struct command *command, const char *help)
{
    const char *name = command->description->name, *group = command->description->group;
    const bool is_map = command->description == &vmmap_description;
    if (is_map && !register_as(command, MAP_NAME, group, help))
        return false;
    if (!command_exists(name))
        return register_as(command, name, group, help);
    return !is_map || say_taken();
}

static bool register_command(const struct command *command)
{
    struct vmmap_buffer help = VMMAP_BUFFER_INIT;
    help_append(command->description, &help);
    vmmap_buffer_append(&help, "", 1);
    bool done = !help.failed ? register_name(command, help.data) : PyErr_NoMemory() != NULL;
    vmmap_buffer_deinit(&help);
    return done && register_aliases(command);
}

bool commands_register(void)
{
    struct vmmap_error *error = vmmap_session_create(&gdb_target, &session);
    if (error) {
        exception_from_error(error);
        return false;
    }
    /* `libs` would make GDB's `li` for `list` ambiguous. */
    if (!command_exists("li") && !gdb_run("alias li = list"))
        return false;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!register_command(&commands[i]))
            return false;
    }
    return true;
}

struct vmmap_session *commands_session(void)
{
    return session;
}

bool command_has_target(const struct command_call *call, bool *ret)
{
    return exception_unless_ok(vmmap_session_has_target(call->session, ret));
}
