/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_FILE_H
#define VMMAP_HOST_FILE_H

/**
 * @file
 * Files that the user names: reading them whole or piece by piece, and writing them whole or not at
 * all. The messages of errors begin with `what` and the path: "The core file /tmp/core".
 */

#include "formats/window.h"
#include "target/target.h"

struct vmmap_file {
    int fd;
    int read_error;             /**< errno of a read that failed, 0 if none has */
    struct vmmap_reader reader; /**< of its bytes; must not be copied or moved */
};

/** Opens a regular file for reading. vmmap_file_close() it whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_file_open(const char *what, const char *path,
                                                  struct vmmap_file *ret);

void vmmap_file_close(struct vmmap_file *file);

/** Appends all of it, at most `limit` bytes: one that is larger is refused. */
VMMAP_CHECKED struct vmmap_error *vmmap_file_read_all(const struct vmmap_target *target,
                                                      const char *what, const char *path,
                                                      struct vmmap_file *file, size_t limit,
                                                      struct vmmap_buffer *ret);

/**
 * Writes a file whole: where it fails nothing of it is left, and a file that was there stays as it
 * was. That there is one is an error unless `replace` is set.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_file_write(const char *path, const void *data, size_t size,
                                                   bool replace);

#endif
