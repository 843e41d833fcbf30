/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Rows for spreadsheets and scripts: the fields of JSON, numbers written as there.
 */

#include <string.h>

#include "render/label.h"
#include "render/render.h"
#include "render/text.h"

struct csv {
    struct vmmap_buffer *buffer;
    const struct vmmap_view *view;
    struct vmmap_buffer scratch; /* of texts */
};

/* Every field but the first follows a comma. */
static void append_number(struct csv *csv, uint64_t value)
{
    vmmap_buffer_append_string(csv->buffer, ",0x");
    vmmap_buffer_append_hex(csv->buffer, value, 1, '0');
}

/* value + 1, which may be 2^64. */
static void append_successor(struct csv *csv, uint64_t value)
{
    if (value != UINT64_MAX)
        append_number(csv, value + 1);
    else
        vmmap_buffer_append_string(csv->buffer, ",0x10000000000000000");
}

/* Escaped as in the table, and quoted where that is needed (RFC 4180, section 2). */
static void append_text(struct csv *csv, const char *text)
{
    struct vmmap_buffer *escaped = &csv->scratch;
    escaped->size = 0;
    vmmap_text_append_escaped(escaped, text);
    vmmap_buffer_append(escaped, "", 1);
    if (escaped->failed)
        return;
    const bool quoted = strpbrk(escaped->data, ",\"") != NULL;
    vmmap_buffer_append_string(csv->buffer, quoted ? ",\"" : ",");
    for (const char *at = escaped->data; *at; at++) {
        if (*at == '"')
            vmmap_buffer_append(csv->buffer, "\"", 1);
        vmmap_buffer_append(csv->buffer, at, 1);
    }
    if (quoted)
        vmmap_buffer_append(csv->buffer, "\"", 1);
}

static void append_heads(struct csv *csv)
{
    vmmap_buffer_append_string(csv->buffer, "start,end,size,perms,offset,name,label,origin");
    if (csv->view->physical)
        vmmap_buffer_append_string(csv->buffer, ",physical");
    if (vmmap_filter_has_matches(csv->view->filter))
        vmmap_buffer_append_string(csv->buffer, ",matched");
    if (csv->view->changes)
        vmmap_buffer_append_string(csv->buffer, ",change");
    if (csv->view->layout)
        vmmap_buffer_append_string(csv->buffer, ",note,accumulated");
    vmmap_buffer_append(csv->buffer, "\n", 1);
}

static void append_range(struct csv *csv, uint64_t start, uint64_t last)
{
    vmmap_buffer_append_string(csv->buffer, "0x");
    vmmap_buffer_append_hex(csv->buffer, start, 1, '0');
    append_successor(csv, last);
    append_successor(csv, last - start);
}

static void append_region(struct csv *csv, const struct vmmap_region *region)
{
    struct vmmap_buffer scratch = VMMAP_BUFFER_INIT;
    char name[VMMAP_REGION_NAME_SCRATCH], perms[5];
    const char *label = vmmap_view_label(csv->view, region, &scratch);
    vmmap_perms_format(region->perms, perms);
    append_text(csv, perms);
    if (region->has_offset)
        append_number(csv, region->offset);
    else
        append_text(csv, "");
    append_text(csv, vmmap_region_name(region, name));
    append_text(csv, label ? label : "");
    append_text(csv, vmmap_origin_name(region->origin));
    if (csv->view->physical && region->has_physical)
        append_number(csv, region->physical);
    else if (csv->view->physical)
        append_text(csv, "");
    csv->buffer->failed = csv->buffer->failed || scratch.failed;
    vmmap_buffer_deinit(&scratch);
}

/* A gap has none of a region's fields. */
static void append_gap(struct csv *csv)
{
    vmmap_buffer_append_string(csv->buffer, csv->view->physical ? ",,,,,," : ",,,,,");
}

static void append_matched(struct csv *csv, bool matched)
{
    if (vmmap_filter_has_matches(csv->view->filter))
        append_text(csv, matched ? "true" : "false");
}

static void end_line(struct csv *csv)
{
    vmmap_buffer_append(csv->buffer, "\n", 1);
    vmmap_buffer_end_line(csv->buffer);
}

static void append_rows(struct csv *csv)
{
    const struct vmmap_view *view = csv->view;
    for (size_t i = 0; i < view->selection->count; i++) {
        const struct vmmap_row row = vmmap_selection_row(view->selection, i);
        const struct vmmap_region *region = &view->map->regions[row.index];
        append_range(csv, region->start, region->last);
        append_region(csv, region);
        append_matched(csv, row.matched);
        if (view->changes)
            append_text(csv, vmmap_change_name(view->changes[row.index].kind));
        end_line(csv);
    }
}

static void append_spans(struct csv *csv)
{
    static const char *const notes[] = {
        [VMMAP_SPAN_REGION] = "",
        [VMMAP_SPAN_ADJACENT] = "ADJACENT",
        [VMMAP_SPAN_GUARD] = "GUARD",
        [VMMAP_SPAN_GAP] = "GAP",
    };
    const struct vmmap_view *view = csv->view;
    for (size_t i = 0; i < view->layout->count; i++) {
        const struct vmmap_span *span = &view->layout->spans[i];
        append_range(csv, span->start, span->last);
        if (span->kind == VMMAP_SPAN_GAP)
            append_gap(csv);
        else
            append_region(csv, &view->map->regions[span->index]);
        append_matched(csv, span->matched);
        append_text(csv, notes[span->kind]);
        append_successor(csv, span->last - span->run_start);
        end_line(csv);
    }
}

void vmmap_render_csv(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    struct csv csv = {.buffer = buffer, .view = view};
    append_heads(&csv);
    if (view->layout)
        append_spans(&csv);
    else
        append_rows(&csv);
    buffer->failed = buffer->failed || csv.scratch.failed;
    vmmap_buffer_deinit(&csv.scratch);
}
