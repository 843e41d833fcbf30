/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROCESS_NO_MEMORY_H
#define VMMAP_PROVIDERS_PROCESS_NO_MEMORY_H

/**
 * @file
 * Why the maps file of a process is empty. The kernel writes one without a line for a process that
 * has exited; but a living one's can be hidden as well.
 */

#include "base/buffer.h"
#include "base/error.h"

/**
 * The error, in a sentence for the user. `status` is the text of the process's status file; empty
 * when it could not be read. `where` is what the sentence begins with, before the file's name.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_no_memory_error(const char *where, uint64_t pid,
                                                        const struct vmmap_buffer *status);

#endif
