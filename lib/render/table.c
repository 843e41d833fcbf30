/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The table and the layout view. Both begin their rows alike:
 *
 *     -> 0x00007ffff7fc1000 0x00007ffff7fc3000 r-xp     2000
 *     ^  start              end                perm     size
 *     the arrow's gutter, only where a filter can match
 */

#include <inttypes.h>
#include <string.h>

#include "base/hex.h"
#include "render/label.h"
#include "render/render.h"
#include "render/text.h"

static const char arrow[] = "-> ";

#define SGR_RESET "\033[0m"

struct legend_entry {
    const char *word;
    const char *style;
};

enum legend { STACK, HEAP, CODE, DATA, WX, RODATA, LEGEND_COUNT };

static const struct legend_entry legend[LEGEND_COUNT] = {
    [STACK] = {"STACK", "\033[33m"}, [HEAP] = {"HEAP", "\033[34m"}, [CODE] = {"CODE", "\033[31m"},
    [DATA] = {"DATA", "\033[35m"},   [WX] = {"WX", "\033[4m"},      [RODATA] = {"RODATA", ""},
};

/* How the rows of one rendering are laid out. */
struct table {
    struct vmmap_buffer *buffer;
    const struct vmmap_view *view;
    bool color;
    size_t digits;               /* of an address */
    const char *plain_name;      /* the name seen last that needs no escaping: names are interned */
    struct vmmap_buffer scratch; /* of the label */
};

static void append_legend(const struct table *table)
{
    vmmap_buffer_append_string(table->buffer, "LEGEND: ");
    for (size_t i = 0; i < LEGEND_COUNT; i++) {
        bool styled = table->color && legend[i].style[0];
        if (i > 0)
            vmmap_buffer_append_string(table->buffer, " | ");
        if (styled)
            vmmap_buffer_append_string(table->buffer, legend[i].style);
        vmmap_buffer_append_string(table->buffer, legend[i].word);
        if (styled)
            vmmap_buffer_append_string(table->buffer, SGR_RESET);
    }
    vmmap_buffer_append_string(table->buffer, "\n");
}

static bool has_gutter(const struct table *table)
{
    return vmmap_filter_has_matches(table->view->filter);
}

/* A column's head, right-aligned as the addresses below it; those of a tiny target are narrower. */
static void append_head(const struct table *table, const char *head)
{
    const size_t width = table->digits + strlen("0x"), length = strlen(head);
    vmmap_buffer_append_spaces(table->buffer, width > length ? width - length : 0);
    vmmap_buffer_append_string(table->buffer, head);
}

/* As wide as the longest word for a change. */
enum { CHANGE_WIDTH = sizeof("permissions") - 1 };

/* The first column of a difference: a word, right-aligned. */
static void append_change(const struct table *table, const char *word)
{
    if (!table->view->changes)
        return;
    vmmap_buffer_append_spaces(table->buffer, CHANGE_WIDTH - strlen(word));
    vmmap_buffer_append_string(table->buffer, word);
    vmmap_buffer_append(table->buffer, " ", 1);
}

/* "Start End Perm Size" above their columns, what follows them in this view, and "File". */
static void append_heads(const struct table *table, const char *rest)
{
    append_change(table, "Change");
    if (has_gutter(table))
        vmmap_buffer_append_spaces(table->buffer, strlen(arrow));
    append_head(table, "Start");
    vmmap_buffer_append(table->buffer, " ", 1);
    append_head(table, "End");
    vmmap_buffer_append_string(table->buffer, " Perm     Size ");
    vmmap_buffer_append_string(table->buffer, rest);
    if (table->view->physical)
        vmmap_buffer_append_string(table->buffer, "          Physical ");
    vmmap_buffer_append_string(table->buffer, "File\n");
}

static const char *region_style(const struct vmmap_region *region)
{
    if ((region->name && strcmp(region->name, "[stack]") == 0) ||
        (region->label && strncmp(region->label, "stack", strlen("stack")) == 0))
        return legend[STACK].style;
    if (region->name && strcmp(region->name, "[heap]") == 0)
        return legend[HEAP].style;
    const uint8_t access = vmmap_region_access(region);
    if (access & VMMAP_PERM_EXEC)
        return legend[CODE].style;
    if (access & VMMAP_PERM_WRITE)
        return legend[DATA].style;
    return legend[RODATA].style;
}

static bool is_wx(const struct vmmap_region *region)
{
    const uint8_t wx = VMMAP_PERM_WRITE | VMMAP_PERM_EXEC;
    return (vmmap_region_access(region) & wx) == wx;
}

/* `region` is NULL for a gap. */
static bool is_styled(const struct table *table, const struct vmmap_region *region)
{
    return table->color && region && (is_wx(region) || region_style(region)[0]);
}

static char *put_address(char *at, uint64_t address, size_t digits)
{
    *at++ = '0';
    *at++ = 'x';
    return vmmap_hex_put(at, address, digits, '0');
}

/* Sizes are handed around as last - start, because 2^64 does not fit. */
static char *put_size(char *at, uint64_t extent, size_t digits)
{
    if (extent == UINT64_MAX) {
        *at++ = '1';
        return vmmap_hex_put(at, 0, 16, '0');
    }
    return vmmap_hex_put(at, extent + 1, digits, ' ');
}

static void append_size(struct vmmap_buffer *buffer, uint64_t extent, size_t digits)
{
    enum { SIZE_MAX_DIGITS = 32 };
    char *begin = vmmap_buffer_reserve(buffer, SIZE_MAX_DIGITS);
    if (begin)
        buffer->size += (size_t)(put_size(begin, extent, digits) - begin);
}

/* The end is exclusive but for the top of a 64-bit space. */
static char *put_addresses(char *at, const struct table *table, uint64_t start, uint64_t last)
{
    at = put_address(at, start, table->digits);
    *at++ = ' ';
    return put_address(at, last == UINT64_MAX ? last : last + 1, table->digits);
}

static void append_addresses(const struct table *table, uint64_t start, uint64_t last)
{
    enum { ADDRESSES_MAX = 48 };
    char *begin = vmmap_buffer_reserve(table->buffer, ADDRESSES_MAX);
    if (begin)
        table->buffer->size += (size_t)(put_addresses(begin, table, start, last) - begin);
}

/* "0x... 0x... r-xp     2000 ": the end is exclusive but for the top of a 64-bit space. This is
 * the inner loop of a large listing: one reservation, no formatted printing. */
static void append_range(const struct table *table, uint64_t start, uint64_t last,
                         const char perms[5])
{
    enum { RANGE_MAX = 80 };
    char *begin = vmmap_buffer_reserve(table->buffer, RANGE_MAX);
    if (!begin)
        return;
    char *at = put_addresses(begin, table, start, last);
    *at++ = ' ';
    memcpy(at, perms, 4);
    at += 4;
    *at++ = ' ';
    at = put_size(at, last - start, 8);
    *at++ = ' ';
    table->buffer->size += (size_t)(at - begin);
}

static void append_region_range(const struct table *table, const struct vmmap_region *region)
{
    char perms[5];
    vmmap_perms_format(region->perms, perms);
    append_range(table, region->start, region->last, perms);
}

static void append_name(struct table *table, const struct vmmap_region *region)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    const char *name = vmmap_region_name(region, scratch);
    if (name != scratch && name != table->plain_name && !vmmap_text_is_plain(name)) {
        vmmap_text_append_escaped(table->buffer, name);
        return;
    }
    vmmap_buffer_append_string(table->buffer, name);
    if (name != scratch)
        table->plain_name = name;
}

static void append_offset(const struct table *table, const struct vmmap_region *region)
{
    if (region->has_offset)
        vmmap_buffer_append_hex(table->buffer, region->offset, 8, ' ');
    else
        vmmap_buffer_append_string(table->buffer, "       ?");
    vmmap_buffer_append(table->buffer, " ", 1);
}

/* `-` where the row is not contiguous in physical memory, or that is not known. */
static void append_physical(const struct table *table, const struct vmmap_region *region)
{
    enum { PHYSICAL_WIDTH = 18 };
    if (!table->view->physical)
        return;
    if (region->has_physical) {
        vmmap_buffer_append_string(table->buffer, "0x");
        vmmap_buffer_append_hex(table->buffer, region->physical, PHYSICAL_WIDTH - 2, '0');
    } else {
        vmmap_buffer_append_spaces(table->buffer, PHYSICAL_WIDTH - 1);
        vmmap_buffer_append(table->buffer, "-", 1);
    }
    vmmap_buffer_append(table->buffer, " ", 1);
}

/* The arrow or the space below it, then the style. */
static void begin_row(const struct table *table, bool matched, const struct vmmap_region *region)
{
    if (has_gutter(table) && matched)
        vmmap_buffer_append_string(table->buffer, arrow);
    else if (has_gutter(table))
        vmmap_buffer_append_spaces(table->buffer, strlen(arrow));
    if (!is_styled(table, region))
        return;
    vmmap_buffer_append_string(table->buffer, region_style(region));
    if (is_wx(region))
        vmmap_buffer_append_string(table->buffer, legend[WX].style);
}

/* What a core file holds of a region: nothing, or less than all of it. */
static void append_saved(const struct table *table, const struct vmmap_region *region)
{
    if (!vmmap_region_lacks_bytes(region))
        return;
    if (region->saved == 0) {
        vmmap_buffer_append_string(table->buffer, " (not saved)");
        return;
    }
    vmmap_buffer_append_string(table->buffer, " (0x");
    vmmap_buffer_append_hex(table->buffer, region->saved, 1, '0');
    vmmap_buffer_append_string(table->buffer, " saved)");
}

/* What user mode may do, where the letters are the kernel's. */
static void append_user(const struct table *table, const struct vmmap_region *region)
{
    char letters[4];
    if (!vmmap_region_hides_user(region))
        return;
    vmmap_access_format(region->user, letters);
    vmmap_buffer_printf(table->buffer, " (user %s)", letters);
}

/* " (was 0x... 0x...)", " (was r--p)" or " (was r--p /lib/x)": what tells the change. */
static void append_before(struct table *table, size_t index)
{
    const struct vmmap_change *change = table->view->changes ? &table->view->changes[index] : NULL;
    char perms[5];
    if (!change || !vmmap_change_has_before(change->kind))
        return;
    vmmap_buffer_append_string(table->buffer, " (was ");
    if (change->kind == VMMAP_CHANGE_PERMISSIONS || change->kind == VMMAP_CHANGE_REPLACED) {
        vmmap_perms_format(change->before.perms, perms);
        vmmap_buffer_append_string(table->buffer, perms);
    } else {
        append_addresses(table, change->before.start, change->before.last);
    }
    if (change->kind == VMMAP_CHANGE_REPLACED) {
        vmmap_buffer_append(table->buffer, " ", 1);
        append_name(table, &change->before);
    }
    vmmap_buffer_append(table->buffer, ")", 1);
}

/* The label, the other mode, what was not saved, the end of the style, and where in the range the
 * address is that was asked for. */
static void end_row(struct table *table, bool matched, uint64_t start,
                    const struct vmmap_region *region)
{
    const struct vmmap_filter *filter = table->view->filter;
    const char *label = region ? vmmap_view_label(table->view, region, &table->scratch) : NULL;
    if (label) {
        vmmap_buffer_append_string(table->buffer, " (");
        vmmap_text_append_escaped(table->buffer, label);
        vmmap_buffer_append_string(table->buffer, ")");
    }
    if (region) {
        append_user(table, region);
        append_saved(table, region);
    }
    if (is_styled(table, region))
        vmmap_buffer_append_string(table->buffer, SGR_RESET);
    if (matched && filter->kind == VMMAP_FILTER_ADDRESS) {
        vmmap_buffer_append_string(table->buffer, " +0x");
        vmmap_buffer_append_hex(table->buffer, filter->address - start, 1, '0');
    }
    vmmap_buffer_append(table->buffer, "\n", 1);
    vmmap_buffer_end_line(table->buffer);
}

static struct table begin_table(struct vmmap_buffer *buffer, const struct vmmap_view *view,
                                bool color, const char *last_heads)
{
    struct table table = {
        .buffer = buffer,
        .view = view,
        .color = color,
        .digits = view->map->address_bits / 4,
    };
    append_legend(&table);
    append_heads(&table, last_heads);
    return table;
}

static void append_note(struct vmmap_buffer *buffer, const char *note)
{
    vmmap_buffer_append_string(buffer, "note: ");
    vmmap_text_append_escaped(buffer, note);
    vmmap_buffer_append(buffer, "\n", 1);
}

void vmmap_render_notes(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    for (size_t i = 0; i < view->map->note_count; i++)
        append_note(buffer, view->map->notes[i]);
    for (size_t i = 0; i < view->remark_count; i++)
        append_note(buffer, view->remarks[i]);
}

static void end_table(struct table *table)
{
    vmmap_render_notes(table->buffer, table->view);
    table->buffer->failed = table->buffer->failed || table->scratch.failed;
    vmmap_buffer_deinit(&table->scratch);
}

void vmmap_render_table(struct vmmap_buffer *buffer, const struct vmmap_view *view, bool color)
{
    struct table table = begin_table(buffer, view, color, "  Offset ");
    for (size_t i = 0; i < view->selection->count; i++) {
        const struct vmmap_row row = vmmap_selection_row(view->selection, i);
        const struct vmmap_region *region = &view->map->regions[row.index];
        if (view->changes)
            append_change(&table, vmmap_change_name(view->changes[row.index].kind));
        begin_row(&table, row.matched, region);
        append_region_range(&table, region);
        append_offset(&table, region);
        append_physical(&table, region);
        append_name(&table, region);
        append_before(&table, row.index);
        end_row(&table, row.matched, region->start, region);
    }
    end_table(&table);
}

/* What a span adds to the columns that every row has. */
static void append_span_note(struct table *table, const struct vmmap_span *span,
                             const struct vmmap_region *region)
{
    switch (span->kind) {
    case VMMAP_SPAN_ADJACENT:
        vmmap_buffer_append_string(table->buffer, "ADJACENT ");
        append_size(table->buffer, span->last - span->run_start, 11);
        break;
    case VMMAP_SPAN_GUARD:
        vmmap_buffer_append_string(table->buffer, "GUARD               ");
        break;
    case VMMAP_SPAN_GAP:
        vmmap_buffer_append_string(table->buffer, "GAP");
        return;
    case VMMAP_SPAN_REGION:
        vmmap_buffer_append_spaces(table->buffer, strlen("ADJACENT Accumulated"));
        break;
    }
    vmmap_buffer_append(table->buffer, " ", 1);
    append_physical(table, region);
    append_name(table, region);
}

void vmmap_render_layout(struct vmmap_buffer *buffer, const struct vmmap_view *view, bool color)
{
    struct table table = begin_table(buffer, view, color, "Note     Accumulated ");
    const struct vmmap_layout *layout = view->layout;
    size_t gaps = 0;
    for (size_t i = 0; i < layout->count; i++) {
        const struct vmmap_span *span = &layout->spans[i];
        bool is_gap = span->kind == VMMAP_SPAN_GAP;
        const struct vmmap_region *region = is_gap ? NULL : &view->map->regions[span->index];
        gaps += is_gap;
        begin_row(&table, span->matched, region);
        if (region)
            append_region_range(&table, region);
        else
            append_range(&table, span->start, span->last, "    ");
        append_span_note(&table, span, region);
        end_row(&table, span->matched, span->start, region);
    }
    vmmap_buffer_printf(buffer, "Total: %zu pages, 0x", layout->count - gaps);
    if (layout->count > gaps)
        append_size(buffer, layout->mapped - 1, 1);
    else
        vmmap_buffer_append(buffer, "0", 1);
    vmmap_buffer_printf(buffer, " mapped; %zu gaps, 0x%" PRIx64 " unmapped\n", gaps,
                        layout->unmapped);
    end_table(&table);
}
