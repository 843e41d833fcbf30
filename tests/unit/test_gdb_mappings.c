/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/gdb_mappings.h"

#include <inttypes.h>
#include <string.h>

#include "support.h"

/* All rows that are found in the text, each as "START-LAST PERMS OFFSET [NAME]". */
static char *rows_of(const char *text)
{
    const size_t size = strlen(text);
    char *copy = malloc(size ? size : 1); /* without a NUL, so that reading on is noticed */
    memcpy(copy, text, size);
    struct vmmap_gdb_mappings mappings;
    struct vmmap_gdb_mappings_entry entry;
    struct vmmap_buffer rows = VMMAP_BUFFER_INIT;
    vmmap_gdb_mappings_init(&mappings, copy, size);
    while (vmmap_gdb_mappings_next(&mappings, &entry)) {
        char perms[5];
        vmmap_perms_format(entry.perms, perms);
        vmmap_buffer_printf(&rows, "%" PRIx64 "-%" PRIx64 " %s %" PRIx64 " [%.*s]\n", entry.start,
                            entry.last, perms, entry.offset, (int)entry.name_size, entry.name);
    }
    ck_assert(!vmmap_gdb_mappings_next(&mappings, &entry));
    free(copy);
    return take_text(&rows);
}

#define assert_read(text, wanted)                                                                  \
    do {                                                                                           \
        char *rows_ = rows_of(text);                                                               \
        ck_assert_str_eq(rows_, wanted);                                                           \
        free(rows_);                                                                               \
    } while (0)

START_TEST(gdb_7_to_11_prints_no_permissions)
{
    assert_read("process 4242\n"
                "Mapped address spaces:\n"
                "\n"
                "          Start Addr           End Addr       Size     Offset objfile\n"
                "      0x555555554000     0x555555556000     0x2000        0x0 /usr/bin/cat\n"
                "      0x555555560000     0x555555581000    0x21000        0x0 [heap]\n"
                "      0x7ffff7d80000     0x7ffff7d83000     0x3000        0x0 \n"
                "      0x7ffff7f00000     0x7ffff7f01000     0x1000     0x2000 /tmp/my file\n"
                "  0xffffffffff600000 0xffffffffff601000     0x1000        0x0 [vsyscall]\n",
                "555555554000-555555555fff ???? 0 [/usr/bin/cat]\n"
                "555555560000-555555580fff ???? 0 [[heap]]\n"
                "7ffff7d80000-7ffff7d82fff ???? 0 []\n"
                "7ffff7f00000-7ffff7f00fff ???? 2000 [/tmp/my file]\n"
                "ffffffffff600000-ffffffffff600fff ???? 0 [[vsyscall]]\n");
}
END_TEST

START_TEST(gdb_7_prints_32_bit_addresses_the_same_way)
{
    assert_read("\tStart Addr   End Addr       Size     Offset objfile\n"
                "\t 0x8048000  0x8049000     0x1000        0x0 /bin/a\n"
                "\t0xfffdd000 0xffffe000    0x21000        0x0 [stack]\n",
                "8048000-8048fff ???? 0 [/bin/a]\n"
                "fffdd000-ffffdfff ???? 0 [[stack]]\n");
}
END_TEST

START_TEST(gdb_12_to_15_print_permissions)
{
    assert_read(
        "process 4242\n"
        "Mapped address spaces:\n"
        "\n"
        "          Start Addr           End Addr       Size     Offset  Perms  objfile\n"
        "      0x555555554000     0x555555556000     0x2000        0x0  r--p   /usr/bin/cat\n"
        "      0x555555556000     0x55555555b000     0x5000     0x2000  r-xp   /usr/bin/cat\n"
        "      0x7ffff7d80000     0x7ffff7d83000     0x3000        0x0  rw-s   \n"
        "      0x7ffff7f00000     0x7ffff7f01000     0x1000        0x0  ---p\n"
        "  0xffffffffff600000 0xffffffffff601000     0x1000        0x0  --xp   [vsyscall]\n",
        "555555554000-555555555fff r--p 0 [/usr/bin/cat]\n"
        "555555556000-55555555afff r-xp 2000 [/usr/bin/cat]\n"
        "7ffff7d80000-7ffff7d82fff rw-s 0 []\n"
        "7ffff7f00000-7ffff7f00fff ---p 0 []\n"
        "ffffffffff600000-ffffffffff600fff --xp 0 [[vsyscall]]\n");
}
END_TEST

START_TEST(a_core_has_another_heading_and_no_permissions)
{
    assert_read("Mapped address spaces:\n"
                "\n"
                "          Start Addr           End Addr       Size     Offset objfile\n"
                "      0x555555554000     0x555555556000     0x2000        0x0 /usr/bin/cat\n",
                "555555554000-555555555fff ???? 0 [/usr/bin/cat]\n");
}
END_TEST

START_TEST(gdb_16_aligns_to_the_left_and_pads)
{
    assert_read(
        "process 4242\n"
        "Mapped address spaces:\n"
        "\n"
        "Start Addr         End Addr           Size     Offset   Perms File              \n"
        "0x0000555555554000 0x0000555555556000 0x2000   0x0      r--p  /usr/bin/cat      \n"
        "0x0000555555556000 0x000055555555b000 0x5000   0x2000   r-xp  /tmp/my file      \n"
        "0x00007ffff7d80000 0x00007ffff7d83000 0x3000   0x0      rw-p                    \n"
        "0xffffffffff600000 0xffffffffff601000 0x1000   0x0      --xp  [vsyscall]        \n",
        "555555554000-555555555fff r--p 0 [/usr/bin/cat]\n"
        "555555556000-55555555afff r-xp 2000 [/tmp/my file]\n"
        "7ffff7d80000-7ffff7d82fff rw-p 0 []\n"
        "ffffffffff600000-ffffffffff600fff --xp 0 [[vsyscall]]\n");
}
END_TEST

START_TEST(freebsd_prints_flags)
{
    assert_read("process 4242\n"
                "Mapped address spaces:\n"
                "\n"
                "          Start Addr           End Addr       Size     Offset   Flags   File\n"
                "            0x200000           0x201000     0x1000        0x0  r-- CN--- /bin/a\n"
                "            0x201000           0x202000     0x1000        0x0  r-x C---- /bin/a\n"
                "      0x7fffdffff000     0x7ffffffff000 0x20000000        0x0  --- ----- \n"
                "      0x7ffffffdf000     0x7ffffffff000    0x20000        0x0  rw- ---D-\n",
                "200000-200fff r--? 0 [/bin/a]\n"
                "201000-201fff r-x? 0 [/bin/a]\n"
                "7fffdffff000-7fffffffefff ---? 0 []\n"
                "7ffffffdf000-7fffffffefff rw-? 0 []\n");
}
END_TEST

static const char header[] = "Start Addr End Addr Size Offset Perms File\n";

#define assert_no_row(line)                                                                        \
    do {                                                                                           \
        struct vmmap_buffer text_ = VMMAP_BUFFER_INIT;                                             \
        vmmap_buffer_printf(&text_, "%s%s\n0x1 0x2 0x1 0x0 r--p last\n", header, line);            \
        char *whole_ = take_text(&text_);                                                          \
        assert_read(whole_, "1-1 r--p 0 [last]\n");                                                \
        free(whole_);                                                                              \
    } while (0)

START_TEST(lines_that_are_no_rows_are_passed_over)
{
    assert_no_row("");
    assert_no_row("warning: unable to open /proc file");
    assert_no_row("Start Addr End Addr Size Offset Perms File");
    assert_no_row("0x1000 0x2000 0x1000");
    assert_no_row("0x1000 0x2000 0x1000 0x0");
    assert_no_row("0x1000 0x2000 0x1000 0x0 r-");
    assert_no_row("0x1000 0x2000 0x1000 0x0 /bin/a");
    assert_no_row("1000 2000 1000 0 r--p /bin/a");
    assert_no_row("0x2000 0x1000 0x1000 0x0 r--p /bin/a");
    assert_no_row("0x1000 0x1000 0x0 0x0 r--p /bin/a");
    assert_no_row("0x 0x1000 0x0 0x0 r--p /bin/a");
    assert_no_row("0x1000 0x10000000000000000 0x0 0x0 r--p /bin/a");
}
END_TEST

START_TEST(without_a_header_there_is_nothing)
{
    assert_read("", "");
    assert_read("\n\n\n", "");
    assert_read("0x1000 0x2000 0x1000 0x0 r--p /bin/a\n", "");
    assert_read("Start Addr\n0x1000 0x2000 0x1000 0x0 r--p /bin/a\n", "");
    assert_read("No mappings.\n", "");
}
END_TEST

START_TEST(letters_that_are_no_permissions_are_not_known)
{
    assert_read("Start Addr End Addr Size Offset Perms File\n0x1000 0x2000 0x1000 0x0 zzzz /a\n",
                "1000-1fff ???? 0 [/a]\n");
}
END_TEST

START_TEST(no_text_has_no_rows)
{
    struct vmmap_gdb_mappings mappings;
    struct vmmap_gdb_mappings_entry entry;
    vmmap_gdb_mappings_init(&mappings, NULL, 0);
    ck_assert(!vmmap_gdb_mappings_next(&mappings, &entry));
}
END_TEST

int main(void)
{
    return RUN_TESTS("gdb_mappings", gdb_7_to_11_prints_no_permissions,
                     gdb_7_prints_32_bit_addresses_the_same_way, gdb_12_to_15_print_permissions,
                     a_core_has_another_heading_and_no_permissions,
                     gdb_16_aligns_to_the_left_and_pads, freebsd_prints_flags,
                     lines_that_are_no_rows_are_passed_over, without_a_header_there_is_nothing,
                     letters_that_are_no_permissions_are_not_known, no_text_has_no_rows);
}
