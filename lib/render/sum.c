/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The totals of a selection:
 *
 *            Size    Pages File
 *          1d9000        5 /usr/lib/libc.so.6
 */

#include "render/render.h"
#include "render/text.h"

enum { TOTAL_WIDTH = 16 };

/* 0 stands for 2^64. */
static void append_size(struct vmmap_buffer *buffer, uint64_t size, size_t width)
{
    if (size == 0)
        vmmap_buffer_append_string(buffer, "10000000000000000");
    else
        vmmap_buffer_append_hex(buffer, size, width, ' ');
}

static void append_total(struct vmmap_buffer *buffer, const struct vmmap_total *total,
                         const char *what)
{
    append_size(buffer, total->size, TOTAL_WIDTH);
    vmmap_buffer_printf(buffer, " %8zu ", total->count);
    vmmap_text_append_escaped(buffer, what);
    vmmap_buffer_append(buffer, "\n", 1);
    vmmap_buffer_end_line(buffer);
}

static void append_names(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const struct vmmap_sum *sum = view->sum;
    vmmap_buffer_append_string(buffer, "            Size    Pages File\n");
    for (size_t i = 0; i < sum->name_count; i++)
        append_total(buffer, &sum->names[i],
                     vmmap_region_group_name(&view->map->regions[sum->names[i].first]));
}

static void append_perms(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const struct vmmap_sum *sum = view->sum;
    char perms[5];
    vmmap_buffer_append_string(buffer, "\n            Size    Pages Perm\n");
    for (size_t i = 0; i < sum->perms_count; i++) {
        vmmap_perms_format(view->map->regions[sum->perms[i].first].perms, perms);
        append_total(buffer, &sum->perms[i], perms);
    }
}

/* The end is exclusive, but for the top of a 64-bit space. */
static void append_range(struct vmmap_buffer *buffer, const struct vmmap_view *view, uint64_t start,
                         uint64_t last)
{
    const size_t digits = view->map->address_bits / 4;
    vmmap_buffer_append_string(buffer, "0x");
    vmmap_buffer_append_hex(buffer, start, digits, '0');
    vmmap_buffer_append_string(buffer, " 0x");
    vmmap_buffer_append_hex(buffer, last == UINT64_MAX ? last : last + 1, digits, '0');
    vmmap_buffer_append_string(buffer, ", 0x");
    append_size(buffer, last - start + 1, 1);
}

void vmmap_render_sum(struct vmmap_buffer *buffer, const struct vmmap_view *view)
{
    const struct vmmap_sum *sum = view->sum;
    const struct vmmap_region *largest = &view->map->regions[sum->largest];
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    append_names(buffer, view);
    append_perms(buffer, view);
    vmmap_buffer_printf(buffer, "\nTotal: %zu pages, 0x", sum->all.count);
    append_size(buffer, sum->all.size, 1);
    vmmap_buffer_append_string(buffer, "\nLargest page: ");
    append_range(buffer, view, largest->start, largest->last);
    vmmap_buffer_append(buffer, " ", 1);
    vmmap_text_append_escaped(buffer, vmmap_region_name(largest, scratch));
    vmmap_buffer_append(buffer, "\n", 1);
    if (sum->has_gap) {
        vmmap_buffer_append_string(buffer, "Largest gap: ");
        append_range(buffer, view, sum->gap_start, sum->gap_last);
        vmmap_buffer_append(buffer, "\n", 1);
    }
    vmmap_render_notes(buffer, view);
}
