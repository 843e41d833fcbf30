/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_BASE_READER_H
#define VMMAP_BASE_READER_H

/**
 * @file
 * A way to read bytes at addresses: the target's memory through the debugger, or that of a process
 * of this machine. What parses structures in memory takes one of these and need not know which.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct vmmap_reader {
    void *context;
    /** Reads `size` bytes from `address` on; `*done` is how many could be read before the first one
     *  that could not. That some can not be read is not an error. */
    VMMAP_CHECKED struct vmmap_error *(*read)(void *context, uint64_t address, void *buffer,
                                              size_t size, size_t *done);
};

#endif
