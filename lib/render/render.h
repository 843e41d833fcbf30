/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_RENDER_RENDER_H
#define VMMAP_RENDER_RENDER_H

/**
 * @file
 * A selection of a map as text: the table, the layout (gaps) view, JSON. Everything is appended to
 * a buffer; a failure to allocate shows in vmmap_buffer_status() of it.
 */

#include "base/buffer.h"
#include "map/diff.h"
#include "map/filter.h"
#include "map/gaps.h"
#include "map/map.h"
#include "map/register.h"
#include "map/sum.h"

/** What to show: all borrowed, and all made from the same map. */
struct vmmap_view {
    const struct vmmap_map *map;
    const struct vmmap_filter *filter;
    const struct vmmap_selection *selection;
    const struct vmmap_layout *layout; /**< NULL unless gaps are wanted */
    const struct vmmap_sum *sum;       /**< NULL unless totals are wanted, instead of rows */
    /** Registers to tell at the rows that they point into; NULL where these are not wanted. */
    const struct vmmap_register *registers;
    size_t register_count;
    /** What changed, one for each region of the map; NULL unless the map is a difference. */
    const struct vmmap_change *changes;
    bool physical;              /**< a column with the physical address */
    const char *const *remarks; /**< notes about this answer, beside the map's own */
    size_t remark_count;
};

/**
 * Legend, column heads, rows and notes. Rows that match the filter are marked with an arrow, and
 * the one that holds the filter's address tells the offset in it. `color` adds SGR escape sequences
 * and changes nothing else.
 */
void vmmap_render_table(struct vmmap_buffer *buffer, const struct vmmap_view *view, bool color);

/** The same for the layout: gaps, guards, runs and totals. view->layout must be there. */
void vmmap_render_layout(struct vmmap_buffer *buffer, const struct vmmap_view *view, bool color);

/** The totals; view->sum must be there. */
void vmmap_render_sum(struct vmmap_buffer *buffer, const struct vmmap_view *view);

/**
 * A line with the names of the columns, and one for each row, or for each span of the layout.
 * Fields with commas or quotes are quoted (RFC 4180); what the table escapes is escaped. Notes are
 * left out: every line is a row.
 */
void vmmap_render_csv(struct vmmap_buffer *buffer, const struct vmmap_view *view);

/** One JSON object and a newline; with a layout its gaps and totals are in it. */
void vmmap_render_json(struct vmmap_buffer *buffer, const struct vmmap_view *view);

/** The notes and remarks alone, each on a line as `note: ...`. */
void vmmap_render_notes(struct vmmap_buffer *buffer, const struct vmmap_view *view);

#endif
