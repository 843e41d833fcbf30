/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/far_proc.h"

#include "formats/proc_status.h"
#include "providers/kept.h"

/*
 * A stub in a PID namespace without its own /proc (unshare --pid without --mount-proc) opens the
 * file of some other process. Its own status file tells: /proc/self finds it all the same, and
 * lists one id for each namespace from that of the mount down to its own.
 */
static struct vmmap_error *ask(const struct vmmap_target *target,
                               const struct vmmap_target_info *info)
{
    enum { STATUS_LIMIT = 1 << 16 };
    struct vmmap_kept *kept = info->kept;
    if (kept->far_proc_pid == info->pid && kept->far_proc_inferior == info->inferior)
        return NULL;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error =
        target->read_file(target->context, "/proc/self/status", STATUS_LIMIT, &text);
    if (!error || !vmmap_error_is_fatal(error)) {
        kept->far_proc_is_foreign =
            !error && vmmap_proc_status_count_pids(text.data, text.size) > 1;
        kept->far_proc_pid = info->pid;
        kept->far_proc_inferior = info->inferior;
        vmmap_error_destroy(error); /* a stub that can not tell gets the benefit of the doubt */
        error = NULL;
    }
    vmmap_buffer_deinit(&text);
    return error;
}

struct vmmap_error *vmmap_far_proc_check(const struct vmmap_target *target,
                                         const struct vmmap_target_info *info)
{
    if (info->kind != VMMAP_TARGET_REMOTE || !target->read_file || !info->kept)
        return NULL;
    struct vmmap_error *error = ask(target, info);
    if (error || !info->kept->far_proc_is_foreign)
        return error;
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                              "The stub runs in a PID namespace but sees the /proc of another "
                              "one, where its process numbers mean other processes: mount "
                              "/proc in its namespace (\"unshare --mount-proc\").");
}

struct vmmap_error *vmmap_far_proc_doubt(const struct vmmap_target_info *info,
                                         struct vmmap_map *map, const struct vmmap_thread *threads,
                                         size_t count)
{
    if (info->kind != VMMAP_TARGET_REMOTE || vmmap_map_holds_a_stack(map, threads, count))
        return NULL;
    map->exact = false;
    return vmmap_map_add_note(map,
                              "No thread's stack pointer lies in this map; if the stub runs in "
                              "a PID namespace without a /proc of its own, it is the map of "
                              "another process.");
}
