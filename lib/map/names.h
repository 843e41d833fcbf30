/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_NAMES_H
#define VMMAP_MAP_NAMES_H

/**
 * @file
 * Interned strings: each distinct name is stored once, however many regions carry it.
 *
 * Built on libiberty's hashtab (with calloc, so that it fails instead of aborting) and objalloc.
 */

#include <stddef.h>

#include "base/error.h"

struct vmmap_names;

VMMAP_CHECKED struct vmmap_error *vmmap_names_create(struct vmmap_names **ret);

/** Accepts NULL. Frees every string that was handed out. */
void vmmap_names_destroy(struct vmmap_names *names);

/**
 * The one stored copy of the `size` bytes, NUL-terminated. Owned by `names`. A NUL inside `bytes`
 * ends the name there.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_names_intern(struct vmmap_names *names, const char *bytes,
                                                     size_t size, const char **ret);

#endif
