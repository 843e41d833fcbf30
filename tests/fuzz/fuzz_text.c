/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Names as they are printed: what comes out can not drive a terminal and is valid UTF-8. */

#include <iconv.h>
#include <string.h>

#include "fuzz.h"
#include "render/text.h"

static const uint32_t ranges_to_escape[][2] = {{0x00, 0x1f},     {0x7f, 0x9f},
                                               {0x61c, 0x61c},   {0x200e, 0x200f},
                                               {0x2028, 0x202e}, {0x2066, 0x2069}};

/* The C library's own converter says whether it is UTF-8 and what the code points are. */
static uint32_t *decode(char *text, size_t size, size_t *count)
{
    const size_t room = (size + 1) * sizeof(uint32_t);
    uint32_t *codes = malloc(room);
    size_t left = room;
    char *to = (char *)codes;
    iconv_t converter = iconv_open("UCS-4LE", "UTF-8");
    REQUIRE(codes && converter != (iconv_t)-1);
    REQUIRE(iconv(converter, &text, &size, &to, &left) == 0 && size == 0);
    iconv_close(converter);
    *count = (room - left) / sizeof(uint32_t);
    return codes;
}

static void check_output(struct vmmap_buffer *buffer)
{
    size_t count;
    uint32_t *codes = decode(buffer->data, buffer->size, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < sizeof(ranges_to_escape) / sizeof(ranges_to_escape[0]); j++)
            REQUIRE(codes[i] < ranges_to_escape[j][0] || codes[i] > ranges_to_escape[j][1]);
    }
    free(codes);
}

/* Between the quotes every backslash begins an escape and no quote stands alone. */
static void check_json_string(const char *text, size_t size)
{
    REQUIRE(size >= 2 && text[0] == '"' && text[size - 1] == '"');
    for (size_t i = 1; i < size - 1; i++) {
        REQUIRE(text[i] != '"');
        if (text[i] != '\\')
            continue;
        REQUIRE(++i < size - 1);
        REQUIRE(strchr("\"\\u", text[i]));
        if (text[i] == 'u') {
            REQUIRE(i + 4 < size - 1 && strspn(text + i + 1, "0123456789abcdef") >= 4);
            i += 4;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_buffer shown = VMMAP_BUFFER_INIT, json = VMMAP_BUFFER_INIT;
    char *text = malloc(size + 1);
    REQUIRE(text);
    if (size > 0)
        memcpy(text, data, size); /* data may be NULL otherwise */
    text[size] = '\0';

    vmmap_text_append_escaped(&shown, text);
    REQUIRE(vmmap_buffer_status(&shown) == NULL);
    REQUIRE(shown.size >= strlen(text));
    if (shown.size > 0) {
        check_output(&shown);
        REQUIRE(!vmmap_text_is_plain(text) || memcmp(shown.data, text, shown.size) == 0);
    }

    vmmap_text_append_json(&json, text);
    REQUIRE(vmmap_buffer_status(&json) == NULL);
    check_output(&json);
    check_json_string(json.data, json.size);

    vmmap_buffer_deinit(&shown);
    vmmap_buffer_deinit(&json);
    free(text);
    return 0;
}
