/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/scan.h"

#include <string.h>

#include "support.h"

static struct vmmap_scan scan_of(const char *text)
{
    return vmmap_scan_over(text, strlen(text));
}

START_TEST(lines_come_without_their_newlines)
{
    struct vmmap_scan text = scan_of("one\n\nthree\nlast"), line;
    static const char *const wanted[] = {"one", "", "three", "last"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert(vmmap_scan_line(&text, &line));
        ck_assert_uint_eq((size_t)(line.end - line.at), strlen(wanted[i]));
        ck_assert_mem_eq(line.at, wanted[i], strlen(wanted[i]));
    }
    ck_assert(!vmmap_scan_line(&text, &line));
    ck_assert(!vmmap_scan_line(&text, &line));
}
END_TEST

START_TEST(a_newline_at_the_end_makes_no_further_line)
{
    struct vmmap_scan text = scan_of("one\n"), line;
    ck_assert(vmmap_scan_line(&text, &line));
    ck_assert(!vmmap_scan_line(&text, &line));
    struct vmmap_scan empty = vmmap_scan_over(NULL, 0);
    ck_assert(!vmmap_scan_line(&empty, &line));
}
END_TEST

START_TEST(blanks_are_spaces_and_tabs)
{
    struct vmmap_scan scan = scan_of(" \t  x \n");
    vmmap_scan_skip_blanks(&scan);
    ck_assert_str_eq(scan.at, "x \n");
    vmmap_scan_skip_blanks(&scan);
    ck_assert_str_eq(scan.at, "x \n");
    struct vmmap_scan blanks = scan_of("   ");
    vmmap_scan_skip_blanks(&blanks);
    ck_assert_ptr_eq(blanks.at, blanks.end);
}
END_TEST

START_TEST(a_character_is_taken_only_if_it_is_there)
{
    struct vmmap_scan scan = scan_of("ab");
    ck_assert(!vmmap_scan_char(&scan, 'b'));
    ck_assert(vmmap_scan_char(&scan, 'a'));
    ck_assert(vmmap_scan_char(&scan, 'b'));
    ck_assert(!vmmap_scan_char(&scan, '\0')); /* beyond the end is not looked at */
    ck_assert_ptr_eq(scan.at, scan.end);
}
END_TEST

static const uint64_t UNTOUCHED = 0x5a5a5a5a;

struct number_case {
    const char *text;
    bool ok;
    uint64_t value;
    size_t taken;
};

static void check_number(bool (*read)(struct vmmap_scan *, uint64_t *), struct number_case wanted)
{
    struct vmmap_scan scan = scan_of(wanted.text);
    uint64_t value = UNTOUCHED;
    ck_assert_msg(read(&scan, &value) == wanted.ok, "%s", wanted.text);
    ck_assert_uint_eq(value, wanted.ok ? wanted.value : UNTOUCHED);
    ck_assert_uint_eq((size_t)(scan.at - wanted.text), wanted.taken);
}

START_TEST(a_text_is_taken_only_as_a_whole)
{
    struct vmmap_scan scan = vmmap_scan_over("abcabd", 5);
    ck_assert(!vmmap_scan_text(&scan, "abd"));
    ck_assert(vmmap_scan_text(&scan, ""));
    ck_assert(vmmap_scan_text(&scan, "abc"));
    ck_assert(!vmmap_scan_text(&scan, "abd")); /* beyond the end is not looked at */
    ck_assert(vmmap_scan_text(&scan, "ab"));
    ck_assert_ptr_eq(scan.at, scan.end);
}
END_TEST

START_TEST(hexadecimal_has_no_sign_and_no_prefix)
{
    static const struct number_case cases[] = {
        {"0", true, 0, 1},
        {"fFg", true, 0xff, 2},
        {"0x10", true, 0, 1},
        {"ffffffffffffffff", true, UINT64_MAX, 16},
        {"0000000000000000000000ffffffffffffffff ", true, UINT64_MAX, 38},
        {"10000000000000000", false, 0, 0},
        {"fffffffffffffffff", false, 0, 0},
        {"", false, 0, 0},
        {"g", false, 0, 0},
        {"-1", false, 0, 0},
        {"+1", false, 0, 0},
        {" 1", false, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_number(vmmap_scan_hex, cases[i]);
}
END_TEST

START_TEST(decimal_has_no_sign_and_does_not_wrap)
{
    static const struct number_case cases[] = {
        {"0", true, 0, 1},
        {"19a", true, 19, 2},
        {"18446744073709551615", true, UINT64_MAX, 20},
        {"18446744073709551616", false, 0, 0},
        {"18446744073709551620", false, 0, 0},
        {"99999999999999999999999", false, 0, 0},
        {"", false, 0, 0},
        {"a", false, 0, 0},
        {"-1", false, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_number(vmmap_scan_decimal, cases[i]);
}
END_TEST

START_TEST(numbers_stop_at_the_end_of_the_text)
{
    const char text[] = "123456";
    struct vmmap_scan scan = vmmap_scan_over(text, 3);
    uint64_t value;
    ck_assert(vmmap_scan_hex(&scan, &value));
    ck_assert_uint_eq(value, 0x123);
    scan = vmmap_scan_over(text, 3);
    ck_assert(vmmap_scan_decimal(&scan, &value));
    ck_assert_uint_eq(value, 123);
}
END_TEST

START_TEST(a_word_ends_at_a_blank_or_the_end)
{
    struct vmmap_scan scan = scan_of("one\ttwo"), word;
    ck_assert(vmmap_scan_word(&scan, &word));
    ck_assert_uint_eq((size_t)(word.end - word.at), 3);
    ck_assert_mem_eq(word.at, "one", 3);
    ck_assert(!vmmap_scan_word(&scan, &word)); /* a blank is no word */
    vmmap_scan_skip_blanks(&scan);
    ck_assert(vmmap_scan_word(&scan, &word));
    ck_assert_uint_eq((size_t)(word.end - word.at), 3);
    ck_assert_mem_eq(word.at, "two", 3);
    ck_assert(!vmmap_scan_word(&scan, &word));
}
END_TEST

int main(void)
{
    return RUN_TESTS("scan", lines_come_without_their_newlines,
                     a_newline_at_the_end_makes_no_further_line, blanks_are_spaces_and_tabs,
                     a_character_is_taken_only_if_it_is_there, a_text_is_taken_only_as_a_whole,
                     hexadecimal_has_no_sign_and_no_prefix, decimal_has_no_sign_and_does_not_wrap,
                     numbers_stop_at_the_end_of_the_text, a_word_ends_at_a_blank_or_the_end);
}
