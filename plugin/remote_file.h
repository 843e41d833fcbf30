/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_REMOTE_FILE_H
#define VMMAP_PLUGIN_REMOTE_FILE_H

/**
 * @file
 * Files of a remote target's side, in the stub's own namespaces.
 *
 * Read with vFile packets of our own. GDB's command for it, `remote get`, sees Ctrl-C only when the
 * whole file is there, and when the connection breaks in the middle GDB 13.1 closes the file over
 * the broken connection and dies ("a fatal error internal to GDB"). It remains the way for GDB
 * before 12, which has no send_packet().
 */

#include "object.h"

/** Appends at most `limit` bytes of the file. `connection` is a gdb.TargetConnection or NULL. */
VMMAP_CHECKED struct vmmap_error *remote_file_read(PyObject *connection, const char *path,
                                                   size_t limit, struct vmmap_buffer *ret);

#endif
