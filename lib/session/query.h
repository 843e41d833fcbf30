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
#include "map/sort.h"
#include "session/session.h"

/** What the answer is written as. */
enum vmmap_format {
    VMMAP_FORMAT_TEXT,
    VMMAP_FORMAT_JSON, /**< one JSON object and nothing else */
    VMMAP_FORMAT_CSV,  /**< a line of column names and the rows, and nothing else */
};

struct vmmap_query {
    /**
     * A name that is "binary" stands for the program's executable. A name that nothing matches is
     * looked for without regard to case, and then, if the filter has words, each of these.
     */
    struct vmmap_filter filter;
    struct vmmap_space space; /**< of a machine; all 0 for what the target has */
    enum vmmap_format format;
    enum vmmap_sort sort;
    bool diff; /**< what has changed, instead of all rows */
    /** The snapshot to compare with, if `diff`; NULL for what vmmap_session_diff() takes then.
     *  Borrowed. */
    const char *since;
    /** With `diff`: no answer at all where nothing has changed, or there is nothing to compare. */
    bool quiet;
    bool gaps;      /**< the layout instead of the table */
    bool sum;       /**< totals instead of rows */
    bool registers; /**< tell which registers point into a row */
    bool physical;  /**< a column with the physical address */
    bool color;     /**< SGR sequences in the table */
    /** The word that was evaluated to filter.address, if it might also be meant as a name;
     * borrowed. Where a name contains it, one line says how to ask for that. */
    const char *word;
    /** A register's name, without $, that was given as a name: where nothing has it, one line says
     *  how to ask for the register. Borrowed, or NULL. */
    const char *register_name;
};

/**
 * Appends the answer to `*ret`, and drains it if it has a drain. That there is no process, no map
 * or no match is an answer too: one sentence, or JSON or CSV without rows. Errors: no memory,
 * interrupted, or the target can not even be described.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_query(struct vmmap_session *session,
                                                      const struct vmmap_query *query,
                                                      struct vmmap_buffer *ret);

#endif
