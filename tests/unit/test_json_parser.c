/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/json.h"

#include <string.h>

#include "support.h"

/* Each token as a word or its text, separated by blanks. */
static char *tokens_text(const char *text, size_t size)
{
    static const char *const words[] = {
        [VMMAP_JSON_OBJECT] = "{",    [VMMAP_JSON_OBJECT_END] = "}", [VMMAP_JSON_ARRAY] = "[",
        [VMMAP_JSON_ARRAY_END] = "]", [VMMAP_JSON_KEY] = "key:",     [VMMAP_JSON_STRING] = "str:",
        [VMMAP_JSON_NUMBER] = "num:", [VMMAP_JSON_TRUE] = "true",    [VMMAP_JSON_FALSE] = "false",
        [VMMAP_JSON_NULL] = "null",   [VMMAP_JSON_END] = "end",      [VMMAP_JSON_ERROR] = "error",
    };
    struct vmmap_json json;
    struct vmmap_buffer out = VMMAP_BUFFER_INIT;
    enum vmmap_json_token token;
    vmmap_json_init(&json, text, size);
    do {
        token = vmmap_json_next(&json);
        if (out.size > 0)
            vmmap_buffer_append_string(&out, " ");
        vmmap_buffer_append_string(&out, words[token]);
        if (token == VMMAP_JSON_KEY || token == VMMAP_JSON_STRING || token == VMMAP_JSON_NUMBER)
            vmmap_buffer_append_string(&out, json.text.data);
    } while (token != VMMAP_JSON_END && token != VMMAP_JSON_ERROR);
    ck_assert_int_eq(vmmap_json_next(&json), token); /* nothing follows */
    vmmap_json_deinit(&json);
    return take_text(&out);
}

static void check(const char *text, const char *wanted)
{
    /* In a block of its own, so that reading beyond it is noticed. */
    size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    char *tokens = tokens_text(copy, size);
    ck_assert_str_eq(tokens, wanted);
    free(tokens);
    free(copy);
}

START_TEST(values_are_told_apart)
{
    check("1", "num:1 end");
    check(" -0.5e+10 ", "num:-0.5e+10 end");
    check("\"a\"", "str:a end");
    check("true", "true end");
    check("false", "false end");
    check("\tnull\r\n", "null end");
    check("{}", "{ } end");
    check("[]", "[ ] end");
    check("{\"a\": [1, {\"b\": null}, []], \"c\": \"\"}",
          "{ key:a [ num:1 { key:b null } [ ] ] key:c str: } end");
}
END_TEST

START_TEST(strings_are_unescaped)
{
    check("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "str:\"\\/\b\f\n\r\t end");
    check("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"",
          "str:A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 end");
    check("\"\xc3\xa9\xff\"", "str:\xc3\xa9\xff end"); /* raw bytes stay */
}
END_TEST

START_TEST(what_is_no_json_is_an_error)
{
    static const char *const texts[] = {
        "",
        "}",
        "]",
        ",",
        "nul",
        "tru e",
        "+1",
        "1.",
        "1e",
        "-",
        ".5",
        "01",
        "\"a",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\n\"",
        "\"\\u0000\"",
        "\"\\udc00\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800x\"",
        "'a'",
        "1 2",
        "{} {}",
        "\"\\",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char *tokens = tokens_text(texts[i], strlen(texts[i]));
        ck_assert_msg(strcmp(tokens + strlen(tokens) - 5, "error") == 0, "%s: %s", texts[i],
                      tokens);
        free(tokens);
    }
    check("[1,]", "[ num:1 error");
    check("[,1]", "[ error");
    check("[1 2]", "[ num:1 error");
    check("[1}", "[ num:1 error");
    check("{\"a\" 1}", "{ error");
    check("{\"a\":}", "{ key:a error");
    check("{\"a\":1,}", "{ key:a num:1 error");
    check("{1:2}", "{ error");
    check("{\"a\":1]", "{ key:a num:1 error");
    check("[", "[ error");
    check("{\"a\":1", "{ key:a num:1 error");
}
END_TEST

START_TEST(nesting_is_bounded)
{
    char text[2 * VMMAP_JSON_DEPTH + 2];
    for (size_t depth = VMMAP_JSON_DEPTH; depth <= VMMAP_JSON_DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth < sizeof(text) / 2 ? depth : sizeof(text) / 2 - 1);
        struct vmmap_json json;
        vmmap_json_init(&json, text, 2 * VMMAP_JSON_DEPTH);
        enum vmmap_json_token token = vmmap_json_next(&json);
        ck_assert_int_eq(vmmap_json_skip(&json, token), depth == VMMAP_JSON_DEPTH);
        vmmap_json_deinit(&json);
    }
}
END_TEST

START_TEST(a_value_can_be_passed_over)
{
    static const char text[] = "{\"a\": {\"b\": [1, {\"c\": 2}]}, \"d\": 3}";
    struct vmmap_json json;
    vmmap_json_init(&json, text, strlen(text));
    ck_assert_int_eq(vmmap_json_next(&json), VMMAP_JSON_OBJECT);
    ck_assert_int_eq(vmmap_json_next(&json), VMMAP_JSON_KEY);
    ck_assert(vmmap_json_skip(&json, vmmap_json_next(&json)));
    ck_assert_int_eq(vmmap_json_next(&json), VMMAP_JSON_KEY);
    ck_assert_str_eq(json.text.data, "d");
    ck_assert(vmmap_json_skip(&json, vmmap_json_next(&json)));
    ck_assert_int_eq(vmmap_json_next(&json), VMMAP_JSON_OBJECT_END);
    ck_assert_int_eq(vmmap_json_next(&json), VMMAP_JSON_END);
    ck_assert(!vmmap_json_skip(&json, VMMAP_JSON_END));
    vmmap_json_deinit(&json);
}
END_TEST

int main(void)
{
    return RUN_TESTS("json_parser", values_are_told_apart, strings_are_unescaped,
                     what_is_no_json_is_an_error, nesting_is_bounded, a_value_can_be_passed_over);
}
