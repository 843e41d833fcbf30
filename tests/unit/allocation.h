/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_ALLOCATION_H
#define VMMAP_TESTS_UNIT_ALLOCATION_H

/**
 * @file
 * Allocations that fail when a test wants it: malloc(), calloc(), realloc() and reallocarray() as
 * the test and the library call them (the linker's --wrap), not as the C library does inside.
 */

#include <stddef.h>

/** Counts from here on; the `number`th allocation (from 1) fails, once. 0: none does. */
void allocation_fail_at(size_t number);

/** Allocations since then. */
size_t allocation_count(void);

#endif
