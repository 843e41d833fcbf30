/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/xinfo.h"
#include "commands.h"
#include "expression.h"
#include "output.h"
#include "session/address.h"

bool xinfo_run(const struct command_call *call)
{
    const struct xinfo_arguments *arguments = call->arguments;
    uint64_t address;
    bool has_target;
    if (!command_has_target(call, &has_target) ||
        (has_target && expression_evaluate(arguments->address, "", &address) != EXPRESSION_ADDRESS))
        return false;
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    struct vmmap_error *error = vmmap_session_tell_address(
        call->session, has_target ? &address : NULL, arguments->json, &text);
    vmmap_buffer_deinit(&text);
    return exception_unless_ok(error);
}
