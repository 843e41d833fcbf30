/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/vmcoreinfo.h"

#include <string.h>

#include "formats/scan.h"

bool vmmap_vmcoreinfo_is(const char *text, size_t size)
{
    struct vmmap_scan scan = vmmap_scan_over(text, size);
    return vmmap_scan_text(&scan, "OSRELEASE=");
}

static bool take_value(struct vmmap_scan *scan, uint64_t *ret)
{
    if (vmmap_scan_text(scan, "0x"))
        return vmmap_scan_hex(scan, ret);
    const bool negative = vmmap_scan_char(scan, '-');
    if (!vmmap_scan_decimal(scan, ret))
        return false;
    if (negative)
        *ret = -*ret;
    return true;
}

/* The value of the first line that is `before`, `name`, `after` and what `take` takes wholly. */
static bool find_value(const char *text, size_t size, const char *before, const char *name,
                       const char *after, bool (*take)(struct vmmap_scan *scan, uint64_t *ret),
                       uint64_t *ret)
{
    struct vmmap_scan rest = vmmap_scan_over(text, size), line;
    while (vmmap_scan_line(&rest, &line)) {
        uint64_t value;
        if (line.end == text + size) /* no newline: cut off, perhaps within the number */
            break;
        if (vmmap_scan_text(&line, before) && vmmap_scan_text(&line, name) &&
            vmmap_scan_text(&line, after) && take(&line, &value) && line.at == line.end) {
            *ret = value;
            return true;
        }
    }
    return false;
}

bool vmmap_vmcoreinfo_number(const char *text, size_t size, const char *name, uint64_t *ret)
{
    return find_value(text, size, "NUMBER(", name, ")=", take_value, ret);
}

bool vmmap_vmcoreinfo_symbol(const char *text, size_t size, const char *name, uint64_t *ret)
{
    return find_value(text, size, "SYMBOL(", name, ")=", vmmap_scan_hex, ret);
}

bool vmmap_vmcoreinfo_decimal(const char *text, size_t size, const char *name, uint64_t *ret)
{
    return find_value(text, size, "", name, "=", vmmap_scan_decimal, ret);
}
