/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/pages.h"

#include <string.h>

#include "fake_target.h"
#include "fault.h"
#include "session/session.h"
#include "support.h"

/* Adds rows; NULL if that worked. */
static struct vmmap_error *add(struct vmmap_pages *pages, unsigned int inferior, const char *rows)
{
    struct vmmap_map *map = make_map(rows);
    struct vmmap_error *error = vmmap_pages_add(pages, inferior, map);
    vmmap_map_destroy(map);
    return error;
}

static void explore(struct vmmap_pages *pages, unsigned int inferior, const char *rows)
{
    struct vmmap_map *map = make_map(rows);
    for (size_t i = 0; i < map->count; i++)
        map->regions[i].origin = VMMAP_ORIGIN_PROBED;
    assert_ok(vmmap_pages_add_explored(pages, inferior, map));
    vmmap_map_destroy(map);
}

static void check_laid(const struct vmmap_pages *pages, unsigned int inferior, const char *base,
                       const char *wanted)
{
    struct vmmap_map *map = make_map(base), *laid;
    assert_ok(vmmap_pages_lay(pages, inferior, map, &laid));
    assert_rows(laid, wanted);
    vmmap_map_destroy(laid);
    vmmap_map_destroy(map);
}

START_TEST(pages_lie_over_what_is_found_and_split_it)
{
    struct vmmap_pages pages = {.count = 0};
    assert_ok(add(&pages, 1, "2000-2fff rwx? ? m\n6000-6fff ???? ? n\n"));
    check_laid(&pages, 1, "1000-3fff r--p 0 /a\n",
               "1000-1fff r--p 0 /a\n2000-2fff rwx? ? m\n3000-3fff r--p 2000 /a\n"
               "6000-6fff ???? ? n\n");
    check_laid(&pages, 1, "", "2000-2fff rwx? ? m\n6000-6fff ???? ? n\n");
    vmmap_pages_deinit(&pages);
}
END_TEST

START_TEST(what_was_explored_lies_below)
{
    struct vmmap_pages pages = {.count = 0};
    explore(&pages, 1, "0-4fff r--? ? <explored>\n");
    assert_ok(add(&pages, 1, "4000-4fff rw-? ? m\n"));
    check_laid(&pages, 1, "1000-1fff r--p 0 /a\n",
               "0-fff r--? ? <explored>\n1000-1fff r--p 0 /a\n2000-3fff r--? ? <explored>\n"
               "4000-4fff rw-? ? m\n");
    explore(&pages, 1, "3000-5fff r--? ? <explored>\n");
    check_laid(&pages, 1, "",
               "0-2fff r--? ? <explored>\n3000-3fff r--? ? <explored>\n4000-4fff rw-? ? m\n"
               "5000-5fff r--? ? <explored>\n");
    vmmap_pages_deinit(&pages);
}
END_TEST

START_TEST(a_page_over_a_page_is_refused_and_nothing_changes)
{
    struct vmmap_pages pages = {.count = 0};
    assert_ok(add(&pages, 1, "2000-2fff rwx? ? m\n"));
    assert_error(add(&pages, 1, "1000-1fff r--? ? a\n2800-3fff r--? ? b\n"), VMMAP_ERROR_INVALID,
                 "It overlaps the page at 0x2000 to 0x2fff that was added before: \"vmmap_clear "
                 "0x2000\" removes that one.");
    check_laid(&pages, 1, "", "2000-2fff rwx? ? m\n");
    assert_ok(add(&pages, 1, "1000-1fff r--? ? a\n3000-3fff r--? ? b\n"));
    vmmap_pages_deinit(&pages);
}
END_TEST

START_TEST(inferiors_do_not_share_pages)
{
    struct vmmap_pages pages = {.count = 0};
    assert_ok(add(&pages, 1, "2000-2fff rwx? ? m\n"));
    assert_ok(add(&pages, 2, "2000-2fff r--? ? n\n"));
    ck_assert(vmmap_pages_exist(&pages, 1) && !vmmap_pages_exist(&pages, 3));
    check_laid(&pages, 2, "", "2000-2fff r--? ? n\n");
    check_laid(&pages, 3, "", "");
    ck_assert_uint_eq(vmmap_pages_clear(&pages, 1), 1);
    ck_assert_uint_eq(vmmap_pages_clear(&pages, 1), 0);
    check_laid(&pages, 1, "", "");
    check_laid(&pages, 2, "", "2000-2fff r--? ? n\n");
    vmmap_pages_deinit(&pages);
}
END_TEST

START_TEST(one_page_can_be_cleared)
{
    struct vmmap_pages pages = {.count = 0};
    struct vmmap_region region;
    explore(&pages, 1, "2000-2fff r--? ? <explored>\n");
    assert_ok(add(&pages, 1, "1000-1fff rwx? ? m\n2800-4fff rwx? ? n\n"));
    ck_assert(!vmmap_pages_clear_at(&pages, 1, 0x5000, &region));
    ck_assert(!vmmap_pages_clear_at(&pages, 2, 0x1000, &region));
    ck_assert(vmmap_pages_clear_at(&pages, 1, 0x2800, &region));
    ck_assert_uint_eq(region.start, 0x2800);
    ck_assert_uint_eq(region.last, 0x4fff);
    check_laid(&pages, 1, "", "1000-1fff rwx? ? m\n2000-2fff r--? ? <explored>\n");
    ck_assert(vmmap_pages_clear_at(&pages, 1, 0x2800, &region));
    ck_assert_uint_eq(region.start, 0x2000);
    ck_assert_uint_eq(vmmap_pages_clear(&pages, 1), 1);
    vmmap_pages_deinit(&pages);
}
END_TEST

START_TEST(the_words_are_those_of_what_was_found)
{
    struct vmmap_pages pages = {.count = 0};
    struct vmmap_map *base = make_map("1000-1fff r--p 0 /a\n"), *laid;
    base->target = "remote";
    base->provider = "vfile";
    base->address_bits = 32;
    base->exact = true;
    assert_ok(vmmap_map_add_note(base, "A note."));
    assert_ok(add(&pages, 1, "2000-2fff rwx? ? m\n"));
    assert_ok(vmmap_pages_lay(&pages, 1, base, &laid));
    ck_assert_str_eq(laid->target, "remote");
    ck_assert_str_eq(laid->provider, "vfile");
    ck_assert_uint_eq(laid->address_bits, 32);
    ck_assert(laid->exact);
    assert_notes(laid, "A note.\n");
    vmmap_map_destroy(laid);
    explore(&pages, 1, "4000-4fff r--? ? <explored>\n");
    assert_ok(vmmap_pages_lay(&pages, 1, base, &laid));
    ck_assert(!laid->exact);
    vmmap_map_destroy(laid);
    vmmap_map_destroy(base);
    vmmap_pages_deinit(&pages);
}
END_TEST

/* The model: an array with what each of some pages is; random layers are put into both. */

enum { PAGES = 64, LAYERS = 8, ROUNDS = 2000 };

struct model_page {
    char name[8]; /* empty where nothing is mapped */
    uint64_t offset;
};

static uint32_t random_state = 1;

static uint32_t next_random(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

/* The address of a page; the last one is the last of the address space. */
static uint64_t page_address(uint32_t page)
{
    return (UINT64_MAX - 0x1000 * (uint64_t)PAGES + 1) + 0x1000 * (uint64_t)page;
}

/* A layer of random regions without overlaps, also put into `model`, unless something is there
 * and `below`. */
static struct vmmap_map *make_layer(struct model_page *model, unsigned int number, bool below)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    for (uint32_t page = next_random(8); page < PAGES;) {
        uint32_t count = 1 + next_random(9);
        count = count < PAGES - page ? count : PAGES - page;
        char name[16];
        snprintf(name, sizeof(name), "%u.%u", number % 100, page);
        const struct vmmap_region region = {
            .start = page_address(page),
            .last = page_address(page) + (0x1000 * (uint64_t)count - 1),
            .name = name,
            .has_offset = true,
        };
        assert_ok(vmmap_map_add(map, &region));
        for (uint32_t i = 0; i < count; i++) {
            struct model_page *at = &model[page + i];
            if (below && at->name[0])
                continue;
            memcpy(at->name, name, sizeof(name));
            at->offset = 0x1000 * (uint64_t)i;
        }
        page += count + next_random(12);
    }
    vmmap_map_finish(map, NULL);
    return map;
}

static void check_against_model(const struct vmmap_map *map, const struct model_page *model)
{
    for (size_t i = 1; i < map->count; i++)
        ck_assert(map->regions[i - 1].last < map->regions[i].start);
    for (uint32_t page = 0; page < PAGES; page++) {
        size_t index = vmmap_map_find(map, page_address(page));
        if (!model[page].name[0]) {
            ck_assert_uint_eq(index, VMMAP_NO_REGION);
            continue;
        }
        ck_assert_uint_ne(index, VMMAP_NO_REGION);
        const struct vmmap_region *region = &map->regions[index];
        ck_assert_str_eq(region->name, model[page].name);
        ck_assert_uint_eq(region->offset + (page_address(page) - region->start),
                          model[page].offset);
        ck_assert_uint_eq(vmmap_map_find(map, page_address(page) + 0xfff), index);
    }
}

START_TEST(layers_are_as_an_array_of_pages_has_them)
{
    for (unsigned int round = 0; round < ROUNDS; round++) {
        struct model_page model[PAGES] = {{.offset = 0}};
        struct vmmap_map *map = make_layer(model, 0, false);
        for (unsigned int i = 1; i < LAYERS; i++) {
            struct vmmap_map *layer = make_layer(model, i, false);
            assert_ok(vmmap_map_overlay(map, layer));
            vmmap_map_destroy(layer);
        }
        check_against_model(map, model);
        vmmap_map_destroy(map);
    }
}
END_TEST

START_TEST(all_three_layers_are_as_an_array_of_pages_has_them)
{
    for (unsigned int round = 0; round < ROUNDS; round++) {
        struct vmmap_pages pages = {.count = 0};
        struct model_page model[PAGES] = {{.offset = 0}};
        struct vmmap_map *base = make_layer(model, 0, false), *laid;
        struct vmmap_map *manual = make_layer(model, 1, false);
        struct vmmap_map *explored = make_layer(model, 2, true);
        assert_ok(vmmap_pages_add(&pages, 1, manual));
        assert_ok(vmmap_pages_add_explored(&pages, 1, explored));
        assert_ok(vmmap_pages_lay(&pages, 1, base, &laid));
        check_against_model(laid, model);
        vmmap_map_destroy(laid);
        vmmap_map_destroy(explored);
        vmmap_map_destroy(manual);
        vmmap_map_destroy(base);
        vmmap_pages_deinit(&pages);
    }
}
END_TEST

/* In a session. */

static const struct fake_file files[] = {
    {"/proc/42/maps", "1000-4000 rw-p 00000000 00:00 0 \n"},
    {NULL, NULL},
};
static struct fake_target fake;
static struct vmmap_session *session;

static void start(void)
{
    fake_target_init(&fake);
    fake.files = files;
    assert_ok(vmmap_session_create(&fake.target, &session));
}

static struct vmmap_error *add_to_session(const char *rows)
{
    struct vmmap_map *map = make_map(rows);
    struct vmmap_error *error = vmmap_session_add_pages(session, map);
    vmmap_map_destroy(map);
    return error;
}

static void check_session(const char *rows)
{
    const struct vmmap_map *map;
    assert_ok(vmmap_session_map(session, &map));
    assert_rows(map, rows);
    const struct vmmap_lookup lookup = {0x2000, 1, 1};
    assert_ok(vmmap_session_lookup(session, &lookup, &map));
    assert_rows(map, rows);
}

START_TEST(a_session_lays_pages_over_its_map)
{
    static const char with[] = "1000-1fff rw-p 0 -\n2000-2fff r-x? ? m\n3000-3fff rw-p 0 -\n";
    size_t count;
    struct vmmap_region region;
    bool found;
    start();
    check_session("1000-3fff rw-p 0 -\n");
    assert_ok(add_to_session("2000-2fff r-x? ? m\n"));
    fake_target_reset_calls(&fake);
    check_session(with);
    ck_assert_uint_eq(fake.calls[FAKE_READ_FILE], 0); /* what was there is still good */
    assert_error(add_to_session("2800-2fff r-x? ? m\n"), VMMAP_ERROR_INVALID,
                 "It overlaps the page at 0x2000 to 0x2fff that was added before: \"vmmap_clear "
                 "0x2000\" removes that one.");
    check_session(with);
    fake.info.generation++;
    check_session(with);
    fake.info.inferior = 2;
    check_session("1000-3fff rw-p 0 -\n");
    fake.info.inferior = 1;
    assert_ok(vmmap_session_clear_page(session, 0x1000, &region, &found));
    ck_assert(!found);
    assert_ok(vmmap_session_clear_page(session, 0x2000, &region, &found));
    ck_assert(found);
    check_session("1000-3fff rw-p 0 -\n");
    assert_ok(add_to_session("2000-2fff r-x? ? m\n"));
    assert_ok(vmmap_session_clear_pages(session, &count));
    ck_assert_uint_eq(count, 1);
    check_session("1000-3fff rw-p 0 -\n");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(pages_are_there_without_a_process)
{
    const struct vmmap_map *map;
    bool has;
    start();
    fake.info.kind = VMMAP_TARGET_NONE;
    assert_ok(vmmap_session_has_target(session, &has));
    ck_assert(!has);
    assert_ok(add_to_session("2000-2fff r-x? ? m\n"));
    assert_ok(vmmap_session_has_target(session, &has));
    ck_assert(has);
    assert_ok(vmmap_session_map(session, &map));
    assert_rows(map, "2000-2fff r-x? ? m\n");
    ck_assert_str_eq(map->target, "none");
    ck_assert_uint_eq(map->note_count, 1);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    struct vmmap_map *added = make_map("2000-2fff rwx? ? m\n"),
                     *base = make_map("1000-3fff r--p 0 /a\n");
    struct fault_report report;
    unsigned int at = 0;
    do {
        struct vmmap_pages pages = {.count = 0};
        struct vmmap_map *laid = NULL;
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = ++at};
        fault_begin(&plan);
        struct vmmap_error *error = vmmap_pages_add(&pages, 1, added);
        if (!error)
            error = vmmap_pages_add_explored(&pages, 1, base);
        if (!error)
            error = vmmap_pages_lay(&pages, 1, base, &laid);
        vmmap_map_destroy(laid);
        vmmap_pages_deinit(&pages);
        report = fault_end();
        ck_assert_int_eq(report.blocks, 0);
        ck_assert(!error || error == &vmmap_error_no_memory);
    } while (at <= report.calls[FAULT_ALLOCATION]);
    ck_assert_uint_gt(at, 20);
    vmmap_map_destroy(base);
    vmmap_map_destroy(added);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "manual_pages", pages_lie_over_what_is_found_and_split_it, what_was_explored_lies_below,
        a_page_over_a_page_is_refused_and_nothing_changes, inferiors_do_not_share_pages,
        one_page_can_be_cleared, the_words_are_those_of_what_was_found,
        layers_are_as_an_array_of_pages_has_them,
        all_three_layers_are_as_an_array_of_pages_has_them, a_session_lays_pages_over_its_map,
        pages_are_there_without_a_process, every_allocation_may_fail);
}
