/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/proc_status.h"

#include <string.h>

#include "formats/scan.h"

/* What the first line with this key has after it and its blanks. */
static bool find_value(const char *text, size_t size, const char *key, struct vmmap_scan *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(text, size), word;
    while (vmmap_scan_line(&scan, ret)) {
        vmmap_scan_skip_blanks(ret);
        if (vmmap_scan_word(ret, &word) && (size_t)(word.end - word.at) == strlen(key) &&
            memcmp(word.at, key, strlen(key)) == 0) {
            vmmap_scan_skip_blanks(ret);
            return true;
        }
    }
    return false;
}

size_t vmmap_proc_status_count_pids(const char *text, size_t size)
{
    struct vmmap_scan ids, id;
    size_t count = 0;
    if (!find_value(text, size, "NSpid:", &ids))
        return 0;
    for (; vmmap_scan_word(&ids, &id); count++)
        vmmap_scan_skip_blanks(&ids);
    return count;
}

char vmmap_proc_status_state(const char *text, size_t size)
{
    struct vmmap_scan state, letter;
    if (!find_value(text, size, "State:", &state) || !vmmap_scan_word(&state, &letter))
        return '\0';
    return *letter.at;
}
