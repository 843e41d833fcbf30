/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/proc_status.h"

#include <string.h>

#include "formats/scan.h"

size_t vmmap_proc_status_count_pids(const char *text, size_t size)
{
    static const char key[] = "NSpid:";
    struct vmmap_scan scan = vmmap_scan_over(text, size), line, word;
    while (vmmap_scan_line(&scan, &line)) {
        vmmap_scan_skip_blanks(&line);
        if (!vmmap_scan_word(&line, &word) || (size_t)(word.end - word.at) != strlen(key) ||
            memcmp(word.at, key, strlen(key)) != 0)
            continue;
        size_t count = 0;
        for (vmmap_scan_skip_blanks(&line); vmmap_scan_word(&line, &word); count++)
            vmmap_scan_skip_blanks(&line);
        return count;
    }
    return 0;
}
