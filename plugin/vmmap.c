/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/vmmap.h"
#include "commands.h"
#include "filter_options.h"
#include "meaning.h"
#include "options.h"
#include "output.h"
#include "root.h"
#include "session/query.h"

/* The snapshot that changes are wanted since, NULL for none by name. With --diff a snapshot's name
 * is that of the snapshot. */
static const char *find_since(const struct command_call *call)
{
    const struct vmmap_arguments *arguments = call->arguments;
    const struct vmmap_history *history = vmmap_session_history(call->session);
    if (arguments->since || !arguments->diff || !arguments->what)
        return arguments->since;
    return vmmap_history_find_snapshot(history, arguments->what) ? arguments->what : NULL;
}

/* The text that says which pages, or NULL for all. */
static const char *find_text(const struct command_call *call)
{
    const struct vmmap_arguments *arguments = call->arguments;
    return find_since(call) == arguments->what ? NULL : arguments->what;
}

static uint64_t context_or(uint64_t count, const struct vmmap_arguments *arguments)
{
    return count == UINT64_MAX ? arguments->context : count;
}

static enum vmmap_format find_format(const struct vmmap_arguments *arguments)
{
    if (arguments->json)
        return VMMAP_FORMAT_JSON;
    return arguments->csv ? VMMAP_FORMAT_CSV : VMMAP_FORMAT_TEXT;
}

/* What the options say about the filter, beside what the text means. */
static void complete_filter(const struct vmmap_arguments *arguments, struct vmmap_filter *filter)
{
    filter->after = context_or(arguments->after, arguments);
    filter->before = context_or(arguments->before, arguments);
}

static bool answer(const struct command_call *call, const struct vmmap_query *query)
{
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    struct vmmap_error *error = vmmap_session_query(call->session, query, &text);
    vmmap_buffer_deinit(&text);
    return exception_unless_ok(error);
}

/* False with an exception set. Without a target a root is nothing: that there is none is said. */
static bool find_space(const struct command_call *call, struct vmmap_space *ret)
{
    const struct vmmap_arguments *arguments = call->arguments;
    bool has_target;
    *ret = (struct vmmap_space){.is_physical = arguments->physical_map};
    if (arguments->root && arguments->physical_map) {
        raise_user_error("Options --root and --physical-map exclude each other.");
        return false;
    }
    if ((arguments->diff || arguments->since) &&
        (arguments->root || arguments->kernel || arguments->user || arguments->physical_map)) {
        raise_user_error("Options --diff and --since compare what the selected CPU sees: they "
                         "exclude --root, --kernel, --user and --physical-map.");
        return false;
    }
    if (arguments->kernel || arguments->user)
        ret->mode = arguments->kernel ? VMMAP_SPACE_KERNEL : VMMAP_SPACE_USER;
    return command_has_target(call, &has_target) &&
           (!has_target || root_parse(arguments->root, &ret->root));
}

static bool ask(const struct command_call *call, const struct meaning *meaning)
{
    const struct vmmap_arguments *arguments = call->arguments;
    struct vmmap_query query = {
        .filter = meaning->filter,
        .format = find_format(arguments),
        .sort = (enum vmmap_sort)arguments->sort,
        .diff = arguments->diff || arguments->since,
        .since = find_since(call),
        .gaps = arguments->gaps,
        .sum = arguments->sum,
        .registers = arguments->registers,
        .physical = arguments->physical,
        .word = meaning->word,
        .register_name = meaning->register_name,
    };
    struct vmmap_regex *regex = NULL;
    complete_filter(arguments, &query.filter);
    bool done = find_space(call, &query.space) &&
                filter_options_add(&arguments->filter, &query.filter, &regex);
    query.color = done && query.format == VMMAP_FORMAT_TEXT && output_is_colored(call);
    done = done && answer(call, &query);
    vmmap_regex_destroy(regex);
    return done;
}

static enum meaning_result find_meaning(const struct command_call *call, struct meaning *ret)
{
    const struct vmmap_arguments *arguments = call->arguments;
    enum meaning_kind kind = arguments->is_name      ? MEANING_NAME
                             : arguments->is_address ? MEANING_ADDRESS
                                                     : MEANING_ANY;
    *ret = (struct meaning){.word = NULL};
    const char *text = find_text(call);
    return text ? meaning_init(call, text, kind, ret) : MEANING_FOUND;
}

/* The options have to fit what comes after them. */
static bool check_arguments(const struct vmmap_arguments *arguments)
{
    if ((arguments->diff || arguments->since) && (arguments->gaps || arguments->sum)) {
        raise_user_error("Options --%s and --%s exclude each other.",
                         arguments->diff ? "diff" : "since", arguments->gaps ? "gaps" : "sum");
        return false;
    }
    if (arguments->what || (!arguments->is_name && !arguments->is_address))
        return true;
    raise_user_error(arguments->is_name ? "Option -n needs a part of a name after it."
                                        : "Option -a needs an expression after it.");
    return false;
}

static bool answer_meaning(const struct command_call *call)
{
    struct meaning meaning = {.word = NULL};
    bool done = check_arguments(call->arguments) && find_meaning(call, &meaning) != MEANING_ERROR &&
                ask(call, &meaning);
    meaning_deinit(&meaning);
    return done;
}

/* The line with the options that were typed after the name put before it. */
static bool answer_moved(const struct command_call *call, const char *line, bool *understood)
{
    struct vmmap_arguments arguments;
    struct command_call moved = *call;
    moved.arguments = &arguments;
    enum options_result result = options_parse(call->description, line, &arguments);
    *understood = result != OPTIONS_ERROR;
    bool done = result == OPTIONS_HELP   ? command_print_help(call->description)
                : result == OPTIONS_DONE ? answer_meaning(&moved)
                                         : false;
    options_deinit(call->description, &arguments);
    return done;
}

/* What does not evaluate and is no name may have options at its end. An exception is set if the
 * text began like an expression: it stays, unless there are such options. */
static bool answer_unknown(const struct command_call *call, const struct meaning *meaning)
{
    struct vmmap_buffer line = VMMAP_BUFFER_INIT;
    bool understood = false, done = false;
    const bool is_error = PyErr_Occurred() != NULL;
    bool moves = !(is_error && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) &&
                 options_move_ahead(call->description, call->line, &line);
    if (moves && !line.failed) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        done = answer_moved(call, line.data, &understood);
        if (is_error && !understood) {
            PyErr_Clear();
            PyErr_Restore(type, value, traceback);
        } else {
            Py_XDECREF(type);
            Py_XDECREF(value);
            Py_XDECREF(traceback);
        }
    } else if (!is_error) {
        done = ask(call, meaning);
    }
    vmmap_buffer_deinit(&line);
    return done;
}

bool vmmap_run(const struct command_call *call)
{
    const struct vmmap_arguments *arguments = call->arguments;
    struct meaning meaning = {.word = NULL};
    bool has_target;
    if (!check_arguments(arguments) || !command_has_target(call, &has_target))
        return false;
    /* Without a process registers are void: say that there is none, not that. */
    enum meaning_result result = has_target ? find_meaning(call, &meaning) : MEANING_FOUND;
    bool done = result == MEANING_FOUND ? ask(call, &meaning) : answer_unknown(call, &meaning);
    meaning_deinit(&meaning);
    return done;
}
