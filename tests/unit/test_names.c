/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/names.h"

#include <libiberty/hashtab.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

static struct vmmap_names *names;

static const char *intern(const char *bytes, size_t size)
{
    const char *name = NULL;
    assert_ok(vmmap_names_intern(names, bytes, size, &name));
    ck_assert_ptr_nonnull(name);
    return name;
}

START_TEST(equal_names_are_stored_once)
{
    assert_ok(vmmap_names_create(&names));
    const char *a = intern("/lib/a", 6), *b = intern("/lib/b", 6);
    ck_assert_str_eq(a, "/lib/a");
    ck_assert_str_eq(b, "/lib/b");
    ck_assert_ptr_eq(intern("/lib/a and more", 6), a);
    ck_assert_ptr_eq(intern("/lib/a", 6), a);
    ck_assert_ptr_eq(intern("/lib/b", 6), b);
    vmmap_names_destroy(names);
}
END_TEST

START_TEST(a_prefix_is_a_name_of_its_own)
{
    assert_ok(vmmap_names_create(&names));
    const char *longer = intern("/lib/abc", 8), *shorter = intern("/lib/abc", 6);
    ck_assert_str_eq(longer, "/lib/abc");
    ck_assert_str_eq(shorter, "/lib/a");
    ck_assert_ptr_eq(intern("/lib/abc", 8), longer);
    ck_assert_str_eq(intern("", 0), "");
    vmmap_names_destroy(names);
}
END_TEST

START_TEST(a_nul_ends_a_name)
{
    assert_ok(vmmap_names_create(&names));
    const char *name = intern("ab\0cd", 5);
    ck_assert_str_eq(name, "ab");
    ck_assert_ptr_eq(intern("ab", 2), name);
    ck_assert_ptr_eq(intern("ab\0xy", 5), name);
    vmmap_names_destroy(names);
}
END_TEST

START_TEST(many_names_stay_where_they_are)
{
    enum { COUNT = 20000 };
    static const char *stored[COUNT];
    char text[32];
    assert_ok(vmmap_names_create(&names));
    for (unsigned int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof(text), "name %u", i);
        stored[i] = intern(text, strlen(text));
    }
    for (unsigned int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof(text), "name %u", i);
        ck_assert_ptr_eq(intern(text, strlen(text)), stored[i]);
        ck_assert_str_eq(stored[i], text);
    }
    vmmap_names_destroy(names);
}
END_TEST

START_TEST(a_name_may_be_very_long)
{
    enum { SIZE = 1 << 20 };
    char *text = malloc(SIZE);
    memset(text, 'n', SIZE);
    assert_ok(vmmap_names_create(&names));
    const char *name = intern(text, SIZE);
    ck_assert_uint_eq(strlen(name), SIZE);
    ck_assert_ptr_eq(intern(text, SIZE), name);
    free(text);
    vmmap_names_destroy(names);
}
END_TEST

/* Undoes the mix() of libiberty's iterative_hash(). */
static void unmix(uint32_t *a, uint32_t *b, uint32_t *c)
{
    static const unsigned int shifts[3][3] = {{3, 10, 15}, {12, 16, 5}, {13, 8, 13}};
    for (size_t i = 0; i < 3; i++) {
        *c = (*c ^ *b >> shifts[i][2]) + *b + *a;
        *b = (*b ^ *a << shifts[i][1]) + *a + *c;
        *a = (*a ^ *c >> shifts[i][0]) + *c + *b;
    }
}

/* A name of 12 bytes whose iterative_hash(name, 12, 0) is the same for every `number`. False if it
 * has a NUL in it. */
static bool make_colliding_name(uint32_t number, char ret[12])
{
    const uint32_t golden = 0x9e3779b9;
    uint32_t a = number * 2654435761u, b = number * 40503u, c = 0x12345678;
    unmix(&a, &b, &c);
    c -= 12; /* the length */
    unmix(&a, &b, &c);
    const uint32_t words[3] = {a - golden, b - golden, c};
    for (size_t i = 0; i < 12; i++)
        ret[i] = (char)(words[i / 4] >> (i % 4 * 8));
    return !memchr(ret, 0, 12);
}

/* Searching all of them for each one takes longer than a test may. */
START_TEST(names_made_to_collide_do_not)
{
    enum { COUNT = 100000 };
    char text[12];
    hashval_t hash = 0;
    size_t made = 0;
    assert_ok(vmmap_names_create(&names));
    for (uint32_t i = 1; i <= COUNT; i++) {
        if (!make_colliding_name(i, text))
            continue;
        hashval_t unseeded = iterative_hash(text, 12, 0);
        hash = made++ ? hash : unseeded;
        ck_assert_uint_eq(unseeded, hash);
        ck_assert_mem_eq(intern(text, 12), text, 12);
    }
    ck_assert_uint_gt(made, COUNT / 2);
    vmmap_names_destroy(names);
}
END_TEST

START_TEST(destroying_nothing_does_nothing)
{
    names = NULL;
    vmmap_names_destroy(names);
    ck_assert_ptr_null(names);
}
END_TEST

int main(void)
{
    return RUN_TESTS("names", equal_names_are_stored_once, a_prefix_is_a_name_of_its_own,
                     a_nul_ends_a_name, many_names_stay_where_they_are, a_name_may_be_very_long,
                     names_made_to_collide_do_not, destroying_nothing_does_nothing);
}
