/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_RENDER_LABEL_H
#define VMMAP_RENDER_LABEL_H

#include "render/render.h"

/** Whether a register of the view points into a region. */
bool vmmap_register_points_into(const struct vmmap_view *view, const struct vmmap_register *from,
                                const struct vmmap_region *region);

/**
 * What is told of a region beside its name: its label and the registers that point into it, as
 * "stack of thread 2 <- $rsp $rdi", not escaped; NULL for nothing. The string is the map's, or in
 * `scratch`, which the caller owns and whose failure is a failure of the whole.
 */
const char *vmmap_view_label(const struct vmmap_view *view, const struct vmmap_region *region,
                             struct vmmap_buffer *scratch);

#endif
