/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/diff.h"

#include <string.h>

#include "fault.h"
#include "map/pieces.h"
#include "support.h"

/* The changes, a line each: kind, the range as it is or was, and what it was before. */
static char *diff_text(const struct vmmap_diff *diff)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < diff->map->count; i++) {
        const struct vmmap_change *change = &diff->changes[i];
        char *row = some_rows_text(diff->map, i, 1);
        vmmap_buffer_printf(&text, "%s %s", vmmap_change_name(change->kind), row);
        free(row);
        if (!vmmap_change_has_before(change->kind))
            continue;
        struct vmmap_map map = {.regions = (struct vmmap_region *)&change->before, .count = 1};
        row = some_rows_text(&map, 0, 1);
        vmmap_buffer_printf(&text, "  was %s", row);
        free(row);
    }
    return take_text(&text);
}

static void check(const char *before, const char *after, const char *wanted)
{
    struct vmmap_map *old = make_map(before), *new = make_map(after);
    struct vmmap_diff *diff;
    assert_ok(vmmap_diff_create(old, new, &diff));
    vmmap_map_destroy(old); /* the strings must be the difference's own */
    vmmap_map_destroy(new);
    char *text = diff_text(diff);
    ck_assert_str_eq(text, wanted);
    free(text);
    vmmap_diff_destroy(diff);
}

START_TEST(equal_maps_have_no_difference)
{
    check("", "", "");
    check("1000-1fff r-xp 0 /a\n3000-3fff rw-p 0 - # stack of thread 2\n",
          "1000-1fff r-xp 0 /a\n3000-3fff rw-p 0 -\n", "");
}
END_TEST

START_TEST(added_and_removed)
{
    check("", "1000-1fff r-xp 0 /a\n", "added 1000-1fff r-xp 0 /a\n");
    check("1000-1fff r-xp 0 /a # L\n", "", "removed 1000-1fff r-xp 0 /a # L\n");
    check("1000-1fff r-xp 0 /a\n5000-5fff rw-p 0 /b\n",
          "1000-1fff r-xp 0 /a\n3000-3fff rw-p 0 /c\n",
          "added 3000-3fff rw-p 0 /c\nremoved 5000-5fff rw-p 0 /b\n");
}
END_TEST

START_TEST(grown_and_shrunk_at_either_end)
{
    check("1000-1fff rw-p 0 [heap]\n", "1000-3fff rw-p 0 [heap]\n",
          "grown 2000-3fff rw-p 0 [heap]\n  was 1000-1fff rw-p 0 [heap]\n");
    check("3000-3fff rw-p 0 [stack]\n", "1000-3fff rw-p 0 [stack]\n",
          "grown 1000-2fff rw-p 0 [stack]\n  was 3000-3fff rw-p 0 [stack]\n");
    check("1000-3fff rw-p 1000 /a\n", "1000-1fff rw-p 1000 /a\n",
          "shrunk 2000-3fff rw-p 2000 /a\n  was 1000-3fff rw-p 1000 /a\n");
    check("1000-3fff rw-p 1000 /a\n", "3000-3fff rw-p 3000 /a\n",
          "shrunk 1000-2fff rw-p 1000 /a\n  was 1000-3fff rw-p 1000 /a\n");
    /* A hole in the middle, and one that is filled. */
    check("1000-4fff rw-p 0 -\n", "1000-1fff rw-p 0 -\n4000-4fff rw-p 0 -\n",
          "shrunk 2000-3fff rw-p 0 -\n  was 1000-4fff rw-p 0 -\n");
    check("1000-1fff rw-p 0 -\n4000-4fff rw-p 0 -\n", "1000-4fff rw-p 0 -\n",
          "grown 2000-3fff rw-p 0 -\n  was 1000-1fff rw-p 0 -\n");
}
END_TEST

START_TEST(what_adjoins_but_is_another_region_is_added)
{
    check("1000-1fff rw-p 0 /a\n", "1000-1fff rw-p 0 /a\n2000-2fff rw-p 0 /b\n",
          "added 2000-2fff rw-p 0 /b\n");
    check("1000-1fff rw-p 0 /a\n", "0-1fff rw-p 7000 /a\n",
          "added 0-fff rw-p 7000 /a\nreplaced 1000-1fff rw-p 8000 /a\n"
          "  was 1000-1fff rw-p 0 /a\n");
}
END_TEST

START_TEST(permissions)
{
    check("1000-4fff r--p 0 -\n", "1000-1fff r--p 0 -\n2000-2fff rw-p 0 -\n3000-4fff r--p 0 -\n",
          "permissions 2000-2fff rw-p 0 -\n  was 2000-2fff r--p 0 -\n");
    check("1000-1fff r--p 0 -\n2000-2fff rw-p 0 -\n", "1000-2fff rw-p 0 -\n",
          "permissions 1000-1fff rw-p 0 -\n  was 1000-1fff r--p 0 -\n");
    check("1000-2fff r--p 5000 /a\n", "1000-1fff r--p 5000 /a\n2000-2fff r-?p 6000 /a\n",
          "permissions 2000-2fff r-?p 6000 /a\n  was 2000-2fff r--p 6000 /a\n");
}
END_TEST

START_TEST(split_and_joined_is_no_change)
{
    check("1000-4fff r--p 5000 /a\n", "1000-1fff r--p 5000 /a\n2000-4fff r--p 6000 /a\n", "");
    check("1000-1fff rw-p 0 -\n2000-4fff rw-p 0 -\n", "1000-4fff rw-p 0 -\n", "");
    check("0-ffffffffffffffff rw-p 0 -\n",
          "0-ffffffffffffefff rw-p 0 -\nfffffffffffff000-ffffffffffffffff rw-p 0 -\n", "");
}
END_TEST

START_TEST(replaced)
{
    check("1000-2fff r--p 0 /a\n", "1000-1fff r--p 0 /a\n2000-2fff rw-p 0 -\n",
          "replaced 2000-2fff rw-p 0 -\n  was 2000-2fff r--p 1000 /a\n");
    check("1000-1fff r--p 0 /a\n", "1000-1fff r--p 3000 /a\n",
          "replaced 1000-1fff r--p 3000 /a\n  was 1000-1fff r--p 0 /a\n");
    check("1000-1fff r--p ? /a\n", "1000-1fff r--p 3000 /a\n", ""); /* not known to differ */
}
END_TEST

START_TEST(moved_where_there_is_one_of_each)
{
    check("1000-1fff r--p 0 /a\n5000-5fff r--p 0 /b\n",
          "5000-5fff r--p 0 /b\n8000-8fff r--p 0 /a\n",
          "moved 8000-8fff r--p 0 /a\n  was 1000-1fff r--p 0 /a\n");
    check("8000-8fff rw-p 0 -\n", "1000-1fff rw-p 0 -\n",
          "moved 1000-1fff rw-p 0 -\n  was 8000-8fff rw-p 0 -\n");
    /* Two that look alike can not be told apart. */
    check("1000-1fff rw-p 0 -\n3000-3fff rw-p 0 -\n", "8000-8fff rw-p 0 -\n",
          "removed 1000-1fff rw-p 0 -\nremoved 3000-3fff rw-p 0 -\nadded 8000-8fff rw-p 0 -\n");
    check("1000-1fff rw-p 0 -\n3000-3fff rw-p 0 -\n", "",
          "removed 1000-1fff rw-p 0 -\nremoved 3000-3fff rw-p 0 -\n");
    /* Another size, permissions, name or offset is another region. */
    check("1000-1fff r--p 0 /a\n", "8000-9fff r--p 0 /a\n",
          "removed 1000-1fff r--p 0 /a\nadded 8000-9fff r--p 0 /a\n");
    check("1000-1fff r--p 0 /a\n", "8000-8fff rw-p 0 /a\n",
          "removed 1000-1fff r--p 0 /a\nadded 8000-8fff rw-p 0 /a\n");
    check("1000-1fff r--p 0 /a\n", "8000-8fff r--p 0 /b\n",
          "removed 1000-1fff r--p 0 /a\nadded 8000-8fff r--p 0 /b\n");
    check("1000-1fff r--p 0 /a\n", "8000-8fff r--p 1000 /a\n",
          "removed 1000-1fff r--p 0 /a\nadded 8000-8fff r--p 1000 /a\n");
}
END_TEST

START_TEST(physical_addresses)
{
    struct vmmap_region page = {.start = 0x1000,
                                .last = 0x2fff,
                                .origin = VMMAP_ORIGIN_PAGE_TABLE,
                                .kernel = VMMAP_PERM_READ,
                                .has_physical = true,
                                .physical = 0x8000};
    struct vmmap_map *old, *new;
    struct vmmap_diff *diff;
    assert_ok(vmmap_map_create(&old));
    assert_ok(vmmap_map_create(&new));
    assert_ok(vmmap_map_add(old, &page));
    page.last = 0x1fff;
    assert_ok(vmmap_map_add(new, &page)); /* the same page */
    page.start = 0x2000;
    page.last = 0x2fff;
    page.physical = 0xa000; /* would be 0x9000 */
    page.kernel = VMMAP_PERM_READ | VMMAP_PERM_WRITE;
    assert_ok(vmmap_map_add(new, &page));
    vmmap_map_finish(old, NULL);
    vmmap_map_finish(new, NULL);
    old->exact = true;
    new->provider = "page-tables";
    assert_ok(vmmap_map_add_note(new, "A note."));
    assert_ok(vmmap_diff_create(old, new, &diff));
    ck_assert_uint_eq(diff->map->count, 1);
    ck_assert_int_eq(diff->changes[0].kind, VMMAP_CHANGE_REPLACED);
    ck_assert_uint_eq(diff->changes[0].before.physical, 0x9000);
    ck_assert_uint_eq(diff->map->regions[0].physical, 0xa000);
    ck_assert_str_eq(diff->map->provider, "page-tables");
    ck_assert(!diff->map->exact);
    assert_notes(diff->map, "A note.\n");
    vmmap_diff_destroy(diff);
    vmmap_map_destroy(old);
    vmmap_map_destroy(new);
}
END_TEST

/* What the walk over both maps has to be: compared address by address. */
START_TEST(differences_of_random_maps)
{
    enum { PAGES = 24, ROUNDS = 2000 };
    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        char kinds[2][PAGES];
        struct vmmap_map *maps[2];
        for (int side = 0; side < 2; side++) {
            assert_ok(vmmap_map_create(&maps[side]));
            for (size_t page = 0; page < PAGES; page++)
                kinds[side][page] = "---rrw"[rand() % 6];
            for (size_t page = 0, end; page < PAGES; page = end) {
                for (end = page + 1; end < PAGES && kinds[side][end] == kinds[side][page];)
                    end++;
                const struct vmmap_region region = {
                    .start = page * 0x1000,
                    .last = end * 0x1000 - 1,
                    .perms = vmmap_perms_parse(kinds[side][page] == 'w' ? "rw-p" : "r--p", 4)};
                if (kinds[side][page] != '-')
                    assert_ok(vmmap_map_add(maps[side], &region));
            }
            vmmap_map_finish(maps[side], NULL);
        }
        struct vmmap_diff *diff;
        assert_ok(vmmap_diff_create(maps[0], maps[1], &diff));
        for (size_t page = 0; page < PAGES; page++) {
            const size_t index = vmmap_map_find(diff->map, page * 0x1000);
            const char was = kinds[0][page], is = kinds[1][page];
            if (was == is) {
                ck_assert_uint_eq(index, VMMAP_NO_REGION);
            } else if (index == VMMAP_NO_REGION) {
                ck_assert(is == '-'); /* what moved away is told where it is now */
            } else {
                enum vmmap_change_kind kind = diff->changes[index].kind;
                ck_assert_int_eq(kind == VMMAP_CHANGE_PERMISSIONS, was != '-' && is != '-');
                ck_assert_int_eq(kind == VMMAP_CHANGE_REMOVED || kind == VMMAP_CHANGE_SHRUNK,
                                 is == '-');
            }
        }
        vmmap_diff_destroy(diff);
        vmmap_map_destroy(maps[0]);
        vmmap_map_destroy(maps[1]);
    }
}
END_TEST

START_TEST(every_allocation_fails)
{
    struct vmmap_map *old = make_map("1000-1fff r--p 0 /a\n3000-3fff rw-p 0 /b # L\n"
                                     "5000-6fff rw-p 0 [heap]\n8000-8fff r--p 0 /c\n"),
                     *new = make_map("3000-3fff r--p 0 /b\n5000-7fff rw-p 0 [heap]\n"
                                     "9000-9fff r--p 0 /a\nb000-bfff r--p 0 /d\n");
    assert_ok(vmmap_map_add_note(new, "A note."));
    struct vmmap_error *error;
    unsigned int at = 0;
    do {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = ++at};
        struct vmmap_diff *diff = NULL;
        fault_begin(&plan);
        error = vmmap_diff_create(old, new, &diff);
        const size_t count = error ? 0 : diff->map->count;
        vmmap_diff_destroy(diff);
        struct fault_report report = fault_end();
        ck_assert_uint_eq(count, error ? 0 : 5);
        ck_assert(!error || error == &vmmap_error_no_memory);
        ck_assert_int_eq(report.blocks, 0);
    } while (error);
    ck_assert_uint_gt(at, 8);
    vmmap_map_destroy(old);
    vmmap_map_destroy(new);
}
END_TEST

START_TEST(a_shared_map_goes_with_its_last_owner)
{
    static const struct fault_plan nothing_fails = {.at = 0};
    struct vmmap_map *map;
    fault_begin(&nothing_fails);
    struct vmmap_error *error = vmmap_map_create(&map);
    struct vmmap_map *shared = error ? NULL : vmmap_map_share(map);
    vmmap_map_destroy(map);
    const bool is_there = shared && shared->count == 0;
    vmmap_map_destroy(shared);
    struct fault_report report = fault_end();
    assert_ok(error);
    ck_assert(is_there);
    ck_assert_int_eq(report.blocks, 0);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "diff", equal_maps_have_no_difference, added_and_removed, grown_and_shrunk_at_either_end,
        what_adjoins_but_is_another_region_is_added, permissions, split_and_joined_is_no_change,
        replaced, moved_where_there_is_one_of_each, physical_addresses, differences_of_random_maps,
        every_allocation_fails, a_shared_map_goes_with_its_last_owner);
}
