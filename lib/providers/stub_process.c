/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/stub_process.h"

#include <inttypes.h>

#include "host/peer.h"
#include "host/proc_file.h"
#include "providers/kept.h"
#include "providers/maps_text.h"
#include "providers/settings.h"

enum { MAX_QEMUS = 8 }; /* a debugger's connections to machines of its own */

/* The processes at the other end of the connection whose programs are QEMU's. */
struct candidates {
    uint64_t pids[MAX_QEMUS];
    size_t count;
    uint64_t sockets;            /* that end in them */
    struct vmmap_error *refusal; /* owned: why a process could not be judged */
};

static struct vmmap_error *read_mappings(const struct vmmap_target *target,
                                         struct vmmap_stub_process *process)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = vmmap_map_create(&process->mappings);
    if (!error)
        error = vmmap_proc_file_read(target, process->pid, "maps", &text);
    if (!error)
        error = vmmap_map_fill_from_maps_text(process->mappings, text.data, text.size);
    vmmap_buffer_deinit(&text);
    return error;
}

/* Opens the process, and closes it again unless the visitor has found what it looks for. */
static struct vmmap_error *show(const struct vmmap_target *target,
                                const struct vmmap_stub_visitor *visitor,
                                struct vmmap_stub_process *process, bool *found)
{
    *found = false;
    struct vmmap_error *error = vmmap_process_memory_open(process->pid, &process->memory);
    if (!error)
        error = read_mappings(target, process);
    if (!error)
        error = visitor->visit(visitor->context, process, found);
    if (error || !*found)
        vmmap_stub_process_deinit(process);
    return error;
}

/* The user's word stands for the process, whatever its program is. */
static struct vmmap_error *show_named(const struct vmmap_target *target,
                                      const struct vmmap_target_info *info,
                                      const struct vmmap_stub_visitor *visitor,
                                      struct vmmap_stub_process *process)
{
    bool found;
    process->pid = info->settings->qemu_pid;
    struct vmmap_error *error = vmmap_qemu_program_check(
        target, process->pid, &info->kept->qemu_program, &process->is_qemu);
    if (error && vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    error = show(target, visitor, process, &found);
    if (!error && !found)
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                   "Process %" PRIu64 " (\"set vmmap qemu-pid\") does not hold the "
                                   "memory of this target.",
                                   info->settings->qemu_pid);
    return error;
}

struct vmmap_error *vmmap_stub_find_peers(const struct vmmap_target *target,
                                          struct vmmap_kept *kept, struct vmmap_peers *ret)
{
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    *ret = (struct vmmap_peers){.items = NULL};
    if (target->connection_name)
        error = target->connection_name(target->context, &name);
    if (!error)
        error = vmmap_buffer_status(&name);
    if (!error) {
        const struct vmmap_connection connection = vmmap_connection_parse(name.data, name.size);
        error = vmmap_peers_find(target, &connection, &kept->peers, ret);
    }
    vmmap_buffer_deinit(&name);
    return error;
}

static struct vmmap_error *judge_peers(const struct vmmap_target *target,
                                       const struct vmmap_peers *peers, struct vmmap_kept *kept,
                                       struct candidates *ret)
{
    for (size_t i = 0; i < peers->count && ret->count < MAX_QEMUS; i++) {
        const struct vmmap_peer *peer = &peers->items[i];
        bool is_qemu;
        struct vmmap_error *error =
            vmmap_qemu_program_check(target, peer->pid, &kept->qemu_program, &is_qemu);
        if (error && vmmap_error_is_fatal(error))
            return error;
        (void)vmmap_error_keep(&ret->refusal, error);
        if (!is_qemu)
            continue;
        ret->pids[ret->count++] = peer->pid;
        ret->sockets |= peer->sockets;
    }
    return NULL;
}

/* Whether the connection ends in one of the candidates, whichever socket it is. */
static bool is_proved(const struct vmmap_peers *peers, const struct candidates *candidates)
{
    return vmmap_peers_are_all(peers, candidates->sockets);
}

/* Why no process may be read, and what would help. */
static struct vmmap_error *explain(const struct vmmap_peers *peers, struct candidates *candidates)
{
    struct vmmap_error *refusal = candidates->refusal;
    candidates->refusal = NULL;
    if (refusal && candidates->count == 0)
        return refusal;
    vmmap_error_destroy(refusal);
    if (candidates->count > 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "GDB is connected to QEMU, process %" PRIu64 ", but has further "
                                  "sockets, one of which may be this connection; if it is QEMU's, "
                                  "say so with \"set vmmap qemu-pid %" PRIu64 "\".",
                                  candidates->pids[0], candidates->pids[0]);
    if (peers->count > 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "Process %" PRIu64 ", to which GDB is connected, does not run "
                                  "QEMU's program, and who is behind it can not be proved; if it "
                                  "passes the connection on to a QEMU of this machine that you "
                                  "trust, name that with \"set vmmap qemu-pid\".",
                                  peers->items[0].pid);
    if (peers->local != 0 && peers->undumpable_count > 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "The process to which GDB is connected runs on this machine, but "
                                  "as another user, or it made itself undumpable, as QEMU does "
                                  "with \"-runas\": run GDB as root.");
    if (peers->local != 0 && peers->hidden_count > 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "The process to which GDB is connected runs on this machine, but "
                                  "as another user: run GDB as that user or as root.");
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                              "The process to which GDB is connected can not be seen on this "
                              "machine; if QEMU runs here, name it with \"set vmmap qemu-pid\".");
}

static struct vmmap_error *show_candidates(const struct vmmap_target *target,
                                           const struct vmmap_stub_visitor *visitor,
                                           const struct candidates *candidates,
                                           struct vmmap_stub_process *process)
{
    struct vmmap_error *refusal = NULL;
    bool found = false;
    for (size_t i = 0; i < candidates->count && !found; i++) {
        process->pid = candidates->pids[i];
        process->is_peer = process->is_qemu = true;
        struct vmmap_error *error = show(target, visitor, process, &found);
        if (error && vmmap_error_is_fatal(error)) {
            vmmap_error_destroy(refusal);
            return error;
        }
        (void)vmmap_error_keep(&refusal, error);
    }
    if (found) {
        vmmap_error_destroy(refusal);
        return NULL;
    }
    if (refusal)
        return refusal;
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                              "QEMU, process %" PRIu64 ", to which GDB is connected, does not hold "
                              "the guest's memory where its stub says.",
                              candidates->pids[0]);
}

struct vmmap_error *vmmap_stub_find(const struct vmmap_target *target,
                                    const struct vmmap_target_info *info,
                                    const struct vmmap_stub_visitor *visitor,
                                    struct vmmap_stub_process *ret)
{
    struct candidates candidates = {.count = 0};
    struct vmmap_peers peers;
    *ret = VMMAP_STUB_PROCESS_INIT;
    if (info->settings->qemu_pid)
        return show_named(target, info, visitor, ret);
    struct vmmap_error *error = vmmap_stub_find_peers(target, info->kept, &peers);
    if (!error)
        error = judge_peers(target, &peers, info->kept, &candidates);
    if (!error && is_proved(&peers, &candidates))
        error = show_candidates(target, visitor, &candidates, ret);
    else if (!error)
        error = explain(&peers, &candidates);
    vmmap_error_destroy(candidates.refusal);
    vmmap_peers_deinit(&peers);
    return error;
}

struct vmmap_error *vmmap_stub_process_note(const struct vmmap_stub_process *process,
                                            struct vmmap_map *notes)
{
    if (process->is_qemu)
        return NULL;
    return vmmap_map_add_note(notes,
                              "Process %" PRIu64 " (\"set vmmap qemu-pid\") does not run QEMU's "
                              "program: that its memory may be read, and what is read told to the "
                              "stub, is your word.",
                              process->pid);
}

void vmmap_stub_process_deinit(struct vmmap_stub_process *process)
{
    vmmap_process_memory_close(&process->memory);
    vmmap_map_destroy(process->mappings);
    *process = VMMAP_STUB_PROCESS_INIT;
}
