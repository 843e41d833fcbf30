/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/gdb_symbol.h"

#include <inttypes.h>
#include <string.h>

#include "support.h"

/* "NAME OFFSET SECTION", or "none". */
static char *symbol_text(const char *text)
{
    struct vmmap_gdb_symbol symbol;
    struct vmmap_buffer ret = VMMAP_BUFFER_INIT;
    if (vmmap_gdb_symbol_parse(text, strlen(text), &symbol))
        vmmap_buffer_printf(&ret, "%.*s|%" PRIu64 "|%.*s", (int)(symbol.name.end - symbol.name.at),
                            symbol.name.at, symbol.offset,
                            (int)(symbol.section.end - symbol.section.at), symbol.section.at);
    else
        vmmap_buffer_append_string(&ret, "none");
    return take_text(&ret);
}

#define assert_symbol(text, wanted)                                                                \
    do {                                                                                           \
        char *text_ = symbol_text(text);                                                           \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(symbols)
{
    assert_symbol("main in section .text\n", "main|0|.text");
    assert_symbol("main + 15 in section .text of /bin/a b\n", "main|15|.text");
    assert_symbol("operator+(A, B) + 4 in section .text of /x in section y\n",
                  "operator+(A, B)|4|.text");
    assert_symbol("a + b in section .data", "a + b|0|.data");
    assert_symbol("x +4 in section .data", "x +4|0|.data");
    assert_symbol(" + 4 in section .data", " + 4|0|.data");
    assert_symbol("a + 99999999999999999999 in section .data", "a + 99999999999999999999|0|.data");
    assert_symbol("a in section \n", "a|0|");
    assert_symbol("first in section .a\nsecond in section .b\n", "first|0|.a");
}
END_TEST

START_TEST(no_symbols)
{
    assert_symbol("No symbol matches 0x10.\n", "none");
    assert_symbol("", "none");
    assert_symbol("\n", "none");
    assert_symbol(" in section .text\n", "none");
    assert_symbol("\nmain in section .text\n", "none");
}
END_TEST

static const char files[] = "Symbols from \"/bin/a\".\n"
                            "Local core dump file:\n"
                            "\t`/tmp/core', file type elf64-x86-64.\n"
                            "\t0x0000000000001000 - 0x0000000000002000 is load1\n"
                            "Local exec file:\n"
                            "\t`/bin/a', file type elf64-x86-64.\n"
                            "\tEntry point: 0x1070\n"
                            "\t0x0000000000001000 - 0x0000000000001100 is .text\n"
                            "\t0x0000000000001100 - 0x0000000000001100 is .empty\n"
                            "\t0x0000000000001100 - 0x0000000000001200 was .odd\n"
                            "\t0x1200 - nothing\n"
                            "\t0xfffffffffffff000 - 0xffffffffffffffff is .top in /lib/b c\n";

static char *section_text(uint64_t address)
{
    struct vmmap_scan section;
    struct vmmap_buffer ret = VMMAP_BUFFER_INIT;
    if (vmmap_gdb_files_find_section(files, strlen(files), address, &section))
        vmmap_buffer_append(&ret, section.at, (size_t)(section.end - section.at));
    else
        vmmap_buffer_append_string(&ret, "none");
    return take_text(&ret);
}

START_TEST(sections)
{
    static const struct {
        uint64_t address;
        const char *wanted;
    } cases[] = {
        {0x1000, ".text"}, {0x10ff, ".text"}, {0x1100, "none"},
        {0x1200, "none"},  {0x1fff, "none"},  {0xfffffffffffff000, ".top"},
        {0, "none"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = section_text(cases[i].address);
        ck_assert_str_eq(text, cases[i].wanted);
        free(text);
    }
    struct vmmap_scan section;
    ck_assert(!vmmap_gdb_files_find_section("", 0, 0x1000, &section));
}
END_TEST

int main(void)
{
    return RUN_TESTS("gdb_symbol", symbols, no_symbols, sections);
}
