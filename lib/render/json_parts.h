/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_RENDER_JSON_PARTS_H
#define VMMAP_RENDER_JSON_PARTS_H

/**
 * @file
 * What the JSON of a listing and that of one address have in common.
 */

#include "render/render.h"

/** "{", the keys of the whole map, and the notes. */
void vmmap_json_begin(struct vmmap_buffer *buffer, const struct vmmap_view *view);

/** The keys `exact` and `notes`, for an answer that knows them only at its end. */
void vmmap_json_append_state(struct vmmap_buffer *buffer, const struct vmmap_view *view);

/** ", " before a key, and a string. */
void vmmap_json_append_text(struct vmmap_buffer *buffer, const char *key, const char *text);

/** The same with a number. */
void vmmap_json_append_number(struct vmmap_buffer *buffer, const char *key, uint64_t value);

/** One row's object. */
void vmmap_json_append_region(struct vmmap_buffer *buffer, const struct vmmap_view *view,
                              struct vmmap_row row);

#endif
