/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_SESSION_H
#define VMMAP_SESSION_SESSION_H

/**
 * @file
 * Maps of the target, on request: picks the provider, adds what threads tell, and keeps the result
 * until the target may have changed, which it learns by asking the target when it is itself asked.
 * Between two requests it does nothing.
 */

#include "map/map.h"
#include "providers/machine/space.h"
#include "providers/provider.h"
#include "providers/settings.h"
#include "session/history.h"
#include "target/target.h"

struct vmmap_session;

/** A new session with automatic choice and labels on. `target` stays the caller's and must outlive
 *  the session. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_create(const struct vmmap_target *target,
                                                       struct vmmap_session **ret);

/** Accepts NULL. */
void vmmap_session_destroy(struct vmmap_session *session);

/** The providers that vmmap_session_set_source() knows, in the order in which they are tried. */
size_t vmmap_session_source_count(void);
const char *vmmap_session_source_name(size_t index);

/** Uses only the provider of this name; NULL chooses automatically. Drops the kept map on change.
 */
void vmmap_session_set_source(struct vmmap_session *session, const char *name);

/** Whether to read every thread's registers for labels. Drops the kept map on change. */
void vmmap_session_set_labels(struct vmmap_session *session, bool labels);

/** What the providers are told of the user's choices; copied. Drops the kept map on change. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_set_settings(struct vmmap_session *session,
                                                             const struct vmmap_settings *settings);

/** Drops what is kept. */
void vmmap_session_invalidate(struct vmmap_session *session);

/** The target that the session was made for. */
const struct vmmap_target *vmmap_session_target(const struct vmmap_session *session);

/** What the target is right now, `settings` included; good until the session's next call. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_describe(struct vmmap_session *session,
                                                         const struct vmmap_target_info **ret);

/**
 * The whole map. Having none is a success as well: an empty map whose first note says why. The map
 * is the session's, and good until its next call. Errors: no memory, interrupted; the kept map is
 * then as it was.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_map(struct vmmap_session *session,
                                                    const struct vmmap_map **ret);

/** The same, and tells the history (session/history.h) that it was looked at. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_look(struct vmmap_session *session,
                                                     const struct vmmap_map **ret);

/**
 * The same as vmmap_session_look() for somebody who wants to keep the map: `*ret` is the caller's,
 * who ends it with vmmap_map_destroy(), and nobody may change it.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_share_map(struct vmmap_session *session,
                                                          struct vmmap_map **ret);

/** The maps of before that the session keeps. */
struct vmmap_history *vmmap_session_history(struct vmmap_session *session);

/**
 * A map of which only the surroundings of one address are certain to be complete: the region that
 * holds it and the wanted number on either side. Labels and notes are as in the whole map.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_lookup(struct vmmap_session *session,
                                                       const struct vmmap_lookup *lookup,
                                                       const struct vmmap_map **ret);

/**
 * The map of an address space that is not just what the selected CPU sees, made anew each time. An
 * error says why there is none, or what is wrong with its root; that there is no target is no
 * error.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_space(struct vmmap_session *session,
                                                      const struct vmmap_space *space,
                                                      const struct vmmap_map **ret);

/** Whether there is something to ask for a map: a target that is there and does not run, or pages
 *  that were added by hand. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_has_target(struct vmmap_session *session,
                                                           bool *ret);

/**
 * Lays pages, the regions of a finished map, over every map of the selected inferior until they are
 * cleared: all of them, or on failure none. INVALID where one overlaps an earlier one.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_add_pages(struct vmmap_session *session,
                                                          const struct vmmap_map *pages);

/** What vmmap_session_explore() found. */
struct vmmap_session_explored {
    uint64_t start, last; /**< of the pages around the address; 0 where it can not be read */
    size_t rows;          /**< how many there are; 0 where it can not be read */
    size_t packets;
    bool is_exact; /**< every page was looked at */
};

/**
 * Looks for memory around an address by reading, and with `writes` by writing too
 * (providers/manual/explore.h); what is found lies below every map. INVALID says why that is not
 * done.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_explore(struct vmmap_session *session,
                                                        uint64_t address, bool writes,
                                                        struct vmmap_session_explored *ret);

/** Clears the selected inferior's pages of both kinds; `*count` is how many there were. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_clear_pages(struct vmmap_session *session,
                                                            size_t *count);

/** Clears the one that holds `address`. `*found` is false where there is none; the strings of
 *  `*ret` are not kept. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_clear_page(struct vmmap_session *session,
                                                           uint64_t address,
                                                           struct vmmap_region *ret, bool *found);

#endif
