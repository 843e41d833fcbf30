/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/regex.h"

#include <string.h>

#include "support.h"

static bool matches(const char *pattern, const char *text)
{
    struct vmmap_regex *regex;
    assert_ok(vmmap_regex_create(pattern, &regex));
    ck_assert_str_eq(vmmap_regex_pattern(regex), pattern);
    bool found = vmmap_regex_matches(regex, text);
    vmmap_regex_destroy(regex);
    return found;
}

START_TEST(a_part_of_the_text_is_enough)
{
    ck_assert(matches("lib(c|m)\\.", "/usr/lib/libm.so.6"));
    ck_assert(!matches("lib(c|m)\\.", "/usr/lib/libcc.so.6"));
    ck_assert(matches("^\\[heap\\]$", "[heap]"));
    ck_assert(matches("^[[](heap|stack)[]]$", "[stack]"));
    ck_assert(matches("[[:digit:]]{2}", "a12"));
    ck_assert(!matches("[[:digit:]]{3}", "a12"));
    ck_assert(matches("", "anything"));
    vmmap_regex_destroy(NULL);
}
END_TEST

START_TEST(repetitions_that_are_no_danger_are_taken)
{
    static const char uuid[] = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    ck_assert(matches(uuid, "x-01234567-89ab-cdef-0123-456789abcdef"));
    ck_assert(matches("a{2,}", "caat"));
    ck_assert(matches("a{,2}", ""));
    ck_assert(matches("^(a+b*c?)+$", "aabbcaa"));
    ck_assert(matches("a{2}3{2}", "aa33"));
    ck_assert(matches("a\\+\\?[*+?]+", "a+?*"));
    ck_assert(matches("[]a]{3}", "x]a]"));
    ck_assert(matches("[^]a]{2}", "]bb"));
    ck_assert(matches("[[.-.]]x{2}", "-xx"));
    ck_assert(matches("a\\{2}", "a{2}"));
    ck_assert(matches("([\\1]x){300}|b", "b")); /* no back-reference in brackets */
    ck_assert(matches("\\\\1", "\\1"));
}
END_TEST

START_TEST(what_would_last_is_refused)
{
    struct vmmap_regex *regex;
    char sentence[512], pattern[300];
    static const char *const large[] = {
        "((a{99}){99}){99}",
        "a{1001}",
        "(a{10}b{10}){60}",
        "(((x{255}){255}){255}){255}",
        "a{0,9999999999999999999999}",
        "(a|b{600}|c{600})",
        "([[:alpha:]]{11}){99}",
        "(a{100}){100}",

        "((a{99})*){99}",
        "(a+){999}",
        "(a{500,}){2}",
    };
    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        snprintf(sentence, sizeof(sentence),
                 "The regular expression \"%s\" is too large: its repetitions written out are more "
                 "than 1000 characters.",
                 large[i]);
        assert_error(vmmap_regex_create(large[i], &regex), VMMAP_ERROR_UNSUPPORTED, sentence);
    }
    assert_error(vmmap_regex_create("(a*)*\\1", &regex), VMMAP_ERROR_UNSUPPORTED,
                 "The regular expression \"(a*)*\\1\" has a back-reference, for which matching "
                 "could take for ever.");
    static const char *const doubled[] = {"a+?", "a**", "(a{2}){3}{4}", "[x]*+", "\\.?{2}"};
    for (size_t i = 0; i < sizeof(doubled) / sizeof(doubled[0]); i++) {
        snprintf(
            sentence, sizeof(sentence),
            "The regular expression \"%s\" has a repetition (*, +, ? or {) right after another.",
            doubled[i]);
        assert_error(vmmap_regex_create(doubled[i], &regex), VMMAP_ERROR_UNSUPPORTED, sentence);
    }
    static const char deep[] = "(((((((((((((((((a)))))))))))))))))";
    snprintf(sentence, sizeof(sentence),
             "The regular expression \"%s\" has more than 16 parentheses in one another.", deep);
    assert_error(vmmap_regex_create(deep, &regex), VMMAP_ERROR_UNSUPPORTED, sentence);
    memset(pattern, 'a', 257);
    pattern[257] = '\0';
    assert_error(vmmap_regex_create(pattern, &regex), VMMAP_ERROR_UNSUPPORTED,
                 "The regular expression is longer than 256 bytes.");
    memset(pattern, '(', 256);
    pattern[256] = '\0';
    struct vmmap_error *error = vmmap_regex_create(pattern, &regex);
    ck_assert_ptr_nonnull(error);
    vmmap_error_destroy(error);
}
END_TEST

START_TEST(what_is_none_is_named_with_the_reason)
{
    struct vmmap_regex *regex;
    static const char *const bad[] = {"(", "[a", "a{2", "*a{3,1}", "[[:nope:]]", "a\\"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct vmmap_error *error = vmmap_regex_create(bad[i], &regex);
        char sentence[64];
        snprintf(sentence, sizeof(sentence),
                 "The regular expression \"%s\" is not a valid one: ", bad[i]);
        ck_assert_msg(error != NULL, "%s", bad[i]);
        ck_assert_msg(strncmp(error->message, sentence, strlen(sentence)) == 0, "%s",
                      error->message);
        vmmap_error_destroy(error);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("regex", a_part_of_the_text_is_enough,
                     repetitions_that_are_no_danger_are_taken, what_would_last_is_refused,
                     what_is_none_is_named_with_the_reason);
}
