/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/snapshots.h"

#include <inttypes.h>
#include <string.h>

#include "render/text.h"

/* `the snapshot "before"` or `the snapshot`. */
static void append_title(struct vmmap_buffer *ret, const char *name)
{
    vmmap_buffer_append_string(ret, "snapshot");
    if (*name == '\0')
        return;
    vmmap_buffer_append_string(ret, " \"");
    vmmap_text_append_escaped(ret, name);
    vmmap_buffer_append_string(ret, "\"");
}

static void append_sentence(struct vmmap_buffer *ret, const struct vmmap_history *history,
                            const char *name, size_t count)
{
    const char *next = vmmap_history_next_to_go(history, name);
    vmmap_buffer_append_string(ret, "The ");
    append_title(ret, name);
    vmmap_buffer_printf(ret, " has %zu page%s.", count, count == 1 ? "" : "s");
    if (next) {
        vmmap_buffer_append_string(ret, " The oldest, the ");
        append_title(ret, next);
        vmmap_buffer_append_string(ret, ", is forgotten (\"set vmmap snapshots\").");
    }
    vmmap_buffer_append_string(ret, "\n");
}

struct vmmap_error *vmmap_session_snapshot(struct vmmap_session *session, const char *name,
                                           struct vmmap_buffer *ret)
{
    struct vmmap_history *history = vmmap_session_history(session);
    const struct vmmap_target_info *info;
    struct vmmap_map *map;
    struct vmmap_error *error = vmmap_session_describe(session, &info);
    if (!error)
        error = vmmap_session_share_map(session, &map);
    if (error)
        return error;
    if (map->count == 0) {
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s",
                                   map->note_count ? map->notes[0] : "The map has no page.");
    } else {
        append_sentence(ret, history, name, map->count);
        error = vmmap_history_add_snapshot(history, name, map, info);
    }
    vmmap_map_destroy(map);
    return error ? error : vmmap_buffer_status(ret);
}

static struct vmmap_error *no_snapshot(const char *name)
{
    if (*name == '\0') {
        return vmmap_error_create(VMMAP_ERROR_INVALID, "There is no snapshot without a name: "
                                                       "\"vmmap_snapshot\" makes one.");
    }
    return vmmap_error_create(VMMAP_ERROR_INVALID,
                              "There is no snapshot \"%s\": \"vmmap_snapshot --list\" shows those "
                              "that there are.",
                              name);
}

struct vmmap_error *vmmap_session_forget_snapshot(struct vmmap_session *session, const char *name)
{
    return vmmap_history_forget(vmmap_session_history(session), name) ? NULL : no_snapshot(name);
}

static void append_owner(struct vmmap_buffer *ret, const struct vmmap_state *state)
{
    const bool is_process =
        state->kind != VMMAP_TARGET_QEMU_SYSTEM && state->kind != VMMAP_TARGET_CORE;
    vmmap_buffer_printf(ret, "inferior %u", state->inferior);
    if (is_process)
        vmmap_buffer_printf(ret, ", process %" PRIu64, state->pid);
}

void vmmap_session_list_snapshots(struct vmmap_session *session, struct vmmap_buffer *ret)
{
    const struct vmmap_history *history = vmmap_session_history(session);
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        const struct vmmap_state *state = &history->states[i];
        if (!state->name)
            continue;
        count++;
        append_title(ret, state->name);
        vmmap_buffer_printf(ret, ": %zu page%s of ", state->map->count,
                            state->map->count == 1 ? "" : "s");
        append_owner(ret, state);
        vmmap_buffer_append_string(ret, "\n");
    }
    if (count == 0)
        vmmap_buffer_append_string(ret, "There are no snapshots.\n");
}

/* What to compare with, or NULL; an error for a name that no snapshot has. */
static struct vmmap_error *find_state(struct vmmap_session *session,
                                      const struct vmmap_target_info *info, const char *since,
                                      const struct vmmap_state **ret)
{
    const struct vmmap_history *history = vmmap_session_history(session);
    *ret = vmmap_history_find_snapshot(history, since ? since : "");
    if (since)
        return *ret ? NULL : no_snapshot(since);
    if (!*ret || !vmmap_state_is_of(*ret, info))
        *ret = vmmap_history_find_look(history, info);
    return NULL;
}

/* Which map it is compared with. */
static struct vmmap_error *note_comparison(const struct vmmap_state *state,
                                           const struct vmmap_target_info *info,
                                           const struct vmmap_map *map, struct vmmap_map *ret)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    if (state->name) {
        vmmap_buffer_append_string(&text, "Compared with the ");
        append_title(&text, state->name);
        vmmap_buffer_append_string(&text, vmmap_state_is_of(state, info) ? "" : " of ");
        if (!vmmap_state_is_of(state, info))
            append_owner(&text, state);
    } else {
        vmmap_buffer_append_string(&text,
                                   "Compared with the map that was last looked at at an earlier "
                                   "stop");
    }
    if (strcmp(state->map->provider, map->provider) != 0)
        vmmap_buffer_printf(&text, ", whose source was %s", state->map->provider);
    vmmap_buffer_append(&text, ".", sizeof("."));
    struct vmmap_error *error = vmmap_buffer_status(&text);
    if (!error)
        error = vmmap_map_add_note(ret, "%s", text.data);
    vmmap_buffer_deinit(&text);
    return error;
}

/* An empty difference that says why. */
static struct vmmap_error *note_absence(const struct vmmap_map *map, struct vmmap_map *ret)
{
    if (map->count == 0)
        return NULL; /* the map's own notes say it */
    return vmmap_map_add_note(ret, "There is nothing to compare with: the whole map of this "
                                   "process was not looked at at an earlier stop, and there is no "
                                   "snapshot without a name of it.");
}

struct vmmap_error *vmmap_session_diff(struct vmmap_session *session, const char *since,
                                       struct vmmap_diff **ret, bool *compared)
{
    const struct vmmap_target_info *info;
    const struct vmmap_map *map;
    const struct vmmap_state *state = NULL;
    struct vmmap_error *error = vmmap_session_describe(session, &info);
    if (!error)
        error = vmmap_session_look(session, &map);
    if (!error)
        error = find_state(session, info, since, &state);
    if (error)
        return error;
    struct vmmap_diff *diff;
    *compared = state && map->count > 0;
    error = vmmap_diff_create(*compared ? state->map : map, map, &diff);
    if (error)
        return error;
    error = *compared ? note_comparison(state, info, map, diff->map) : note_absence(map, diff->map);
    if (error)
        vmmap_diff_destroy(diff);
    else
        *ret = diff;
    return error;
}
