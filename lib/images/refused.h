/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_IMAGES_REFUSED_H
#define VMMAP_IMAGES_REFUSED_H

/**
 * @file
 * Files that hold a machine's memory in a form that is not read here, told by their first bytes.
 */

#include "base/error.h"
#include "formats/window.h"

/** NULL, or a sentence that says what the file is and what to do. */
VMMAP_CHECKED struct vmmap_error *vmmap_image_refuse(const char *path, struct vmmap_window *file);

#endif
