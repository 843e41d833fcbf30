/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MEMORY_H
#define VMMAP_PLUGIN_MEMORY_H

/**
 * @file
 * The inferior's memory through GDB, whose own read is all or nothing.
 */

#include <stddef.h>
#include <stdint.h>

#include "object.h"

/**
 * Reads `size` bytes of the selected inferior: `*done` is how many can be read from `address` on.
 * False with an exception set for what is not about the address (Ctrl-C, a connection that broke).
 */
bool memory_read(uint64_t address, void *buffer, size_t size, size_t *done);

/** Writes all of the bytes, or fails with an exception set. */
bool memory_write(uint64_t address, const void *bytes, size_t size);

#endif
