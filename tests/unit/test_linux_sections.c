/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/linux_sections.h"

#include <inttypes.h>

#include "support.h"

#define BOUNDS(...) ((const struct vmmap_linux_section_bounds[]){__VA_ARGS__})

/* A layout with an image of 0x100000 bytes at 0x1000000, and something else below. */
static struct vmmap_kernel_layout with_image(void)
{
    const struct vmmap_kernel_area areas[] = {
        {.name = "[user]", .start = 0, .last = 0xffffff},
        {.name = "[kernel]", .start = 0x1000000, .last = 0x10fffff},
    };
    struct vmmap_kernel_layout layout = {.count = 0};
    vmmap_kernel_layout_add(&layout, &areas[0]);
    vmmap_kernel_layout_add(&layout, &areas[1]);
    return layout;
}

/* The areas after the two that were there are these. */
static void check(struct vmmap_kernel_layout layout,
                  const struct vmmap_linux_section_bounds *bounds, const char *wanted)
{
    const size_t before = layout.count;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    ck_assert(!vmmap_linux_sections_are_in(&layout));
    vmmap_linux_sections_add(bounds, &layout);
    for (size_t i = before; i < layout.count; i++) {
        const struct vmmap_kernel_area *area = &layout.areas[i];
        ck_assert_int_eq(area->rule, VMMAP_KERNEL_AREA_ANY);
        vmmap_buffer_printf(&text, "%" PRIx64 "-%" PRIx64 " %s\n", area->start, area->last,
                            area->name);
    }
    ck_assert_int_eq(vmmap_linux_sections_are_in(&layout), layout.count > before);
    assert_buffer(&text, wanted);
    vmmap_buffer_deinit(&text);
}

START_TEST(all_four)
{
    check(with_image(),
          BOUNDS({0x1000040, 0x1020001}, {0x1030000, 0x1040000}, {0x1050000, 0x1060000},
                 {0x1061000, 0x1100000}),
          "1000000-1020fff [kernel .text]\n1030000-103ffff [kernel .rodata]\n"
          "1050000-105ffff [kernel .data]\n1061000-10fffff [kernel .bss]\n");
}
END_TEST

START_TEST(a_page_of_two_sections_is_in_neither)
{
    check(with_image(),
          BOUNDS({0x1000000, 0x1020010}, {0x1020010, 0x1040000}, {0x1040000, 0x1060001},
                 {0x1060f00, 0x1100000}),
          "1000000-101ffff [kernel .text]\n1021000-103ffff [kernel .rodata]\n"
          "1040000-105ffff [kernel .data]\n1061000-10fffff [kernel .bss]\n");
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
    check(with_image(), BOUNDS({0}, {0x1030000, 0x1040000}, {0x1050000, 0}, {0, 0x1100000}),
          "1030000-103ffff [kernel .rodata]\n");
    check(with_image(), BOUNDS({0}, {0}, {0}, {0}), "");
}
END_TEST

START_TEST(bounds_of_another_kernel_add_nothing)
{
    const struct vmmap_linux_section_bounds right = {0x1000000, 0x1020000};
    check(with_image(), BOUNDS({0xfff000, 0x1020000}, {0}, {0}, {0}), "");
    check(with_image(), BOUNDS(right, {0x101f000, 0x1040000}, {0}, {0}), "");
    check(with_image(), BOUNDS(right, {0x1040000, 0x1040000}, {0}, {0}), "");
    check(with_image(), BOUNDS(right, {0x1040000, 0x1030000}, {0}, {0}), "");
    check(with_image(), BOUNDS(right, {0}, {0}, {0x1060000, 0x1100001}), "");
    check((struct vmmap_kernel_layout){.count = 0}, BOUNDS(right, {0}, {0}, {0}), "");
}
END_TEST

START_TEST(a_layout_that_is_full)
{
    struct vmmap_kernel_layout layout = with_image();
    const struct vmmap_kernel_area more = {.name = "[efi]", .start = 1, .last = 2};
    while (layout.count < VMMAP_KERNEL_MAX_AREAS - 1)
        vmmap_kernel_layout_add(&layout, &more);
    check(layout, BOUNDS({0x1000000, 0x1020010}, {0x1020010, 0x1040000}, {0}, {0}),
          "1000000-101ffff [kernel .text]\n");
}
END_TEST

int main(void)
{
    return RUN_TESTS("linux_sections", all_four, a_page_of_two_sections_is_in_neither,
                     what_is_not_known_is_left_out, bounds_of_another_kernel_add_nothing,
                     a_layout_that_is_full);
}
