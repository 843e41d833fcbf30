/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_ARGUMENTS_H
#define VMMAP_PLUGIN_ARGUMENTS_H

/**
 * @file
 * The line that was typed after `vmmap`: options first, then the raw rest, which is an expression
 * or a name with all its spaces and quotes.
 */

#include "object.h"

enum argument_meaning {
    MEANING_AUTO,    /**< an expression if it evaluates, else a name */
    MEANING_ADDRESS, /**< -a */
    MEANING_NAME,    /**< -n */
};

struct arguments {
    bool help;
    bool writable;
    bool executable;
    bool gaps;
    bool json;
    uint64_t before;
    uint64_t after;
    enum argument_meaning meaning;
    char *rest; /**< owned; without blanks around it; empty when nothing was given */
};

/** The long options, each with its leading dashes. */
size_t arguments_option_count(void);
const char *arguments_option_name(size_t index);

/** Parses a line. False, with a user error set, for what makes no sense; `ret` is then empty. */
bool arguments_parse(const char *line, struct arguments *ret);

void arguments_deinit(struct arguments *arguments);

/** Where completion stands in a line that is being typed: at the option that is not finished, or at
 *  the rest after all options. A pointer into `line`. */
const char *arguments_find_rest(const char *line);

#endif
