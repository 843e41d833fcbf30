/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/perms_pattern.h"

#include <string.h>

#include "support.h"

/* A row's letters; `u` and `k` are of page tables. */
static struct vmmap_perms perms_of(const char *letters)
{
    struct vmmap_perms perms = vmmap_perms_parse(letters, 4);
    if (letters[3] == 'u' || letters[3] == 'k')
        perms.known |= VMMAP_PERM_USER;
    if (letters[3] == 'u')
        perms.set |= VMMAP_PERM_USER;
    return perms;
}

static enum vmmap_answer match(const char *pattern, const char *letters)
{
    struct vmmap_perms_pattern parsed;
    ck_assert_msg(vmmap_perms_pattern_parse(pattern, &parsed), "%s", pattern);
    ck_assert(vmmap_perms_pattern_is_set(&parsed));
    return vmmap_perms_pattern_match(&parsed, perms_of(letters));
}

START_TEST(letters_are_on_off_or_either)
{
    static const struct {
        const char *pattern;
        const char *row;
        enum vmmap_answer wanted;
    } cases[] = {
        {"rw-", "rw-p", VMMAP_YES},      {"rw-", "rwxp", VMMAP_NO},
        {"rw-p", "rw-s", VMMAP_NO},      {"rw-s", "rw-s", VMMAP_YES},
        {"..x", "r-xp", VMMAP_YES},      {"..x", "rw-p", VMMAP_NO},
        {".-x", "r-xp", VMMAP_YES},      {".-x", "rwxp", VMMAP_NO},
        {"?\?x", "--xp", VMMAP_YES},     {"r", "r--p", VMMAP_YES},
        {"r", "-w-p", VMMAP_NO},         {"-", "--xp", VMMAP_YES},
        {"---p", "---p", VMMAP_YES},     {"....", "?\?\?\?", VMMAP_YES},
        {"rw-", "r?-p", VMMAP_UNKNOWN},  {"rw-", "-?-p", VMMAP_NO},
        {"rw-p", "rw-?", VMMAP_UNKNOWN}, {"r-xu", "r-xu", VMMAP_YES},
        {"r-xu", "r-xk", VMMAP_NO},      {"r-xk", "r-xk", VMMAP_YES},
        {"r-xp", "r-xk", VMMAP_NO},      {"r-x-", "r-xk", VMMAP_YES},
        {"r-x-", "r-xp", VMMAP_YES},     {"r-x-", "r-xs", VMMAP_NO},
        {"!rw-", "rw-p", VMMAP_NO},      {"!rw-", "r--p", VMMAP_YES},
        {"!rw-", "r?-p", VMMAP_UNKNOWN}, {"!rw-", "-?-p", VMMAP_YES},
        {"!..x", "rw-p", VMMAP_YES},     {"!....", "rw-p", VMMAP_NO},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(match(cases[i].pattern, cases[i].row) == cases[i].wanted, "%s on %s",
                      cases[i].pattern, cases[i].row);
}
END_TEST

START_TEST(anything_else_is_refused)
{
    static const char *const bad[] = {"",         "!",   "!!r", "x",    "wr-", "rwxpp",
                                      "rw-x",     "R--", "rw ", "rw-r", "rwp", "0",
                                      "\xc3\xa4", "r\n", "r!",  "----p"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct vmmap_perms_pattern pattern = {.letters = {'r', 'w', '-', 'p'}, .negated = true};
        ck_assert_msg(!vmmap_perms_pattern_parse(bad[i], &pattern), "\"%s\"", bad[i]);
        ck_assert(!vmmap_perms_pattern_is_set(&pattern));
        ck_assert(vmmap_perms_pattern_match(&pattern, perms_of("?\?\?\?")) == VMMAP_YES);
    }
}
END_TEST

START_TEST(bits_that_must_be_on)
{
    const uint8_t wx = VMMAP_PERM_WRITE | VMMAP_PERM_EXEC;
    ck_assert(vmmap_perms_match(perms_of("rwxp"), wx) == VMMAP_YES);
    ck_assert(vmmap_perms_match(perms_of("rw?p"), wx) == VMMAP_UNKNOWN);
    ck_assert(vmmap_perms_match(perms_of("r-?p"), wx) == VMMAP_NO);
    ck_assert(vmmap_perms_match(perms_of("----"), 0) == VMMAP_YES);
}
END_TEST

int main(void)
{
    return RUN_TESTS("perms_pattern", letters_are_on_off_or_either, anything_else_is_refused,
                     bits_that_must_be_on);
}
