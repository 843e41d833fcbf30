/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/linux_sections.h"

#include <string.h>

enum { PAGE = 0x1000 };

const struct vmmap_linux_section vmmap_linux_sections[VMMAP_LINUX_SECTION_COUNT] = {
    {"[kernel .text]", "_stext", "_etext"},
    {"[kernel .rodata]", "__start_rodata", "__end_rodata"},
    {"[kernel .data]", "_sdata", "_edata"},
    {"[kernel .bss]", "__bss_start", "__bss_stop"},
};

static const struct vmmap_kernel_area *find_area(const struct vmmap_kernel_layout *layout,
                                                 const char *name)
{
    for (size_t i = 0; i < layout->count; i++) {
        if (strcmp(layout->areas[i].name, name) == 0)
            return &layout->areas[i];
    }
    return NULL;
}

/* Whether the bounds that are known may be those of this image. */
static bool fit(const struct vmmap_linux_section_bounds *bounds,
                const struct vmmap_kernel_area *image)
{
    uint64_t reached = image->start;
    for (size_t i = 0; i < VMMAP_LINUX_SECTION_COUNT; i++) {
        if (bounds[i].start == 0 || bounds[i].end == 0)
            continue;
        if (bounds[i].start < reached || bounds[i].end <= bounds[i].start ||
            bounds[i].end - 1 > image->last)
            return false;
        reached = bounds[i].end;
    }
    return true;
}

void vmmap_linux_sections_add(
    const struct vmmap_linux_section_bounds bounds[VMMAP_LINUX_SECTION_COUNT],
    struct vmmap_kernel_layout *layout)
{
    const struct vmmap_kernel_area *image = find_area(layout, "[kernel]");
    struct vmmap_kernel_area *previous = NULL;
    if (!image || !fit(bounds, image))
        return;
    for (size_t i = 0; i < VMMAP_LINUX_SECTION_COUNT; i++) {
        if (bounds[i].start == 0 || bounds[i].end == 0)
            continue;
        struct vmmap_kernel_area area = {.name = vmmap_linux_sections[i].name,
                                         .start = bounds[i].start,
                                         .last = bounds[i].end - 1};
        if (previous && area.start <= previous->last) { /* which is the last byte of a page */
            area.start = previous->last + 1;
            previous->last -= PAGE;
        }
        const size_t count = layout->count;
        vmmap_kernel_layout_add(layout, &area);
        if (layout->count > count)
            previous = &layout->areas[count];
    }
}

bool vmmap_linux_sections_are_in(const struct vmmap_kernel_layout *layout)
{
    for (size_t i = 0; i < VMMAP_LINUX_SECTION_COUNT; i++) {
        if (find_area(layout, vmmap_linux_sections[i].name))
            return true;
    }
    return false;
}
