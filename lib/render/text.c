/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/text.h"

#include <string.h>

/* Not a code point: the bytes are not UTF-8. */
static const uint32_t INVALID = UINT32_MAX;

static bool is_in(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

/* How many bytes follow the lead byte, and the range that the first of them must be in: Unicode 15,
 * table 3-7, which excludes overlong forms, surrogates and what lies beyond U+10FFFF. False for a
 * byte that can not lead. */
static bool classify_lead(unsigned char lead, size_t *follow, unsigned char *low,
                          unsigned char *high)
{
    *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    *follow = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    return is_in(lead, 0xc2, 0xf4);
}

/* The code point at `text` (not at its NUL), and how many bytes it takes; for INVALID the length of
 * the longest part of a sequence that is well-formed, at least 1. */
static uint32_t decode(const char *text, size_t *length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t follow;
    unsigned char low, high;
    *length = 1;
    if (bytes[0] < 0x80)
        return bytes[0];
    if (!classify_lead(bytes[0], &follow, &low, &high))
        return INVALID;
    uint32_t code = bytes[0] & (0x3fu >> follow);
    for (; *length <= follow; ++*length) {
        if (!is_in(bytes[*length], low, high))
            return INVALID;
        code = code << 6 | (bytes[*length] & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    return code;
}

/* Characters that a terminal or a reader of it would obey instead of show. */
static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c ||
           (code >= 0x200e && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

bool vmmap_text_is_plain(const char *text)
{
    for (; *text; text++) {
        if (!is_in((unsigned char)*text, 0x20, 0x7e))
            return false;
    }
    return true;
}

/* Appends the plain ASCII that `text` begins with, without `"` and `\\` if it goes into JSON.
 * Returns what is left. Names are plain but for rare ones, and copying them at once is fast. */
static const char *append_plain(struct vmmap_buffer *buffer, const char *text, bool for_json)
{
    const char *end = text;
    while (is_in((unsigned char)*end, 0x20, 0x7e) && !(for_json && (*end == '"' || *end == '\\')))
        end++;
    vmmap_buffer_append(buffer, text, (size_t)(end - text));
    return end;
}

void vmmap_text_append_escaped(struct vmmap_buffer *buffer, const char *text)
{
    size_t length;
    for (text = append_plain(buffer, text, false); *text;
         text = append_plain(buffer, text + length, false)) {
        uint32_t code = decode(text, &length);
        if (code != INVALID && !is_unsafe(code)) {
            vmmap_buffer_append(buffer, text, length);
            continue;
        }
        for (size_t i = 0; i < length; i++)
            vmmap_buffer_printf(buffer, "\\%03o", (unsigned char)text[i]);
    }
}

void vmmap_text_append_json(struct vmmap_buffer *buffer, const char *text)
{
    size_t length;
    vmmap_buffer_append(buffer, "\"", 1);
    for (text = append_plain(buffer, text, true); *text;
         text = append_plain(buffer, text + length, true)) {
        uint32_t code = decode(text, &length);
        if (code == INVALID)
            vmmap_buffer_append_string(buffer, "\xef\xbf\xbd");
        else if (is_unsafe(code))
            vmmap_buffer_printf(buffer, "\\u%04x", code);
        else if (code == '"' || code == '\\')
            vmmap_buffer_printf(buffer, "\\%c", (char)code);
        else
            vmmap_buffer_append(buffer, text, length);
    }
    vmmap_buffer_append(buffer, "\"", 1);
}
