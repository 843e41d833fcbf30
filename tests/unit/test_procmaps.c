/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/procmaps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

/* The line as "START-LAST PERMS OFFSET inode N [NAME]", or "no line". */
static char *parsed_text(const char *line, size_t size)
{
    /* Not NUL-terminated and no byte longer than it is, so that reading on is noticed. */
    char *copy = malloc(size ? size : 1);
    memcpy(copy, line, size);
    struct vmmap_procmaps_entry entry;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    if (vmmap_procmaps_parse(copy, size, &entry)) {
        char perms[5];
        vmmap_perms_format(entry.perms, perms);
        vmmap_buffer_printf(
            &text, "%" PRIx64 "-%" PRIx64 " %s %" PRIx64 " inode %" PRIu64 " [%.*s]", entry.start,
            entry.last, perms, entry.offset, entry.inode, (int)entry.name_size, entry.name);
    } else {
        vmmap_buffer_append_string(&text, "no line");
    }
    free(copy);
    return take_text(&text);
}

#define assert_parsed(line, wanted)                                                                \
    do {                                                                                           \
        char *text_ = parsed_text(line, strlen(line));                                             \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(an_ordinary_line_is_understood)
{
    assert_parsed("7f1c5a400000-7f1c5a428000 r--p 00000000 fe:00 1311772                    "
                  "/usr/lib/x86_64-linux-gnu/libc.so.6",
                  "7f1c5a400000-7f1c5a427fff r--p 0 inode 1311772 "
                  "[/usr/lib/x86_64-linux-gnu/libc.so.6]");
    assert_parsed("7f1c5a428000-7f1c5a57d000 rwxs 00028000 103:02 18446744073709551615       /a",
                  "7f1c5a428000-7f1c5a57cfff rwxs 28000 inode 18446744073709551615 [/a]");
}
END_TEST

START_TEST(anonymous_memory_has_no_name)
{
    /* The kernel ends the line with one space after the inode where there is no name. */
    assert_parsed("7ffff7d80000-7ffff7d83000 rw-p 00000000 00:00 0 ",
                  "7ffff7d80000-7ffff7d82fff rw-p 0 inode 0 []");
    assert_parsed("7ffff7d80000-7ffff7d83000 ---p 00000000 00:00 0",
                  "7ffff7d80000-7ffff7d82fff ---p 0 inode 0 []");
}
END_TEST

START_TEST(names_are_taken_as_they_are)
{
    static const char *const names[] = {
        "/tmp/my file",
        "/tmp/two  spaces and a trailing one ",
        "/tmp/new\\012line",
        "/tmp/back\\slash",
        "/tmp/really (deleted)",
        "/tmp/gone (deleted) (deleted)",
        "[heap]",
        "[stack]",
        "[vdso]",
        "[vsyscall]",
        "[anon:dalvik-main space (region space)]",
        "[anon_shmem:name]",
        "/memfd:x y (deleted)",
        "/SYSV00000000 (deleted)",
        "/dev/zero (deleted)",
        "anon_inode:[perf_event]",
        "/tmp/\xff\xfe\x01\x1b[31m",
        "/tmp/tab\tin it",
        "0-1 r--p 0 0:0 0",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char line[200], wanted[200];
        snprintf(line, sizeof(line), "00400000-00401000 r-xp 00001000 fe:00 7    %s", names[i]);
        snprintf(wanted, sizeof(wanted), "400000-400fff r-xp 1000 inode 7 [%s]", names[i]);
        assert_parsed(line, wanted);
    }
}
END_TEST

START_TEST(addresses_may_be_short_or_long)
{
    assert_parsed("08048000-08049000 r-xp 00000000 fe:00 7 /bin/x86",
                  "8048000-8048fff r-xp 0 inode 7 [/bin/x86]");
    assert_parsed("0-1 r--p 0 0:0 0 x", "0-0 r--p 0 inode 0 [x]");
    assert_parsed("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  "
                  "[vsyscall]",
                  "ffffffffff600000-ffffffffff600fff --xp 0 inode 0 [[vsyscall]]");
    assert_parsed("0-ffffffffffffffff r--p ffffffffffffffff ffffffff:ffffffff 0 x",
                  "0-fffffffffffffffe r--p ffffffffffffffff inode 0 [x]");
}
END_TEST

START_TEST(a_name_can_be_longer_than_a_page)
{
    enum { NAME_SIZE = 20000 };
    static const char head[] = "00400000-00401000 r-xp 00001000 fe:00 7    ";
    char *line = malloc(sizeof(head) + NAME_SIZE);
    memcpy(line, head, sizeof(head) - 1);
    memset(line + sizeof(head) - 1, 'n', NAME_SIZE);
    struct vmmap_procmaps_entry entry;
    ck_assert(vmmap_procmaps_parse(line, sizeof(head) - 1 + NAME_SIZE, &entry));
    ck_assert_ptr_eq(entry.name, line + sizeof(head) - 1);
    ck_assert_uint_eq(entry.name_size, NAME_SIZE);
    free(line);
}
END_TEST

START_TEST(what_is_no_line_is_refused)
{
    static const char *const lines[] = {
        "",
        " ",
        "hello",
        "00400000-00401000",
        "00400000-00401000 ",
        "00400000-00401000 r-xp",
        "00400000-00401000 r-xp 0",
        "00400000-00401000 r-xp 0 fe:00",
        "00400000-00401000 r-xp 0 fe:00 ",
        "00400000-00401000 r-xp 0 fe:00 x",
        "00400000-00401000 r-xp 0 fe-00 7 /a",
        "00400000-00401000 r-xp 0 fe:00 7/a",
        "00400000-00401000 r-x 0 fe:00 7 /a",
        "00400000-00401000 r-xpp 0 fe:00 7 /a",
        "00400000-00401000 r?xp 0 fe:00 7 /a",
        "00400000-00401000 xr-p 0 fe:00 7 /a",
        "00400000-00401000  r-xp 0 fe:00 7 /a",
        " 00400000-00401000 r-xp 0 fe:00 7 /a",
        "00400000 00401000 r-xp 0 fe:00 7 /a",
        "0x400000-0x401000 r-xp 0 fe:00 7 /a",
        "-00401000 r-xp 0 fe:00 7 /a",
        "00400000- r-xp 0 fe:00 7 /a",
        /* Empty and reversed ranges, and numbers of more than 64 bits. */
        "00401000-00401000 r-xp 0 fe:00 7 /a",
        "00401000-00400000 r-xp 0 fe:00 7 /a",
        "0-0 r-xp 0 fe:00 7 /a",
        "0-10000000000000000 r-xp 0 fe:00 7 /a",
        "00400000-00401000 r-xp 10000000000000000 fe:00 7 /a",
        "00400000-00401000 r-xp 0 fe:00 18446744073709551616 /a",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_parsed(lines[i], "no line");
}
END_TEST

START_TEST(every_prefix_of_a_line_is_refused_or_has_less_of_the_name)
{
    static const char line[] = "00400000-00401000 r-xp 00001000 fe:00 1234 /a";
    const size_t complete = strlen("00400000-00401000 r-xp 00001000 fe:00 1");
    for (size_t size = 0; size < strlen(line); size++) {
        char *text = parsed_text(line, size);
        ck_assert_msg((strcmp(text, "no line") == 0) == (size < complete), "%zu: %s", size, text);
        free(text);
    }
}
END_TEST

START_TEST(a_refused_line_leaves_the_result_alone)
{
    struct vmmap_procmaps_entry entry, before;
    memset(&entry, 0x5a, sizeof(entry));
    memcpy(&before, &entry, sizeof(entry));
    static const char line[] = "00400000-00401000 r-xp 00001000 fe:00 x";
    ck_assert(!vmmap_procmaps_parse(line, strlen(line), &entry));
    ck_assert_mem_eq(&entry, &before, sizeof(entry));
}
END_TEST

int main(void)
{
    return RUN_TESTS("procmaps", an_ordinary_line_is_understood, anonymous_memory_has_no_name,
                     names_are_taken_as_they_are, addresses_may_be_short_or_long,
                     a_name_can_be_longer_than_a_page, what_is_no_line_is_refused,
                     every_prefix_of_a_line_is_refused_or_has_less_of_the_name,
                     a_refused_line_leaves_the_result_alone);
}
