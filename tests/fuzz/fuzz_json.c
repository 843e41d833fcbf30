/* SPDX-License-Identifier: GPL-3.0-or-later */

/* JSON that somebody else wrote. */

#include <string.h>

#include "formats/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_json json;
    enum vmmap_json_token token;
    size_t tokens = 0;
    vmmap_json_init(&json, (const char *)data, size);
    do {
        token = vmmap_json_next(&json);
        REQUIRE(json.depth <= VMMAP_JSON_DEPTH);
        REQUIRE(++tokens <= size + 1);
        if (token == VMMAP_JSON_KEY || token == VMMAP_JSON_STRING || token == VMMAP_JSON_NUMBER) {
            REQUIRE(json.text.size > 0 && strlen(json.text.data) <= json.text.size - 1);
            REQUIRE(json.text.size <= size + 1); /* with its NUL */
        }
    } while (token != VMMAP_JSON_END && token != VMMAP_JSON_ERROR);
    REQUIRE(token != VMMAP_JSON_END || json.rest.at == json.rest.end);
    vmmap_json_deinit(&json);
    return 0;
}
