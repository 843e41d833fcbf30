/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support.h"
#include "view.h"

static const char rows[] = "1000-1fff r--p 0 /a,b\n"
                           "2000-2fff rw-p ? /say\"so\n"
                           "3000-3fff ---p 0 -\n"
                           "6000-6fff rw-p 0 - # stack of thread 2\n"
                           "fffffffffffff000-ffffffffffffffff r--p 0 /a\x1b\n";

static char *csv_text(struct test_view *test)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_render_csv(&buffer, &test->view);
    test_view_deinit(test);
    return take_text(&buffer);
}

#define assert_csv(test, wanted)                                                                   \
    do {                                                                                           \
        char *text_ = csv_text(test);                                                              \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(fields_are_quoted_and_escaped)
{
    struct test_view test;
    test_view_init(&test, rows, (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, false);
    assert_csv(&test, "start,end,size,perms,offset,name,label,origin\n"
                      "0x1000,0x2000,0x1000,r--p,0x0,\"/a,b\",,procfs\n"
                      "0x2000,0x3000,0x1000,rw-p,,\"/say\"\"so\",,procfs\n"
                      "0x3000,0x4000,0x1000,---p,0x0,[anon_00003],,procfs\n"
                      "0x6000,0x7000,0x1000,rw-p,0x0,[anon_00006],stack of thread 2,procfs\n"
                      "0xfffffffffffff000,0x10000000000000000,0x1000,r--p,0x0,/a\\033,,procfs\n");
}
END_TEST

START_TEST(columns_of_what_was_asked_for)
{
    static const struct vmmap_register registers[] = {{"sp", 0x6008}, {"a0", 0x6000}, {"pc", 1}};
    struct test_view test;
    test_view_init(&test, rows,
                   (struct vmmap_filter){.kind = VMMAP_FILTER_ADDRESS, .address = 0x6000}, true);
    test.view.physical = true;
    test.view.registers = registers;
    test.view.register_count = 3;
    test.map->regions[3].has_physical = true;
    test.map->regions[3].physical = 0x12000;
    assert_csv(&test, "start,end,size,perms,offset,name,label,origin,physical,matched,note,"
                      "accumulated\n"
                      "0x6000,0x7000,0x1000,rw-p,0x0,[anon_00006],stack of thread 2 <- $sp $a0,"
                      "procfs,0x12000,true,,0x1000\n");
}
END_TEST

START_TEST(spans_with_their_gaps)
{
    struct test_view test;
    test_view_init(&test, rows,
                   (struct vmmap_filter){.kind = VMMAP_FILTER_ADDRESS, .address = 0x4000}, true);
    test.view.physical = true;
    assert_csv(&test, "start,end,size,perms,offset,name,label,origin,physical,matched,note,"
                      "accumulated\n"
                      "0x3000,0x4000,0x1000,---p,0x0,[anon_00003],,procfs,,false,GUARD,0x1000\n"
                      "0x4000,0x6000,0x2000,,,,,,,true,GAP,0x2000\n"
                      "0x6000,0x7000,0x1000,rw-p,0x0,[anon_00006],stack of thread 2,procfs,,false,"
                      ",0x1000\n");
}
END_TEST

START_TEST(a_run_has_its_accumulated_size)
{
    struct test_view test;
    test_view_init(&test, "1000-1fff r--p 0 /a\n2000-2fff rw-p 0 /a\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, true);
    assert_csv(&test, "start,end,size,perms,offset,name,label,origin,note,accumulated\n"
                      "0x1000,0x2000,0x1000,r--p,0x0,/a,,procfs,,0x1000\n"
                      "0x2000,0x3000,0x1000,rw-p,0x0,/a,,procfs,ADJACENT,0x2000\n");
}
END_TEST

int main(void)
{
    return RUN_TESTS("csv", fields_are_quoted_and_escaped, columns_of_what_was_asked_for,
                     spans_with_their_gaps, a_run_has_its_accumulated_size);
}
