/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/valgrind.h"

#include <inttypes.h>
#include <string.h>

#include "host/proc_file.h"
#include "host/vgdb.h"
#include "providers/maps_text.h"
#include "providers/stub_process.h"

#define OWN_LABEL "valgrind's own"

/* The one vgdb in which the connection ends, whichever of the debugger's sockets it is; 0 without.
 */
static uint64_t find_vgdb(const struct vmmap_peers *peers)
{
    for (size_t i = 0; i < peers->count; i++) {
        if (vmmap_peers_are_all(peers, peers->items[i].sockets) &&
            vmmap_vgdb_is(peers->items[i].pid))
            return peers->items[i].pid;
    }
    return 0;
}

static struct vmmap_error *find_process(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, uint64_t *ret)
{
    struct vmmap_peers peers;
    struct vmmap_error *error = vmmap_stub_find_peers(target, info->kept, &peers);
    const uint64_t vgdb = error ? 0 : find_vgdb(&peers);
    if (vgdb)
        error = vmmap_vgdb_find_valgrind(target, vgdb, ret);
    vmmap_peers_deinit(&peers);
    return error;
}

static struct vmmap_error *read_maps(const struct vmmap_target *target, uint64_t pid,
                                     struct vmmap_map *map)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = vmmap_proc_file_read(target, pid, "maps", &text);
    if (!error)
        error = vmmap_map_fill_from_maps_text(map, text.data, text.size);
    vmmap_buffer_deinit(&text);
    return error;
}

static struct vmmap_error *is_served(const struct vmmap_target *target, uint64_t address, bool *ret)
{
    char byte;
    size_t done;
    struct vmmap_error *error = vmmap_target_poll(target);
    if (!error)
        error = target->read_memory(target->context, address, &byte, 1, &done);
    *ret = !error && done == 1;
    return error;
}

/* What the kernel names belongs to neither, but for the stack that valgrind itself runs on. */
static bool may_be_judged(const struct vmmap_region *region)
{
    return region->perms.set & VMMAP_PERM_READ &&
           (!region->name || region->name[0] != '[' || strcmp(region->name, "[stack]") == 0);
}

/*
 * Valgrind's stub reads what is valid for the program, and of that what it may read, and nothing
 * else (valgrind_read_memory() of coregrind/m_gdbserver/valgrind-low.c): what the kernel lets be
 * read and the stub does not is valgrind's own, if that holds at both ends of a row. `*count` is
 * how many rows are.
 */
static struct vmmap_error *label_own(const struct vmmap_target *target, struct vmmap_map *map,
                                     size_t *count)
{
    struct vmmap_error *error = NULL;
    *count = 0;
    for (size_t i = 0; i < map->count && !error; i++) {
        const struct vmmap_region *region = &map->regions[i];
        bool first, last = false;
        if (!may_be_judged(region))
            continue;
        error = is_served(target, region->start, &first);
        if (!error && !first)
            error = is_served(target, region->last, &last);
        if (error || first || last)
            continue;
        error = vmmap_map_set_label(map, i, OWN_LABEL);
        ++*count;
    }
    return error;
}

/* "monitor v.set hostvisibility yes" makes the stub read everything: then nothing is told apart. */
static struct vmmap_error *note_source(struct vmmap_map *map, uint64_t pid, size_t own_count)
{
    struct vmmap_error *error = vmmap_map_add_note(
        map, "This is the map of process %" PRIu64 ", in which valgrind runs the program.", pid);
    if (!error && own_count == 0)
        error = vmmap_map_add_note(map, "Which rows are valgrind's own is not told: its stub reads "
                                        "all of them (\"monitor v.set hostvisibility no\").");
    return error;
}

struct vmmap_error *vmmap_valgrind_fill(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, struct vmmap_map *map)
{
    uint64_t pid = 0;
    size_t own_count;
    struct vmmap_error *error = find_process(target, info, &pid);
    if (error || pid == 0)
        return error;
    error = read_maps(target, pid, map);
    if (!error)
        error = label_own(target, map, &own_count);
    if (!error)
        error = note_source(map, pid, own_count);
    if (error)
        map->count = 0; /* rows that were added before it failed */
    else
        map->provider = "valgrind";
    return error;
}
