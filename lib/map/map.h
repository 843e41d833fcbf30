/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_MAP_H
#define VMMAP_MAP_MAP_H

/**
 * @file
 * A memory map: regions in ascending order that do not overlap, where they come from, and notes.
 *
 * A provider adds regions in any order and ends with vmmap_map_finish(), which establishes the
 * order. Only then may a map be searched. What a provider could not find out is a note, a sentence
 * for the user: a partial map with a note is a success.
 *
 * Knows nothing of processes, files or debuggers.
 */

#include "base/error.h"
#include "map/names.h"
#include "map/region.h"

/** Not the index of any region. */
#define VMMAP_NO_REGION SIZE_MAX

/** A process of a guest that a map is about; `pid` 0 for none. */
struct vmmap_map_process {
    uint64_t pid;
    uint64_t address; /**< of its task_struct or EPROCESS */
    uint64_t dtb;     /**< physical address of its page tables */
    char name[17];    /**< raw bytes */
};

struct vmmap_map {
    struct vmmap_region *regions; /**< owned, as are the strings that they point to */
    size_t count;
    size_t capacity;
    struct vmmap_names *names;
    char **notes; /**< owned, each and the array */
    size_t note_count;
    /** The `target` and `provider` words of the JSON output; static strings. */
    const char *target;
    const char *provider;
    /** False when rows or permissions may be missing or are not known. */
    bool exact;
    struct vmmap_map_process process;
    /** Width of the target's pointers: 32 or 64. */
    unsigned int address_bits;
    size_t sharers; /**< owners beside the first: vmmap_map_share() */
};

/** An empty map: target and provider "none", not exact, 64 address bits. */
VMMAP_CHECKED struct vmmap_error *vmmap_map_create(struct vmmap_map **ret);

/** Accepts NULL. The map of several owners goes with the last of them. */
void vmmap_map_destroy(struct vmmap_map *map);

/** One owner more, at no cost: each ends with vmmap_map_destroy(). From then on nobody may change
 *  the map. */
struct vmmap_map *vmmap_map_share(struct vmmap_map *map);

/** Appends a copy of `region`; its name (NUL-terminated) and label are copied too. */
VMMAP_CHECKED struct vmmap_error *vmmap_map_add(struct vmmap_map *map,
                                                const struct vmmap_region *region);

/** The same for a name that is `name_size` bytes somewhere, 0 for none; region->name is ignored. */
VMMAP_CHECKED struct vmmap_error *vmmap_map_add_named(struct vmmap_map *map,
                                                      const struct vmmap_region *region,
                                                      const char *name, size_t name_size);

/** Replaces a region's label with a copy of `label`. */
VMMAP_CHECKED struct vmmap_error *vmmap_map_set_label(struct vmmap_map *map, size_t index,
                                                      const char *label);

/** Replaces a region's name with a copy of the `size` bytes. */
VMMAP_CHECKED struct vmmap_error *vmmap_map_set_name(struct vmmap_map *map, size_t index,
                                                     const char *name, size_t size);

/** Adds a sentence, without a line break. The same sentence is added only once. */
VMMAP_CHECKED struct vmmap_error *vmmap_map_add_note(struct vmmap_map *map, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Makes the error's message a note and destroys the error, unless it is fatal: then it is returned.
 * NULL is no error.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_map_note_error(struct vmmap_map *map,
                                                       struct vmmap_error *error);

/**
 * Sorts by address and gives back unused memory. Where two regions overlap the one that starts
 * first keeps its range and the other is cut back; that is counted in *overlaps (may be NULL).
 */
void vmmap_map_finish(struct vmmap_map *map, size_t *overlaps);

/** Index of the region that holds `address`, or VMMAP_NO_REGION. O(log n). */
size_t vmmap_map_find(const struct vmmap_map *map, uint64_t address);

/** Index of the first region whose last byte is at or after `address`, or map->count. O(log n). */
size_t vmmap_map_lower_bound(const struct vmmap_map *map, uint64_t address);

/**
 * Lays every region of `over` above `map`: what they cover of the regions below is cut away, with
 * the offsets of what remains adjusted. Both must be finished; the result is. On failure `map` is
 * as it was.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_map_overlay(struct vmmap_map *map,
                                                    const struct vmmap_map *over);

/**
 * Tells `map`, a list of ranges, what files are mapped there: a range that `files` covers gets name
 * and offset from it and is split where a file's range begins or ends; what only `files` has is
 * added as it is. Both must be finished; the result is. On failure some files may be missing.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_map_add_files(struct vmmap_map *map,
                                                      const struct vmmap_map *files);

#endif
