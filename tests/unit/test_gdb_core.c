/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The debugger's texts about a core file, put together. */

#include "fake_target.h"
#include "providers/provider.h"
#include "support.h"

static const char sections[] =
    "Core file: `/c', file type elf64-x86-64.\n"
    " [0] 0x0->0x93a0 at 0x9e0: note0 READONLY HAS_CONTENTS\n"
    " [1] 0x400000->0x401000 at 0xa000: load1a ALLOC LOAD READONLY HAS_CONTENTS\n"
    " [2] 0x401000->0x403000 at 0xb000: load1b ALLOC READONLY\n"
    " [3] 0x403000->0x404000 at 0xb000: load2 ALLOC READONLY CODE\n"
    " [4] 0x7000000->0x7001000 at 0xc000: load3 ALLOC LOAD HAS_CONTENTS\n";

static const char mappings[] =
    "Mapped address spaces:\n\n"
    "          Start Addr           End Addr       Size     Offset objfile\n"
    "            0x400000           0x403000     0x3000        0x0 /bin/a b\n"
    "            0x403000           0x404000     0x1000     0x3000 /bin/a b\n"
    "            0x500000           0x501000     0x1000     0x9000 /lib/c\n";

#define NOTE                                                                                       \
    "This is what GDB's \"maintenance info sections\" and \"info proc mappings\" list; rows may "  \
    "be missing and what it does not print is shown as not known.\n"

static void init(struct fake_target *fake, const char *some_sections, const char *some_mappings)
{
    fake_target_init(fake);
    fake->info.kind = VMMAP_TARGET_CORE;
    fake->sections = some_sections;
    fake->proc_mappings = some_mappings;
}

static struct vmmap_error *fill(struct fake_target *fake, struct vmmap_map **ret)
{
    assert_ok(vmmap_map_create(ret));
    return vmmap_provider_gdb.fill(&fake->target, &fake->info, *ret);
}

START_TEST(ranges_come_from_one_text_and_files_from_the_other)
{
    struct fake_target fake;
    struct vmmap_map *map;
    init(&fake, sections, mappings);
    assert_ok(fill(&fake, &map));
    assert_rows(map, "400000-402fff ?--? 0 /bin/a b\n"
                     "403000-403fff ?-x? 3000 /bin/a b\n"
                     "500000-500fff ???? 9000 /lib/c\n"
                     "7000000-7000fff ?w-? ? -\n");
    ck_assert_uint_eq(map->regions[0].saved, 0x1000);
    ck_assert_uint_eq(map->regions[1].saved, 0);
    ck_assert_uint_eq(map->regions[3].saved, 0x1000);
    ck_assert(map->regions[3].has_saved);
    ck_assert(!map->exact);
    assert_notes(map, NOTE);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(one_of_the_texts_is_enough)
{
    struct fake_target fake;
    struct vmmap_map *map;
    init(&fake, sections, NULL);
    assert_ok(fill(&fake, &map));
    assert_rows(map, "400000-402fff ?--? ? -\n"
                     "403000-403fff ?-x? ? -\n"
                     "7000000-7000fff ?w-? ? -\n");
    assert_notes(map, "The fake has no such text.\n" NOTE);
    vmmap_map_destroy(map);

    init(&fake, NULL, mappings);
    assert_ok(fill(&fake, &map));
    assert_rows(map, "400000-402fff ???? 0 /bin/a b\n"
                     "403000-403fff ???? 3000 /bin/a b\n"
                     "500000-500fff ???? 9000 /lib/c\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(texts_without_rows_are_no_map)
{
    struct fake_target fake;
    struct vmmap_map *map;
    init(&fake, "", "");
    assert_error(fill(&fake, &map), VMMAP_ERROR_UNAVAILABLE,
                 "GDB's \"maintenance info sections\" and \"info proc mappings\" list nothing "
                 "here.");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_fatal_error_ends_it)
{
    for (unsigned int at = 1; at <= 2; at++) {
        struct fake_target fake;
        struct vmmap_map *map;
        init(&fake, sections, mappings);
        fake.fail_at = at;
        fake.fail_code = VMMAP_ERROR_INTERRUPTED;
        assert_error(fill(&fake, &map), VMMAP_ERROR_INTERRUPTED, fake_failure_message);
        vmmap_map_destroy(map);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("gdb_core", ranges_come_from_one_text_and_files_from_the_other,
                     one_of_the_texts_is_enough, texts_without_rows_are_no_map,
                     a_fatal_error_ends_it);
}
