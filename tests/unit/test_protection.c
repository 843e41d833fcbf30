/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "protection/pmp.h"
#include "protection/pmsa.h"
#include "protection/rights.h"
#include "support.h"

/* A row for each run of rights: "0-1fffffff user rwx kernel rwx # label". */
static char *rights_text(const struct vmmap_map *rights)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < rights->count; i++) {
        const struct vmmap_region *region = &rights->regions[i];
        char user[4] = "???", kernel[4] = "???";
        if (region->has_access) {
            vmmap_access_format(region->user, user);
            vmmap_access_format(region->kernel, kernel);
        }
        vmmap_buffer_printf(&text, "%" PRIx64 "-%" PRIx64 " %s %s%s%s\n", region->start,
                            region->last, user, kernel, region->label ? " # " : "",
                            region->label ? region->label : "");
    }
    return take_text(&text);
}

/* The rights over memory that is everywhere: runs that agree are one row. */
static void check_rights(struct vmmap_map *rights, uint64_t top, const char *wanted)
{
    struct vmmap_map *memory, *applied;
    assert_ok(vmmap_map_create(&memory));
    assert_ok(vmmap_map_create(&applied));
    const struct vmmap_region all = {.start = 0, .last = top};
    assert_ok(vmmap_map_add(memory, &all));
    assert_ok(vmmap_rights_apply(rights, memory, applied));
    char *text = rights_text(applied);
    ck_assert_str_eq(text, wanted);
    free(text);
    vmmap_map_destroy(applied);
    vmmap_map_destroy(memory);
    vmmap_map_destroy(rights);
}

static void check_pmsa(struct vmmap_pmsa pmsa, const char *wanted)
{
    struct vmmap_map *rights;
    assert_ok(vmmap_map_create(&rights));
    assert_ok(vmmap_pmsa_paint(&pmsa, rights));
    check_rights(rights, UINT32_MAX, wanted);
}

#define ABOVE_E0000000 "e0000000-e00fffff --- rw-\n"

START_TEST(an_mpu_that_is_off_leaves_the_default_map)
{
    static const char wanted[] =
        "0-3fffffff rwx rwx\n"
        "40000000-5fffffff rw- rw-\n"
        "60000000-9fffffff rwx rwx\n"
        "a0000000-dfffffff rw- rw-\n" ABOVE_E0000000 "e0100000-ffffffff rw- rw-\n";
    check_pmsa((struct vmmap_pmsa){.region_count = 0}, wanted);
    check_pmsa((struct vmmap_pmsa){.region_count = 8, .control = 4, .regions = {{0, 1, true}}},
               wanted);
}
END_TEST

START_TEST(where_no_region_matches_only_the_privileged_have_the_default_map)
{
    check_pmsa((struct vmmap_pmsa){.control = 5},
               "0-3fffffff --- rwx\n40000000-5fffffff --- rw-\n60000000-9fffffff --- rwx\n"
               "a0000000-ffffffff --- rw-\n");
    check_pmsa((struct vmmap_pmsa){.control = 1},
               "0-dfffffff --- ---\n" ABOVE_E0000000 "e0100000-ffffffff --- ---\n");
}
END_TEST

/* MPU_RASR: XN, AP, disabled subregions, log2 of the size. */
static uint32_t rasr(unsigned int never, unsigned int ap, unsigned int disabled, unsigned int bits)
{
    return never << 28 | ap << 24 | disabled << 8 | (bits - 1) << 1 | 1;
}

START_TEST(each_access_of_pmsav7_means_what_the_manual_says)
{
    /* Table B3-15 of the ARMv7-M Architecture Reference Manual. */
    static const char *const wanted[8] = {"--- ---", "--- rwx", "r-x rwx", "rwx rwx",
                                          "--- ---", "--- r-x", "r-x r-x", "r-x r-x"};
    static const char *const never[8] = {"--- ---", "--- rw-", "r-- rw-", "rw- rw-",
                                         "--- ---", "--- r--", "r-- r--", "r-- r--"};
    for (unsigned int ap = 0; ap < 8; ap++) {
        for (unsigned int xn = 0; xn < 2; xn++) {
            struct vmmap_pmsa pmsa = {.control = 1, .region_count = 1};
            pmsa.regions[0] = (struct vmmap_pmsa_region){0x20000000, rasr(xn, ap, 0, 16), true};
            char text[256];
            snprintf(text, sizeof(text),
                     "0-1fffffff --- ---\n20000000-2000ffff %s # MPU region 0\n"
                     "20010000-dfffffff --- ---\n" ABOVE_E0000000 "e0100000-ffffffff --- ---\n",
                     xn ? never[ap] : wanted[ap]);
            check_pmsa(pmsa, text);
        }
    }
}
END_TEST

START_TEST(the_highest_region_of_pmsav7_counts_and_subregions_can_be_left_out)
{
    check_pmsa((struct vmmap_pmsa){.control = 1,
                                   .region_count = 4,
                                   .regions = {{0x20000000, rasr(1, 3, 0, 16), true},
                                               /* the second and the last eighth of 64 KiB */
                                               {0x20000000, rasr(0, 6, 0x82, 16), true},
                                               {0x20000013, rasr(1, 1, 0, 5), true},
                                               {0x20004000, 0, true}}},
               "0-1fffffff --- ---\n"
               "20000000-2000001f --- rw- # MPU region 2\n"
               "20000020-20001fff r-x r-x # MPU region 1\n"
               "20002000-20003fff rw- rw- # MPU region 0\n"
               "20004000-2000dfff r-x r-x # MPU region 1\n"
               "2000e000-2000ffff rw- rw- # MPU region 0\n"
               "20010000-dfffffff --- ---\n" ABOVE_E0000000 "e0100000-ffffffff --- ---\n");
}
END_TEST

START_TEST(a_region_can_be_everything_but_not_the_private_bus)
{
    check_pmsa((struct vmmap_pmsa){.control = 1,
                                   .region_count = 1,
                                   .regions = {{0x12345678, rasr(0, 3, 0, 32), true}}},
               "0-dfffffff rwx rwx # MPU region 0\n" ABOVE_E0000000
               "e0100000-ffffffff rwx rwx # MPU region 0\n");
}
END_TEST

START_TEST(a_region_that_is_not_known_hides_what_is_below)
{
    check_pmsa((struct vmmap_pmsa){.control = 5,
                                   .region_count = 3,
                                   .regions = {{0x20000000, rasr(1, 3, 0, 16), true},
                                               {0, 0, false},
                                               {0x20000000, rasr(0, 6, 0, 12), true}}},
               "0-1fffffff ??? ???\n20000000-20000fff r-x r-x # MPU region 2\n"
               "20001000-dfffffff ??? ???\n" ABOVE_E0000000 "e0100000-ffffffff ??? ???\n");
    check_pmsa((struct vmmap_pmsa){.control = 5,
                                   .is_v8 = true,
                                   .region_count = 2,
                                   .regions = {{0, 0, false}, {0x20000002, 0x20000fe1, true}}},
               "0-dfffffff ??? ???\n" ABOVE_E0000000 "e0100000-ffffffff ??? ???\n");
}
END_TEST

START_TEST(regions_of_pmsav8_have_limits_and_must_not_overlap)
{
    /* RBAR: AP[2:1] and XN in the lowest bits; RLAR: PXN is bit 4. */
    check_pmsa((struct vmmap_pmsa){.control = 1,
                                   .is_v8 = true,
                                   .region_count = 8,
                                   .regions = {{0x00000006, 0x0000ffe1, true},
                                               {0x20000003, 0x20000fe1, true},
                                               {0x20001000, 0x20001fe1, true},
                                               {0x20002004, 0x20002fe1, true},
                                               {0x20003002, 0x20003ff1, true},
                                               {0x20000fe2, 0x2000103f, true},
                                               {0x20008000, 0x20007fe1, true},
                                               {0x20009000, 0x20009fe0, true}}},
               "0-ffff r-x r-x # MPU region 0\n"
               "10000-1fffffff --- ---\n"
               "20000000-20000fdf rw- rw- # MPU region 1\n"
               "20000fe0-2000103f --- --- # MPU regions overlap\n"
               "20001040-20001fff --- rwx # MPU region 2\n"
               "20002000-20002fff --- r-x # MPU region 3\n"
               "20003000-20003fff rwx rw- # MPU region 4\n"
               "20004000-dfffffff --- ---\n" ABOVE_E0000000 "e0100000-ffffffff --- ---\n");
}
END_TEST

START_TEST(areas_cover_the_address_space)
{
    size_t count;
    const struct vmmap_pmsa_area *areas = vmmap_pmsa_areas(&count);
    ck_assert_uint_eq(areas[0].start, 0);
    for (size_t i = 1; i < count; i++)
        ck_assert_uint_eq(areas[i].start, areas[i - 1].last + 1);
    ck_assert_uint_eq(areas[count - 1].last, UINT32_MAX);
}
END_TEST

static void check_pmp(struct vmmap_pmp pmp, uint64_t top, const char *wanted)
{
    struct vmmap_map *rights;
    assert_ok(vmmap_map_create(&rights));
    assert_ok(vmmap_pmp_paint(&pmp, top, rights));
    check_rights(rights, top, wanted);
}

enum { R = 1, W = 2, X = 4, TOR = 8, NA4 = 16, NAPOT = 24, LOCKED = 128 };

START_TEST(entries_of_pmp_are_ranges_of_three_kinds)
{
    check_pmp((struct vmmap_pmp){.count = 4,
                                 .config = {R | W | TOR, R | NA4, R | X | NAPOT, 0},
                                 /* 0 to 0x1000; 0x2000 to 0x2003; 0x80000000, 64 KiB */
                                 .address = {0x400, 0x800, 0x20001fff, 0}},
              UINT32_MAX,
              "0-fff rw- rwx # PMP entry 0\n"
              "1000-1fff --- rwx\n"
              "2000-2003 r-- rwx # PMP entry 1\n"
              "2004-7fffffff --- rwx\n"
              "80000000-8000ffff r-x rwx # PMP entry 2\n"
              "80010000-ffffffff --- rwx\n");
}
END_TEST

START_TEST(the_lowest_entry_of_pmp_counts_and_locked_ones_bind_machine_mode)
{
    check_pmp((struct vmmap_pmp){.count = 3,
                                 .config = {R | NA4 | LOCKED, R | W | TOR, R | W | X | NAPOT},
                                 .address = {0x400, 0x800, UINT64_MAX}},
              UINT64_MAX,
              "0-fff rwx rwx # PMP entry 2\n"
              "1000-1003 r-- r-- # PMP entry 0, locked\n"
              "1004-1fff rw- rwx # PMP entry 1\n"
              "2000-ffffffffffffffff rwx rwx # PMP entry 2\n");
}
END_TEST

START_TEST(without_entries_everything_is_allowed)
{
    check_pmp((struct vmmap_pmp){.count = 0}, UINT64_MAX, "0-ffffffffffffffff rwx rwx\n");
    const struct vmmap_pmp off = {.count = 2, .address = {1, 2}};
    check_pmp(off, UINT64_MAX, "0-ffffffffffffffff --- rwx\n");
    ck_assert(!vmmap_pmp_is_on(&off));
    const struct vmmap_pmp on = {.count = 2, .config = {0, TOR}, .address = {2, 1}};
    ck_assert(vmmap_pmp_is_on(&on));
    check_pmp(on, 0xffff, "0-ffff --- rwx\n"); /* its top is below its bottom */
}
END_TEST

START_TEST(rights_split_memory_and_rom_is_never_writable)
{
    struct vmmap_map *rights, *memory, *applied;
    assert_ok(vmmap_map_create(&rights));
    assert_ok(vmmap_map_create(&memory));
    assert_ok(vmmap_map_create(&applied));
    assert_ok(vmmap_rights_paint(rights, 0, 0x2fff, VMMAP_PERM_ACCESS, VMMAP_PERM_ACCESS, "a"));
    assert_ok(vmmap_rights_paint(rights, 0x2000, 0x2fff, 0, VMMAP_PERM_READ, NULL));
    assert_ok(vmmap_rights_forget(rights, 0x3000, 0x3fff));
    ck_assert(!vmmap_rights_are_known(rights));
    const struct vmmap_perms rom = {0, VMMAP_PERM_WRITE};
    const struct vmmap_region regions[] = {
        {.start = 0x1000, .last = 0x37ff, .perms = rom, .name = "rom", .label = "ROM"},
        {.start = 0x3800, .last = 0x4fff, .name = "ram"},
    };
    for (size_t i = 0; i < 2; i++)
        assert_ok(vmmap_map_add(memory, &regions[i]));
    assert_ok(vmmap_rights_apply(rights, memory, applied));
    assert_rows(applied, "1000-1fff r-xu ? rom # ROM, a\n"
                         "2000-2fff r--k ? rom # ROM\n"
                         "3000-37ff ?-?? ? rom # ROM\n"
                         "3800-3fff ???? ? ram\n"
                         "4000-4fff ???? ? ram\n");
    vmmap_map_destroy(applied);
    vmmap_map_destroy(memory);
    vmmap_map_destroy(rights);
}
END_TEST

int main(void)
{
    return RUN_TESTS("protection", an_mpu_that_is_off_leaves_the_default_map,
                     where_no_region_matches_only_the_privileged_have_the_default_map,
                     each_access_of_pmsav7_means_what_the_manual_says,
                     the_highest_region_of_pmsav7_counts_and_subregions_can_be_left_out,
                     a_region_can_be_everything_but_not_the_private_bus,
                     a_region_that_is_not_known_hides_what_is_below,
                     regions_of_pmsav8_have_limits_and_must_not_overlap,
                     areas_cover_the_address_space, entries_of_pmp_are_ranges_of_three_kinds,
                     the_lowest_entry_of_pmp_counts_and_locked_ones_bind_machine_mode,
                     without_entries_everything_is_allowed,
                     rights_split_memory_and_rom_is_never_writable);
}
