/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/smaps.h"

#include <inttypes.h>
#include <string.h>

#include "support.h"

/* Each entry as "START-LAST flags\n", where flags are `nr` or `-`. */
static char *entries_text(const char *text)
{
    struct vmmap_scan scan = {text, text + strlen(text)};
    struct vmmap_smaps_entry entry;
    struct vmmap_buffer found = VMMAP_BUFFER_INIT;
    while (vmmap_smaps_next(&scan, &entry))
        vmmap_buffer_printf(&found, "%" PRIx64 "-%" PRIx64 " %s\n", entry.mapping.start,
                            entry.mapping.last, entry.is_noreserve ? "nr" : "-");
    return take_text(&found);
}

#define assert_entries(text, wanted)                                                               \
    do {                                                                                           \
        char *text_ = entries_text(text);                                                          \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(flags_belong_to_the_mapping_before_them)
{
    assert_entries("1000-2000 ---p 00000000 00:00 0 \n"
                   "Size:                  4 kB\n"
                   "VmFlags: mr mw me nr \n"
                   "2000-5000 rw-p 00000000 00:00 0                          [heap]\n"
                   "Rss:                   4 kB\n"
                   "THPeligible:           0\n"
                   "VmFlags: rd wr mr mw me ac\n"
                   "7000-8000 ---p 00000000 00:00 0\n"
                   "VmFlags: nr",
                   "1000-1fff nr\n2000-4fff -\n7000-7fff nr\n");
}
END_TEST

START_TEST(a_mapping_without_flags_is_passed_over)
{
    assert_entries("1000-2000 ---p 00000000 00:00 0\nSize: 4 kB\n"
                   "2000-3000 ---p 00000000 00:00 0\nVmFlags:\n",
                   "2000-2fff -\n");
}
END_TEST

START_TEST(other_text_has_no_entries)
{
    assert_entries("", "");
    assert_entries("VmFlags: nr\n", "");
    assert_entries("garbage\nVmFlags nr\n\n", "");
    assert_entries("1000-2000 ---p 00000000 00:00 0\nVmFlagsX: nr\n", "");
    assert_entries("1000-2000 ---p 00000000 00:00 0\nVmFlags: nrx xnr\n", "1000-1fff -\n");
}
END_TEST

int main(void)
{
    return RUN_TESTS("smaps", flags_belong_to_the_mapping_before_them,
                     a_mapping_without_flags_is_passed_over, other_text_has_no_entries);
}
