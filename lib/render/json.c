/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * JSON for scripts. Numbers are strings of hexadecimal digits with 0x, because 64 bits do not fit
 * a JSON number everywhere; `end` is exclusive, so the top of the space is 0x10000000000000000.
 */

#include "render/json_parts.h"

#include <inttypes.h>

#include "render/label.h"
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

void vmmap_json_append_text(struct vmmap_buffer *buffer, const char *key, const char *text)
{
    vmmap_buffer_append(buffer, ", ", 2);
    append_key(buffer, key);
    vmmap_text_append_json(buffer, text);
}

/* What only page tables and protection units tell. */
static void append_paging(struct vmmap_buffer *buffer, const struct vmmap_region *region)
{
    char access[4];
    if (region->has_physical)
        append_number(buffer, ", \"physical\": \"0x", region->physical);
    if (region->page_size)
        append_number(buffer, ", \"page_size\": \"0x", region->page_size);
    if (!region->has_access)
        return;
    vmmap_access_format(region->user, access);
    vmmap_json_append_text(buffer, "user", access);
    vmmap_access_format(region->kernel, access);
    vmmap_json_append_text(buffer, "kernel", access);
}

/* The names of those that point into the region. */
static void append_registers(struct vmmap_buffer *buffer, const struct vmmap_view *view,
                             const struct vmmap_region *region)
{
    const char *separator = "";
    vmmap_buffer_append_string(buffer, ", \"registers\": [");
    for (size_t i = 0; i < view->register_count; i++) {
        if (!vmmap_register_points_into(view, &view->registers[i], region))
            continue;
        vmmap_buffer_append_string(buffer, separator);
        vmmap_text_append_json(buffer, view->registers[i].name);
        separator = ", ";
    }
    vmmap_buffer_append(buffer, "]", 1);
}

static void append_label(struct vmmap_buffer *buffer, const struct vmmap_view *view,
                         const struct vmmap_region *region)
{
    struct vmmap_buffer scratch = VMMAP_BUFFER_INIT;
    const char *label = vmmap_view_label(view, region, &scratch);
    vmmap_json_append_text(buffer, "label", label ? label : "");
    buffer->failed = buffer->failed || scratch.failed;
    vmmap_buffer_deinit(&scratch);
}

static void append_offset(struct vmmap_buffer *buffer, const struct vmmap_region *region)
{
    if (region->has_offset)
        append_number(buffer, ", \"offset\": \"0x", region->offset);
    else
        vmmap_buffer_append_string(buffer, ", \"offset\": null");
}

/* What changed, and what was there before. */
static void append_change(struct vmmap_buffer *buffer, const struct vmmap_change *change)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH], perms[5];
    vmmap_json_append_text(buffer, "change", vmmap_change_name(change->kind));
    if (!vmmap_change_has_before(change->kind))
        return;
    vmmap_perms_format(change->before.perms, perms);
    vmmap_buffer_append_string(buffer, ", \"before\": {");
    append_range(buffer, change->before.start, change->before.last);
    vmmap_json_append_text(buffer, "perms", perms);
    append_offset(buffer, &change->before);
    vmmap_json_append_text(buffer, "name", vmmap_region_name(&change->before, scratch));
    vmmap_buffer_append(buffer, "}", 1);
}

void vmmap_json_append_region(struct vmmap_buffer *buffer, const struct vmmap_view *view,
                              struct vmmap_row row)
{
    const struct vmmap_region *region = &view->map->regions[row.index];
    char scratch[VMMAP_REGION_NAME_SCRATCH], perms[5];
    vmmap_perms_format(region->perms, perms);

    vmmap_buffer_append(buffer, "{", 1);
    append_range(buffer, region->start, region->last);
    vmmap_json_append_text(buffer, "perms", perms);
    append_offset(buffer, region);
    vmmap_json_append_text(buffer, "name", vmmap_region_name(region, scratch));
    append_label(buffer, view, region);
    vmmap_json_append_text(buffer, "origin", vmmap_origin_name(region->origin));
    append_paging(buffer, region);
    if (region->has_saved)
        append_number(buffer, ", \"saved\": \"0x", region->saved);
    if (view->changes)
        append_change(buffer, &view->changes[row.index]);
    if (view->registers)
        append_registers(buffer, view, region);
    if (vmmap_filter_has_matches(view->filter))
        vmmap_buffer_append_string(buffer,
                                   row.matched ? ", \"matched\": true" : ", \"matched\": false");
    vmmap_buffer_append(buffer, "}", 1);
}

static void append_regions(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    append_key(buffer, "regions");
    vmmap_buffer_append_string(buffer, "[");
    for (size_t i = 0; !view->sum && i < view->selection->count; i++) {
        vmmap_buffer_append_string(buffer, i ? ",\n  " : "\n  ");
        vmmap_buffer_end_line(buffer);
        vmmap_json_append_region(buffer, view, vmmap_selection_row(view->selection, i));
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

/* "pages" and "size", which ends the object. 0 bytes are 2^64 where there is a page. */
static void append_total(struct vmmap_buffer *buffer, const struct vmmap_total *total)
{
    vmmap_buffer_printf(buffer, "\"pages\": %zu", total->count);
    if (total->count > 0)
        append_successor(buffer, ", \"size\": \"0x", total->size - 1);
    else
        append_number(buffer, ", \"size\": \"0x", 0);
    vmmap_buffer_append(buffer, "}", 1);
}

static void append_names(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const struct vmmap_sum *sum = view->sum;
    vmmap_buffer_append_string(buffer, "\"names\": [");
    for (size_t i = 0; i < sum->name_count; i++) {
        const struct vmmap_region *region = &view->map->regions[sum->names[i].first];
        vmmap_buffer_append_string(buffer, i ? ",\n  {\"name\": " : "\n  {\"name\": ");
        vmmap_text_append_json(buffer, vmmap_region_group_name(region));
        vmmap_buffer_append_string(buffer, ", ");
        append_total(buffer, &sum->names[i]);
    }
    vmmap_buffer_append(buffer, "]", 1);
}

static void append_perms(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const struct vmmap_sum *sum = view->sum;
    vmmap_buffer_append_string(buffer, ", \"perms\": [");
    for (size_t i = 0; i < sum->perms_count; i++) {
        char perms[5];
        vmmap_perms_format(view->map->regions[sum->perms[i].first].perms, perms);
        vmmap_buffer_printf(buffer, "%s\n  {\"perms\": \"%s\", ", i ? "," : "", perms);
        append_total(buffer, &sum->perms[i]);
    }
    vmmap_buffer_append(buffer, "]", 1);
}

static void append_largest(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const struct vmmap_sum *sum = view->sum;
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    vmmap_buffer_append_string(buffer, ", \"largest\": ");
    if (sum->largest == VMMAP_NO_REGION) {
        vmmap_buffer_append_string(buffer, "null");
    } else {
        const struct vmmap_region *region = &view->map->regions[sum->largest];
        vmmap_buffer_append(buffer, "{", 1);
        append_range(buffer, region->start, region->last);
        vmmap_json_append_text(buffer, "name", vmmap_region_name(region, scratch));
        vmmap_buffer_append(buffer, "}", 1);
    }
    vmmap_buffer_append_string(buffer, ", \"largest_gap\": ");
    if (sum->has_gap) {
        vmmap_buffer_append(buffer, "{", 1);
        append_range(buffer, sum->gap_start, sum->gap_last);
        vmmap_buffer_append(buffer, "}", 1);
    } else {
        vmmap_buffer_append_string(buffer, "null");
    }
}

static void append_sum(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    vmmap_buffer_append_string(buffer, ", \"sum\": {");
    append_names(buffer, view);
    append_perms(buffer, view);
    vmmap_buffer_append_string(buffer, ", \"total\": {");
    append_total(buffer, &view->sum->all);
    append_largest(buffer, view);
    vmmap_buffer_append(buffer, "}", 1);
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
    vmmap_buffer_append(buffer, "]", 1);
}

void vmmap_json_append_state(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    append_key(buffer, "exact");
    vmmap_buffer_append_string(buffer, view->map->exact ? "true" : "false");
    vmmap_buffer_append_string(buffer, ", ");
    append_notes(buffer, view);
}

/* The process of a guest that the map is about. */
static void append_process(struct vmmap_buffer *buffer, const struct vmmap_map_process *process)
{
    append_key(buffer, "process");
    vmmap_buffer_printf(buffer, "{\"pid\": %" PRIu64, process->pid);
    vmmap_json_append_text(buffer, "name", process->name);
    vmmap_json_append_number(buffer, "address", process->address);
    vmmap_json_append_number(buffer, "dtb", process->dtb);
    vmmap_buffer_append_string(buffer, "}, ");
}

void vmmap_json_append_number(struct vmmap_buffer *buffer, const char *key, uint64_t value)
{
    vmmap_buffer_append(buffer, ", ", 2);
    append_key(buffer, key);
    append_number(buffer, "\"0x", value);
}

void vmmap_json_begin(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const struct vmmap_map *map = view->map;
    vmmap_buffer_append_string(buffer, "{");
    append_key(buffer, "target");
    vmmap_text_append_json(buffer, map->target);
    vmmap_json_append_text(buffer, "provider", map->provider);
    vmmap_buffer_append_string(buffer, ", ");
    vmmap_json_append_state(buffer, view);
    vmmap_buffer_append_string(buffer, ", ");
    if (map->process.pid)
        append_process(buffer, &map->process);
}

void vmmap_render_json(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    vmmap_json_begin(buffer, view);
    append_regions(buffer, view);
    if (view->layout)
        append_gaps(buffer, view->layout);
    if (view->sum)
        append_sum(buffer, view);
    vmmap_buffer_append_string(buffer, "}\n");
}
