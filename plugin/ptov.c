/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/ptov.h"
#include "commands.h"
#include "expression.h"
#include "output.h"
#include "root.h"
#include "session/query.h"

/* False with an exception set. */
static bool find_space(const struct ptov_arguments *arguments, struct vmmap_space *ret)
{
    return root_parse(arguments->root, &ret->root) &&
           expression_evaluate(arguments->address, "", &ret->physical) == EXPRESSION_ADDRESS;
}

bool ptov_run(const struct command_call *call)
{
    const struct ptov_arguments *arguments = call->arguments;
    struct vmmap_query query = {
        .format = arguments->json ? VMMAP_FORMAT_JSON : VMMAP_FORMAT_TEXT,
        .space = {.has_physical = true},
    };
    bool has_target;
    if (!command_has_target(call, &has_target) ||
        (has_target && !find_space(arguments, &query.space)))
        return false;
    query.color = !arguments->json && output_is_colored(call);
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    struct vmmap_error *error = vmmap_session_query(call->session, &query, &text);
    vmmap_buffer_deinit(&text);
    return exception_unless_ok(error);
}
