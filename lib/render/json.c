/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * JSON for scripts. Numbers are strings of hexadecimal digits with 0x, because 64 bits do not fit
 * a JSON number everywhere; `end` is exclusive, so the top of the space is 0x10000000000000000.
 */

#include "render/render.h"
#include "render/text.h"

static void append_key(struct vmmap_buffer *buffer, const char *key)
{
    vmmap_buffer_append(buffer, "\"", 1);
    vmmap_buffer_append_string(buffer, key);
    vmmap_buffer_append(buffer, "\": ", 3);
}

/* `before` ends where the hexadecimal digits are to begin. */
static void append_number(struct vmmap_buffer *buffer, const char *before, uint64_t value)
{
    vmmap_buffer_append_string(buffer, before);
    vmmap_buffer_append_hex(buffer, value, 1, '0');
    vmmap_buffer_append(buffer, "\"", 1);
}

/* value + 1, which may be 2^64. */
static void append_successor(struct vmmap_buffer *buffer, const char *before, uint64_t value)
{
    if (value != UINT64_MAX) {
        append_number(buffer, before, value + 1);
    } else {
        vmmap_buffer_append_string(buffer, before);
        vmmap_buffer_append_string(buffer, "10000000000000000\"");
    }
}

static void append_range(struct vmmap_buffer *buffer, uint64_t start, uint64_t last)
{
    append_number(buffer, "\"start\": \"0x", start);
    append_successor(buffer, ", \"end\": \"0x", last);
    append_successor(buffer, ", \"size\": \"0x", last - start);
}

static void append_text(struct vmmap_buffer *buffer, const char *key, const char *text)
{
    vmmap_buffer_append(buffer, ", ", 2);
    append_key(buffer, key);
    vmmap_text_append_json(buffer, text);
}

/* What only page tables tell. */
static void append_paging(struct vmmap_buffer *buffer, const struct vmmap_region *region)
{
    char access[4];
    if (region->has_physical)
        append_number(buffer, ", \"physical\": \"0x", region->physical);
    if (region->page_size)
        append_number(buffer, ", \"page_size\": \"0x", region->page_size);
    if (region->origin != VMMAP_ORIGIN_PAGE_TABLE)
        return;
    vmmap_access_format(region->user, access);
    append_text(buffer, "user", access);
    vmmap_access_format(region->kernel, access);
    append_text(buffer, "kernel", access);
}

static void append_region(struct vmmap_buffer *buffer, const struct vmmap_view *view,
                          struct vmmap_row row)
{
    const struct vmmap_region *region = &view->map->regions[row.index];
    char scratch[VMMAP_REGION_NAME_SCRATCH], perms[5];
    vmmap_perms_format(region->perms, perms);

    vmmap_buffer_append(buffer, "{", 1);
    append_range(buffer, region->start, region->last);
    append_text(buffer, "perms", perms);
    if (region->has_offset)
        append_number(buffer, ", \"offset\": \"0x", region->offset);
    else
        vmmap_buffer_append_string(buffer, ", \"offset\": null");
    append_text(buffer, "name", vmmap_region_name(region, scratch));
    append_text(buffer, "label", region->label ? region->label : "");
    append_text(buffer, "origin", vmmap_origin_name(region->origin));
    append_paging(buffer, region);
    if (region->has_saved)
        append_number(buffer, ", \"saved\": \"0x", region->saved);
    if (view->filter->kind != VMMAP_FILTER_NONE)
        vmmap_buffer_append_string(buffer,
                                   row.matched ? ", \"matched\": true" : ", \"matched\": false");
    vmmap_buffer_append(buffer, "}", 1);
}

static void append_regions(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    append_key(buffer, "regions");
    vmmap_buffer_append_string(buffer, "[");
    for (size_t i = 0; i < view->selection->count; i++) {
        vmmap_buffer_append_string(buffer, i ? ",\n  " : "\n  ");
        vmmap_buffer_end_line(buffer);
        append_region(buffer, view, vmmap_selection_row(view->selection, i));
    }
    vmmap_buffer_append_string(buffer, "]");
}

static void append_gaps(struct vmmap_buffer *buffer, const struct vmmap_layout *layout)
{
    size_t gaps = 0;
    vmmap_buffer_append_string(buffer, ", ");
    append_key(buffer, "gaps");
    vmmap_buffer_append_string(buffer, "[");
    for (size_t i = 0; i < layout->count; i++) {
        const struct vmmap_span *span = &layout->spans[i];
        if (span->kind != VMMAP_SPAN_GAP)
            continue;
        vmmap_buffer_append_string(buffer, gaps++ ? ",\n  {" : "\n  {");
        append_range(buffer, span->start, span->last);
        if (span->matched)
            vmmap_buffer_append_string(buffer, ", \"matched\": true");
        vmmap_buffer_append_string(buffer, "}");
    }
    vmmap_buffer_append_string(buffer, "]");
    if (layout->count > gaps)
        append_successor(buffer, ", \"mapped\": \"0x", layout->mapped - 1);
    else
        append_number(buffer, ", \"mapped\": \"0x", 0);
    append_number(buffer, ", \"unmapped\": \"0x", layout->unmapped);
}

static void append_notes(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const size_t from_map = view->map->note_count;
    append_key(buffer, "notes");
    vmmap_buffer_append_string(buffer, "[");
    for (size_t i = 0; i < from_map + view->remark_count; i++) {
        if (i > 0)
            vmmap_buffer_append_string(buffer, ", ");
        vmmap_text_append_json(buffer,
                               i < from_map ? view->map->notes[i] : view->remarks[i - from_map]);
    }
    vmmap_buffer_append_string(buffer, "], ");
}

void vmmap_render_json(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const struct vmmap_map *map = view->map;
    vmmap_buffer_append_string(buffer, "{");
    append_key(buffer, "target");
    vmmap_text_append_json(buffer, map->target);
    append_text(buffer, "provider", map->provider);
    vmmap_buffer_append_string(buffer, ", ");
    append_key(buffer, "exact");
    vmmap_buffer_append_string(buffer, map->exact ? "true" : "false");
    vmmap_buffer_append_string(buffer, ", ");
    append_notes(buffer, view);
    append_regions(buffer, view);
    if (view->layout)
        append_gaps(buffer, view->layout);
    vmmap_buffer_append_string(buffer, "}\n");
}
