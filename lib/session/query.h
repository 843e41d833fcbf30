/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_QUERY_H
#define VMMAP_SESSION_QUERY_H

/**
 * @file
 * One question to a session and the text that answers it: what the `vmmap` command is, once its
 * arguments are understood.
 */

#include "base/buffer.h"
#include "map/filter.h"
#include "session/session.h"

struct vmmap_query {
    struct vmmap_filter filter;
    bool gaps;  /**< the layout instead of the table */
    bool json;  /**< one JSON object and nothing else */
    bool color; /**< SGR sequences in the table */
    /** The word that was evaluated to filter.address, if it might also be meant as a name;
     * borrowed. Where a name contains it, one line says how to ask for that. */
    const char *word;
};

/**
 * Appends the answer to `*ret`, and drains it if it has a drain. That there is no process, no map
 * or no match is an answer too: one sentence, or a JSON object without regions. Errors: no memory,
 * interrupted, or the target can not even be described.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_query(struct vmmap_session *session,
                                                      const struct vmmap_query *query,
                                                      struct vmmap_buffer *ret);

#endif
