/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_target.h"
#include "providers/provider.h"
#include "support.h"

#define NOTE                                                                                       \
    "This is what GDB's \"info proc mappings\" lists; rows may be missing and what it does not "   \
    "print is shown as not known.\n"

static struct fake_target fake;

static struct vmmap_error *fill(struct vmmap_map **ret)
{
    assert_ok(vmmap_map_create(ret));
    return vmmap_provider_gdb.fill(&fake.target, &fake.info, *ret);
}

START_TEST(it_is_for_everything_that_is_there)
{
    static const enum vmmap_target_kind kinds[] = {VMMAP_TARGET_NATIVE, VMMAP_TARGET_REMOTE,
                                                   VMMAP_TARGET_CORE, VMMAP_TARGET_OTHER};
    fake_target_init(&fake);
    ck_assert_str_eq(vmmap_provider_gdb.name, "gdb");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        fake.info.kind = kinds[i];
        ck_assert(vmmap_provider_gdb.applies(&fake.target, &fake.info));
    }
    fake.target.debugger_text = NULL;
    ck_assert(!vmmap_provider_gdb.applies(&fake.target, &fake.info));
    fake_target_init(&fake);
    fake.info.kind = VMMAP_TARGET_NONE;
    ck_assert(!vmmap_provider_gdb.applies(&fake.target, &fake.info));
    ck_assert_uint_eq(fake.total_calls, 0);
}
END_TEST

START_TEST(rows_are_what_gdb_prints_and_never_exact)
{
    struct vmmap_map *map;
    fake_target_init(&fake);
    fake.proc_mappings = "Start Addr End Addr Size Offset Perms objfile\n"
                         "0x3000 0x4000 0x1000 0x0 rw-p\n"
                         "0x1000 0x3000 0x2000 0x5000 r-xp /a b\n"
                         "0x2000 0x3000 0x1000 0x0 r--p /c\n";
    assert_ok(fill(&map));
    assert_rows(map, "1000-2fff r-xp 5000 /a b\n3000-3fff rw-p 0 -\n");
    assert_notes(map, NOTE);
    ck_assert(!map->exact);
    ck_assert_int_eq(map->regions[0].origin, VMMAP_ORIGIN_GDB);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(old_gdbs_tell_no_permissions)
{
    struct vmmap_map *map;
    fake_target_init(&fake);
    fake.proc_mappings = "Start Addr End Addr Size Offset objfile\n0x1000 0x3000 0x2000 0x0 /a\n";
    assert_ok(fill(&map));
    assert_rows(map, "1000-2fff ???? 0 /a\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_listing_without_rows_is_an_error)
{
    static const char *const texts[] = {"", "No mappings.\n", "Start Addr End Addr Size Offset\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct vmmap_map *map;
        fake_target_init(&fake);
        fake.proc_mappings = texts[i];
        assert_error(fill(&map), VMMAP_ERROR_UNAVAILABLE,
                     "GDB's \"info proc mappings\" lists nothing here.");
        vmmap_map_destroy(map);
    }
}
END_TEST

START_TEST(gdbs_refusal_is_handed_on)
{
    struct vmmap_map *map;
    fake_target_init(&fake);
    assert_error(fill(&map), VMMAP_ERROR_UNAVAILABLE, "The fake has no such text.");
    vmmap_map_destroy(map);
}
END_TEST

int main(void)
{
    return RUN_TESTS("gdb", it_is_for_everything_that_is_there,
                     rows_are_what_gdb_prints_and_never_exact, old_gdbs_tell_no_permissions,
                     a_listing_without_rows_is_an_error, gdbs_refusal_is_handed_on);
}
