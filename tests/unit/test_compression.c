/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/compression.h"

#include "support.h"

START_TEST(formats_are_told_by_their_magic)
{
    static const struct {
        unsigned char bytes[6];
        const char *name;
    } cases[] = {
        {{0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x00}, "zstd"}, {{0x1f, 0x8b, 8, 0, 0, 0}, "gzip"},
        {{0xfd, '7', 'z', 'X', 'Z', 0}, "xz"},          {{0x04, 0x22, 0x4d, 0x18, 0x64, 0}, "lz4"},
        {{'B', 'Z', 'h', '9', 0x31, 0x41}, "bzip2"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct vmmap_compression *found = vmmap_compression_detect(cases[i].bytes, 6);
        ck_assert_ptr_nonnull(found);
        ck_assert_str_eq(found->name, cases[i].name);
        ck_assert_ptr_null(vmmap_compression_detect(cases[i].bytes, 1));
    }
}
END_TEST

START_TEST(other_bytes_are_not_compressed)
{
    ck_assert_ptr_null(vmmap_compression_detect((const unsigned char *)"\177ELF\2\1", 6));
    ck_assert_ptr_null(vmmap_compression_detect((const unsigned char *)"\0\0\0\0\0\0", 6));
    ck_assert_ptr_null(vmmap_compression_detect((const unsigned char *)"\xfd"
                                                                       "7zXZ.",
                                                6));
    ck_assert_ptr_null(vmmap_compression_detect((const unsigned char *)"", 0));
}
END_TEST

int main(void)
{
    return RUN_TESTS("compression", formats_are_told_by_their_magic,
                     other_bytes_are_not_compressed);
}
