/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/guest_session.h"

static struct vmmap_error *check_target(const struct vmmap_target_info *info)
{
    const bool is_machine = vmmap_target_is_machine(info);
    if (is_machine && !info->running)
        return NULL;
    if (is_machine)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "The machine is running: stop it first, with Ctrl-C or "
                                  "\"interrupt\".");
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "There is no machine whose processes could be told: connect to one "
                              "under QEMU with \"target remote\", or name a memory image with "
                              "\"set vmmap image FILE\".");
}

/* The kernel's own view, whatever process is chosen. */
static struct vmmap_error *open_machine(struct vmmap_session *session,
                                        struct vmmap_guest_session *ret)
{
    const bool had_chosen = ret->guest->has_chosen;
    ret->guest->has_chosen = false;
    struct vmmap_error *error =
        vmmap_machine_init(&ret->machine, vmmap_session_target(session), ret->info, ret->notes);
    ret->guest->has_chosen = had_chosen;
    return error;
}

static struct vmmap_error *list_processes(struct vmmap_guest_session *ret)
{
    bool complete = true;
    struct vmmap_error *error = vmmap_guest_list(ret->guest, &ret->processes, &complete);
    ret->notes->exact = complete;
    if (error || complete)
        return error;
    return vmmap_map_add_note(ret->notes, "The kernel's list of processes is broken, or a part of "
                                          "it is not in memory that can be read: processes may be "
                                          "missing.");
}

struct vmmap_error *vmmap_guest_session_init(struct vmmap_session *session,
                                             struct vmmap_guest_session *ret)
{
    *ret = (struct vmmap_guest_session){.machine = VMMAP_MACHINE_INIT};
    struct vmmap_error *error = vmmap_session_describe(session, &ret->info);
    if (!error)
        error = check_target(ret->info);
    if (!error)
        error = vmmap_map_create(&ret->notes);
    if (error)
        return error;
    ret->guest = ret->info->guest;
    ret->notes->target = vmmap_target_kind_name(ret->info->kind);
    ret->notes->provider = "linux-tasks";
    error = open_machine(session, ret);
    if (!error)
        error = vmmap_machine_find_system(&ret->machine, ret->guest);
    if (!error)
        error = list_processes(ret);
    return error ? error : vmmap_machine_status(&ret->machine);
}

void vmmap_guest_session_deinit(struct vmmap_guest_session *guest)
{
    vmmap_guest_processes_deinit(&guest->processes);
    vmmap_machine_deinit(&guest->machine);
    vmmap_map_destroy(guest->notes);
}
