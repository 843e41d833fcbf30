/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/maps_text.h"

#include <string.h>

#include "support.h"

static struct vmmap_map *map_of(const char *text)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    assert_ok(vmmap_map_fill_from_maps_text(map, text, text ? strlen(text) : 0));
    return map;
}

START_TEST(a_good_text_is_exact)
{
    struct vmmap_map *map = map_of("00400000-00401000 r-xp 00000000 fe:00 7     /bin/a b\n"
                                   "00401000-00402000 rw-p 00001000 fe:00 7     /bin/a b\n"
                                   "00600000-00621000 rw-p 00000000 00:00 0     [heap]\n"
                                   "7ff000000000-7ff000001000 ---s 00000000 00:00 0 \n");
    assert_rows(map, "400000-400fff r-xp 0 /bin/a b\n"
                     "401000-401fff rw-p 1000 /bin/a b\n"
                     "600000-620fff rw-p 0 [heap]\n"
                     "7ff000000000-7ff000000fff ---s 0 -\n");
    ck_assert_ptr_eq(map->regions[0].name, map->regions[1].name); /* interned */
    ck_assert_int_eq(map->regions[0].origin, VMMAP_ORIGIN_PROCFS);
    ck_assert(map->exact);
    assert_notes(map, "");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(the_last_line_needs_no_newline)
{
    struct vmmap_map *map = map_of("00400000-00401000 r-xp 00000000 fe:00 7     /a");
    assert_rows(map, "400000-400fff r-xp 0 /a\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(no_text_is_an_empty_map)
{
    struct vmmap_map *map = map_of(NULL);
    assert_rows(map, "");
    ck_assert(map->exact);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(lines_that_are_none_are_counted)
{
    struct vmmap_map *map = map_of("rubbish\n"
                                   "00400000-00401000 r-xp 00000000 fe:00 7     /a\n"
                                   "\n");
    assert_rows(map, "400000-400fff r-xp 0 /a\n");
    ck_assert(!map->exact);
    assert_notes(map, "2 lines of the maps file could not be understood.\n");
    vmmap_map_destroy(map);

    map = map_of("00400000-00401000 r-xp 00000000 fe:00 7     /a\nrubbish\n");
    ck_assert(!map->exact);
    assert_notes(map, "1 line of the maps file could not be understood.\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_map_that_changed_meanwhile_is_cut_and_said_so)
{
    struct vmmap_map *map = map_of("00400000-00402000 r-xp 00000000 fe:00 7     /a\n"
                                   "00401000-00403000 r--p 00001000 fe:00 7     /a\n"
                                   "00402000-00404000 r--p 00002000 fe:00 7     /b\n");
    assert_rows(map, "400000-401fff r-xp 0 /a\n"
                     "402000-402fff r--p 2000 /a\n"
                     "403000-403fff r--p 3000 /b\n");
    ck_assert(!map->exact);
    assert_notes(map, "The map changed while it was read: 2 overlapping rows were cut; run the "
                      "command again.\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(ambiguous_names_are_found_one_after_the_other)
{
    struct vmmap_map *map = make_map("0-fff r--p 0 /a\n"
                                     "1000-1fff r--p 0 /b\\012c\n"
                                     "2000-2fff r--p 0 -\n"
                                     "3000-3fff r--p 0 \\012\n"
                                     "4000-4fff r--p 0 /\\013\n");
    size_t index = 0;
    ck_assert(vmmap_map_next_ambiguous_name(map, &index));
    ck_assert_uint_eq(index, 1);
    index++;
    ck_assert(vmmap_map_next_ambiguous_name(map, &index));
    ck_assert_uint_eq(index, 3);
    index++;
    ck_assert(!vmmap_map_next_ambiguous_name(map, &index));
    vmmap_map_destroy(map);
}
END_TEST

int main(void)
{
    return RUN_TESTS("maps_text", a_good_text_is_exact, the_last_line_needs_no_newline,
                     no_text_is_an_empty_map, lines_that_are_none_are_counted,
                     a_map_that_changed_meanwhile_is_cut_and_said_so,
                     ambiguous_names_are_found_one_after_the_other);
}
