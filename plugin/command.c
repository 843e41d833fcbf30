/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "completion.h"
#include "expression.h"
#include "gdb_target.h"
#include "output.h"
#include "session/query.h"
#include "settings.h"
#include "types.h"
#include "vtop.h"

static const char help_text[] =
    "Show the memory map of the program: every page range with permissions and name.\n"
    "Usage: vmmap [-h] [-w] [-x] [-A N] [-B N] [--gaps] [--json] [-a] [-n]\n"
    "             [ADDRESS-EXPRESSION | NAME]\n"
    "\n"
    "Without an argument all pages are shown. With an expression, the page that holds its\n"
    "value, marked with an arrow and its offset in the page; arrays and functions stand for\n"
    "their address. What does not evaluate is a name: all pages whose name contains it.\n"
    "\n"
    "Options come first:\n"
    "  -h, --help             Show this text.\n"
    "  -w, --writable         Show writable pages only.\n"
    "  -x, --executable       Show executable pages only.\n"
    "  -A, --lines-after N    Show N pages after each match (default 1).\n"
    "  -B, --lines-before N   Show N pages before each match (default 1).\n"
    "  --gaps                 Show unmapped gaps, guard pages and runs of adjacent pages.\n"
    "  --json                 Print one JSON object, for scripts.\n"
    "  -a, --address          The argument is an expression, never a name.\n"
    "  -n, --name             The argument is a name, never an expression.\n"
    "  --                     End the options.\n"
    "\n"
    "A permission that is not known is shown as \"?\".\n"
    "\n"
    "Examples:\n"
    "  vmmap                  All pages.\n"
    "  vmmap $sp              The page that the stack pointer points to.\n"
    "  vmmap libc             The pages of every file with \"libc\" in its path.\n"
    "  vmmap -w -A 3 heap     The heap and three pages after it, if writable.\n"
    "  vmmap --gaps           What lies between the pages.\n"
    "  pipe vmmap | grep rwx  The table, through a shell command.";

static struct vmmap_session *session; /* the one session of this GDB; never destroyed */

/* A word that may as well be a name: what the user should be told about. */
static bool is_ambiguous(const struct arguments *arguments)
{
    return arguments->meaning == MEANING_AUTO && !expression_is_certain(arguments->rest);
}

static void set_name_filter(const struct arguments *arguments, struct vmmap_query *query)
{
    query->filter.kind = VMMAP_FILTER_NAME;
    query->filter.name = arguments->rest;
}

/* A quote that is not closed is a slip of the hand, unless there is a page with that name. */
static bool check_quotes(const char *name)
{
    const struct vmmap_map *map;
    if ((name[0] != '"' && name[0] != '\'') || !expression_has_open_quote(name))
        return true;
    struct vmmap_error *error = vmmap_session_map(session, &map);
    if (error) {
        exception_from_error(error);
        return false;
    }
    if (vmmap_map_has_name(map, name))
        return true;
    raise_user_error("The quote in \"%s\" is not closed, and no page has that name.", name);
    return false;
}

/* What the rest of the line means. False with an exception set. */
static bool set_filter(const struct arguments *arguments, struct vmmap_query *query)
{
    const char *text = arguments->rest;
    if (*text == '\0')
        return true;
    if (arguments->meaning == MEANING_NAME ||
        (arguments->meaning == MEANING_AUTO && *text == '[')) {
        set_name_filter(arguments, query);
        return true;
    }

    struct vmmap_target_info info = {.address_bits = 64};
    struct vmmap_error *error = gdb_target.describe(gdb_target.context, &info);
    if (error) {
        exception_from_error(error);
        return false;
    }
    const struct expression expression = {text, info.address_bits, " To look for a name, use -n."};
    switch (expression_evaluate(&expression, &query->filter.address)) {
    case EXPRESSION_ADDRESS:
        query->filter.kind = VMMAP_FILTER_ADDRESS;
        query->word = is_ambiguous(arguments) ? text : NULL;
        return true;
    case EXPRESSION_NO:
        if (!is_ambiguous(arguments))
            return false;
        exception_forget();
        set_name_filter(arguments, query);
        return check_quotes(text);
    case EXPRESSION_ERROR:
        break;
    }
    return false;
}

static struct vmmap_error *drain_to_output(void *context, const char *text, size_t size)
{
    (void)context;
    return output_write(text, size) ? NULL : error_from_exception();
}

static bool answer(const struct vmmap_query *query)
{
    struct vmmap_buffer text = {.drain = drain_to_output};
    struct vmmap_error *error = vmmap_session_query(session, query, &text);
    vmmap_buffer_deinit(&text);
    if (error)
        exception_from_error(error);
    return !error;
}

static bool run(const char *line, const struct arguments *arguments, bool from_tty)
{
    bool has_target;
    struct vmmap_error *error = vmmap_session_has_target(session, &has_target);
    if (error) {
        exception_from_error(error);
        return false;
    }
    struct vmmap_query query = {
        .filter = {.before = arguments->before, .after = arguments->after},
        .gaps = arguments->gaps,
        .json = arguments->json,
    };
    if (arguments->writable)
        query.filter.perms |= VMMAP_PERM_WRITE;
    if (arguments->executable)
        query.filter.perms |= VMMAP_PERM_EXEC;
    /* Without a process registers are void: say that there is none, not that. */
    if (has_target && !set_filter(arguments, &query))
        return false;
    query.color = !query.json && output_is_colored(line, from_tty);
    return answer(&query);
}

static bool invoke_line(const char *line, bool from_tty)
{
    struct arguments arguments;
    if (!arguments_parse(line, &arguments))
        return false;
    bool done;
    if (arguments.help)
        done = output_write(help_text, strlen(help_text)) && output_write("\n", 1);
    else
        done = settings_apply(session) && run(line, &arguments, from_tty);
    arguments_deinit(&arguments);
    return done;
}

static PyObject *invoke(PyObject *self, PyObject *args)
{
    (void)self;
    return command_run(args, invoke_line);
}

static PyObject *complete(PyObject *self, PyObject *args)
{
    (void)self;
    return settings_apply(session) ? completion_answer(session, args) : NULL;
}

static PyMethodDef methods[] = {
    {"invoke", invoke, METH_VARARGS, NULL},
    {"complete", complete, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static const char alias_help_text[] =
    "Show the memory map of the program: another name for \"vmmap\".\n"
    "Usage: the same as for \"vmmap\"; see \"help vmmap\".";

/* Names that users of other tools type by habit. They are commands of their own rather than GDB
 * aliases, which would head the help text of `vmmap` with a list of themselves. */
static bool register_aliases(void)
{
    static const char *const names[] = {"lm", "address", "vprot", "libs"};
    /* `libs` would make GDB's `li` for `list` ambiguous. */
    if (!command_exists("li") && !gdb_run("alias li = list"))
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!command_exists(names[i]) &&
            !command_register(names[i], "COMMAND_OBSCURE", alias_help_text, methods, false))
            return false;
    }
    return true;
}

/* `gdb-vmmap` always, because an extension that is loaded later may take `vmmap` away: GDB has one
 * list of commands, and the last one defined is the one that is run. */
static bool register_main(void)
{
    static const char sentence[] = "vmmap: another extension has a command \"vmmap\" already; "
                                   "this one is \"gdb-vmmap\".\n";
    if (!command_register("gdb-vmmap", "COMMAND_DATA", help_text, methods, false))
        return false;
    return command_exists("vmmap")
               ? output_write(sentence, strlen(sentence))
               : command_register("vmmap", "COMMAND_DATA", help_text, methods, false);
}

bool vmmap_command_register(void)
{
    struct vmmap_error *error = vmmap_session_create(&gdb_target, &session);
    if (error) {
        exception_from_error(error);
        return false;
    }
    return register_main() && register_aliases() && vtop_command_register(session);
}
