/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/net_tcp.h"

#include <arpa/inet.h>
#include <string.h>

#include "formats/scan.h"

enum { WORD_DIGITS = 8, FIELDS_BEFORE_INODE = 6 };

/* `count` words of eight digits each, without anything between them. */
static bool scan_words(struct vmmap_scan scan, size_t count, uint32_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        struct vmmap_scan digits = {scan.at + i * WORD_DIGITS, scan.at + (i + 1) * WORD_DIGITS};
        uint64_t word;
        if (!vmmap_scan_hex(&digits, &word) || digits.at != digits.end)
            return false;
        ret[i] = (uint32_t)word;
    }
    return true;
}

/* "0100007F:1F90", or 32 digits before the colon. */
static bool scan_end(struct vmmap_scan *line, struct vmmap_net_end *ret)
{
    struct vmmap_scan word;
    vmmap_scan_skip_blanks(line);
    if (!vmmap_scan_word(line, &word))
        return false;
    const char *colon = memchr(word.at, ':', (size_t)(word.end - word.at));
    if (!colon)
        return false;
    *ret = (struct vmmap_net_end){{0, 0, htonl(0xffff), 0}, 0};
    const struct vmmap_scan address = {word.at, colon};
    const size_t digits = (size_t)(colon - word.at);
    if (digits != WORD_DIGITS && digits != 4 * WORD_DIGITS)
        return false;
    if (!(digits == WORD_DIGITS ? scan_words(address, 1, &ret->address[3])
                                : scan_words(address, 4, ret->address)))
        return false;
    uint64_t port;
    struct vmmap_scan rest = {colon + 1, word.end};
    if (!vmmap_scan_hex(&rest, &port) || rest.at != rest.end || port > UINT16_MAX)
        return false;
    ret->port = (uint16_t)port;
    return true;
}

bool vmmap_net_tcp_parse(const char *line, size_t size, struct vmmap_net_tcp_entry *ret)
{
    struct vmmap_scan scan = {line, line + size}, word;
    struct vmmap_net_tcp_entry entry;
    uint64_t slot;
    vmmap_scan_skip_blanks(&scan);
    if (!vmmap_scan_decimal(&scan, &slot) || !vmmap_scan_char(&scan, ':') ||
        !scan_end(&scan, &entry.local) || !scan_end(&scan, &entry.remote))
        return false;
    for (unsigned int i = 0; i < FIELDS_BEFORE_INODE; i++) {
        vmmap_scan_skip_blanks(&scan);
        if (!vmmap_scan_word(&scan, &word))
            return false;
    }
    vmmap_scan_skip_blanks(&scan);
    if (!vmmap_scan_decimal(&scan, &entry.inode) || (scan.at < scan.end && *scan.at != ' '))
        return false;
    *ret = entry;
    return true;
}

bool vmmap_net_end_equals(const struct vmmap_net_end *a, const struct vmmap_net_end *b)
{
    return a->port == b->port && memcmp(a->address, b->address, sizeof(a->address)) == 0;
}
