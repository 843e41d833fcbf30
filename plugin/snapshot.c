/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/snapshot.h"
#include "commands.h"
#include "output.h"
#include "session/snapshots.h"

bool vmmap_snapshot_run(const struct command_call *call)
{
    const struct vmmap_snapshot_arguments *arguments = call->arguments;
    const char *name = arguments->name ? arguments->name : "";
    struct vmmap_buffer text = OUTPUT_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    if (arguments->list)
        vmmap_session_list_snapshots(call->session, &text);
    else if (arguments->delete)
        error = vmmap_session_forget_snapshot(call->session, name);
    else
        error = vmmap_session_snapshot(call->session, name, &text);
    return output_finish(&text, error);
}
