/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/region.h"

#include <string.h>

#include "support.h"

START_TEST(a_name_is_shown_as_it_is)
{
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    const struct vmmap_region region = {.start = 0x1000, .last = 0x1fff, .name = "/bin/a b"};
    ck_assert_ptr_eq(vmmap_region_name(&region, scratch), region.name);
}
END_TEST

START_TEST(anonymous_memory_is_named_by_its_page_number)
{
    static const struct {
        uint64_t start;
        const char *name;
    } cases[] = {
        {0, "[anon_00000]"},
        {0x1000, "[anon_00001]"},
        {0x12345678, "[anon_12345]"},
        {0x7ffff7fc1000, "[anon_7ffff7fc1]"},
        {UINT64_MAX, "[anon_fffffffffffff]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char scratch[VMMAP_REGION_NAME_SCRATCH];
        const struct vmmap_region region = {.start = cases[i].start, .last = UINT64_MAX};
        ck_assert_str_eq(vmmap_region_name(&region, scratch), cases[i].name);
    }
}
END_TEST

START_TEST(ranges_are_inclusive_at_both_ends_of_the_space)
{
    const struct vmmap_region low = {.start = 0, .last = 0xfff};
    const struct vmmap_region next = {.start = 0x1000, .last = 0x1fff};
    const struct vmmap_region top = {.start = UINT64_MAX - 0xfff, .last = UINT64_MAX};
    const struct vmmap_region whole = {.start = 0, .last = UINT64_MAX};

    ck_assert(vmmap_region_contains(&low, 0));
    ck_assert(vmmap_region_contains(&low, 0xfff));
    ck_assert(!vmmap_region_contains(&low, 0x1000));
    ck_assert(!vmmap_region_contains(&next, 0xfff));
    ck_assert(vmmap_region_contains(&top, UINT64_MAX));
    ck_assert(!vmmap_region_contains(&top, UINT64_MAX - 0x1000));

    ck_assert_uint_eq(vmmap_region_extent(&low), 0xfff);
    ck_assert_uint_eq(vmmap_region_extent(&whole), UINT64_MAX);

    ck_assert(vmmap_region_adjoins(&low, &next));
    ck_assert(!vmmap_region_adjoins(&next, &low));
    ck_assert(!vmmap_region_adjoins(&low, &top));
    ck_assert(!vmmap_region_adjoins(&top, &low)); /* the space does not wrap around */
}
END_TEST

START_TEST(a_guard_is_known_to_have_no_access)
{
    static const struct {
        struct vmmap_perms perms;
        bool guard;
    } cases[] = {
        {{0, VMMAP_PERM_ALL}, true},
        {{VMMAP_PERM_SHARED, VMMAP_PERM_ALL}, true},
        {{0, VMMAP_PERM_ACCESS}, true},
        {{0, VMMAP_PERM_READ | VMMAP_PERM_WRITE}, false},
        {{0, 0}, false},
        {{VMMAP_PERM_EXEC, VMMAP_PERM_ALL}, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct vmmap_region region = {.perms = cases[i].perms};
        ck_assert_int_eq(vmmap_region_is_guard(&region), cases[i].guard);
    }
}
END_TEST

START_TEST(permissions_survive_being_printed_and_read)
{
    for (uint8_t known = 0; known <= VMMAP_PERM_ALL; known++) {
        for (uint8_t set = 0; set <= VMMAP_PERM_ALL; set++) {
            if (set & ~known)
                continue;
            char letters[5];
            vmmap_perms_format((struct vmmap_perms){set, known}, letters);
            ck_assert_uint_eq(strlen(letters), 4);
            struct vmmap_perms perms = vmmap_perms_parse(letters, 4);
            ck_assert_uint_eq(perms.set, set);
            ck_assert_uint_eq(perms.known, known);
        }
    }
}
END_TEST

START_TEST(permission_letters_are_read_by_position)
{
    static const struct {
        const char *letters;
        size_t count;
        const char *shown;
    } cases[] = {
        {"r-xp", 4, "r-xp"},  {"rw-s", 4, "rw-s"}, {"rwx", 3, "rwx?"},  {"", 0, "????"},
        {"wr--", 4, "?\?-?"}, {"RWXP", 4, "????"}, {"---", 3, "---?"},  {"r-xpCN", 6, "r-xp"},
        {"r-xp", 2, "r-??"},  {"----", 4, "---?"}, {"pppp", 4, "???p"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char shown[5];
        vmmap_perms_format(vmmap_perms_parse(cases[i].letters, cases[i].count), shown);
        ck_assert_str_eq(shown, cases[i].shown);
    }
}
END_TEST

START_TEST(parts_keep_what_belongs_to_them)
{
    const struct vmmap_region pages = {.start = 0x1000,
                                       .last = 0x4fff,
                                       .origin = VMMAP_ORIGIN_PAGE_TABLE,
                                       .physical = 0x81000,
                                       .has_physical = true,
                                       .page_size = 0x1000};
    struct vmmap_region scattered = pages;
    scattered.has_physical = false;
    scattered.physical = 0;

    struct vmmap_region part = vmmap_region_until(vmmap_region_from(pages, 0x2000), 0x3fff);
    ck_assert_uint_eq(part.start, 0x2000);
    ck_assert_uint_eq(part.last, 0x3fff);
    ck_assert_uint_eq(part.physical, 0x82000);
    ck_assert(part.has_physical);
    ck_assert_uint_eq(part.page_size, 0x1000);
    part = vmmap_region_from(pages, 0x1000);
    ck_assert_uint_eq(part.physical, 0x81000);
    part = vmmap_region_from(scattered, 0x2000);
    ck_assert_uint_eq(part.physical, 0);
    ck_assert(!part.has_physical);

    const struct vmmap_region file = {.start = 0x1000,
                                      .last = 0x4fff,
                                      .name = "/a",
                                      .offset = 0x7000,
                                      .has_offset = true,
                                      .saved = 0x1800,
                                      .has_saved = true};
    part = vmmap_region_from(file, 0x2000);
    ck_assert_uint_eq(part.offset, 0x8000);
    ck_assert_uint_eq(part.saved, 0x800);
    ck_assert_uint_eq(part.physical, 0);
    ck_assert_uint_eq(vmmap_region_from(file, 0x3000).saved, 0);
    ck_assert_uint_eq(vmmap_region_until(file, 0x1fff).saved, 0x1000);
    ck_assert_uint_eq(vmmap_region_until(file, 0x2fff).saved, 0x1800);
}
END_TEST

START_TEST(origins_have_the_words_of_the_json_output)
{
    ck_assert_str_eq(vmmap_origin_name(VMMAP_ORIGIN_PROCFS), "procfs");
    ck_assert_str_eq(vmmap_origin_name(VMMAP_ORIGIN_GDB), "gdb");
    ck_assert_str_eq(vmmap_origin_name(VMMAP_ORIGIN_MANUAL), "manual");
}
END_TEST

/* The letters are user mode's, unless the kernel may do more. */
START_TEST(letters_of_two_modes)
{
    enum { R = VMMAP_PERM_READ, W = VMMAP_PERM_WRITE, X = VMMAP_PERM_EXEC };
    static const struct {
        uint8_t user;
        uint8_t kernel;
        const char *letters;
        uint8_t access;
        bool hides_user;
    } cases[] = {
        {R | W, R | W, "rw-u", R | W, false},
        {R | X, R, "r-xu", R | X, false},
        {X, 0, "--xu", X, false},
        {0, R | X, "r-xk", R | X, false},
        {X, R | W | X, "rwxk", R | W | X, true},
        {X, R | W, "rw-k", R | W | X, true},
        {R, R | W, "rw-k", R | W, true},
        {0, 0, "---k", 0, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct vmmap_region region = {
            .perms = vmmap_perms_of_modes(cases[i].user, cases[i].kernel),
            .user = cases[i].user,
            .kernel = cases[i].kernel,
        };
        char letters[5];
        vmmap_perms_format(region.perms, letters);
        ck_assert_str_eq(letters, cases[i].letters);
        ck_assert_uint_eq(vmmap_region_access(&region), cases[i].access);
        ck_assert(vmmap_region_hides_user(&region) == cases[i].hides_user);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("region", a_name_is_shown_as_it_is,
                     anonymous_memory_is_named_by_its_page_number,
                     ranges_are_inclusive_at_both_ends_of_the_space,
                     a_guard_is_known_to_have_no_access, permissions_survive_being_printed_and_read,
                     permission_letters_are_read_by_position, letters_of_two_modes,
                     parts_keep_what_belongs_to_them, origins_have_the_words_of_the_json_output);
}
