/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_PROC_FILE_H
#define VMMAP_HOST_PROC_FILE_H

/**
 * @file
 * Files of this machine's /proc. Whose process a number names is for the caller to know: never the
 * one that a remote stub reports.
 */

#include "base/buffer.h"
#include "target/target.h"

/** Opens /proc/PID/`name`; close() it. The UNAVAILABLE error says why that can not be done. */
VMMAP_CHECKED struct vmmap_error *vmmap_proc_file_open(uint64_t pid, const char *name, int *ret);

/** Appends the whole of /proc/PID/`name`, polling for Ctrl-C. Errors: as above, no memory,
 *  interrupted. */
VMMAP_CHECKED struct vmmap_error *vmmap_proc_file_read(const struct vmmap_target *target,
                                                       uint64_t pid, const char *name,
                                                       struct vmmap_buffer *ret);

/** The error for a /proc/PID/`name` that can not be opened or read, from the errno. */
VMMAP_CHECKED struct vmmap_error *vmmap_proc_file_error(uint64_t pid, const char *name, int number);

#endif
