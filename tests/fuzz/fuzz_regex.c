/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is a regular expression, a NUL, and a name to try it on. */

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "map/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 2);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = text[size + 1] = '\0';
    struct vmmap_regex *regex;
    struct vmmap_error *error = vmmap_regex_create(text, &regex);
    if (!error) {
        REQUIRE(strlen(text) <= 256);
        (void)vmmap_regex_matches(regex, text + strlen(text) + 1);
        vmmap_regex_destroy(regex);
    }
    vmmap_error_destroy(error);
    free(text);
    return 0;
}
