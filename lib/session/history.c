/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/history.h"

#include <stdlib.h>
#include <string.h>

static void deinit_state(struct vmmap_state *state)
{
    free(state->name);
    vmmap_map_destroy(state->map);
}

static void remove_state(struct vmmap_history *history, size_t index)
{
    deinit_state(&history->states[index]);
    history->count--;
    memmove(&history->states[index], &history->states[index + 1],
            (history->count - index) * sizeof(*history->states));
}

void vmmap_history_deinit(struct vmmap_history *history)
{
    for (size_t i = 0; i < history->count; i++)
        deinit_state(&history->states[i]);
    free(history->states);
    *history = (struct vmmap_history){.states = NULL};
}

/* Each CPU of a machine has its own map. */
static uint64_t cpu_of(const struct vmmap_target_info *info)
{
    return info->kind == VMMAP_TARGET_QEMU_SYSTEM ? info->tid : 0;
}

bool vmmap_state_is_of(const struct vmmap_state *state, const struct vmmap_target_info *info)
{
    return state->kind == info->kind && state->inferior == info->inferior &&
           state->pid == info->pid && state->connection == info->connection &&
           state->tid == cpu_of(info);
}

static bool is_snapshot(const struct vmmap_state *state)
{
    return state->name != NULL;
}

static size_t count_kind(const struct vmmap_history *history, bool snapshots)
{
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++)
        count += is_snapshot(&history->states[i]) == snapshots;
    return count;
}

/* Leaves at most `limit` snapshots, or looks. */
static void shrink_kind(struct vmmap_history *history, bool snapshots, size_t limit)
{
    size_t surplus = count_kind(history, snapshots);
    surplus = surplus > limit ? surplus - limit : 0;
    for (size_t i = 0; surplus > 0;) {
        if (is_snapshot(&history->states[i]) == snapshots) {
            remove_state(history, i);
            surplus--;
        } else {
            i++;
        }
    }
}

static void shrink_looks(struct vmmap_history *history)
{
    shrink_kind(history, false, history->limit ? history->limit + 1 : 0);
}

void vmmap_history_set_limit(struct vmmap_history *history, size_t limit)
{
    history->limit = limit;
    shrink_looks(history);
    shrink_kind(history, true, limit);
}

/* Takes over `name`, whatever the outcome. */
static struct vmmap_error *add_state(struct vmmap_history *history, char *name,
                                     struct vmmap_map *map, const struct vmmap_target_info *info)
{
    if (history->count == history->capacity) {
        size_t capacity = history->capacity ? history->capacity * 2 : 4;
        struct vmmap_state *states =
            reallocarray(history->states, capacity, sizeof(*history->states));
        if (!states) {
            free(name);
            return &vmmap_error_no_memory;
        }
        history->states = states;
        history->capacity = capacity;
    }
    history->states[history->count++] = (struct vmmap_state){
        .name = name,
        .map = vmmap_map_share(map),
        .kind = info->kind,
        .inferior = info->inferior,
        .pid = info->pid,
        .connection = info->connection,
        .tid = cpu_of(info),
        .run = info->run,
    };
    return NULL;
}

/* The newest look at this process, at `run` or at any other; or history->count. */
static size_t find_look(const struct vmmap_history *history, const struct vmmap_target_info *info,
                        bool at_run)
{
    for (size_t i = history->count; i-- > 0;) {
        const struct vmmap_state *state = &history->states[i];
        if (!is_snapshot(state) && vmmap_state_is_of(state, info) &&
            (state->run == info->run) == at_run)
            return i;
    }
    return history->count;
}

/* Of an earlier stop only the last look is of any use, and none of a process of before. */
static void forget_older_looks(struct vmmap_history *history, const struct vmmap_target_info *info)
{
    const size_t earlier = find_look(history, info, false);
    for (size_t i = history->count; i-- > 0;) {
        const struct vmmap_state *state = &history->states[i];
        if (!is_snapshot(state) && state->inferior == info->inferior && i != earlier)
            remove_state(history, i);
    }
}

struct vmmap_error *vmmap_history_add_look(struct vmmap_history *history, struct vmmap_map *map,
                                           const struct vmmap_target_info *info)
{
    const size_t newest = find_look(history, info, true);
    if (history->limit == 0 || (newest < history->count && history->states[newest].map == map))
        return NULL;
    struct vmmap_error *error = add_state(history, NULL, map, info);
    if (error)
        return error;
    /* Not yet among those that are looked through. */
    const struct vmmap_state added = history->states[--history->count];
    forget_older_looks(history, info);
    history->states[history->count++] = added;
    shrink_looks(history);
    return NULL;
}

static size_t find_snapshot(const struct vmmap_history *history, const char *name)
{
    size_t i = 0;
    while (i < history->count &&
           !(history->states[i].name && strcmp(history->states[i].name, name) == 0))
        i++;
    return i;
}

struct vmmap_error *vmmap_history_add_snapshot(struct vmmap_history *history, const char *name,
                                               struct vmmap_map *map,
                                               const struct vmmap_target_info *info)
{
    if (history->limit == 0) {
        return vmmap_error_create(VMMAP_ERROR_INVALID, "No snapshot is kept: \"set vmmap "
                                                       "snapshots\" is 0.");
    }
    const size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    if (!copy)
        return &vmmap_error_no_memory;
    memcpy(copy, name, size);
    const size_t earlier = find_snapshot(history, name);
    const bool is_known = earlier < history->count;
    struct vmmap_error *error = add_state(history, copy, map, info);
    if (error)
        return error;
    if (is_known)
        remove_state(history, earlier);
    shrink_kind(history, true, history->limit);
    return NULL;
}

const struct vmmap_state *vmmap_history_find_snapshot(const struct vmmap_history *history,
                                                      const char *name)
{
    const size_t index = find_snapshot(history, name);
    return index < history->count ? &history->states[index] : NULL;
}

const struct vmmap_state *vmmap_history_find_look(const struct vmmap_history *history,
                                                  const struct vmmap_target_info *info)
{
    const size_t index = find_look(history, info, false);
    return index < history->count ? &history->states[index] : NULL;
}

const char *vmmap_history_next_to_go(const struct vmmap_history *history, const char *name)
{
    if (find_snapshot(history, name) < history->count || count_kind(history, true) < history->limit)
        return NULL;
    size_t oldest = 0;
    while (oldest < history->count && !is_snapshot(&history->states[oldest]))
        oldest++;
    return oldest < history->count ? history->states[oldest].name : NULL;
}

bool vmmap_history_forget(struct vmmap_history *history, const char *name)
{
    const size_t index = find_snapshot(history, name);
    if (index == history->count)
        return false;
    remove_state(history, index);
    return true;
}
