/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/vmmap.h"
#include "commands.h"
#include "expression.h"
#include "output.h"
#include "session/query.h"

/* A word that may as well be a name: what the user should be told about. */
static bool is_ambiguous(const struct vmmap_arguments *arguments)
{
    return !arguments->is_address && !arguments->is_name && !expression_is_certain(arguments->what);
}

static void set_name_filter(const struct vmmap_arguments *arguments, struct vmmap_query *query)
{
    query->filter.kind = VMMAP_FILTER_NAME;
    query->filter.name = arguments->what;
}

/* A quote that is not closed is a slip of the hand, unless there is a page with that name. */
static bool check_quotes(const struct command_call *call, const char *name)
{
    const struct vmmap_map *map;
    if ((name[0] != '"' && name[0] != '\'') || !expression_has_open_quote(name))
        return true;
    struct vmmap_error *error = vmmap_session_map(call->session, &map);
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
static bool set_filter(const struct command_call *call, struct vmmap_query *query)
{
    const struct vmmap_arguments *arguments = call->arguments;
    const char *text = arguments->what;
    if (!text)
        return true;
    if (arguments->is_name || (!arguments->is_address && *text == '[')) {
        set_name_filter(arguments, query);
        return true;
    }
    switch (expression_evaluate(text, " To look for a name, use -n.", &query->filter.address)) {
    case EXPRESSION_ADDRESS:
        query->filter.kind = VMMAP_FILTER_ADDRESS;
        query->word = is_ambiguous(arguments) ? text : NULL;
        return true;
    case EXPRESSION_NO:
        if (!is_ambiguous(arguments))
            return false;
        exception_forget();
        set_name_filter(arguments, query);
        return check_quotes(call, text);
    case EXPRESSION_ERROR:
        break;
    }
    return false;
}

static bool answer(const struct command_call *call, const struct vmmap_query *query)
{
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    struct vmmap_error *error = vmmap_session_query(call->session, query, &text);
    vmmap_buffer_deinit(&text);
    if (error)
        exception_from_error(error);
    return !error;
}

/* The options have to fit what comes after them. */
static bool check_arguments(const struct vmmap_arguments *arguments)
{
    if (arguments->what || (!arguments->is_name && !arguments->is_address))
        return true;
    raise_user_error(arguments->is_name ? "Option -n needs a part of a name after it."
                                        : "Option -a needs an expression after it.");
    return false;
}

bool vmmap_run(const struct command_call *call)
{
    const struct vmmap_arguments *arguments = call->arguments;
    bool has_target;
    if (!check_arguments(arguments) || !command_has_target(call, &has_target))
        return false;
    struct vmmap_query query = {
        .filter = {.before = arguments->before, .after = arguments->after},
        .gaps = arguments->gaps,
        .json = arguments->json,
    };
    if (arguments->writable)
        query.filter.perms |= VMMAP_PERM_WRITE;
    if (arguments->executable)
        query.filter.perms |= VMMAP_PERM_EXEC;
    if (has_target && !set_filter(call, &query))
        return false;
    query.color = !query.json && output_is_colored(call);
    return answer(call, &query);
}
