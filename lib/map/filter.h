/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_FILTER_H
#define VMMAP_MAP_FILTER_H

/**
 * @file
 * Which regions of a map to show: those that match, the context around them, and of these the ones
 * with the wanted permissions. The one description of a choice of rows: commands, MI and Python
 * fill it in.
 */

#include "map/map.h"
#include "map/perms_pattern.h"
#include "map/regex.h"

enum vmmap_filter_kind {
    VMMAP_FILTER_NONE,    /**< every region, and none counts as matched */
    VMMAP_FILTER_ADDRESS, /**< the region that holds `address` */
    VMMAP_FILTER_RANGE,   /**< the regions that overlap `address` to `last` */
    VMMAP_FILTER_NAME,    /**< the regions whose shown name or label contains `name` */
    VMMAP_FILTER_WORDS,   /**< the same for any of `words` */
    VMMAP_FILTER_FILE,    /**< the regions whose name is `name` and nothing else */
};

struct vmmap_filter {
    enum vmmap_filter_kind kind;
    uint64_t address;
    uint64_t last;            /**< of a range, inclusive */
    const char *name;         /**< borrowed */
    const char *const *words; /**< borrowed; ends with NULL */
    bool ignore_case;         /**< of names, labels and words */
    /** Borrowed; NULL for none. Only regions whose shown name it matches do match. */
    const struct vmmap_regex *regex;
    /** Regions of the whole map to add before and after each match. */
    uint64_t before;
    uint64_t after;
    /** VMMAP_PERM_ACCESS bits that must be on and known, in whatever mode, applied to what is to be
     *  shown. */
    uint8_t perms;
    /** The same for a pattern of letters. */
    struct vmmap_perms_pattern pattern;
    /** An address in no region selects, unmatched, the regions on either side of the hole. */
    bool holes;
    /** Called before each name that `regex` is tried on; what it returns ends the selection. NULL
     *  for nothing. */
    struct vmmap_error *(*poll)(void *context);
    void *poll_context;
};

struct vmmap_row {
    size_t index; /**< of the region in the map */
    bool matched;
};

struct vmmap_selection {
    /** Owned; no region twice, ascending until vmmap_selection_sort(). NULL where every
     *  region is selected: see below. */
    struct vmmap_row *rows;
    size_t count;
    /** Regions that matched, before permissions were applied. */
    size_t match_count;
    /** Rows left out because a wanted permission is not known. */
    size_t unknown_count;
};

/** Whether the filter has something that a row can match: an address or name, not permissions. */
bool vmmap_filter_has_matches(const struct vmmap_filter *filter);

/** Selects from a finished map. `*ret` is to be deinitialised whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_selection_init(const struct vmmap_map *map,
                                                       const struct vmmap_filter *filter,
                                                       struct vmmap_selection *ret);

void vmmap_selection_deinit(struct vmmap_selection *selection);

/** The row at `position`, below selection->count. */
static inline struct vmmap_row vmmap_selection_row(const struct vmmap_selection *selection,
                                                   size_t position)
{
    return selection->rows ? selection->rows[position] : (struct vmmap_row){position, false};
}

/** Whether the shown name or the label of any region contains `name`. */
bool vmmap_map_has_name(const struct vmmap_map *map, const char *name, bool ignore_case);

#endif
