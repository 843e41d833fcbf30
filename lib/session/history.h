/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_HISTORY_H
#define VMMAP_SESSION_HISTORY_H

/**
 * @file
 * Maps as they were: snapshots that the user took, by name, and the maps that were looked at at
 * earlier stops. They share the session's maps, so that keeping one copies nothing; how many there
 * are is bounded.
 */

#include "map/map.h"
#include "target/target.h"

enum {
    VMMAP_HISTORY_DEFAULT_LIMIT = 16,
    VMMAP_HISTORY_MAX_LIMIT = 1000,
};

/** A map as it was at one stop. */
struct vmmap_state {
    /** Of a snapshot, "" for the one without a name; NULL for a map that was looked at. Owned. */
    char *name;
    struct vmmap_map *map; /**< owned, shared */
    /** Whose map it is and when: as the target described itself (target/target.h). */
    enum vmmap_target_kind kind;
    unsigned int inferior;
    uint64_t pid;
    uint64_t connection;
    uint64_t tid; /**< of a machine's CPU; else 0 */
    uint64_t run;
};

struct vmmap_history {
    struct vmmap_state *states; /**< owned; the oldest first */
    size_t count;
    size_t capacity;
    /** Of the snapshots, and of the maps of earlier stops; that of the present stop is kept beside
     *  them. 0: nothing is kept. */
    size_t limit;
};

#define VMMAP_HISTORY_INIT                                                                         \
    {                                                                                              \
        .limit = VMMAP_HISTORY_DEFAULT_LIMIT                                                       \
    }

void vmmap_history_deinit(struct vmmap_history *history);

/** Forgets the oldest snapshots, and the oldest of the others, beyond the limit. */
void vmmap_history_set_limit(struct vmmap_history *history, size_t limit);

/**
 * Keeps a map that was looked at: for each process that of its last stop, and the last one of a
 * stop before. Shares the map.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_history_add_look(struct vmmap_history *history,
                                                         struct vmmap_map *map,
                                                         const struct vmmap_target_info *info);

/** Keeps a map by name, which may be "", instead of an earlier snapshot of that name. Shares the
 *  map. On failure the history is as it was. */
VMMAP_CHECKED struct vmmap_error *vmmap_history_add_snapshot(struct vmmap_history *history,
                                                             const char *name,
                                                             struct vmmap_map *map,
                                                             const struct vmmap_target_info *info);

/** The snapshot of this name, or NULL. */
const struct vmmap_state *vmmap_history_find_snapshot(const struct vmmap_history *history,
                                                      const char *name);

/** The last map of this process that was looked at at an earlier stop than `info` speaks of, or
 *  NULL. */
const struct vmmap_state *vmmap_history_find_look(const struct vmmap_history *history,
                                                  const struct vmmap_target_info *info);

/** Whether `state` is of the process that `info` speaks of. */
bool vmmap_state_is_of(const struct vmmap_state *state, const struct vmmap_target_info *info);

/** The snapshot that would be forgotten for one of this name, or NULL. */
const char *vmmap_history_next_to_go(const struct vmmap_history *history, const char *name);

/** Forgets the snapshot of this name; false if there is none. */
bool vmmap_history_forget(struct vmmap_history *history, const char *name);

#endif
