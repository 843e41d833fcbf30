/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_SNAPSHOTS_H
#define VMMAP_SESSION_SNAPSHOTS_H

/**
 * @file
 * Snapshots of the map and what has changed since: what the `vmmap_snapshot` command and
 * `vmmap --diff` are.
 */

#include "base/buffer.h"
#include "map/diff.h"
#include "session/session.h"

/**
 * Keeps the map as a snapshot of this name, which may be "", and appends a sentence that says so.
 * That there is no map to keep is an UNAVAILABLE error, whose message says why.
 */
VMMAP_CHECKED struct vmmap_error *
vmmap_session_snapshot(struct vmmap_session *session, const char *name, struct vmmap_buffer *ret);

/** Forgets a snapshot. That there is none of this name is an INVALID error. */
VMMAP_CHECKED struct vmmap_error *vmmap_session_forget_snapshot(struct vmmap_session *session,
                                                                const char *name);

/** Appends a line for each snapshot, or a sentence if there is none. */
void vmmap_session_list_snapshots(struct vmmap_session *session, struct vmmap_buffer *ret);

/**
 * What has changed since the snapshot named `since`; NULL: since the snapshot without a name, if
 * there is one and it is of this process, else since the map was last looked at at an earlier stop.
 * `*ret` is the caller's; a note of its map says what it is compared with. Having nothing to
 * compare is a success as well: an empty difference whose notes say why, and `*compared` is false.
 * That there is no such snapshot is an INVALID error. The map counts as looked at.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_diff(struct vmmap_session *session,
                                                     const char *since, struct vmmap_diff **ret,
                                                     bool *compared);

#endif
