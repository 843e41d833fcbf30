/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/text.h"

#include <string.h>

#include "support.h"

static char *escaped(const char *text)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_text_append_escaped(&buffer, text);
    return take_text(&buffer);
}

static char *json(const char *text)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    vmmap_text_append_json(&buffer, text);
    return take_text(&buffer);
}

/* What people see, and what JSON has between its quotes. */
#define assert_shown(text, wanted, wanted_json)                                                    \
    do {                                                                                           \
        char *text_ = escaped(text);                                                               \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
        text_ = json(text);                                                                        \
        ck_assert_str_eq(text_, "\"" wanted_json "\"");                                            \
        free(text_);                                                                               \
    } while (0)

START_TEST(ordinary_text_stays_as_it_is)
{
    assert_shown("", "", "");
    assert_shown("/usr/lib/libc.so.6 (deleted) ~!", "/usr/lib/libc.so.6 (deleted) ~!",
                 "/usr/lib/libc.so.6 (deleted) ~!");
    assert_shown("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                 "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}
END_TEST

START_TEST(quotes_and_backslashes_matter_to_json_only)
{
    assert_shown("a\"b\\c\\012d", "a\"b\\c\\012d", "a\\\"b\\\\c\\\\012d");
}
END_TEST

START_TEST(control_characters_are_escaped)
{
    assert_shown("\x01\x1b[31m\x07", "\\001\\033[31m\\007", "\\u0001\\u001b[31m\\u0007");
    assert_shown("a\nb\tc\rd\b\f", "a\\012b\\011c\\015d\\010\\014",
                 "a\\u000ab\\u0009c\\u000dd\\u0008\\u000c");
    assert_shown("\x7f", "\\177", "\\u007f");
}
END_TEST

START_TEST(c1_controls_are_escaped)
{
    /* U+0080, U+009B (CSI), U+009F; U+00A0 is a character. */
    assert_shown("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\302\\200\\302\\233\\302\\237\xc2\xa0",
                 "\\u0080\\u009b\\u009f\xc2\xa0");
}
END_TEST

START_TEST(characters_that_reorder_or_break_text_are_escaped)
{
    static const struct {
        const char *text, *shown, *json;
    } cases[] = {
        {"\xd8\x9c", "\\330\\234", "\"\\u061c\""},            /* ALM */
        {"\xe2\x80\x8e", "\\342\\200\\216", "\"\\u200e\""},   /* LRM */
        {"\xe2\x80\x8f", "\\342\\200\\217", "\"\\u200f\""},   /* RLM */
        {"\xe2\x80\xa8", "\\342\\200\\250", "\"\\u2028\""},   /* LINE SEPARATOR */
        {"\xe2\x80\xa9", "\\342\\200\\251", "\"\\u2029\""},   /* PARAGRAPH SEPARATOR */
        {"\xe2\x80\xaa", "\\342\\200\\252", "\"\\u202a\""},   /* LRE */
        {"\xe2\x80\xae", "\\342\\200\\256", "\"\\u202e\""},   /* RLO */
        {"\xe2\x81\xa6", "\\342\\201\\246", "\"\\u2066\""},   /* LRI */
        {"\xe2\x81\xa9", "\\342\\201\\251", "\"\\u2069\""},   /* PDI */
        {"\xe2\x80\x8d", "\xe2\x80\x8d", "\"\xe2\x80\x8d\""}, /* ZWJ is part of words */
        {"\xe2\x80\xaf", "\xe2\x80\xaf", "\"\xe2\x80\xaf\""}, /* U+202F */
        {"\xe2\x81\xa5", "\xe2\x81\xa5", "\"\xe2\x81\xa5\""}, /* U+2065 */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = escaped(cases[i].text);
        ck_assert_str_eq(text, cases[i].shown);
        free(text);
        text = json(cases[i].text);
        ck_assert_str_eq(text, cases[i].json);
        free(text);
    }
}
END_TEST

#define REPLACEMENT "\xef\xbf\xbd"

START_TEST(bytes_that_are_not_utf_8_are_shown_as_such)
{
    /* A continuation byte alone, bytes that can not occur, an overlong slash. */
    assert_shown("a\x80z", "a\\200z", "a" REPLACEMENT "z");
    assert_shown("\xff\xfe", "\\377\\376", REPLACEMENT REPLACEMENT);
    assert_shown("\xc0\xaf", "\\300\\257", REPLACEMENT REPLACEMENT);
    assert_shown("\xe0\x80\xaf", "\\340\\200\\257", REPLACEMENT REPLACEMENT REPLACEMENT);
    /* A surrogate, and the first code point that is none. */
    assert_shown("\xed\xa0\x80", "\\355\\240\\200", REPLACEMENT REPLACEMENT REPLACEMENT);
    assert_shown("\xf4\x90\x80\x80", "\\364\\220\\200\\200",
                 REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT);
}
END_TEST

START_TEST(a_truncated_sequence_is_one_replacement)
{
    /* Unicode 15, section 3.9: one U+FFFD for each maximal part of a sequence. */
    assert_shown("\xe2\x82", "\\342\\202", REPLACEMENT);
    assert_shown("\xf0\x9f\x98", "\\360\\237\\230", REPLACEMENT);
    assert_shown("\xf0\x9f\x98x", "\\360\\237\\230x", REPLACEMENT "x");
    assert_shown("\xe2\x82\xe2\x82\xac", "\\342\\202\xe2\x82\xac", REPLACEMENT "\xe2\x82\xac");
    assert_shown("\xc3", "\\303", REPLACEMENT);
    /* The example of that section: 61 F1 80 80 E1 80 C2 62 80 63 80 BF 64. */
    assert_shown("\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64",
                 "a\\361\\200\\200\\341\\200\\302b\\200c\\200\\277d",
                 "a" REPLACEMENT REPLACEMENT REPLACEMENT "b" REPLACEMENT "c" REPLACEMENT REPLACEMENT
                 "d");
}
END_TEST

/* The UTF-8 of a code point, written down from its definition. */
static size_t encode(uint32_t code, char ret[5])
{
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 1; code >>= 6)
        ret[i] = (char)(0x80 | (code & 0x3f));
    ret[0] = (char)(leads[length] | code);
    ret[length] = '\0';
    return length;
}

static bool has_to_be_escaped(uint32_t code)
{
    static const uint32_t ranges[][2] = {{0x01, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},
                                         {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    }
    return false;
}

START_TEST(every_code_point_is_shown_or_escaped)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    for (uint32_t code = 1; code < 0x110000; code++) {
        char text[5];
        size_t length = encode(code, text);
        const bool surrogate = code >= 0xd800 && code < 0xe000;
        buffer.size = 0;
        vmmap_text_append_escaped(&buffer, text);
        if (surrogate || has_to_be_escaped(code))
            ck_assert_msg(buffer.size == 4 * length, "U+%04X is not escaped", code);
        else
            ck_assert_msg(buffer.size == length && memcmp(buffer.data, text, length) == 0,
                          "U+%04X is escaped", code);
    }
    vmmap_buffer_deinit(&buffer);
}
END_TEST

/* Unicode 15, table 3-7, as it is printed there. */
static bool is_well_formed_3(const unsigned char *b)
{
    static const unsigned char rows[][6] = {
        {0xe0, 0xe0, 0xa0, 0xbf, 0x80, 0xbf},
        {0xe1, 0xec, 0x80, 0xbf, 0x80, 0xbf},
        {0xed, 0xed, 0x80, 0x9f, 0x80, 0xbf},
        {0xee, 0xef, 0x80, 0xbf, 0x80, 0xbf},
    };
    for (size_t i = 0; i < 4; i++) {
        const unsigned char *row = rows[i];
        if (b[0] >= row[0] && b[0] <= row[1] && b[1] >= row[2] && b[1] <= row[3] &&
            b[2] >= row[4] && b[2] <= row[5])
            return true;
    }
    return false;
}

START_TEST(three_byte_sequences_are_taken_as_the_unicode_table_says)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    for (uint32_t bytes = 0xe08080; bytes <= 0xefffff; bytes++) {
        const unsigned char b[4] = {(unsigned char)(bytes >> 16), (unsigned char)(bytes >> 8),
                                    (unsigned char)bytes, 0};
        if (b[1] < 0x80 || b[2] < 0x80)
            continue;
        buffer.size = 0;
        vmmap_text_append_json(&buffer, (const char *)b);
        const bool replaced = memmem(buffer.data, buffer.size, REPLACEMENT, 3) != NULL &&
                              memcmp(b, REPLACEMENT, 3) != 0;
        ck_assert_msg(replaced == !is_well_formed_3(b), "%06x", bytes);
    }
    vmmap_buffer_deinit(&buffer);
}
END_TEST

START_TEST(plain_text_needs_no_escaping)
{
    ck_assert(vmmap_text_is_plain(""));
    ck_assert(vmmap_text_is_plain(" /a~\\"));
    ck_assert(!vmmap_text_is_plain("a\x1f"));
    ck_assert(!vmmap_text_is_plain("a\x7f"));
    ck_assert(!vmmap_text_is_plain("\xc3\xa9"));
}
END_TEST

int main(void)
{
    return RUN_TESTS("text", ordinary_text_stays_as_it_is,
                     quotes_and_backslashes_matter_to_json_only, control_characters_are_escaped,
                     c1_controls_are_escaped, characters_that_reorder_or_break_text_are_escaped,
                     bytes_that_are_not_utf_8_are_shown_as_such,
                     a_truncated_sequence_is_one_replacement, every_code_point_is_shown_or_escaped,
                     three_byte_sequences_are_taken_as_the_unicode_table_says,
                     plain_text_needs_no_escaping);
}
