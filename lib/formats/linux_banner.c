/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/linux_banner.h"

#include <string.h>

#include "formats/scan.h"

static const char prefix[] = "Linux version ";

static bool begins(const struct vmmap_scan *scan)
{
    return (size_t)(scan->end - scan->at) >= sizeof(prefix) - 1 &&
           memcmp(scan->at, prefix, sizeof(prefix) - 1) == 0;
}

/* "6.1.0-13-amd64": the first two numbers. */
static bool scan_version(struct vmmap_scan *scan, struct vmmap_linux_version *ret)
{
    enum { LIMIT = 1000 };
    uint64_t major, minor;
    if (!vmmap_scan_decimal(scan, &major) || !vmmap_scan_char(scan, '.') ||
        !vmmap_scan_decimal(scan, &minor) || major >= LIMIT || minor >= LIMIT)
        return false;
    *ret = (struct vmmap_linux_version){(unsigned int)major, (unsigned int)minor};
    return true;
}

/* "-13-amd64 (user@host)": printable up to the parenthesis that closes. Where another banner begins
 * this one ends, so that memory full of beginnings is not gone through time and again. */
static bool has_builder(struct vmmap_scan scan)
{
    bool open = false, at = false;
    for (; scan.at < scan.end && *scan.at >= ' ' && *scan.at <= '~'; scan.at++) {
        if (*scan.at == '(')
            open = true;
        else if (*scan.at == '@')
            at = open;
        else if (*scan.at == ')')
            return at;
        else if (begins(&scan))
            return false;
    }
    return false;
}

bool vmmap_linux_banner_parse(const char *text, size_t size, struct vmmap_linux_version *ret)
{
    if (size > VMMAP_LINUX_BANNER_SIZE)
        size = VMMAP_LINUX_BANNER_SIZE;
    struct vmmap_scan scan = vmmap_scan_over(text, size);
    if (!begins(&scan))
        return false;
    scan.at += sizeof(prefix) - 1;
    return scan_version(&scan, ret) && has_builder(scan);
}

const char *vmmap_linux_banner_find(const char *bytes, size_t size)
{
    const char *const end = bytes + size;
    struct vmmap_linux_version ignored;
    for (const char *at = bytes; at < end; at++) {
        at = memmem(at, (size_t)(end - at), prefix, sizeof(prefix) - 1);
        if (!at || vmmap_linux_banner_parse(at, (size_t)(end - at), &ignored))
            return at;
    }
    return NULL;
}
