/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/no_memory.h"

#include <inttypes.h>

#include "formats/proc_status.h"

/* The letters of fs/proc/array.c (task_state_array[]). */
static const char *explain(char state)
{
    switch (state) {
    case 'Z':
        return "the process has exited and waits for its parent (a zombie); \"detach\" lets it go";
    case 'X':
        return "the process is dead; \"detach\" lets it go";
    case 'R':
    case 'S':
    case 'D':
    case 'T':
    case 't':
    case 'P':
    case 'I':
        return "the process lives, as its status file says, so a security module hides its memory, "
               "or something else is mounted over the file";
    default:
        return "the process may have exited, but its status file does not tell";
    }
}

struct vmmap_error *vmmap_no_memory_error(const char *where, uint64_t pid,
                                          const struct vmmap_buffer *status)
{
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s/proc/%" PRIu64 "/maps is empty: %s.",
                              where, pid,
                              explain(vmmap_proc_status_state(status->data, status->size)));
}
