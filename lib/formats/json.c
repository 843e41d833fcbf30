/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/json.h"

#include <string.h>

/* What may come next. */
enum {
    EXPECT_VALUE = 1 << 0,
    EXPECT_KEY = 1 << 1,
    EXPECT_CLOSE = 1 << 2, /* the end of the array or object that is open */
    EXPECT_COMMA = 1 << 3,
    EXPECT_END = 1 << 4,
    EXPECT_NOTHING = 0, /* after an error */
};

void vmmap_json_init(struct vmmap_json *json, const char *text, size_t size)
{
    *json = (struct vmmap_json){.rest = vmmap_scan_over(text, size), .expected = EXPECT_VALUE};
}

void vmmap_json_deinit(struct vmmap_json *json)
{
    vmmap_buffer_deinit(&json->text);
}

static enum vmmap_json_token fail(struct vmmap_json *json)
{
    json->expected = EXPECT_NOTHING;
    return VMMAP_JSON_ERROR;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_spaces(struct vmmap_scan *scan)
{
    while (scan->at < scan->end && is_space(*scan->at))
        scan->at++;
}

static bool is_in_object(const struct vmmap_json *json)
{
    return json->depth > 0 && json->objects >> (json->depth - 1) & 1;
}

/* After a whole value. */
static void expect_more(struct vmmap_json *json)
{
    json->expected = json->depth > 0 ? EXPECT_COMMA | EXPECT_CLOSE : EXPECT_END;
}

static void expect_member(struct vmmap_json *json)
{
    json->expected = is_in_object(json) ? EXPECT_KEY : EXPECT_VALUE;
}

static enum vmmap_json_token open_level(struct vmmap_json *json, bool is_object)
{
    if (json->depth == VMMAP_JSON_DEPTH)
        return fail(json);
    const uint64_t bit = UINT64_C(1) << json->depth++;
    json->objects = is_object ? json->objects | bit : json->objects & ~bit;
    expect_member(json);
    json->expected |= EXPECT_CLOSE;
    return is_object ? VMMAP_JSON_OBJECT : VMMAP_JSON_ARRAY;
}

static enum vmmap_json_token close_level(struct vmmap_json *json, bool is_object)
{
    if (!(json->expected & EXPECT_CLOSE) || is_in_object(json) != is_object)
        return fail(json);
    json->depth--;
    expect_more(json);
    return is_object ? VMMAP_JSON_OBJECT_END : VMMAP_JSON_ARRAY_END;
}

static bool scan_four_digits(struct vmmap_scan *scan, uint32_t *ret)
{
    uint64_t value;
    if (scan->end - scan->at < 4)
        return false;
    struct vmmap_scan digits = {scan->at, scan->at + 4};
    if (!vmmap_scan_hex(&digits, &value) || digits.at != digits.end)
        return false;
    scan->at += 4;
    *ret = (uint32_t)value;
    return true;
}

/* What follows `\u`: a code point, in two halves if it does not fit 16 bits. NUL is refused. */
static bool scan_code(struct vmmap_scan *scan, uint32_t *ret)
{
    uint32_t low;
    if (!scan_four_digits(scan, ret) || *ret == 0 || (*ret >= 0xdc00 && *ret <= 0xdfff))
        return false;
    if (*ret < 0xd800 || *ret > 0xdfff)
        return true;
    if (!vmmap_scan_text(scan, "\\u") || !scan_four_digits(scan, &low) || low < 0xdc00 ||
        low > 0xdfff)
        return false;
    *ret = 0x10000 + ((*ret - 0xd800) << 10 | (low - 0xdc00));
    return true;
}

static void append_utf8(struct vmmap_buffer *ret, uint32_t code)
{
    unsigned char bytes[4];
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6)
        bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
    static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
    bytes[0] = (unsigned char)(leads[size - 1] | code);
    vmmap_buffer_append(ret, bytes, size);
}

/* What follows a backslash. */
static bool scan_escape(struct vmmap_scan *scan, struct vmmap_buffer *ret)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (scan->at == scan->end)
        return false;
    const char letter = *scan->at++;
    if (letter == 'u') {
        uint32_t code;
        if (!scan_code(scan, &code))
            return false;
        append_utf8(ret, code);
        return true;
    }
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found)
        vmmap_buffer_append(ret, &values[found - letters], 1);
    return found != NULL;
}

/* The rest of a string, after its opening quote. */
static bool scan_string(struct vmmap_scan *scan, struct vmmap_buffer *ret)
{
    ret->size = 0;
    while (scan->at < scan->end) {
        const char *plain = scan->at;
        while (scan->at < scan->end && *scan->at != '"' && *scan->at != '\\' &&
               (unsigned char)*scan->at >= 0x20)
            scan->at++;
        vmmap_buffer_append(ret, plain, (size_t)(scan->at - plain));
        if (vmmap_scan_char(scan, '"')) {
            vmmap_buffer_append(ret, "", 1);
            return !ret->failed;
        }
        if (!vmmap_scan_char(scan, '\\') || !scan_escape(scan, ret))
            return false;
    }
    return false;
}

static enum vmmap_json_token read_key(struct vmmap_json *json)
{
    if (!scan_string(&json->rest, &json->text))
        return fail(json);
    skip_spaces(&json->rest);
    if (!vmmap_scan_char(&json->rest, ':'))
        return fail(json);
    json->expected = EXPECT_VALUE;
    return VMMAP_JSON_KEY;
}

static enum vmmap_json_token read_string(struct vmmap_json *json)
{
    if (!scan_string(&json->rest, &json->text))
        return fail(json);
    expect_more(json);
    return VMMAP_JSON_STRING;
}

static bool skip_digits(struct vmmap_scan *scan)
{
    const char *begin = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    return scan->at > begin;
}

/* "-1.5e+3" */
static bool scan_number(struct vmmap_scan *scan)
{
    (void)vmmap_scan_char(scan, '-');
    if (!vmmap_scan_char(scan, '0') && !skip_digits(scan))
        return false;
    if (vmmap_scan_char(scan, '.') && !skip_digits(scan))
        return false;
    if (!vmmap_scan_char(scan, 'e') && !vmmap_scan_char(scan, 'E'))
        return true;
    if (!vmmap_scan_char(scan, '+'))
        (void)vmmap_scan_char(scan, '-');
    return skip_digits(scan);
}

static enum vmmap_json_token read_number(struct vmmap_json *json)
{
    const char *begin = json->rest.at;
    if (!scan_number(&json->rest))
        return fail(json);
    json->text.size = 0;
    vmmap_buffer_append(&json->text, begin, (size_t)(json->rest.at - begin));
    vmmap_buffer_append(&json->text, "", 1);
    if (json->text.failed)
        return fail(json);
    expect_more(json);
    return VMMAP_JSON_NUMBER;
}

static enum vmmap_json_token read_word(struct vmmap_json *json)
{
    static const struct {
        const char *text;
        enum vmmap_json_token token;
    } words[] = {
        {"true", VMMAP_JSON_TRUE},
        {"false", VMMAP_JSON_FALSE},
        {"null", VMMAP_JSON_NULL},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (vmmap_scan_text(&json->rest, words[i].text)) {
            expect_more(json);
            return words[i].token;
        }
    }
    return read_number(json);
}

static enum vmmap_json_token read_value(struct vmmap_json *json)
{
    if (!(json->expected & EXPECT_VALUE))
        return fail(json);
    if (vmmap_scan_char(&json->rest, '{'))
        return open_level(json, true);
    if (vmmap_scan_char(&json->rest, '['))
        return open_level(json, false);
    if (vmmap_scan_char(&json->rest, '"'))
        return read_string(json);
    return read_word(json);
}

enum vmmap_json_token vmmap_json_next(struct vmmap_json *json)
{
    struct vmmap_scan *rest = &json->rest;
    skip_spaces(rest);
    if (json->expected & EXPECT_COMMA && vmmap_scan_char(rest, ',')) {
        expect_member(json);
        skip_spaces(rest);
    }
    if (json->expected & EXPECT_END && rest->at == rest->end)
        return VMMAP_JSON_END;
    if (vmmap_scan_char(rest, '}'))
        return close_level(json, true);
    if (vmmap_scan_char(rest, ']'))
        return close_level(json, false);
    if (json->expected & EXPECT_KEY)
        return vmmap_scan_char(rest, '"') ? read_key(json) : fail(json);
    return read_value(json);
}

bool vmmap_json_skip(struct vmmap_json *json, enum vmmap_json_token token)
{
    if (token != VMMAP_JSON_OBJECT && token != VMMAP_JSON_ARRAY)
        return token != VMMAP_JSON_ERROR && token != VMMAP_JSON_END;
    const unsigned int outside = json->depth - 1;
    while (json->depth > outside && token != VMMAP_JSON_ERROR)
        token = vmmap_json_next(json);
    return token != VMMAP_JSON_ERROR;
}
