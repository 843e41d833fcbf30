/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_EXPLORE_EXPLORER_H
#define VMMAP_EXPLORE_EXPLORER_H

/**
 * @file
 * Finds out what memory a target has by reading it: for targets that tell nothing of their map.
 *
 * Reading changes nothing in ordinary memory (never use this where there may be device registers),
 * but every read is a round trip. So an extent of readable pages is found by galloping: steps that
 * double until a page can not be read, then bisection. A hole between two steps is missed by that;
 * with what is left of the budget, the pages in between are read one by one (confirmation), and an
 * extent for which it did not suffice is marked as not exact.
 *
 * Where one region ends and the next begins does not show as long as both can be read: an extent is
 * a run of readable pages, unless whoever uses this claims parts of it beforehand.
 *
 * After the budget, in packets and in time, is used up nothing is read any more; what was found
 * until then stays good.
 */

#include "formats/window.h"
#include "target/target.h"

struct vmmap_extent {
    uint64_t start;
    uint64_t last;
    bool is_exact; /**< every page of it was read, or at least one byte of each */
};

struct vmmap_explorer {
    const struct vmmap_target *target;
    struct vmmap_extent *extents; /**< owned; ascending, not overlapping */
    size_t count;
    size_t capacity;
    uint64_t page_size;
    uint64_t first_page; /**< the number of the lowest page */
    uint64_t last_page;  /**< and of the highest */
    uint64_t avoided_start;
    uint64_t avoided_last; /**< below avoided_start when nothing is avoided */
    size_t packet_count;
    size_t packet_limit;
    uint64_t started;          /**< in milliseconds of CLOCK_MONOTONIC */
    uint64_t deadline;         /**< likewise */
    bool is_exhausted;         /**< something was not read because the budget was used up */
    bool has_told;             /**< the user knows that it lasts */
    uint64_t *misses;          /**< owned; a cache of pages that could not be read */
    struct vmmap_error *error; /**< owned; why the reader reads nothing any more, or NULL */
};

/** `page_size` is a power of two, `top` the last address of the space. */
VMMAP_CHECKED struct vmmap_error *vmmap_explorer_init(const struct vmmap_target *target,
                                                      uint64_t page_size, uint64_t top,
                                                      struct vmmap_explorer *ret);

void vmmap_explorer_deinit(struct vmmap_explorer *explorer);

/** How long, counted from the beginning, and with how many packets it may go on. */
void vmmap_explorer_set_budget(struct vmmap_explorer *explorer, uint64_t milliseconds,
                               size_t packets);

/** Never reads in this range, of which the first byte begins a page and the last one ends one. */
void vmmap_explorer_avoid(struct vmmap_explorer *explorer, uint64_t start, uint64_t last);

/** Nothing is read outside of the whole pages from `first` to `last`. */
void vmmap_explorer_set_bounds(struct vmmap_explorer *explorer, uint64_t first, uint64_t last);

/** Reads memory within the budget, never across the end of a page in one packet: `*done` is how
 *  many of the bytes could be read before the first that could not. */
VMMAP_CHECKED struct vmmap_error *vmmap_explorer_read(struct vmmap_explorer *explorer,
                                                      uint64_t address, void *buffer, size_t size,
                                                      size_t *done);

/** The same as a reader, which has no way to fail: after an error it reads nothing, and
 *  vmmap_explorer_take_error() tells. */
struct vmmap_reader vmmap_explorer_reader(struct vmmap_explorer *explorer);

VMMAP_CHECKED struct vmmap_error *vmmap_explorer_take_error(struct vmmap_explorer *explorer);

/**
 * Claims a range that something else tells of, as an extent of its own: what of it can be read,
 * from its first page on. Nothing if that can not be read; what is claimed already is left out.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_explorer_claim(struct vmmap_explorer *explorer,
                                                       uint64_t start, uint64_t last);

/** Finds the extent that holds an address, if that can be read and is in none yet. */
VMMAP_CHECKED struct vmmap_error *vmmap_explorer_visit(struct vmmap_explorer *explorer,
                                                       uint64_t address);

/** The index of the first extent whose last byte is at or after `address`, or count. */
size_t vmmap_explorer_lower_bound(const struct vmmap_explorer *explorer, uint64_t address);

/** Reads one byte of each page of the extents, the smallest first, while the budget lasts, and
 *  splits an extent that has a hole. */
VMMAP_CHECKED struct vmmap_error *vmmap_explorer_confirm(struct vmmap_explorer *explorer);

#endif
