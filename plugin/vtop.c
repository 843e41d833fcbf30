/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/vtop.h"
#include "commands.h"
#include "expression.h"
#include "output.h"
#include "root.h"
#include "session/translation.h"

bool vtop_run(const struct command_call *call)
{
    const struct vtop_arguments *arguments = call->arguments;
    uint64_t address = 0;
    struct vmmap_root root = {.kind = VMMAP_ROOT_CPU};
    bool has_target;
    if (!command_has_target(call, &has_target) ||
        (has_target && !root_parse(arguments->root, &root)) ||
        (has_target && expression_evaluate(arguments->address, "", &address) != EXPRESSION_ADDRESS))
        return false;
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    return output_finish(&text, vmmap_session_translate(call->session, &root, address, &text));
}
