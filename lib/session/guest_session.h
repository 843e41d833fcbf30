/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_GUEST_SESSION_H
#define VMMAP_SESSION_GUEST_SESSION_H

/**
 * @file
 * The machine of a session, open for the time of one request, with its operating system found and
 * its processes listed.
 */

#include "os/guest_process.h"
#include "providers/machine/machine.h"
#include "session/session.h"

struct vmmap_guest_session {
    const struct vmmap_target_info *info;
    struct vmmap_guest *guest; /**< the session's */
    struct vmmap_machine machine;
    struct vmmap_guest_processes processes;
    struct vmmap_map *notes; /**< owned; `target` and notes of the answer */
};

/** Opens it; vmmap_guest_session_deinit() it whatever the outcome. The errors are sentences: there
 *  is no machine, or no operating system that is known here. */
VMMAP_CHECKED struct vmmap_error *vmmap_guest_session_init(struct vmmap_session *session,
                                                           struct vmmap_guest_session *ret);

void vmmap_guest_session_deinit(struct vmmap_guest_session *guest);

#endif
