/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_FILTER_H
#define VMMAP_PLUGIN_DESCRIPTIONS_FILTER_H

/**
 * @file
 * The options by which commands choose pages, the same in all of them: an entry of a command's
 * options each, for a member `filter` of its arguments.
 */

#include "descriptions/description.h"

struct filter_arguments {
    bool writable;
    bool executable;
    char *perms; /**< a pattern of letters, or NULL */
    char *regex; /**< or NULL */
};

/** What the pattern is, in sentences about it. */
#define PERMS_TAKES                                                                                \
    "up to four letters such as rw-, ..x or !rw-p (r, w, x, then p, s, u or k; - is off, . or ? "  \
    "is either)"

#define FILTER_FIELD(type, name)                                                                   \
    .field = offsetof(type, filter) + offsetof(struct filter_arguments, name)

#define OPTION_WRITABLE(type)                                                                      \
    {                                                                                              \
        .name = "writable", .letter = 'w', .value = {VALUE_NONE, FILTER_FIELD(type, writable)},    \
        .help = "Show writable pages only."                                                        \
    }

#define OPTION_EXECUTABLE(type)                                                                    \
    {                                                                                              \
        .name = "executable", .letter = 'x',                                                       \
        .value = {VALUE_NONE, FILTER_FIELD(type, executable)},                                     \
        .help = "Show executable pages only."                                                      \
    }

#define OPTION_PERMS(type)                                                                         \
    {                                                                                              \
        .name = "perms", .letter = 'p',                                                            \
        .value = {VALUE_TEXT, "PATTERN", PERMS_TAKES, FILTER_FIELD(type, perms)},                  \
        .help =                                                                                    \
            "Show pages with these permissions only: up to\nfour letters, - is off, . or ? is "    \
            "either, ! before\nthem negates (rw-, ..x, !rw-p)."                                    \
    }

#define OPTION_REGEX(type)                                                                         \
    {                                                                                              \
        .name = "regex", .letter = 'r',                                                            \
        .value = {VALUE_REGEX, "REGEX", "a POSIX extended regular expression",                     \
                  FILTER_FIELD(type, regex)},                                                      \
        .help = "Show pages whose name it matches (POSIX\nextended regular expression)."           \
    }

#endif
