/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROTECTION_RIGHTS_H
#define VMMAP_PROTECTION_RIGHTS_H

/**
 * @file
 * What a processor may do where: a map that covers the whole address space, painted one range over
 * the other, and laid over the memory that is there. Its rows have `has_access` where the rights
 * are known, and as labels the part of the protection unit that says so.
 */

#include "map/map.h"

/** Paints a range; what was there before is covered. `label` may be NULL. */
VMMAP_CHECKED struct vmmap_error *vmmap_rights_paint(struct vmmap_map *rights, uint64_t start,
                                                     uint64_t last, uint8_t user, uint8_t kernel,
                                                     const char *label);

/** Paints a range as not known. */
VMMAP_CHECKED struct vmmap_error *vmmap_rights_forget(struct vmmap_map *rights, uint64_t start,
                                                      uint64_t last);

/**
 * Adds the rows of `memory` to `ret`, which is then finished: split where the rights or their
 * labels differ, with the rights that `rights` has there. Where memory is known not to be writable
 * (its perms), nobody may write. A row's own label comes first.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_rights_apply(const struct vmmap_map *rights,
                                                     const struct vmmap_map *memory,
                                                     struct vmmap_map *ret);

/** Whether the rights are known everywhere. */
bool vmmap_rights_are_known(const struct vmmap_map *rights);

#endif
