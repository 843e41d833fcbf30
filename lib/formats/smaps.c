/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/smaps.h"

#include <string.h>

static bool word_equals(const struct vmmap_scan *word, const char *text)
{
    size_t size = strlen(text);
    return (size_t)(word->end - word->at) == size && memcmp(word->at, text, size) == 0;
}

bool vmmap_smaps_next(struct vmmap_scan *text, struct vmmap_smaps_entry *ret)
{
    struct vmmap_smaps_entry entry = {.is_noreserve = false};
    struct vmmap_scan line, word;
    bool has_mapping = false;
    while (vmmap_scan_line(text, &line)) {
        if (vmmap_procmaps_parse(line.at, (size_t)(line.end - line.at), &entry.mapping)) {
            has_mapping = true;
            continue;
        }
        if (!has_mapping || !vmmap_scan_word(&line, &word) || !word_equals(&word, "VmFlags:"))
            continue;
        for (vmmap_scan_skip_blanks(&line); vmmap_scan_word(&line, &word);
             vmmap_scan_skip_blanks(&line))
            entry.is_noreserve = entry.is_noreserve || word_equals(&word, "nr");
        *ret = entry;
        return true;
    }
    return false;
}
