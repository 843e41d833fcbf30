/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The cursor below all parsers: the first bytes of the input choose functions, one after the other.
 */

#include <string.h>

#include "formats/scan.h"
#include "fuzz.h"

static bool has_byte(const struct vmmap_scan *part, char byte)
{
    return part->at < part->end && memchr(part->at, byte, (size_t)(part->end - part->at));
}

/* One step; whether it succeeded. */
static bool step(struct vmmap_scan *scan, uint8_t which)
{
    struct vmmap_scan part = {scan->at, scan->at};
    uint64_t number;
    bool done;
    switch (which % 5) {
    case 0:
        done = vmmap_scan_line(scan, &part);
        REQUIRE(!has_byte(&part, '\n'));
        break;
    case 1:
        done = vmmap_scan_char(scan, (char)which);
        break;
    case 2:
        done = vmmap_scan_hex(scan, &number);
        break;
    case 3:
        done = vmmap_scan_decimal(scan, &number);
        break;
    default:
        done = vmmap_scan_word(scan, &part);
        REQUIRE(!has_byte(&part, ' ') && !has_byte(&part, '\t'));
        break;
    }
    REQUIRE(part.at <= part.end && part.end <= scan->end);
    return done;
}

/* The input is the steps, a NUL, and the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size > 0 ? memchr(data, '\0', size) : NULL;
    if (!nul)
        return 0;
    const char *text = (const char *)nul + 1;
    struct vmmap_scan scan = vmmap_scan_over(text, (size_t)((const char *)data + size - text));
    for (const uint8_t *at = data; at < nul; at++) {
        const struct vmmap_scan before = scan;
        bool done = step(&scan, *at);
        REQUIRE(scan.end == before.end && scan.at <= scan.end);
        REQUIRE(done ? scan.at > before.at : scan.at == before.at);
        vmmap_scan_skip_blanks(&scan);
        REQUIRE(scan.at == scan.end || (*scan.at != ' ' && *scan.at != '\t'));
    }
    return 0;
}
