/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/linux_banner.h"

#include <string.h>

#include "support.h"

static bool parse(const char *text, struct vmmap_linux_version *ret)
{
    return vmmap_linux_banner_parse(text, strlen(text), ret);
}

#define assert_version(text, wanted_major, wanted_minor)                                           \
    do {                                                                                           \
        struct vmmap_linux_version version_;                                                       \
        ck_assert(parse(text, &version_));                                                         \
        ck_assert_uint_eq(version_.major, wanted_major);                                           \
        ck_assert_uint_eq(version_.minor, wanted_minor);                                           \
    } while (0)

START_TEST(versions)
{
    assert_version("Linux version 6.1.0-13-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian "
                   "12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP "
                   "PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)\n",
                   6, 1);
    assert_version("Linux version 4.19.0 (a@b)", 4, 19);
    assert_version("Linux version 5.10 (@)", 5, 10);
    assert_version("Linux version 999.999-rc1 (a@b)", 999, 999);
    assert_version("Linux version 6.6.0 (a@b)\0garbage", 6, 6);
}
END_TEST

START_TEST(what_is_no_banner)
{
    static const char *const texts[] = {
        "",
        "Linux version ",
        "linux version 6.1.0 (a@b)",
        " Linux version 6.1.0 (a@b)",
        "Linux version %s (%s@%s)", /* the format that other programs have */
        "Linux version 6 (a@b)",
        "Linux version 6. (a@b)",
        "Linux version .1 (a@b)",
        "Linux version -6.1 (a@b)",
        "Linux version 1000.1 (a@b)",
        "Linux version 6.1000 (a@b)",
        "Linux version 18446744073709551622.1 (a@b)",
        "Linux version 6.1.0",
        "Linux version 6.1.0 (a@b",
        "Linux version 6.1.0 (ab)",
        "Linux version 6.1 Linux version 6.2 (a@b)",
        "Linux version 6.1 (Linux version 6.2 (a@b)",
        "Linux version 6.1.0 (ab) (c@d)",
        "Linux version 6.1.0 a@b)",
        "Linux version 6.1.0 (a\n@b)",
        "Linux version 6.1.0 \x80(a@b)",
        "Linux version 6.1.0 \x1b[31m(a@b)",
    };
    struct vmmap_linux_version version;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert_msg(!parse(texts[i], &version), "\"%s\" is taken for a banner", texts[i]);
    ck_assert(!vmmap_linux_banner_parse("Linux version 6.1\0 (a@b)", 24, &version));
}
END_TEST

/* Every beginning, in a block of exactly its size, so that reading beyond it is noticed. */
START_TEST(cut_off)
{
    static const char text[] = "Linux version 6.1.0 (a@b) (gcc)";
    const size_t enough = strlen("Linux version 6.1.0 (a@b)");
    for (size_t size = 0; size <= sizeof(text); size++) {
        struct vmmap_linux_version version;
        char *copy = malloc(size + 1);
        memcpy(copy + 1, text, size);
        ck_assert_int_eq(vmmap_linux_banner_parse(copy + 1, size, &version), size >= enough);
        ck_assert_int_eq(vmmap_linux_banner_find(copy + 1, size) != NULL, size >= enough);
        free(copy);
    }
}
END_TEST

START_TEST(only_so_much_is_looked_at)
{
    char text[VMMAP_LINUX_BANNER_SIZE + 1];
    static const char end[] = "(a@b)";
    struct vmmap_linux_version version;
    for (size_t size = sizeof(text) - 1; size <= sizeof(text); size++) {
        memset(text, 'x', sizeof(text));
        memcpy(text, "Linux version 6.1.0", strlen("Linux version 6.1.0"));
        memcpy(text + size - strlen(end), end, strlen(end));
        ck_assert_int_eq(vmmap_linux_banner_parse(text, size, &version),
                         size <= VMMAP_LINUX_BANNER_SIZE);
    }
}
END_TEST

START_TEST(finding)
{
    static const char bytes[] =
        "\0Linux version %s (%s)\n\0Linux Linux version 6.1\0"
        "Linux version 6.0 Linux version 6.2.0 (a@b) Linux version 6.3 (c@d)";
    const char *found = vmmap_linux_banner_find(bytes, sizeof(bytes));
    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(memcmp(found, "Linux version 6.2.0", strlen("Linux version 6.2.0")), 0);
    found = vmmap_linux_banner_find(found + 1, (size_t)(bytes + sizeof(bytes) - (found + 1)));
    ck_assert_ptr_nonnull(found);
    ck_assert_int_eq(memcmp(found, "Linux version 6.3", strlen("Linux version 6.3")), 0);
    ck_assert_ptr_null(
        vmmap_linux_banner_find(found + 1, (size_t)(bytes + sizeof(bytes) - (found + 1))));
    ck_assert_ptr_null(vmmap_linux_banner_find(bytes, 0));
}
END_TEST

int main(void)
{
    return RUN_TESTS("linux_banner", versions, what_is_no_banner, cut_off,
                     only_so_much_is_looked_at, finding);
}
