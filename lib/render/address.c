/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/address.h"

#include <inttypes.h>

#include "render/json_parts.h"
#include "render/text.h"

static const struct vmmap_region *region_of(const struct vmmap_address_facts *facts)
{
    return facts->index == VMMAP_NO_REGION ? NULL : &facts->map->regions[facts->index];
}

static struct vmmap_view view_of(const struct vmmap_address_facts *facts,
                                 const struct vmmap_filter *filter)
{
    return (struct vmmap_view){.map = facts->map,
                               .filter = filter,
                               .remarks = facts->remarks,
                               .remark_count = facts->remark_count};
}

/* "page: 0x0000555555555000 0x0000555555556000 r-xp /bin/prog (label)" */
static void append_page(struct vmmap_buffer *buffer, const struct vmmap_address_facts *facts)
{
    const struct vmmap_region *region = region_of(facts);
    const size_t digits = facts->map->address_bits / 4;
    char scratch[VMMAP_REGION_NAME_SCRATCH], perms[5];
    vmmap_perms_format(region->perms, perms);
    vmmap_buffer_append_string(buffer, "page:      0x");
    vmmap_buffer_append_hex(buffer, region->start, digits, '0');
    vmmap_buffer_append_string(buffer, " 0x");
    vmmap_buffer_append_hex(buffer, region->last == UINT64_MAX ? region->last : region->last + 1,
                            digits, '0');
    vmmap_buffer_printf(buffer, " %s ", perms);
    vmmap_text_append_escaped(buffer, vmmap_region_name(region, scratch));
    if (region->label) {
        vmmap_buffer_append_string(buffer, " (");
        vmmap_text_append_escaped(buffer, region->label);
        vmmap_buffer_append(buffer, ")", 1);
    }
    vmmap_buffer_printf(buffer, "\nin page:   +0x%" PRIx64 "\n", facts->address - region->start);
}

static void append_escaped_line(struct vmmap_buffer *buffer, const char *head, const char *text)
{
    vmmap_buffer_append_string(buffer, head);
    vmmap_text_append_escaped(buffer, text);
    vmmap_buffer_append(buffer, "\n", 1);
}

static void append_symbol(struct vmmap_buffer *buffer, const struct vmmap_address_facts *facts)
{
    vmmap_buffer_append_string(buffer, "symbol:    ");
    vmmap_text_append_escaped(buffer, facts->symbol);
    if (facts->symbol_offset > 0)
        vmmap_buffer_printf(buffer, " +0x%" PRIx64, facts->symbol_offset);
    vmmap_buffer_append(buffer, "\n", 1);
}

static void append_physical(struct vmmap_buffer *buffer, const struct vmmap_address_facts *facts)
{
    char user[4], kernel[4];
    vmmap_buffer_printf(buffer, "physical:  0x%" PRIx64, facts->physical);
    if (facts->has_rights) {
        vmmap_access_format(facts->user, user);
        vmmap_access_format(facts->kernel, kernel);
        vmmap_buffer_printf(buffer, ", user %s, kernel %s", user, kernel);
    }
    vmmap_buffer_append(buffer, "\n", 1);
}

static void append_absence(struct vmmap_buffer *buffer, const struct vmmap_map *map)
{
    for (size_t i = 0; i < map->note_count; i++)
        append_escaped_line(buffer, "", map->notes[i]);
}

void vmmap_render_address(struct vmmap_buffer *buffer, const struct vmmap_address_facts *facts)
{
    const struct vmmap_filter filter = {.kind = VMMAP_FILTER_NONE};
    const struct vmmap_view view = view_of(facts, &filter);
    if (!facts->has_address || (facts->map->count == 0 && facts->map->note_count > 0)) {
        append_absence(buffer, facts->map);
        return;
    }
    vmmap_buffer_printf(buffer, "address:   0x%" PRIx64 "\n", facts->address);
    if (region_of(facts))
        append_page(buffer, facts);
    else
        vmmap_buffer_printf(buffer, "No page holds the address 0x%" PRIx64 ".\n", facts->address);
    if (facts->has_base)
        vmmap_buffer_printf(buffer, "from base: +0x%" PRIx64 ", of 0x%" PRIx64 "\n",
                            facts->address - facts->base, facts->base);
    if (facts->has_file_offset)
        vmmap_buffer_printf(buffer, "in file:   0x%" PRIx64 "\n", facts->file_offset);
    if (facts->section)
        append_escaped_line(buffer, "section:   ", facts->section);
    if (facts->symbol)
        append_symbol(buffer, facts);
    if (facts->thread)
        append_escaped_line(buffer, "thread:    ", facts->thread);
    if (facts->has_physical)
        append_physical(buffer, facts);
    vmmap_render_notes(buffer, &view);
}

/* A number where it is known. */
static void append_number_or_null(struct vmmap_buffer *buffer, const char *key, bool known,
                                  uint64_t value)
{
    if (known)
        vmmap_json_append_number(buffer, key, value);
    else
        vmmap_buffer_printf(buffer, ", \"%s\": null", key);
}

static void append_text_or_null(struct vmmap_buffer *buffer, const char *key, const char *text)
{
    if (text)
        vmmap_json_append_text(buffer, key, text);
    else
        vmmap_buffer_printf(buffer, ", \"%s\": null", key);
}

static void append_row(struct vmmap_buffer *buffer, const struct vmmap_address_facts *facts,
                       const struct vmmap_view *view)
{
    const struct vmmap_region *region = region_of(facts);
    vmmap_buffer_append_string(buffer, "\"row\": ");
    if (region)
        vmmap_json_append_region(buffer, view, (struct vmmap_row){facts->index, false});
    else
        vmmap_buffer_append_string(buffer, "null");
    append_number_or_null(buffer, "row_offset", region,
                          facts->address - (region ? region->start : 0));
}

void vmmap_render_address_json(struct vmmap_buffer *buffer, const struct vmmap_address_facts *facts)
{
    const struct vmmap_filter filter = {.kind = VMMAP_FILTER_NONE};
    const struct vmmap_view view = view_of(facts, &filter);
    char access[4];
    vmmap_json_begin(buffer, &view);
    append_row(buffer, facts, &view);
    append_number_or_null(buffer, "address", facts->has_address, facts->address);
    append_number_or_null(buffer, "base", facts->has_base, facts->base);
    append_number_or_null(buffer, "base_offset", facts->has_base, facts->address - facts->base);
    append_number_or_null(buffer, "file_offset", facts->has_file_offset, facts->file_offset);
    append_text_or_null(buffer, "section", facts->section);
    append_text_or_null(buffer, "symbol", facts->symbol);
    append_number_or_null(buffer, "symbol_offset", facts->symbol, facts->symbol_offset);
    append_text_or_null(buffer, "thread", facts->thread);
    append_number_or_null(buffer, "physical", facts->has_physical, facts->physical);
    vmmap_access_format(facts->user, access);
    append_text_or_null(buffer, "user", facts->has_rights ? access : NULL);
    vmmap_access_format(facts->kernel, access);
    append_text_or_null(buffer, "kernel", facts->has_rights ? access : NULL);
    vmmap_buffer_append_string(buffer, "}\n");
}
