/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/perms_pattern.h"

#include <string.h>

/* What may stand at each place. */
static const char *const allowed[4] = {"r-.?", "w-.?", "x-.?", "psuk-.?"};

bool vmmap_perms_pattern_parse(const char *text, struct vmmap_perms_pattern *ret)
{
    struct vmmap_perms_pattern pattern = {.negated = *text == '!'};
    text += pattern.negated;
    size_t count = strlen(text);
    *ret = (struct vmmap_perms_pattern){.negated = false};
    if (count < 1 || count > 4)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!strchr(allowed[i], text[i]))
            return false;
        pattern.letters[i] = text[i] == '?' ? '.' : text[i];
    }
    *ret = pattern;
    return true;
}

bool vmmap_perms_pattern_is_set(const struct vmmap_perms_pattern *pattern)
{
    return pattern->letters[0] != 0;
}

/* `letter` is what a row shows; off is `-`, or `p` or `k` at the fourth place. */
static enum vmmap_answer match_letter(char wanted, char letter)
{
    if (wanted == 0 || wanted == '.' || wanted == letter)
        return VMMAP_YES;
    if (letter == '?')
        return VMMAP_UNKNOWN;
    return wanted == '-' && (letter == 'p' || letter == 'k') ? VMMAP_YES : VMMAP_NO;
}

enum vmmap_answer vmmap_perms_pattern_match(const struct vmmap_perms_pattern *pattern,
                                            struct vmmap_perms perms)
{
    enum vmmap_answer fits = VMMAP_YES;
    char letters[5];
    if (!vmmap_perms_pattern_is_set(pattern))
        return VMMAP_YES;
    vmmap_perms_format(perms, letters);
    for (size_t i = 0; i < 4; i++) {
        enum vmmap_answer answer = match_letter(pattern->letters[i], letters[i]);
        fits = answer < fits ? answer : fits;
    }
    if (!pattern->negated || fits == VMMAP_UNKNOWN)
        return fits;
    return fits == VMMAP_YES ? VMMAP_NO : VMMAP_YES;
}

enum vmmap_answer vmmap_perms_match(struct vmmap_perms perms, uint8_t wanted)
{
    if ((perms.set & wanted) == wanted)
        return VMMAP_YES;
    return wanted & perms.known & ~perms.set ? VMMAP_NO : VMMAP_UNKNOWN;
}
