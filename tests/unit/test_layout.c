/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "support.h"
#include "view.h"

#define LEGEND "LEGEND: STACK | HEAP | CODE | DATA | WX | RODATA\n"

static char *layout_text(const struct test_view *test, bool color)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_render_layout(&buffer, &test->view, color);
    return take_text(&buffer);
}

#define assert_layout(test, wanted)                                                                \
    do {                                                                                           \
        char *text_ = layout_text(test, false);                                                    \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
        text_ = layout_text(test, true);                                                           \
        ck_assert_ptr_nonnull(strchr(text_, '\033'));                                              \
        strip_sgr(text_);                                                                          \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

static const char rows[] = "1000-1fff r--p 0 /a\n"
                           "2000-3fff r-xp 0 /a\n"
                           "4000-4fff ---p 0 - # guard page of thread 2\n"
                           "5000-5fff rw-p 0 - # stack of thread 2\n"
                           "8000-8fff ???? 0 /b\n";

START_TEST(the_layout_of_a_whole_map)
{
    struct test_view test;
    test_view_init(&test, rows, (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, true);
    assert_ok(vmmap_map_add_note(test.map, "A note."));
    assert_layout(
        &test, LEGEND
        "             Start                End Perm     Size Note     Accumulated File\n"
        "0x0000000000001000 0x0000000000002000 r--p     1000                      /a\n"
        "0x0000000000002000 0x0000000000004000 r-xp     2000 ADJACENT        3000 /a\n"
        "0x0000000000004000 0x0000000000005000 ---p     1000 GUARD                [anon_00004] "
        "(guard page of thread 2)\n"
        "0x0000000000005000 0x0000000000006000 rw-p     1000                      [anon_00005] "
        "(stack of thread 2)\n"
        "0x0000000000006000 0x0000000000008000          2000 GAP\n"
        "0x0000000000008000 0x0000000000009000 ????     1000                      /b\n"
        "Total: 5 pages, 0x6000 mapped; 1 gaps, 0x2000 unmapped\n"
        "note: A note.\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(an_address_in_a_gap_is_marked)
{
    struct test_view test;
    test_view_init(&test, rows,
                   (struct vmmap_filter){.kind = VMMAP_FILTER_ADDRESS, .address = 0x6008}, true);
    assert_layout(
        &test, LEGEND
        "                Start                End Perm     Size Note     Accumulated File\n"
        "   0x0000000000005000 0x0000000000006000 rw-p     1000                      [anon_00005] "
        "(stack of thread 2)\n"
        "-> 0x0000000000006000 0x0000000000008000          2000 GAP +0x8\n"
        "   0x0000000000008000 0x0000000000009000 ????     1000                      /b\n"
        "Total: 2 pages, 0x2000 mapped; 1 gaps, 0x2000 unmapped\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(the_whole_space_is_counted_without_overflow)
{
    struct test_view test;
    test_view_init(&test,
                   "0-7fffffffffffffff rw-p ? a\n8000000000000000-ffffffffffffffff rw-p ? b\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, true);
    assert_layout(
        &test, LEGEND
        "             Start                End Perm     Size Note     Accumulated File\n"
        "0x0000000000000000 0x8000000000000000 rw-p 8000000000000000                      a\n"
        "0x8000000000000000 0xffffffffffffffff rw-p 8000000000000000 ADJACENT 10000000000000000 b\n"
        "Total: 2 pages, 0x10000000000000000 mapped; 0 gaps, 0x0 unmapped\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(nothing_shown_is_nothing_mapped)
{
    struct test_view test;
    test_view_init(&test, rows, (struct vmmap_filter){.kind = VMMAP_FILTER_NAME, .name = "nowhere"},
                   true);
    assert_layout(
        &test,
        LEGEND "                Start                End Perm     Size Note     Accumulated File\n"
               "Total: 0 pages, 0x0 mapped; 0 gaps, 0x0 unmapped\n");
    test_view_deinit(&test);
}
END_TEST

int main(void)
{
    return RUN_TESTS("layout", the_layout_of_a_whole_map, an_address_in_a_gap_is_marked,
                     the_whole_space_is_counted_without_overflow, nothing_shown_is_nothing_mapped);
}
