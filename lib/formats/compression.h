/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_COMPRESSION_H
#define VMMAP_FORMATS_COMPRESSION_H

/**
 * @file
 * Compressed files as systemd-coredump and crash reporters leave them, told by their first bytes.
 */

#include <stddef.h>

struct vmmap_compression {
    const char *name;    /**< "zstd" */
    const char *command; /**< unpacks standard input to standard output: "zstd -dc" */
};

/** What the bytes at the beginning of a file show, or NULL. Six of them are enough. */
const struct vmmap_compression *vmmap_compression_detect(const unsigned char *bytes, size_t size);

#endif
