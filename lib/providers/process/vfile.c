/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a process behind a remote stub, from /proc/TID/maps on the stub's side: the remote
 * protocol's file access (vFile packets). The path is resolved by the stub, in its own PID and
 * mount namespaces, so it never names a process of this machine by accident.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "providers/maps_text.h"
#include "providers/process/far_proc.h"
#include "providers/process/no_memory.h"
#include "providers/provider.h"

static bool vfile_applies(const struct vmmap_target *target, const struct vmmap_target_info *info)
{
    return info->kind == VMMAP_TARGET_REMOTE && target->read_file && info->pid != 0;
}

/* A file that is read in part only is not read. */
static struct vmmap_error *read_proc_file(const struct vmmap_target *target, uint64_t id,
                                          const char *name, size_t limit, struct vmmap_buffer *ret)
{
    char path[48];
    snprintf(path, sizeof(path), "/proc/%" PRIu64 "/%s", id, name);
    struct vmmap_error *error = target->read_file(target->context, path, limit, ret);
    if (error)
        ret->size = 0;
    return error;
}

static struct vmmap_error *read_maps(const struct vmmap_target *target, uint64_t tid,
                                     struct vmmap_buffer *ret)
{
    return read_proc_file(target, tid, "maps", VMMAP_MAPS_TEXT_LIMIT, ret);
}

/* The selected thread may be a main thread that has exited, which has no memory left. */
static struct vmmap_error *read_maps_of_any(const struct vmmap_target *target,
                                            struct vmmap_buffer *ret)
{
    struct vmmap_thread *threads;
    size_t count;
    struct vmmap_error *error = vmmap_target_threads(target, &threads, &count);
    for (size_t i = 0; ret->size == 0 && i < count; i++) {
        /* One that exited meanwhile is no obstacle: the next one may do. */
        if (threads[i].tid != 0 && vmmap_error_keep(&error, read_maps(target, threads[i].tid, ret)))
            break;
    }
    free(threads);
    if (ret->size == 0)
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

static struct vmmap_error *explain_no_memory(const struct vmmap_target *target, uint64_t pid)
{
    enum { STATUS_LIMIT = 1 << 16 };
    struct vmmap_buffer status = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = read_proc_file(target, pid, "status", STATUS_LIMIT, &status);
    if (!error || !vmmap_error_is_fatal(error)) {
        vmmap_error_destroy(error); /* that it can not be read is told as well */
        error = vmmap_no_memory_error("The remote ", pid, &status);
    }
    vmmap_buffer_deinit(&status);
    return error;
}

static struct vmmap_error *vfile_fill(const struct vmmap_target *target,
                                      const struct vmmap_target_info *info, struct vmmap_map *map)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = vmmap_far_proc_check(target, info);
    if (!error)
        error = read_maps(target, info->tid ? info->tid : info->pid, &text);
    if (!error && text.size == 0)
        error = read_maps_of_any(target, &text);
    if (!error && text.size == 0)
        error = explain_no_memory(target, info->pid);
    if (!error)
        error = vmmap_map_fill_from_maps_text(map, text.data, text.size);
    vmmap_buffer_deinit(&text);

    size_t index = 0;
    if (!error && vmmap_map_next_ambiguous_name(map, &index)) {
        map->exact = false;
        error = vmmap_map_add_note(map, VMMAP_NOTE_AMBIGUOUS_NAME);
    }
    return error;
}

const struct vmmap_provider vmmap_provider_vfile = {
    .name = "vfile",
    .applies = vfile_applies,
    .fill = vfile_fill,
    .doubt = vmmap_far_proc_doubt,
};
