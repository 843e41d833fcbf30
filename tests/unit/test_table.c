/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "support.h"
#include "view.h"

#define LEGEND "LEGEND: STACK | HEAP | CODE | DATA | WX | RODATA\n"

static const char rows[] = "555555554000-555555555fff r--p 0 /usr/bin/cat\n"
                           "555555556000-55555555afff r-xp 2000 /usr/bin/cat\n"
                           "555555560000-555555580fff rw-p 0 [heap]\n"
                           "7ffff7d80000-7ffff7d82fff rwxs 0 -\n"
                           "7ffff7d83000-7ffff7d83fff rw-p 0 - # stack of thread 2\n"
                           "7ffff7e00000-7ffff7e00fff ?\?-? ? /dev/x\n"
                           "7ffffffde000-7fffffffefff rw-p 0 [stack]\n"
                           "ffffffffff600000-ffffffffff600fff --xp 0 [vsyscall]\n";

static char *table_text(const struct test_view *test, bool color)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_render_table(&buffer, &test->view, color);
    return take_text(&buffer);
}

#define assert_table(test, wanted)                                                                 \
    do {                                                                                           \
        char *text_ = table_text(test, false);                                                     \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
        text_ = table_text(test, true);                                                            \
        ck_assert_ptr_nonnull(strchr(text_, '\033'));                                              \
        strip_sgr(text_);                                                                          \
        ck_assert_str_eq(text_, wanted); /* colour changes nothing else */                         \
        free(text_);                                                                               \
    } while (0)

START_TEST(a_whole_map)
{
    struct test_view test;
    test_view_init(&test, rows, (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, false);
    assert_table(
        &test, LEGEND
        "             Start                End Perm     Size   Offset File\n"
        "0x0000555555554000 0x0000555555556000 r--p     2000        0 /usr/bin/cat\n"
        "0x0000555555556000 0x000055555555b000 r-xp     5000     2000 /usr/bin/cat\n"
        "0x0000555555560000 0x0000555555581000 rw-p    21000        0 [heap]\n"
        "0x00007ffff7d80000 0x00007ffff7d83000 rwxs     3000        0 [anon_7ffff7d80]\n"
        "0x00007ffff7d83000 0x00007ffff7d84000 rw-p     1000        0 [anon_7ffff7d83] (stack of "
        "thread 2)\n"
        "0x00007ffff7e00000 0x00007ffff7e01000 ?\?-?     1000        ? /dev/x\n"
        "0x00007ffffffde000 0x00007ffffffff000 rw-p    21000        0 [stack]\n"
        "0xffffffffff600000 0xffffffffff601000 --xp     1000        0 [vsyscall]\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(colours_tell_what_a_region_is)
{
    struct test_view test;
    test_view_init(&test, rows, (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, false);
    char *text = table_text(&test, true);
    ck_assert_str_eq(
        text,
        "LEGEND: \033[33mSTACK\033[0m | \033[34mHEAP\033[0m | \033[31mCODE\033[0m | "
        "\033[35mDATA\033[0m | \033[4mWX\033[0m | RODATA\n"
        "             Start                End Perm     Size   Offset File\n"
        "0x0000555555554000 0x0000555555556000 r--p     2000        0 /usr/bin/cat\n"
        "\033[31m0x0000555555556000 0x000055555555b000 r-xp     5000     2000 /usr/bin/cat\033[0m\n"
        "\033[34m0x0000555555560000 0x0000555555581000 rw-p    21000        0 [heap]\033[0m\n"
        "\033[31m\033[4m0x00007ffff7d80000 0x00007ffff7d83000 rwxs     3000        0 "
        "[anon_7ffff7d80]\033[0m\n"
        "\033[33m0x00007ffff7d83000 0x00007ffff7d84000 rw-p     1000        0 [anon_7ffff7d83] "
        "(stack of thread 2)\033[0m\n"
        "0x00007ffff7e00000 0x00007ffff7e01000 ?\?-?     1000        ? /dev/x\n"
        "\033[33m0x00007ffffffde000 0x00007ffffffff000 rw-p    21000        0 [stack]\033[0m\n"
        "\033[31m0xffffffffff600000 0xffffffffff601000 --xp     1000        0 [vsyscall]\033[0m\n");
    free(text);
    test_view_deinit(&test);
}
END_TEST

START_TEST(an_address_is_marked_with_its_offset)
{
    struct test_view test;
    test_view_init(
        &test, rows,
        (struct vmmap_filter){
            .kind = VMMAP_FILTER_ADDRESS, .address = 0x7ffff7d83010, .before = 1, .after = 1},
        false);
    assert_table(
        &test, LEGEND
        "                Start                End Perm     Size   Offset File\n"
        "   0x00007ffff7d80000 0x00007ffff7d83000 rwxs     3000        0 [anon_7ffff7d80]\n"
        "-> 0x00007ffff7d83000 0x00007ffff7d84000 rw-p     1000        0 [anon_7ffff7d83] (stack "
        "of thread 2) +0x10\n"
        "   0x00007ffff7e00000 0x00007ffff7e01000 ?\?-?     1000        ? /dev/x\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(a_name_is_marked_without_offset)
{
    struct test_view test;
    test_view_init(&test, rows,
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NAME, .name = "cat", .after = 1},
                   false);
    assert_table(&test, LEGEND
                 "                Start                End Perm     Size   Offset File\n"
                 "-> 0x0000555555554000 0x0000555555556000 r--p     2000        0 /usr/bin/cat\n"
                 "-> 0x0000555555556000 0x000055555555b000 r-xp     5000     2000 /usr/bin/cat\n"
                 "   0x0000555555560000 0x0000555555581000 rw-p    21000        0 [heap]\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(the_top_of_the_space_ends_at_its_last_byte)
{
    struct test_view test;
    test_view_init(&test,
                   "0-0 r--p 0 first\n"
                   "fffffffffffff000-ffffffffffffffff r--p ffffffffffffffff top\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_ADDRESS, .address = UINT64_MAX},
                   false);
    assert_table(&test, LEGEND
                 "                Start                End Perm     Size   Offset File\n"
                 "-> 0xfffffffffffff000 0xffffffffffffffff r--p     1000 ffffffffffffffff top "
                 "+0xfff\n");
    test_view_deinit(&test);

    test_view_init(&test, "0-ffffffffffffffff ???? ? -\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, false);
    assert_table(&test,
                 LEGEND "             Start                End Perm     Size   Offset File\n"
                        "0x0000000000000000 0xffffffffffffffff ???? 10000000000000000        ? "
                        "[anon_00000]\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(a_32_bit_map_is_narrower)
{
    struct test_view test;
    test_view_init(&test, "8048000-8048fff r-xp 0 /bin/a\nfffdd000-ffffffff rw-p 0 [stack]\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NAME, .name = "stack", .before = 1},
                   false);
    test.map->address_bits = 32;
    assert_table(&test, LEGEND "        Start        End Perm     Size   Offset File\n"
                               "   0x08048000 0x08049000 r-xp     1000        0 /bin/a\n"
                               "-> 0xfffdd000 0x100000000 rw-p    23000        0 [stack]\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(narrow_pointers_are_no_trouble)
{
    struct test_view test;
    test_view_init(&test, "10-1f r-xp 0 rom\n", (struct vmmap_filter){.kind = VMMAP_FILTER_NONE},
                   false);
    test.map->address_bits = 16;
    assert_table(&test, LEGEND " Start    End Perm     Size   Offset File\n"
                               "0x0010 0x0020 r-xp       10        0 rom\n");
    test.map->address_bits = 8;
    assert_table(&test, LEGEND "Start  End Perm     Size   Offset File\n"
                               "0x10 0x20 r-xp       10        0 rom\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(hostile_names_can_not_drive_the_terminal)
{
    struct test_view test;
    test_view_init(&test,
                   "1000-1fff r--p 0 /a\x1b[2J\x07\n"
                   "2000-2fff r--p 0 /a\x1b[2J\x07\n"
                   "3000-3fff r--p 0 /\xff # label\x1b\n",
                   (struct vmmap_filter){.kind = VMMAP_FILTER_NONE}, false);
    assert_ok(vmmap_map_add_note(test.map, "A note\x1b[m."));
    assert_table(&test, LEGEND
                 "             Start                End Perm     Size   Offset File\n"
                 "0x0000000000001000 0x0000000000002000 r--p     1000        0 /a\\033[2J\\007\n"
                 "0x0000000000002000 0x0000000000003000 r--p     1000        0 /a\\033[2J\\007\n"
                 "0x0000000000003000 0x0000000000004000 r--p     1000        0 /\\377 "
                 "(label\\033)\n"
                 "note: A note\\033[m.\n");
    test_view_deinit(&test);
}
END_TEST

START_TEST(notes_of_the_map_and_of_the_answer_follow)
{
    static const char *const remarks[] = {"A remark."};
    struct test_view test;
    test_view_init(&test, "1000-1fff r--p 0 a\n", (struct vmmap_filter){.kind = VMMAP_FILTER_NONE},
                   false);
    assert_ok(vmmap_map_add_note(test.map, "First."));
    assert_ok(vmmap_map_add_note(test.map, "Second."));
    test.view.remarks = remarks;
    test.view.remark_count = 1;
    assert_table(&test, LEGEND "             Start                End Perm     Size   Offset File\n"
                               "0x0000000000001000 0x0000000000002000 r--p     1000        0 a\n"
                               "note: First.\nnote: Second.\nnote: A remark.\n");
    test_view_deinit(&test);
}
END_TEST

int main(void)
{
    return RUN_TESTS("table", a_whole_map, colours_tell_what_a_region_is,
                     an_address_is_marked_with_its_offset, a_name_is_marked_without_offset,
                     the_top_of_the_space_ends_at_its_last_byte, a_32_bit_map_is_narrower,
                     narrow_pointers_are_no_trouble, hostile_names_can_not_drive_the_terminal,
                     notes_of_the_map_and_of_the_answer_follow);
}
