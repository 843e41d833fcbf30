/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_PERMS_PATTERN_H
#define VMMAP_MAP_PERMS_PATTERN_H

/**
 * @file
 * A wish for permissions, as people write it: `rw-`, `..x`, `!rw-p`.
 */

#include "map/region.h"

/** All zero: no wish. */
struct vmmap_perms_pattern {
    /** For each of the four letters of a row: the letter, `-` for off, `.` for any, or 0 for any.
     */
    char letters[4];
    bool negated; /**< the rows that the letters do not fit */
};

/** What is known of a row and a wish. */
enum vmmap_answer {
    VMMAP_NO,
    VMMAP_UNKNOWN,
    VMMAP_YES,
};

/**
 * Reads one to four letters, `!` before them negates: `r` or `-`, `w` or `-`, `x` or `-`, then `p`,
 * `s`, `u`, `k` or `-`; `.` and `?` stand for either, as do letters that are not there. False, and
 * `*ret` is no wish, for anything else.
 */
bool vmmap_perms_pattern_parse(const char *text, struct vmmap_perms_pattern *ret);

/** Whether there is a wish at all. */
bool vmmap_perms_pattern_is_set(const struct vmmap_perms_pattern *pattern);

/** Whether a row's permissions fit; a bit that decides but is not known leaves it unknown. */
enum vmmap_answer vmmap_perms_pattern_match(const struct vmmap_perms_pattern *pattern,
                                            struct vmmap_perms perms);

/** The same for bits that must all be on. */
enum vmmap_answer vmmap_perms_match(struct vmmap_perms perms, uint8_t wanted);

#endif
