/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MEANING_H
#define VMMAP_PLUGIN_MEANING_H

/**
 * @file
 * What a text means that says which pages: an expression, a range, a name, permissions.
 */

#include "commands.h"
#include "map/filter.h"
#include "object.h"

/** What the user said that it is. */
enum meaning_kind {
    MEANING_ANY,
    MEANING_ADDRESS, /**< an expression or a range, never a name */
    MEANING_NAME,    /**< a name or permissions, never an expression */
};

enum meaning_result {
    MEANING_FOUND,
    MEANING_NONE,  /**< it does not evaluate, and no page has it as a name: `*ret` is that name */
    MEANING_ERROR, /**< an exception is set */
};

struct meaning {
    struct vmmap_filter filter; /**< kind and what goes with it, or the pattern */
    /** The text, where it was evaluated but might be meant as a name as well; or NULL. */
    const char *word;
    const char *register_name; /**< the text, where it is the name of a register; or NULL */
    char **words;              /**< owned: what filter.words points to */
    char *unquoted;            /**< owned: what filter.name may point to */
};

/** Finds out what `text`, which must stay, means for the target as it is now. `*ret` is to be
 *  deinitialised whatever the outcome. */
enum meaning_result meaning_init(const struct command_call *call, const char *text,
                                 enum meaning_kind kind, struct meaning *ret);

void meaning_deinit(struct meaning *meaning);

#endif
