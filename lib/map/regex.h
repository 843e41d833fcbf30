/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_REGEX_H
#define VMMAP_MAP_REGEX_H

/**
 * @file
 * Regular expressions on names: POSIX extended ones, in bounds that keep a match of any name from
 * lasting longer than a second.
 */

#include <stdbool.h>

#include "base/error.h"

struct vmmap_regex;

/**
 * Compiles `pattern`. An UNSUPPORTED error says in a sentence what is wrong with it, or that it is
 * too large: more than 256 bytes, more than 1000 characters once repetitions are written out, more
 * than 16 parentheses in one another; or that it has a repetition right after another, or a
 * back-reference, for which matching takes exponential time.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_regex_create(const char *pattern, struct vmmap_regex **ret);

/** Accepts NULL. */
void vmmap_regex_destroy(struct vmmap_regex *regex);

/** Whether a part of `text` matches. */
bool vmmap_regex_matches(const struct vmmap_regex *regex, const char *text);

/** The pattern, as it was given. */
const char *vmmap_regex_pattern(const struct vmmap_regex *regex);

#endif
