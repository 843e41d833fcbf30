/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MANUAL_PAGES_H
#define VMMAP_PROVIDERS_MANUAL_PAGES_H

/**
 * @file
 * Pages that the user told of or had explored: two layers for each inferior, kept until they are
 * cleared, one above and one below what a provider found.
 *
 * What the user says counts more than what a provider says: those pages cut out what is under them.
 * What was explored counts less, for reading can not tell one region from the next: it fills gaps,
 * and lies over rows that only say that there may be memory.
 */

#include "map/map.h"

struct vmmap_inferior_pages;

/** All zero is none. */
struct vmmap_pages {
    struct vmmap_inferior_pages *inferiors; /**< owned; in no order, few */
    size_t count;
};

/**
 * A page from what the user typed: `size` bytes from `start` on, `letters` any of r, w and x (NULL:
 * no permission is known). INVALID says which of them makes no sense in an address space that wide.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_page_init(uint64_t start, uint64_t size,
                                                  const char *letters, unsigned int address_bits,
                                                  struct vmmap_region *ret);

void vmmap_pages_deinit(struct vmmap_pages *pages);

/** Whether the inferior of this number has any page. */
bool vmmap_pages_exist(const struct vmmap_pages *pages, unsigned int inferior);

/**
 * Adds all regions of a finished map, or on failure none: INVALID where one overlaps a page that
 * was added before.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_pages_add(struct vmmap_pages *pages, unsigned int inferior,
                                                  const struct vmmap_map *added);

/** Adds regions that were found by reading; they replace what earlier reading found there. */
VMMAP_CHECKED struct vmmap_error *vmmap_pages_add_explored(struct vmmap_pages *pages,
                                                           unsigned int inferior,
                                                           const struct vmmap_map *found);

/** Forgets all pages of an inferior, of both layers; returns how many there were. */
size_t vmmap_pages_clear(struct vmmap_pages *pages, unsigned int inferior);

/** Forgets the page that holds an address, the upper one of two. False where there is none. The
 *  strings of `*ret` are not kept. */
bool vmmap_pages_clear_at(struct vmmap_pages *pages, unsigned int inferior, uint64_t address,
                          struct vmmap_region *ret);

/**
 * A new map: `base` between the inferior's layers. Its words and notes are those of `base`; it is
 * not exact where something in it was found by reading only.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_pages_lay(const struct vmmap_pages *pages,
                                                  unsigned int inferior,
                                                  const struct vmmap_map *base,
                                                  struct vmmap_map **ret);

#endif
