/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MANUAL_GDBINIT_H
#define VMMAP_PLUGIN_MANUAL_GDBINIT_H

/**
 * @file
 * A file for GDB that loads the plugin and has every setting as it is at first, with its
 * description as a comment.
 */

#include "base/buffer.h"

void gdbinit_append(struct vmmap_buffer *ret);

#endif
