/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a process of this machine, from /proc/TID/maps.
 *
 * A listing is the text of that file: reading it is the kernel's own cost, and walking a large map
 * with PROCMAP_QUERY instead costs six times as much. A single address is asked for with the ioctl.
 *
 * The file is opened by a thread's id, not by the process's: once the main thread has exited,
 * /proc/PID/maps is empty while the others live on (the kernel drops a thread's mm as it exits).
 */

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "formats/scan.h"
#include "host/proc_file.h"
#include "providers/maps_text.h"
#include "providers/process/guard_regions.h"
#include "providers/process/no_memory.h"
#include "providers/process/procmap_query.h"
#include "providers/provider.h"

enum {
    READ_SIZE = 1 << 16,     /* more than the kernel hands out at once, which is a page */
    READS_PER_POLL = 64,     /* some 0.7 ms */
    LOOKUP_MAX_CONTEXT = 32, /* beyond this the text is cheaper than galloping */
};

static bool procfs_applies(const struct vmmap_target *target, const struct vmmap_target_info *info)
{
    (void)target;
    return info->kind == VMMAP_TARGET_NATIVE && info->pid != 0;
}

/* Reads a piece into the buffer and adds its lines to the map; `*end` is set at the end of file.
 * The kernel hands out whole lines, so the buffer is empty after most pieces. */
static struct vmmap_error *read_piece(int fd, uint64_t tid, struct vmmap_buffer *buffer,
                                      struct vmmap_maps_text *text, bool *end)
{
    char *room = vmmap_buffer_reserve(buffer, READ_SIZE);
    if (!room)
        return vmmap_buffer_status(buffer);
    ssize_t count = read(fd, room, READ_SIZE);
    if (count < 0 && errno != EINTR)
        return vmmap_proc_file_error(tid, "maps", errno);
    *end = count == 0;
    if (count > 0)
        buffer->size += (size_t)count;
    size_t used = 0;
    struct vmmap_error *error = vmmap_maps_text_feed(text, buffer->data, buffer->size, &used);
    buffer->size -= used;
    memmove(buffer->data, buffer->data + used, buffer->size);
    return error;
}

static struct vmmap_error *read_all(const struct vmmap_target *target, uint64_t tid, int fd,
                                    struct vmmap_map *map)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    struct vmmap_maps_text text = {.map = map};
    struct vmmap_error *error = NULL;
    bool end = false;
    for (unsigned int reads = 1; !error && !end; reads++) {
        error = read_piece(fd, tid, &buffer, &text, &end);
        if (!error && reads % READS_PER_POLL == 0)
            error = vmmap_target_poll(target);
    }
    if (!error)
        error = vmmap_maps_text_finish(&text, buffer.data, buffer.size);
    vmmap_buffer_deinit(&buffer);
    return error;
}

/* A file that is read in part only is not read. */
static struct vmmap_error *read_maps(const struct vmmap_target *target, uint64_t tid,
                                     struct vmmap_map *map)
{
    int fd;
    struct vmmap_error *error = vmmap_proc_file_open(tid, "maps", &fd);
    if (error)
        return error;
    error = read_all(target, tid, fd, map);
    close(fd);
    if (error)
        map->count = 0;
    return error;
}

/* The next thread's id; `*found` is false when there are no more. */
static struct vmmap_error *next_task(DIR *tasks, uint64_t pid, uint64_t *tid, bool *found)
{
    const struct dirent *task;
    *found = false;
    errno = 0;
    while (!*found && (task = readdir(tasks))) {
        struct vmmap_scan name = vmmap_scan_over(task->d_name, strlen(task->d_name));
        *found = vmmap_scan_decimal(&name, tid);
    }
    return *found || errno == 0 ? NULL : vmmap_proc_file_error(pid, "task", errno);
}

/* Reads the maps file of some thread of the process that still has memory; `*tid` becomes its id.
 * Nothing is added when none has. */
static struct vmmap_error *read_maps_of_any(const struct vmmap_target *target, uint64_t pid,
                                            uint64_t *tid, struct vmmap_map *map)
{
    char path[48];
    snprintf(path, sizeof(path), "/proc/%" PRIu64 "/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return vmmap_proc_file_error(pid, "task", errno);
    struct vmmap_error *error = NULL;
    bool found = true;
    while (found && map->count == 0) {
        struct vmmap_error *failure = next_task(tasks, pid, tid, &found);
        if (!failure && found)
            failure = read_maps(target, *tid, map);
        /* One that exited meanwhile is no obstacle: the next one may do. */
        if (vmmap_error_keep(&error, failure))
            break;
    }
    closedir(tasks);
    if (map->count == 0)
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

/* Asks the kernel for the name of one region, which stays as it is if there is no answer; a path of
 * PATH_MAX bytes or more has none (d_path() into a page). */
static struct vmmap_error *settle_name(struct vmmap_procmap *procmap, struct vmmap_map *map,
                                       size_t index)
{
    struct vmmap_region region;
    bool found;
    const uint64_t start = map->regions[index].start;
    struct vmmap_error *error = vmmap_procmap_next(procmap, start, &region, &found);
    if (!error && found && region.start == start && region.name)
        return vmmap_map_set_name(map, index, region.name, strlen(region.name));
    if (error && vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    map->exact = false;
    return vmmap_map_add_note(map, VMMAP_NOTE_AMBIGUOUS_NAME);
}

/* The text writes a newline as \012 and a backslash as itself: the ioctl tells which it was. */
static struct vmmap_error *settle_ambiguous_names(struct vmmap_map *map, uint64_t tid)
{
    struct vmmap_procmap procmap = {.has_gate = false};
    struct vmmap_error *error = NULL;
    size_t index = 0;
    if (!vmmap_map_next_ambiguous_name(map, &index))
        return NULL;
    /* Where the file does not open a second time, no name gets an answer. */
    vmmap_error_destroy(vmmap_proc_file_open(tid, "maps", &procmap.fd));
    for (; !error && vmmap_map_next_ambiguous_name(map, &index); index++)
        error = settle_name(&procmap, map, index);
    if (procmap.fd >= 0)
        close(procmap.fd);
    return error;
}

static struct vmmap_error *explain_no_memory(const struct vmmap_target *target, uint64_t pid)
{
    struct vmmap_buffer status = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = vmmap_proc_file_read(target, pid, "status", &status);
    if (!error || !vmmap_error_is_fatal(error)) {
        vmmap_error_destroy(error); /* that it can not be read is told as well */
        error = vmmap_no_memory_error("", pid, &status);
    }
    vmmap_buffer_deinit(&status);
    return error;
}

static struct vmmap_error *procfs_fill(const struct vmmap_target *target,
                                       const struct vmmap_target_info *info, struct vmmap_map *map)
{
    uint64_t tid = info->tid ? info->tid : info->pid;
    struct vmmap_error *error = read_maps(target, tid, map);
    if (!error && map->count == 0)
        error = read_maps_of_any(target, info->pid, &tid, map);
    if (!error && map->count == 0)
        error = explain_no_memory(target, info->pid);
    return error ? error : settle_ambiguous_names(map, tid);
}

/* Walks up from `address` over the wanted number of regions, beginning with the one that holds it
 * if there is one, whose start is then in `*start`. */
static struct vmmap_error *lookup_upwards(struct vmmap_procmap *procmap,
                                          const struct vmmap_lookup *lookup, uint64_t *start,
                                          struct vmmap_map *map)
{
    uint64_t address = lookup->address, wanted = lookup->after;
    for (uint64_t taken = 0; taken <= wanted; taken++) {
        struct vmmap_region region;
        bool found;
        struct vmmap_error *error = vmmap_procmap_next(procmap, address, &region, &found);
        if (error || !found)
            return error;
        if (taken == 0 && vmmap_region_contains(&region, address))
            *start = region.start;
        else if (taken == 0)
            taken++; /* the address is in a hole: this is the first one after it */
        if (taken <= wanted)
            error = vmmap_map_add(map, &region);
        if (error || region.last == UINT64_MAX)
            return error;
        address = region.last + 1;
    }
    return NULL;
}

static struct vmmap_error *lookup_downwards(struct vmmap_procmap *procmap,
                                            const struct vmmap_lookup *lookup, uint64_t start,
                                            struct vmmap_map *map)
{
    for (uint64_t taken = 0; taken < lookup->before; taken++) {
        struct vmmap_region region;
        bool found;
        struct vmmap_error *error = vmmap_procmap_previous(procmap, start, &region, &found);
        if (!error && found)
            error = vmmap_map_add(map, &region);
        if (error || !found)
            return error;
        start = region.start;
    }
    return NULL;
}

static struct vmmap_error *procfs_lookup(const struct vmmap_target *target,
                                         const struct vmmap_target_info *info,
                                         const struct vmmap_lookup *lookup, struct vmmap_map *map)
{
    (void)target;
    if (lookup->before > LOOKUP_MAX_CONTEXT || lookup->after > LOOKUP_MAX_CONTEXT)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "There is too much context for a point lookup.");

    struct vmmap_procmap procmap = {.has_gate = info->address_bits == 8 * sizeof(void *)};
    struct vmmap_error *error =
        vmmap_proc_file_open(info->tid ? info->tid : info->pid, "maps", &procmap.fd);
    if (error)
        return error;
    uint64_t start = lookup->address;
    error = lookup_upwards(&procmap, lookup, &start, map);
    if (!error)
        error = lookup_downwards(&procmap, lookup, start, map);
    close(procmap.fd);
    vmmap_map_finish(map, NULL);
    map->exact = true;
    return error;
}

/*
 * Whether the selected thread, or else the process, still has memory: one that is killed from
 * outside while it is stopped loses all of it, which the debugger does not see. The first number of
 * statm is 0 then (proc_pid_statm() of fs/proc/array.c). Costs some 4 µs.
 */
static struct vmmap_error *procfs_check(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, bool *holds)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error =
        vmmap_proc_file_read(target, info->tid ? info->tid : info->pid, "statm", &text);
    *holds = !error && text.size > 0 && text.data[0] != '0';
    vmmap_buffer_deinit(&text);
    if (error && vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error); /* it has gone altogether */
    return NULL;
}

const struct vmmap_provider vmmap_provider_procfs = {
    .name = "procfs",
    .while_running = true,
    .applies = procfs_applies,
    .fill = procfs_fill,
    .lookup = procfs_lookup,
    .check = procfs_check,
    .split_stacks = vmmap_guard_regions_split,
};
