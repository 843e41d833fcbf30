/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/procmaps.h"

#include "formats/scan.h"

/* "7f1c5a400000-7f1c5a428000 ": the end is exclusive there, and never 2^64. */
static bool scan_range(struct vmmap_scan *scan, struct vmmap_procmaps_entry *ret)
{
    uint64_t end;
    if (!vmmap_scan_hex(scan, &ret->start) || !vmmap_scan_char(scan, '-') ||
        !vmmap_scan_hex(scan, &end) || !vmmap_scan_char(scan, ' ') || end <= ret->start)
        return false;
    ret->last = end - 1;
    return true;
}

static bool scan_perms(struct vmmap_scan *scan, struct vmmap_procmaps_entry *ret)
{
    struct vmmap_scan letters;
    if (!vmmap_scan_word(scan, &letters) || letters.end - letters.at != 4)
        return false;
    ret->perms = vmmap_perms_parse(letters.at, 4);
    return ret->perms.known == VMMAP_PERM_ALL && vmmap_scan_char(scan, ' ');
}

/* "00000000 fe:00 1311772": offset, device, inode. */
static bool scan_backing(struct vmmap_scan *scan, struct vmmap_procmaps_entry *ret)
{
    uint64_t major, minor;
    return vmmap_scan_hex(scan, &ret->offset) && vmmap_scan_char(scan, ' ') &&
           vmmap_scan_hex(scan, &major) && vmmap_scan_char(scan, ':') &&
           vmmap_scan_hex(scan, &minor) && vmmap_scan_char(scan, ' ') &&
           vmmap_scan_decimal(scan, &ret->inode);
}

bool vmmap_procmaps_parse(const char *line, size_t size, struct vmmap_procmaps_entry *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(line, size);
    struct vmmap_procmaps_entry entry = {0};
    if (!scan_range(&scan, &entry) || !scan_perms(&scan, &entry) || !scan_backing(&scan, &entry))
        return false;
    if (scan.at < scan.end && *scan.at != ' ')
        return false;
    /* seq_pad() fills with spaces; no kernel name begins with one. */
    vmmap_scan_skip_blanks(&scan);
    entry.name = scan.at;
    entry.name_size = (size_t)(scan.end - scan.at);
    *ret = entry;
    return true;
}
