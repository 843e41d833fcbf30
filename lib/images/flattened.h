/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_IMAGES_FLATTENED_H
#define VMMAP_IMAGES_FLATTENED_H

/**
 * @file
 * makedumpfile's flattened form, for writing to a pipe: pieces of a file in whatever order, each
 * with the offset where it belongs (makedumpfile(8), -F). QEMU writes only this form.
 */

#include "formats/window.h"
#include "images/pieces.h"
#include "target/target.h"

struct vmmap_flattened {
    struct vmmap_reader reader; /**< the file as it would be; holes are zeros */
    const struct vmmap_reader *file;
    struct vmmap_pieces pieces;
    bool is_truncated; /**< there is no mark of the end */
};

/** Whether the file begins as a flattened one does. */
bool vmmap_flattened_detect(struct vmmap_window *file);

/** Finds the pieces. `file` must stay; `target` is polled. `*ret` must stay where it is, and is to
 *  be deinitialised whatever the outcome. The error's message is the end of a sentence. */
VMMAP_CHECKED struct vmmap_error *vmmap_flattened_init(const struct vmmap_target *target,
                                                       struct vmmap_window *file,
                                                       struct vmmap_flattened *ret);

/** Also good for one that is all zero. */
void vmmap_flattened_deinit(struct vmmap_flattened *flattened);

#endif
