/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/map.h"

#include <stdio.h>
#include <string.h>

#include "support.h"

START_TEST(a_new_map_claims_nothing)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    vmmap_map_finish(map, NULL);
    ck_assert_uint_eq(map->count, 0);
    ck_assert_uint_eq(map->note_count, 0);
    ck_assert_str_eq(map->target, "none");
    ck_assert_str_eq(map->provider, "none");
    ck_assert(!map->exact);
    ck_assert_uint_eq(map->address_bits, 64);
    ck_assert_uint_eq(vmmap_map_find(map, 0), VMMAP_NO_REGION);
    ck_assert_uint_eq(vmmap_map_lower_bound(map, 0), 0);
    vmmap_map_destroy(map);
    vmmap_map_destroy(NULL);
}
END_TEST

START_TEST(what_is_added_is_copied)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    char name[] = "/bin/a", label[] = "heap of X";
    const struct vmmap_region region = {
        .start = 0x1000,
        .last = 0x1fff,
        .offset = 0x3000,
        .has_offset = true,
        .name = name,
        .label = label,
        .perms = {VMMAP_PERM_READ, VMMAP_PERM_ACCESS},
        .origin = VMMAP_ORIGIN_MANUAL,
    };
    assert_ok(vmmap_map_add(map, &region));
    memset(name, 'z', sizeof(name) - 1);
    memset(label, 'z', sizeof(label) - 1);
    vmmap_map_finish(map, NULL);
    assert_rows(map, "1000-1fff r--? 3000 /bin/a # heap of X\n");
    ck_assert_uint_eq(map->regions[0].origin, VMMAP_ORIGIN_MANUAL);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_name_can_be_a_slice)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    const struct vmmap_region region = {.start = 0, .last = 0xfff, .name = "ignored"};
    assert_ok(vmmap_map_add_named(map, &region, "/bin/a and more", 6));
    const struct vmmap_region next = {.start = 0x1000, .last = 0x1fff, .name = "ignored"};
    assert_ok(vmmap_map_add_named(map, &next, NULL, 0));
    const struct vmmap_region third = {.start = 0x2000, .last = 0x2fff};
    assert_ok(vmmap_map_add_named(map, &third, "\0hidden", 7));
    vmmap_map_finish(map, NULL);
    assert_rows(map, "0-fff ???? ? /bin/a\n"
                     "1000-1fff ???? ? -\n"
                     "2000-2fff ???? ? -\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(finishing_sorts)
{
    struct vmmap_map *map = make_unfinished_map("fffffffffffff000-ffffffffffffffff r--p 0 top\n"
                                                "3000-3fff rw-p 3 c\n"
                                                "0-fff r--p 0 a\n"
                                                "1000-2fff r-xp 1 b\n");
    size_t overlaps = 99;
    vmmap_map_finish(map, &overlaps);
    ck_assert_uint_eq(overlaps, 0);
    assert_rows(map, "0-fff r--p 0 a\n"
                     "1000-2fff r-xp 1 b\n"
                     "3000-3fff rw-p 3 c\n"
                     "fffffffffffff000-ffffffffffffffff r--p 0 top\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(many_regions_in_reverse_are_sorted)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    for (uint64_t i = 5000; i-- > 0;) {
        const struct vmmap_region region = {.start = i * 0x2000, .last = i * 0x2000 + 0xfff};
        assert_ok(vmmap_map_add(map, &region));
    }
    vmmap_map_finish(map, NULL);
    ck_assert_uint_eq(map->count, 5000);
    for (size_t i = 0; i < 5000; i++) {
        ck_assert_uint_eq(map->regions[i].start, i * 0x2000);
        ck_assert_uint_eq(vmmap_map_find(map, i * 0x2000 + 0xfff), i);
        ck_assert_uint_eq(vmmap_map_find(map, i * 0x2000 + 0x1000), VMMAP_NO_REGION);
        ck_assert_uint_eq(vmmap_map_lower_bound(map, i * 0x2000 + 0x1000), i + 1);
    }
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(overlaps_are_cut_from_the_later_one)
{
    static const struct {
        const char *rows, *cut;
        size_t overlaps;
    } cases[] = {
        /* The offset of what remains is that of its first byte. */
        {"1000-2fff r--p 0 /a\n2000-3fff rw-p 7000 /b\n",
         "1000-2fff r--p 0 /a\n3000-3fff rw-p 8000 /b\n", 1},
        /* Wholly inside, and equal: gone. */
        {"1000-4fff r--p 0 /a\n2000-2fff rw-p 0 /b\n", "1000-4fff r--p 0 /a\n", 1},
        {"1000-1fff r--p 0 /a\n1000-1fff rw-p 0 /b\n", NULL, 1},
        /* The same start: the shorter one comes first. */
        {"1000-3fff rw-p 0 /b\n1000-1fff r--p 0 /a\n",
         "1000-1fff r--p 0 /a\n2000-3fff rw-p 1000 /b\n", 1},
        /* Three, the last of them free of the first. */
        {"1000-2fff r--p 0 /a\n2000-4fff r--p 0 /b\n4000-5fff r--p 0 /c\n",
         "1000-2fff r--p 0 /a\n3000-4fff r--p 1000 /b\n5000-5fff r--p 1000 /c\n", 2},
        /* Up to the top of the space nothing can remain. */
        {"f000-ffffffffffffffff r--p 0 /a\nffffffffffff0000-ffffffffffffffff r--p 0 /b\n",
         "f000-ffffffffffffffff r--p 0 /a\n", 1},
        /* Nothing to adjust where there is no file. */
        {"0-1fff r--p 0 /a\n1000-2fff rw-p 0 -\n2000-3fff rw-p 0 [heap]\n",
         "0-1fff r--p 0 /a\n2000-2fff rw-p 0 -\n3000-3fff rw-p 0 [heap]\n", 2},
        {"0-1fff r--p 0 /a\n1000-2fff rw-p ? /b\n", "0-1fff r--p 0 /a\n2000-2fff rw-p ? /b\n", 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vmmap_map *map = make_unfinished_map(cases[i].rows);
        size_t overlaps = 99;
        vmmap_map_finish(map, &overlaps);
        ck_assert_uint_eq(overlaps, cases[i].overlaps);
        if (cases[i].cut)
            assert_rows(map, cases[i].cut);
        else
            ck_assert_uint_eq(map->count, 1); /* either of two equal ranges may stay */
        vmmap_map_destroy(map);
    }
}
END_TEST

START_TEST(lookups_are_right_at_all_edges)
{
    struct vmmap_map *map = make_map("0-fff r--p 0 a\n"
                                     "1000-1fff r--p 0 b\n"
                                     "4000-4fff r--p 0 c\n"
                                     "fffffffffffff000-ffffffffffffffff r--p 0 top\n");
    static const struct {
        uint64_t address;
        size_t found, lower_bound;
    } cases[] = {
        {0, 0, 0},
        {0xfff, 0, 0},
        {0x1000, 1, 1},
        {0x1fff, 1, 1},
        {0x2000, VMMAP_NO_REGION, 2},
        {0x3fff, VMMAP_NO_REGION, 2},
        {0x4000, 2, 2},
        {0x4fff, 2, 2},
        {0x5000, VMMAP_NO_REGION, 3},
        {0xffffffffffffefff, VMMAP_NO_REGION, 3},
        {0xfffffffffffff000, 3, 3},
        {UINT64_MAX, 3, 3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_uint_eq(vmmap_map_find(map, cases[i].address), cases[i].found);
        ck_assert_uint_eq(vmmap_map_lower_bound(map, cases[i].address), cases[i].lower_bound);
    }
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(lookups_know_the_ends_of_a_map)
{
    struct vmmap_map *map = make_map("1000-1fff r--p 0 a\n");
    ck_assert_uint_eq(vmmap_map_find(map, 0), VMMAP_NO_REGION);
    ck_assert_uint_eq(vmmap_map_lower_bound(map, 0), 0);
    ck_assert_uint_eq(vmmap_map_find(map, UINT64_MAX), VMMAP_NO_REGION);
    ck_assert_uint_eq(vmmap_map_lower_bound(map, UINT64_MAX), 1);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(one_region_can_be_the_whole_space)
{
    struct vmmap_map *map = make_map("0-ffffffffffffffff ???? ? -\n");
    ck_assert_uint_eq(vmmap_map_find(map, 0), 0);
    ck_assert_uint_eq(vmmap_map_find(map, UINT64_MAX), 0);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(an_overlay_covers_what_is_below)
{
    static const char below[] = "2000-5fff r--p 10000 /a\n";
    static const struct {
        const char *over, *merged;
    } cases[] = {
        {"", "2000-5fff r--p 10000 /a\n"},
        /* Beside it, adjoining or not. */
        {"0-fff rw-p 0 m\n", "0-fff rw-p 0 m\n2000-5fff r--p 10000 /a\n"},
        {"1000-1fff rw-p 0 m\n", "1000-1fff rw-p 0 m\n2000-5fff r--p 10000 /a\n"},
        {"6000-6fff rw-p 0 m\n", "2000-5fff r--p 10000 /a\n6000-6fff rw-p 0 m\n"},
        {"8000-8fff rw-p 0 m\n", "2000-5fff r--p 10000 /a\n8000-8fff rw-p 0 m\n"},
        /* Over its beginning, its end, its middle. */
        {"1000-2fff rw-p 0 m\n", "1000-2fff rw-p 0 m\n3000-5fff r--p 11000 /a\n"},
        {"2000-2fff rw-p 0 m\n", "2000-2fff rw-p 0 m\n3000-5fff r--p 11000 /a\n"},
        {"5000-5fff rw-p 0 m\n", "2000-4fff r--p 10000 /a\n5000-5fff rw-p 0 m\n"},
        {"5000-7fff rw-p 0 m\n", "2000-4fff r--p 10000 /a\n5000-7fff rw-p 0 m\n"},
        {"3000-3fff rw-p 0 m\n",
         "2000-2fff r--p 10000 /a\n3000-3fff rw-p 0 m\n4000-5fff r--p 12000 /a\n"},
        /* Over all of it. */
        {"2000-5fff rw-p 0 m\n", "2000-5fff rw-p 0 m\n"},
        {"1000-6fff rw-p 0 m\n", "1000-6fff rw-p 0 m\n"},
        {"0-ffffffffffffffff rw-p 0 m\n", "0-ffffffffffffffff rw-p 0 m\n"},
        /* Several at once. */
        {"2000-2fff rw-p 0 m\n4000-4fff rw-p 0 n\n",
         "2000-2fff rw-p 0 m\n3000-3fff r--p 11000 /a\n4000-4fff rw-p 0 n\n"
         "5000-5fff r--p 13000 /a\n"},
        {"2000-3fff rw-p 0 m\n4000-5fff rw-p 0 n\n", "2000-3fff rw-p 0 m\n4000-5fff rw-p 0 n\n"},
        /* A single byte. */
        {"3000-3000 rw-p 0 m\n",
         "2000-2fff r--p 10000 /a\n3000-3000 rw-p 0 m\n3001-5fff r--p 11001 /a\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vmmap_map *map = make_map(below), *over = make_map(cases[i].over);
        assert_ok(vmmap_map_overlay(map, over));
        vmmap_map_destroy(over); /* nothing of it is needed any more */
        assert_rows(map, cases[i].merged);
        vmmap_map_destroy(map);
    }
}
END_TEST

START_TEST(an_overlay_at_the_ends_of_the_space)
{
    struct vmmap_map *map = make_map("0-ffffffffffffffff r--p ? -\n");
    struct vmmap_map *over = make_map("0-fff rw-p 0 low\n"
                                      "fffffffffffff000-ffffffffffffffff rw-p 0 high\n");
    assert_ok(vmmap_map_overlay(map, over));
    assert_rows(map, "0-fff rw-p 0 low\n"
                     "1000-ffffffffffffefff r--p ? -\n"
                     "fffffffffffff000-ffffffffffffffff rw-p 0 high\n");
    vmmap_map_destroy(over);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(an_overlay_spans_several_regions_and_keeps_the_rest)
{
    struct vmmap_map *map = make_map("1000-1fff r--p 0 /a # x\n"
                                     "2000-2fff r--p 0 /b\n"
                                     "4000-4fff rw-p 0 [heap]\n"
                                     "5000-6fff rw-p 0 -\n");
    struct vmmap_map *over = make_map("1800-47ff ---p ? over # y\n");
    map->target = "native";
    map->exact = true;
    assert_ok(vmmap_map_add_note(map, "A note."));
    assert_ok(vmmap_map_overlay(map, over));
    assert_rows(map, "1000-17ff r--p 0 /a # x\n"
                     "1800-47ff ---p ? over # y\n"
                     "4800-4fff rw-p 0 [heap]\n"
                     "5000-6fff rw-p 0 -\n");
    assert_notes(map, "A note.\n");
    ck_assert_str_eq(map->target, "native");
    ck_assert(map->exact);
    vmmap_map_destroy(over);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(an_overlay_on_an_empty_map_is_the_map)
{
    struct vmmap_map *map = make_map(""), *over = make_map("1000-1fff rw-p 0 m\n");
    assert_ok(vmmap_map_overlay(map, over));
    assert_rows(map, "1000-1fff rw-p 0 m\n");
    assert_rows(over, "1000-1fff rw-p 0 m\n");
    vmmap_map_destroy(over);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(labels_and_names_can_be_replaced)
{
    struct vmmap_map *map = make_map("1000-1fff rw-p 0 /a # old\n2000-2fff rw-p 0 /a\n");
    assert_ok(vmmap_map_set_label(map, 0, "new"));
    assert_ok(vmmap_map_set_name(map, 0, "/b and more", 2));
    assert_rows(map, "1000-1fff rw-p 0 /b # new\n2000-2fff rw-p 0 /a\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_note_is_added_once)
{
    struct vmmap_map *map = make_map("");
    assert_ok(vmmap_map_add_note(map, "Note %d.", 1));
    assert_ok(vmmap_map_add_note(map, "Note %d.", 2));
    assert_ok(vmmap_map_add_note(map, "Note 1."));
    assert_notes(map, "Note 1.\nNote 2.\n");
    vmmap_map_destroy(map);
}
END_TEST

int main(void)
{
    return RUN_TESTS("map", a_new_map_claims_nothing, what_is_added_is_copied,
                     a_name_can_be_a_slice, finishing_sorts, many_regions_in_reverse_are_sorted,
                     overlaps_are_cut_from_the_later_one, lookups_are_right_at_all_edges,
                     lookups_know_the_ends_of_a_map, one_region_can_be_the_whole_space,
                     an_overlay_covers_what_is_below, an_overlay_at_the_ends_of_the_space,
                     an_overlay_spans_several_regions_and_keeps_the_rest,
                     an_overlay_on_an_empty_map_is_the_map, labels_and_names_can_be_replaced,
                     a_note_is_added_once);
}
