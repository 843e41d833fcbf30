/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_ADDRESS_H
#define VMMAP_SESSION_ADDRESS_H

/**
 * @file
 * All that is known of one address: what the `xinfo` command is.
 */

#include "base/buffer.h"
#include "session/session.h"

/**
 * Appends what is known of `*address`, as lines or as one JSON object; NULL where it could not be
 * evaluated because there is no process. That no page holds it, or that there is no process, is an
 * answer too. Errors: no memory, interrupted, or the target can not even
 * be described.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_tell_address(struct vmmap_session *session,
                                                             const uint64_t *address, bool json,
                                                             struct vmmap_buffer *ret);

#endif
