/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/gdb_sections.h"

#include <inttypes.h>
#include <string.h>

#include "support.h"

/* All rows that are found in the text, each as "START-LAST PERMS SAVED". */
static char *rows_of(const char *text)
{
    const size_t size = strlen(text);
    char *copy = malloc(size ? size : 1); /* without a NUL, so that reading on is noticed */
    memcpy(copy, text, size);
    struct vmmap_gdb_sections sections;
    struct vmmap_gdb_sections_entry entry;
    struct vmmap_buffer rows = VMMAP_BUFFER_INIT;
    vmmap_gdb_sections_init(&sections, copy, size);
    while (vmmap_gdb_sections_next(&sections, &entry)) {
        char perms[5];
        vmmap_perms_format(entry.perms, perms);
        vmmap_buffer_printf(&rows, "%" PRIx64 "-%" PRIx64 " %s %" PRIx64 "\n", entry.start,
                            entry.last, perms, entry.saved);
    }
    free(copy);
    return take_text(&rows);
}

#define assert_read(text, wanted)                                                                  \
    do {                                                                                           \
        char *rows_ = rows_of(text);                                                               \
        ck_assert_str_eq(rows_, wanted);                                                           \
        free(rows_);                                                                               \
    } while (0)

START_TEST(gdb_13_lists_executable_and_core)
{
    assert_read(
        "Exec file: `/tmp/odd', file type elf64-x86-64.\n"
        " [0]      0x00000318->0x00000334 at 0x00000318: .interp ALLOC LOAD READONLY DATA "
        "HAS_CONTENTS\n"
        " [1]      0x00000400->0x00000500 at 0x00000400: load1 ALLOC LOAD HAS_CONTENTS\n"
        "Core file: `/tmp/core', file type elf64-x86-64.\n"
        " [0]      0x00000000->0x000093a0 at 0x000009e0: note0 READONLY HAS_CONTENTS\n"
        " [1]      0x00000000->0x000000d8 at 0x00000a64: .reg/8133 HAS_CONTENTS\n"
        " [18]     0x55cb621d6000->0x55cb621d7000 at 0x0000a000: load1 ALLOC LOAD READONLY "
        "HAS_CONTENTS\n"
        " [19]     0x55cb621d7000->0x55cb621d8000 at 0x0000b000: load2 ALLOC READONLY CODE\n"
        " [22]     0x55cb621da000->0x55cb621db000 at 0x0000c000: load5 ALLOC LOAD HAS_CONTENTS\n"
        " [28]     0x7efc514e1000->0x7efc514f1000 at 0x0102e000: load11 ALLOC\n"
        " [47]     0x7efc517e9000->0x7efc517eb000 at 0x0114f000: load29 ALLOC LOAD CODE "
        "HAS_CONTENTS\n",
        "55cb621d6000-55cb621d6fff ?--? 1000\n"
        "55cb621d7000-55cb621d7fff ?-x? 0\n"
        "55cb621da000-55cb621dafff ?w-? 1000\n"
        "7efc514e1000-7efc514f0fff ?w-? 0\n"
        "7efc517e9000-7efc517eafff ?wx? 2000\n");
}
END_TEST

START_TEST(two_parts_of_one_load_become_one)
{
    assert_read("Core file: `/c', file type elf64-x86-64.\n"
                " [38] 0x7000->0x8000 at 0x1139000: load21a ALLOC LOAD READONLY HAS_CONTENTS\n"
                " [39] 0x8000->0x9000 at 0x113a000: load21b ALLOC READONLY\n"
                " [40] 0x9000->0xa000 at 0x113a000: load22a ALLOC LOAD HAS_CONTENTS\n"
                " [41] 0xb000->0xc000 at 0x113a000: load22b ALLOC\n"
                " [42] 0xd000->0xe000 at 0x113a000: load23a ALLOC LOAD HAS_CONTENTS\n",
                "7000-8fff ?--? 1000\n"
                "9000-9fff ?w-? 1000\n" /* does not adjoin its second part */
                "b000-bfff ?w-? 0\n"
                "d000-dfff ?w-? 1000\n");
}
END_TEST

START_TEST(older_gdbs_break_the_heading_and_number_nothing)
{
    assert_read("Core file:\n"
                "    `/tmp/core', file type elf32-i386.\n"
                "    0x08048000->0x08049000 at 0x0000a000: load1 ALLOC LOAD READONLY CODE "
                "HAS_CONTENTS\n"
                "    0xffafc000->0xffb1d000 at 0x0114d000: load2 ALLOC LOAD HAS_CONTENTS\n",
                "8048000-8048fff ?-x? 1000\n"
                "ffafc000-ffb1cfff ?w-? 21000\n");
}
END_TEST

START_TEST(the_top_of_the_space_ends_at_0)
{
    assert_read("Core file: `/c', file type x.\n"
                " [0] 0xfffffffffffff000->0x0 at 0x0: load1 ALLOC READONLY CODE\n",
                "fffffffffffff000-ffffffffffffffff ?-x? 0\n");
}
END_TEST

#define assert_no_row(line) assert_read("Core file: `/c', file type x.\n" line "\n", "")

START_TEST(lines_that_are_no_loads_are_passed_over)
{
    assert_no_row("");
    assert_no_row(" [0] 0x1000->0x2000 at 0x0: note0 READONLY HAS_CONTENTS");
    assert_no_row(" [0] 0x1000->0x2000 at 0x0: load ALLOC");
    assert_no_row(" [0] 0x1000->0x2000 at 0x0: load1c ALLOC");
    assert_no_row(" [0] 0x1000->0x2000 at 0x0: load1ab ALLOC");
    assert_no_row(" [0] 0x1000->0x2000 at 0x0: ");
    assert_no_row(" [0] 0x2000->0x1000 at 0x0: load1 ALLOC");
    assert_no_row(" [0] 0x1000->0x1000 at 0x0: load1 ALLOC");
    assert_no_row(" [0] 0x->0x1000 at 0x0: load1 ALLOC");
    assert_no_row(" [0] 0x1000->0x2000: load1 ALLOC");
    assert_no_row(" [0 0x1000->0x2000 at 0x0: load1 ALLOC");
    assert_read("", "");
    assert_read(" [0] 0x1000->0x2000 at 0x0: load1 ALLOC\n", "");
}
END_TEST

static void assert_path(const char *text, const char *wanted)
{
    struct vmmap_scan path;
    bool found = vmmap_gdb_sections_find_path(text, strlen(text), &path);
    ck_assert_int_eq(found, wanted != NULL);
    if (wanted) {
        ck_assert_uint_eq((size_t)(path.end - path.at), strlen(wanted));
        ck_assert_mem_eq(path.at, wanted, strlen(wanted));
    }
}

START_TEST(the_path_of_the_core_is_found)
{
    assert_path("Core file: `/tmp/core', file type elf64-x86-64.\n", "/tmp/core");
    assert_path("Exec file: `/tmp/a', file type x.\nCore file: `/tmp/b c', file type x.\n",
                "/tmp/b c");
    assert_path("Core file:\n\t`/tmp/core', file type x.\n", "/tmp/core");
    assert_path("Core file: `/tmp/it's', file type y', file type x.", "/tmp/it's', file type y");
    assert_path("Core file: `', file type x.\n", NULL);
    assert_path("Core file: `/tmp/core'\n", NULL);
    assert_path("Core file:", NULL);
    assert_path("Core file:\n", NULL);
    assert_path("Core file: /tmp/core', file type x.\n", NULL);
    assert_path("Exec file: `/tmp/a', file type x.\n", NULL);
    assert_path("", NULL);
}
END_TEST

START_TEST(no_text_has_nothing)
{
    struct vmmap_gdb_sections sections;
    struct vmmap_gdb_sections_entry entry;
    struct vmmap_scan path;
    vmmap_gdb_sections_init(&sections, NULL, 0);
    ck_assert(!vmmap_gdb_sections_next(&sections, &entry));
    ck_assert(!vmmap_gdb_sections_find_path(NULL, 0, &path));
}
END_TEST

int main(void)
{
    return RUN_TESTS("gdb_sections", gdb_13_lists_executable_and_core,
                     two_parts_of_one_load_become_one,
                     older_gdbs_break_the_heading_and_number_nothing,
                     the_top_of_the_space_ends_at_0, lines_that_are_no_loads_are_passed_over,
                     the_path_of_the_core_is_found, no_text_has_nothing);
}
