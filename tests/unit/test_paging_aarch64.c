/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arm ARM DDI 0487, chapter D8: the bits below are written from it, not from the code. */
#include "paging/paging.h"

#include "paging_support.h"

enum { VALID = 1, TABLE = 3, PAGE = 3, BLOCK = 1, AF = 1 << 10 };
enum { AP_USER = 1 << 6, AP_RO = 1 << 7 };
#define BIT(n)   (UINT64_C(1) << (n))
#define UXN      BIT(54)
#define PXN      BIT(53)
#define DBM      BIT(51)
#define PXNTABLE BIT(59)
#define UXNTABLE BIT(60)
#define APTABLE0 BIT(61) /* no access from EL0 */
#define APTABLE1 BIT(62) /* read-only */
/* Kernel data, which most tests use where rights do not matter. */
#define DATA (AF | UXN | PXN)
#define OLD  (UXN | PXN) /* the access flag is clear */

enum { KIB = 1 << 10, MIB = 1 << 20 };
enum granule { G4K, G16K, G64K };
enum { PS_48 = 5, PS_52 = 6 };
#define MMFR0_ALL                                                                                  \
    (PS_52 | UINT64_C(2) << 20 | UINT64_C(0) << 24 | UINT64_C(1) << 28) /* 52 bits, LPA2 */
#define RAM_HIGH UINT64_C(0xa5a0000000000)

static uint64_t tcr_el1(enum granule granule, unsigned int t0sz, unsigned int t1sz,
                        unsigned int ips)
{
    static const uint64_t tg0[] = {0, 2, 1};
    static const uint64_t tg1[] = {2, 1, 3};
    return t0sz | tg0[granule] << 14 | (uint64_t)t1sz << 16 | tg1[granule] << 30 |
           (uint64_t)ips << 32;
}

static struct vmmap_paging_config config_el1(enum granule granule, unsigned int t0sz,
                                             unsigned int t1sz)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_AARCH64,
        .aarch64 = {.sctlr = 1,
                    .tcr = tcr_el1(granule, t0sz, t1sz, PS_48),
                    .ttbr0 = 0x10000,
                    .ttbr1 = 0x20000,
                    .id_aa64mmfr0 = MMFR0_ALL,
                    .has_id_aa64mmfr0 = true,
                    .two_ranges = true},
    };
}

START_TEST(without_translation_virtual_is_physical)
{
    struct vmmap_paging_config config = config_el1(G4K, 16, 16);
    config.aarch64.sctlr = 0;
    config.aarch64.id_aa64mmfr0 = 2; /* 40 bits */
    struct ram ram;
    ram_init(&ram, 0, 4 * KIB);
    assert_walk(&config, &ram, "0-ffffffffff rwx rwx 0 0 0\n");
    config.aarch64.has_id_aa64mmfr0 = false;
    assert_walk(&config, &ram, "0-ffffffffffff rwx rwx 0 0 0\n");
    ram_deinit(&ram);
}
END_TEST

/* The table of section D8.4.1 for EL1&0: AP[2:1] counts fastest, then PXN, then UXN. Every other
 * page, so that nothing merges. */
static void put_all_rights(struct ram *ram, uint64_t table)
{
    for (uint64_t i = 0; i < 16; i++)
        put_entry_64(ram, table, 2 * i,
                     0x100000 | i << 12 | AF | PAGE | (i & 1 ? AP_USER : 0) | (i & 2 ? AP_RO : 0) |
                         (i & 4 ? PXN : 0) | (i & 8 ? UXN : 0) | (i & 7) << 2);
}

START_TEST(rights_of_a_page)
{
    struct vmmap_paging_config config = config_el1(G4K, 39, 63); /* 25 bits: level 2 and 3 */
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x12000 | TABLE);
    put_all_rights(&ram, 0x12000);
    assert_walk(&config, &ram,
                "0-fff --x rwx 100000 1000 0\n"
                "2000-2fff rwx rw- 101000 1000 1\n"
                "4000-4fff --x r-x 102000 1000 2\n"
                "6000-6fff r-x r-x 103000 1000 3\n"
                "8000-8fff --x rw- 104000 1000 4\n"
                "a000-afff rwx rw- 105000 1000 5\n"
                "c000-cfff --x r-- 106000 1000 6\n"
                "e000-efff r-x r-- 107000 1000 7\n"
                "10000-10fff --- rwx 108000 1000 0\n"
                "12000-12fff rw- rw- 109000 1000 1\n"
                "14000-14fff --- r-x 10a000 1000 2\n"
                "16000-16fff r-- r-x 10b000 1000 3\n"
                "18000-18fff --- rw- 10c000 1000 4\n"
                "1a000-1afff rw- rw- 10d000 1000 5\n"
                "1c000-1cfff --- r-- 10e000 1000 6\n"
                "1e000-1efff r-- r-- 10f000 1000 7\n");
    config.aarch64.sctlr |= BIT(19); /* WXN */
    assert_walk(&config, &ram,
                "0-fff --x rw- 100000 1000 0\n"
                "2000-2fff rw- rw- 101000 1000 1\n"
                "4000-4fff --x r-x 102000 1000 2\n"
                "6000-6fff r-x r-x 103000 1000 3\n"
                "8000-8fff --x rw- 104000 1000 4\n"
                "a000-afff rw- rw- 105000 1000 5\n"
                "c000-cfff --x r-- 106000 1000 6\n"
                "e000-efff r-x r-- 107000 1000 7\n"
                "10000-10fff --- rw- 108000 1000 0\n"
                "12000-12fff rw- rw- 109000 1000 1\n"
                "14000-14fff --- r-x 10a000 1000 2\n"
                "16000-16fff r-- r-x 10b000 1000 3\n"
                "18000-18fff --- rw- 10c000 1000 4\n"
                "1a000-1afff rw- rw- 10d000 1000 5\n"
                "1c000-1cfff --- r-- 10e000 1000 6\n"
                "1e000-1efff r-- r-- 10f000 1000 7\n");
    ram_deinit(&ram);
}
END_TEST

/* EL2 and EL3 have one XN and nothing for user mode; AP[1], PXN, APTable[0] and PXNTable are not
 * there. TCR_EL2 has its fields elsewhere. */
START_TEST(a_regime_of_one_range)
{
    struct vmmap_paging_config config = config_el1(G4K, 0, 0);
    config.aarch64.two_ranges = false;
    config.aarch64.tcr = 39 | UINT64_C(2) << 16; /* 40 bits */
    config.aarch64.ttbr0 |= BIT(48) | 1;         /* ASID and CnP */
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x12000 | TABLE);
    put_entry_64(&ram, 0x10000, 1, 0x13000 | TABLE | PXNTABLE | APTABLE0);
    put_entry_64(&ram, 0x10000, 2, 0x13000 | TABLE | UXNTABLE | APTABLE1);
    put_entry_64(&ram, 0x12000, 0, 0x100000 | AF | PAGE);
    put_entry_64(&ram, 0x12000, 2, 0x101000 | AF | PAGE | AP_USER | PXN);
    put_entry_64(&ram, 0x12000, 4, 0x102000 | AF | PAGE | AP_RO);
    put_entry_64(&ram, 0x12000, 6, 0x103000 | AF | PAGE | UXN);
    put_entry_64(&ram, 0x12000, 8, BIT(40) | AF | PAGE); /* beyond PS */
    put_entry_64(&ram, 0x13000, 0, 0x104000 | AF | PAGE);
    assert_walk(&config, &ram,
                "0-fff --- rwx 100000 1000 0\n"
                "2000-2fff --- rwx 101000 1000 0\n"
                "4000-4fff --- r-x 102000 1000 0\n"
                "6000-6fff --- rw- 103000 1000 0\n"
                "200000-200fff --- rwx 104000 1000 0\n"
                "400000-400fff --- r-- 104000 1000 0\n");
    config.aarch64.tcr |= BIT(24); /* HPD */
    config.aarch64.sctlr |= BIT(19);
    assert_walk(&config, &ram,
                "0-fff --- rw- 100000 1000 0\n"
                "2000-2fff --- rw- 101000 1000 0\n"
                "4000-4fff --- r-x 102000 1000 0\n"
                "6000-6fff --- rw- 103000 1000 0\n"
                "200000-200fff --- rw- 104000 1000 0\n"
                "400000-400fff --- rw- 104000 1000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Section D8.4.2: each level can take away, none can give; HPD0 and HPD1 are separate. */
START_TEST(rights_of_tables_above)
{
    struct vmmap_paging_config config = config_el1(G4K, 16, 16);
    static const uint64_t takes[] = {0, PXNTABLE, UXNTABLE, APTABLE0, APTABLE1};
    struct ram ram;
    ram_init(&ram, 0x10000, 256 * KIB);
    for (uint64_t i = 0; i < 5; i++) {
        uint64_t next = 0x30000 + 0x2000 * i;
        put_entry_64(&ram, 0x10000, i, 0x21000 | TABLE | takes[i]);
        put_entry_64(&ram, 0x20000, i, next | TABLE);
        put_entry_64(&ram, next, 0, (next + 0x1000) | TABLE | takes[i]);
        put_entry_64(&ram, next + 0x1000, 0, 0x23000 | TABLE);
    }
    put_entry_64(&ram, 0x21000, 0, 0x22000 | TABLE);
    put_entry_64(&ram, 0x22000, 0, 0x23000 | TABLE);
    put_entry_64(&ram, 0x23000, 0, 0x100000 | AF | PAGE | AP_USER | AP_RO);
    put_entry_64(&ram, 0x23000, 1, 0x200000 | AF | PAGE);
    put_entry_64(&ram, 0x23000, 2, 0x300000 | AF | PAGE | AP_USER);
    config.aarch64.tcr |= BIT(42); /* HPD1 */
    assert_walk(&config, &ram,
                "0-fff r-x r-x 100000 1000 0\n"
                "1000-1fff --x rwx 200000 1000 0\n"
                "2000-2fff rwx rw- 300000 1000 0\n"
                "8000000000-8000000fff r-x r-- 100000 1000 0\n"
                "8000001000-8000001fff --x rw- 200000 1000 0\n"
                "8000002000-8000002fff rwx rw- 300000 1000 0\n"
                "10000000000-10000000fff r-- r-x 100000 1000 0\n"
                "10000001000-10000001fff --- rwx 200000 1000 0\n"
                "10000002000-10000002fff rw- rw- 300000 1000 0\n"
                "18000000000-18000000fff --x r-x 100000 1000 0\n"
                "18000001000-18000002fff --x rwx ? 1000 0\n"
                "20000000000-20000000fff r-x r-x 100000 1000 0\n"
                "20000001000-20000001fff --x r-x 200000 1000 0\n"
                "20000002000-20000002fff r-x r-x 300000 1000 0\n"
                "ffff000000000000-ffff000000000fff r-x r-x 100000 1000 0\n"
                "ffff000000001000-ffff000000001fff --x rwx 200000 1000 0\n"
                "ffff000000002000-ffff000000002fff rwx rw- 300000 1000 0\n"
                "ffff008000000000-ffff008000000fff r-x r-x 100000 1000 0\n"
                "ffff008000001000-ffff008000001fff --x rwx 200000 1000 0\n"
                "ffff008000002000-ffff008000002fff rwx rw- 300000 1000 0\n"
                "ffff010000000000-ffff010000000fff r-x r-x 100000 1000 0\n"
                "ffff010000001000-ffff010000001fff --x rwx 200000 1000 0\n"
                "ffff010000002000-ffff010000002fff rwx rw- 300000 1000 0\n"
                "ffff018000000000-ffff018000000fff r-x r-x 100000 1000 0\n"
                "ffff018000001000-ffff018000001fff --x rwx 200000 1000 0\n"
                "ffff018000002000-ffff018000002fff rwx rw- 300000 1000 0\n"
                "ffff020000000000-ffff020000000fff r-x r-x 100000 1000 0\n"
                "ffff020000001000-ffff020000001fff --x rwx 200000 1000 0\n"
                "ffff020000002000-ffff020000002fff rwx rw- 300000 1000 0\n");
    /* The same with the other bit: now the lower half ignores its tables. */
    config.aarch64.tcr ^= BIT(42) | BIT(41);
    ck_assert_uint_eq(translate(&config, &ram, UINT64_C(0x8000000000)).page.kernel,
                      VMMAP_PERM_READ | VMMAP_PERM_EXEC);
    ck_assert_uint_eq(translate(&config, &ram, 0xffff018000002000).page.user, VMMAP_PERM_EXEC);
    ck_assert_uint_eq(translate(&config, &ram, 0xffff020000002000).page.user,
                      VMMAP_PERM_READ | VMMAP_PERM_EXEC);
    check_limits(&config, &ram);
    check_fatal_failures(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

START_TEST(hardware_managed_dirty_state_makes_clean_pages_writable)
{
    struct vmmap_paging_config config = config_el1(G4K, 39, 63);
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x12000 | TABLE);
    put_entry_64(&ram, 0x10000, 1, 0x12000 | TABLE | APTABLE1);
    put_entry_64(&ram, 0x12000, 0, 0x100000 | DATA | PAGE | AP_RO | DBM);
    put_entry_64(&ram, 0x12000, 1, 0x101000 | DATA | PAGE | AP_RO);
    static const char read_only[] = "0-1fff --- r-- 100000 1000 0\n"
                                    "200000-201fff --- r-- 100000 1000 0\n";
    assert_walk(&config, &ram, read_only);
    config.aarch64.tcr |= BIT(40); /* HD means nothing without HA */
    assert_walk(&config, &ram, read_only);
    config.aarch64.tcr |= BIT(39);
    assert_walk(&config, &ram,
                "0-fff --- rw- 100000 1000 0\n"
                "1000-1fff --- r-- 101000 1000 0\n"
                "200000-201fff --- r-- 100000 1000 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(e0pd_closes_a_half_to_user_mode)
{
    struct vmmap_paging_config config = config_el1(G4K, 39, 39);
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x400000 | AF | BLOCK | AP_USER);
    put_entry_64(&ram, 0x20000, 0, 0x400000 | AF | BLOCK | AP_USER);
    config.aarch64.tcr |= BIT(56);
    assert_walk(&config, &ram,
                "0-1fffff rwx rw- 400000 200000 0\n"
                "fffffffffe000000-fffffffffe1fffff --- rw- 400000 200000 0\n");
    config.aarch64.tcr ^= BIT(56) | BIT(55);
    assert_walk(&config, &ram,
                "0-1fffff --- rw- 400000 200000 0\n"
                "fffffffffe000000-fffffffffe1fffff rwx rw- 400000 200000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Section D8.2: where the walk starts, and how much of the root there is, for each granule. */
struct geometry {
    enum granule granule;
    unsigned int size; /* TxSZ */
    unsigned int levels;
    unsigned int root_entries;
    bool wide; /* TCR.DS */
};

static const struct geometry geometries[] = {
    {G4K, 16, 4, 512, false},   {G4K, 17, 4, 256, false},   {G4K, 24, 4, 2, false},
    {G4K, 25, 3, 512, false},   {G4K, 28, 3, 64, false},    {G4K, 33, 3, 2, false},
    {G4K, 34, 2, 512, false},   {G4K, 42, 2, 2, false},     {G4K, 43, 1, 512, false},
    {G4K, 48, 1, 16, false},    {G4K, 12, 5, 16, true},     {G4K, 15, 5, 2, true},
    {G4K, 16, 4, 512, true},    {G16K, 16, 4, 2, false},    {G16K, 17, 3, 2048, false},
    {G16K, 25, 3, 8, false},    {G16K, 28, 2, 2048, false}, {G16K, 38, 2, 2, false},
    {G16K, 39, 1, 2048, false}, {G16K, 48, 1, 4, false},    {G16K, 12, 4, 32, true},
    {G64K, 12, 3, 1024, false}, {G64K, 16, 3, 64, false},   {G64K, 21, 3, 2, false},
    {G64K, 22, 2, 8192, false}, {G64K, 34, 2, 2, false},    {G64K, 35, 1, 8192, false},
    {G64K, 47, 1, 2, false},
};

static const unsigned int page_shifts[] = {12, 14, 16};

/* A page behind the last entry of each level, and one behind the first. */
static void put_corners(struct ram *ram, const struct geometry *geometry, uint64_t root)
{
    unsigned int shift = page_shifts[geometry->granule];
    uint64_t entries = (uint64_t)1 << (shift - 3);
    uint64_t table = root, count = geometry->root_entries;
    uint64_t next = 0x40000;
    for (unsigned int level = 0; level < geometry->levels; level++) {
        bool last = level + 1 == geometry->levels;
        uint64_t value = last ? 0x1000000 | DATA | PAGE : next | TABLE;
        put_entry_64(ram, table, 0, value);
        put_entry_64(ram, table, count - 1, last ? 0x2000000 | DATA | PAGE : value);
        table = next;
        count = entries;
        next += UINT64_C(1) << shift;
    }
}

START_TEST(every_size_starts_at_the_right_level)
{
    for (size_t i = 0; i < sizeof(geometries) / sizeof(geometries[0]); i++) {
        const struct geometry *geometry = &geometries[i];
        struct vmmap_paging_config config =
            config_el1(geometry->granule, geometry->size, geometry->size);
        if (geometry->wide)
            config.aarch64.tcr |= BIT(59);
        config.aarch64.tcr |= BIT(23); /* no walks with TTBR1 */
        unsigned int shift = page_shifts[geometry->granule];
        struct span span = {.last = UINT64_MAX >> geometry->size};
        for (unsigned int level = 0; level < geometry->levels; level++)
            span.shifts[level] = shift + (geometry->levels - 1 - level) * (shift - 3);
        struct ram ram;
        ram_init(&ram, 0x10000, MIB);
        put_corners(&ram, geometry, config.aarch64.ttbr0);
        check_by_translation(&config, &ram, &span, 1);
        struct vmmap_paging_translation first = translate(&config, &ram, 0);
        ck_assert_uint_eq(first.outcome, VMMAP_PAGING_MAPPED);
        ck_assert_uint_eq(first.physical, 0x1000000);
        struct vmmap_paging_translation last = translate(&config, &ram, span.last);
        ck_assert_msg(last.outcome == VMMAP_PAGING_MAPPED, "geometry %zu", i);
        ck_assert_uint_eq(last.physical, 0x2000000 + (UINT64_C(1) << shift) - 1);
        ck_assert_uint_eq(last.step_count, geometry->levels);
        ck_assert_uint_eq(last.steps[0].index, geometry->root_entries - 1);

        /* The same tables from the top. */
        config.aarch64.tcr ^= BIT(23) | BIT(7);
        config.aarch64.ttbr1 = config.aarch64.ttbr0;
        span.start = ~span.last;
        span.last = UINT64_MAX;
        check_by_translation(&config, &ram, &span, 1);
        ck_assert_uint_eq(translate(&config, &ram, UINT64_MAX).physical,
                          0x2000000 + (UINT64_C(1) << shift) - 1);
        ram_deinit(&ram);
    }
}
END_TEST

START_TEST(sizes_that_do_not_exist_are_a_problem_of_their_half)
{
    struct vmmap_paging_config config = config_el1(G4K, 15, 49);
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 0, BLOCK | AF);
    put_entry_64(&ram, 0x20000, 0, BLOCK | AF);
    assert_walk(&config, &ram, "");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_str_eq(found.report.problems[0],
                     "TCR.T0SZ is no size that the architecture has, so nothing is mapped in the "
                     "lower half of the address space.");
    ck_assert_str_eq(found.report.problems[1],
                     "TCR.T1SZ is no size that the architecture has, so nothing is mapped in the "
                     "upper half of the address space.");
    found_deinit(&found);
    config = config_el1(G4K, 39, 39);
    config.aarch64.ttbr0 = BIT(44);
    config.aarch64.ttbr1 = BIT(44);
    config.aarch64.tcr = tcr_el1(G4K, 39, 39, 2);
    assert_walk(&config, &ram, "");
    walk_all(&config, &ram, &found);
    ck_assert_str_eq(found.report.problems[0],
                     "TTBR0 lies beyond the physical address size, so nothing is mapped in the "
                     "lower half of the address space.");
    ck_assert_str_eq(found.report.problems[1],
                     "TTBR1 lies beyond the physical address size, so nothing is mapped in the "
                     "upper half of the address space.");
    found_deinit(&found);
    config.aarch64.two_ranges = false;
    config.aarch64.tcr = 39 | 2 << 16;
    walk_all(&config, &ram, &found);
    ck_assert_str_eq(found.report.problems[0],
                     "TTBR0 lies beyond the physical address size, so nothing is mapped.");
    ck_assert_ptr_null(found.report.problems[1]);
    found_deinit(&found);
    config.aarch64.tcr = 49 | 2 << 16;
    walk_all(&config, &ram, &found);
    ck_assert_str_eq(found.report.problems[0],
                     "TCR.T0SZ is no size that the architecture has, so nothing is mapped.");
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

START_TEST(granules_that_the_cpu_lacks_act_as_the_smallest_it_has)
{
    struct vmmap_paging_config config = config_el1(G16K, 39, 63);
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 1, 0x400000 | BLOCK | DATA);
    config.aarch64.id_aa64mmfr0 = PS_48; /* 4K and 64K */
    assert_walk(&config, &ram, "200000-3fffff --- rw- 400000 200000 0\n");
    config.aarch64.tcr |= 3 << 14; /* reserved */
    assert_walk(&config, &ram, "200000-3fffff --- rw- 400000 200000 0\n");
    config.aarch64.tcr = tcr_el1(G4K, 34, 63, PS_48);
    config.aarch64.id_aa64mmfr0 = PS_48 | UINT64_C(0xf) << 28; /* 64K */
    put_entry_64(&ram, 0x10000, 1, 0x40000000 | BLOCK | DATA);
    assert_walk(&config, &ram, "20000000-3fffffff --- rw- 40000000 20000000 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(blocks_of_the_4k_granule)
{
    struct vmmap_paging_config config = config_el1(G4K, 16, 63);
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x11000 | TABLE);
    put_entry_64(&ram, 0x10000, 1, BIT(39) | BLOCK | DATA); /* only with LPA2 */
    put_entry_64(&ram, 0x11000, 0, 0x12000 | TABLE);
    put_entry_64(&ram, 0x11000, 1, 0x80000000 | BLOCK | DATA | 5 << 2);
    put_entry_64(&ram, 0x12000, 0, 0x13000 | TABLE);
    put_entry_64(&ram, 0x12000, 1, 0x600000 | BLOCK | DATA);
    put_entry_64(&ram, 0x12000, 2, 0x601000 | BLOCK | DATA); /* low bits do not count */
    put_entry_64(&ram, 0x13000, 1, 0x700000 | PAGE | DATA);
    put_entry_64(&ram, 0x13000, 2, 0x701000 | BLOCK | DATA);           /* reserved at level 3 */
    put_entry_64(&ram, 0x13000, 3, 0x702000 | PAGE | OLD);             /* access flag clear */
    put_entry_64(&ram, 0x13000, 511, BIT(47) | PAGE | DATA | BIT(52)); /* contiguous */
    assert_walk(&config, &ram,
                "1000-1fff --- rw- 700000 1000 0\n"
                "3000-3fff --- rw- 702000 1000 0\n"
                "1ff000-5fffff --- rw- ? 0 0\n"
                "40000000-7fffffff --- rw- 80000000 40000000 5\n");
    config.aarch64.tcr |= BIT(59); /* DS */
    assert_walk(&config, &ram,
                "1000-1fff --- rw- 700000 1000 0\n"
                "3000-3fff --- rw- 702000 1000 0\n"
                "1ff000-5fffff --- rw- ? 0 0\n"
                "40000000-7fffffff --- rw- 80000000 40000000 5\n"
                "8000000000-ffffffffff --- rw- 8000000000 8000000000 0\n");
    config.aarch64.id_aa64mmfr0 = PS_48; /* no LPA2: DS means nothing */
    ck_assert_uint_eq(translate(&config, &ram, BIT(39)).steps[0].kind, VMMAP_PAGING_ENTRY_INVALID);
    ram_deinit(&ram);
}
END_TEST

START_TEST(blocks_of_the_16k_granule)
{
    struct vmmap_paging_config config = config_el1(G16K, 17, 63);
    struct ram ram;
    ram_init(&ram, 0x10000, 256 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x14000 | TABLE);
    put_entry_64(&ram, 0x10000, 1, BIT(36) | BLOCK | DATA); /* only with LPA2 */
    put_entry_64(&ram, 0x14000, 0, 0x18000 | TABLE);
    put_entry_64(&ram, 0x14000, 1, 0x6000000 | BLOCK | DATA);
    put_entry_64(&ram, 0x18000, 1, 0x704000 | PAGE | DATA);
    static const char rows[] = "4000-7fff --- rw- 704000 4000 0\n"
                               "2000000-3ffffff --- rw- 6000000 2000000 0\n";
    assert_walk(&config, &ram, rows);
    config.aarch64.tcr |= BIT(59);
    assert_walk(&config, &ram,
                "4000-7fff --- rw- 704000 4000 0\n"
                "2000000-3ffffff --- rw- 6000000 2000000 0\n"
                "1000000000-1fffffffff --- rw- 1000000000 1000000000 0\n");
    config.aarch64.id_aa64mmfr0 = PS_52 | 1 << 20;
    assert_walk(&config, &ram, rows);
    ram_deinit(&ram);
}
END_TEST

START_TEST(blocks_of_the_64k_granule)
{
    struct vmmap_paging_config config = config_el1(G64K, 16, 63);
    struct ram ram;
    ram_init(&ram, 0x10000, 512 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x20000 | TABLE);
    put_entry_64(&ram, 0x10000, 1, BIT(42) | BLOCK | DATA); /* only with LPA */
    put_entry_64(&ram, 0x20000, 0, 0x30000 | TABLE);
    put_entry_64(&ram, 0x20000, 1, 0x60000000 | BLOCK | DATA);
    put_entry_64(&ram, 0x30000, 8191, 0x70000 | PAGE | DATA);
    assert_walk(&config, &ram,
                "1fff0000-3fffffff --- rw- ? 0 0\n"
                "40000000000-7ffffffffff --- rw- 40000000000 40000000000 0\n");
    config.aarch64.id_aa64mmfr0 = PS_48;
    assert_walk(&config, &ram, "1fff0000-3fffffff --- rw- ? 0 0\n");
    ram_deinit(&ram);
}
END_TEST

/* A table that straddles the end of RAM counts as unreadable, but what is there is found. */
START_TEST(half_a_table_is_better_than_none)
{
    struct vmmap_paging_config config = config_el1(G64K, 16, 63);
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB + 8 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x20000 | TABLE);
    put_entry_64(&ram, 0x20000, 1023, 0x60000000 | BLOCK | DATA);
    assert_walk(&config, &ram, "7fe0000000-7fffffffff --- rw- 60000000 20000000 0\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.unreadable, 1);
    ck_assert_uint_eq(found.report.first_unreadable, 0x20000);
    ck_assert_uint_eq(found.report.reads, 1 + 1 + 16);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

/* FEAT_LPA: bits 51:48 of an address in 15:12 of a descriptor and in 5:2 of TTBR. */
START_TEST(physical_addresses_of_52_bits_with_64k)
{
    struct vmmap_paging_config config = config_el1(G64K, 12, 63);
    config.aarch64.tcr = tcr_el1(G64K, 12, 63, PS_52);
    /* 0xa5a00_0000_0000: 0xa in the high bits. */
    config.aarch64.ttbr0 = 0x5a0000000000 | 0xa << 2 | UINT64_C(0x12) << 48 | 1;
    struct ram ram;
    ram_init(&ram, RAM_HIGH, 512 * KIB);
    put_entry_64(&ram, RAM_HIGH, 1023, 0x5a0000010000 | 0xa << 12 | TABLE);
    put_entry_64(&ram, RAM_HIGH, 1, 0x40000000000 | 0xf << 12 | BLOCK | DATA);
    put_entry_64(&ram, RAM_HIGH + 0x10000, 8191, 0x5a0000020000 | 0xa << 12 | TABLE);
    put_entry_64(&ram, RAM_HIGH + 0x10000, 0, 0x20000000 | 0x3 << 12 | BLOCK | DATA);
    put_entry_64(&ram, RAM_HIGH + 0x20000, 8191, 0xffffffff0000 | 0xf << 12 | PAGE | DATA);
    assert_walk(&config, &ram,
                "40000000000-7ffffffffff --- rw- f040000000000 40000000000 0\n"
                "ffc0000000000-ffc001fffffff --- rw- 3000020000000 20000000 0\n"
                "fffffffff0000-fffffffffffff --- rw- fffffffff0000 10000 0\n");
    /* Without the feature the high bits are none, and this TTBR is elsewhere. */
    config.aarch64.id_aa64mmfr0 = PS_48;
    assert_walk(&config, &ram, "");
    ram_deinit(&ram);
}
END_TEST

/* FEAT_LPA2: bits 51:50 of an address in 9:8 of a descriptor, 49:48 in their place. */
START_TEST(addresses_of_52_bits_with_4k)
{
    struct vmmap_paging_config config = config_el1(G4K, 12, 63);
    config.aarch64.tcr = tcr_el1(G4K, 12, 63, PS_52) | BIT(59);
    config.aarch64.ttbr0 = 0x5a0000000000 | 0xa << 2;
    struct ram ram;
    ram_init(&ram, RAM_HIGH, 64 * KIB);
    const uint64_t high = 2 << 8; /* 0xa = 0b10_10 */
    const uint64_t low = UINT64_C(0x25a0000000000);
    put_entry_64(&ram, RAM_HIGH, 15, (low + 0x1000) | high | TABLE);
    for (unsigned int level = 0; level < 3; level++)
        put_entry_64(&ram, RAM_HIGH + 0x1000 * (level + 1), 511,
                     (low + 0x1000 * (level + 2)) | high | TABLE);
    put_entry_64(&ram, RAM_HIGH + 0x4000, 511, UINT64_C(0x3fffffffff000) | 3 << 8 | PAGE | DATA);
    put_entry_64(&ram, RAM_HIGH + 0x1000, 1, BIT(39) | 1 << 8 | BLOCK | DATA);
    assert_walk(&config, &ram,
                "f008000000000-f00ffffffffff --- rw- 4008000000000 8000000000 0\n"
                "ffffffffff000-fffffffffffff --- rw- ffffffffff000 1000 0\n");
    static const char *const names[] = {"level -1", "level 0", "level 1", "level 2", "level 3"};
    struct vmmap_paging_translation translation = translate(&config, &ram, 0xfffffffffffff);
    ck_assert_uint_eq(translation.step_count, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(translation.steps[i].name, names[i]);
    ram_deinit(&ram);
}
END_TEST

START_TEST(addresses_of_52_bits_with_16k)
{
    struct vmmap_paging_config config = config_el1(G16K, 12, 63);
    config.aarch64.tcr = tcr_el1(G16K, 12, 63, PS_52) | BIT(59);
    config.aarch64.ttbr0 = 0x5a0000000000 | 0xa << 2;
    struct ram ram;
    ram_init(&ram, RAM_HIGH, 128 * KIB);
    const uint64_t low = UINT64_C(0x25a0000000000) | 2 << 8;
    put_entry_64(&ram, RAM_HIGH, 31, (low + 0x4000) | TABLE);
    put_entry_64(&ram, RAM_HIGH + 0x4000, 2047, (low + 0x8000) | TABLE);
    put_entry_64(&ram, RAM_HIGH + 0x8000, 2047, (low + 0xc000) | TABLE);
    put_entry_64(&ram, RAM_HIGH + 0xc000, 2047, UINT64_C(0x3ffffffffc000) | 3 << 8 | PAGE | DATA);
    assert_walk(&config, &ram, "fffffffffc000-fffffffffffff --- rw- fffffffffc000 4000 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(output_addresses_beyond_the_size_are_invalid)
{
    struct vmmap_paging_config config = config_el1(G4K, 39, 63);
    config.aarch64.tcr = tcr_el1(G4K, 39, 63, 1); /* 36 bits */
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 0, BIT(35) | BLOCK | DATA);
    put_entry_64(&ram, 0x10000, 1, BIT(36) | BLOCK | DATA);
    put_entry_64(&ram, 0x10000, 2, BIT(36) | TABLE);
    assert_walk(&config, &ram, "0-1fffff --- rw- 800000000 200000 0\n");
    config.aarch64.tcr = tcr_el1(G4K, 39, 63, 7); /* the CPU's own size then counts */
    config.aarch64.id_aa64mmfr0 = 0;              /* 32 bits */
    assert_walk(&config, &ram, "");
    ram_deinit(&ram);
}
END_TEST

START_TEST(big_endian_tables)
{
    struct vmmap_paging_config config = config_el1(G4K, 39, 63);
    config.aarch64.sctlr |= BIT(25);
    struct ram ram;
    ram_init(&ram, 0x10000, 128 * KIB);
    put_entry_64(&ram, 0x10000, 3, __builtin_bswap64(0x400000 | BLOCK | DATA));
    assert_walk(&config, &ram, "600000-7fffff --- rw- 400000 200000 0\n");
    ck_assert_uint_eq(translate(&config, &ram, 0x600000).steps[0].value, 0x400000 | BLOCK | DATA);
    ram_deinit(&ram);
}
END_TEST

/* The same table under TTBR0 and TTBR1 that are set up differently is not the same. */
START_TEST(halves_with_different_granules)
{
    struct vmmap_paging_config config = config_el1(G4K, 34, 34);
    config.aarch64.tcr = (config.aarch64.tcr & ~(UINT64_C(3) << 30)) | UINT64_C(3) << 30;
    config.aarch64.ttbr1 = config.aarch64.ttbr0;
    struct ram ram;
    ram_init(&ram, 0x10000, 256 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x20000 | TABLE);
    put_entry_64(&ram, 0x20000, 1, 0x110000 | PAGE | DATA);
    assert_walk(&config, &ram,
                "1000-1fff --- rw- 110000 1000 0\n"
                "ffffffffc0010000-ffffffffc001ffff --- rw- 110000 10000 0\n");
    ram_deinit(&ram);
}
END_TEST

static void scatter(struct ram *ram, uint64_t *state, unsigned int shift)
{
    uint64_t tables = ram->size >> shift;
    for (uint64_t table = 0; table < tables; table++) {
        for (unsigned int i = 0; i < 5; i++) {
            uint64_t index = next_random(state) % (UINT64_C(1) << (shift - 3));
            uint64_t random = next_random(state);
            uint64_t value = (random & (0xfff | UINT64_C(0x7fe) << 52)) | VALID;
            value |= ram->base + ((next_random(state) % (tables + 1)) << shift);
            if (random >> 12 & 3)
                value |= TABLE;
            if (!(random >> 14 & 7))
                value |= UINT64_C(0x300000000000);
            put_entry_64(ram, ram->base + (table << shift), index, value);
        }
    }
}

START_TEST(walk_and_translation_agree_on_random_tables)
{
    static const struct span spans[][2] = {
        {{0, 0xffffffffffff, {39, 30, 21, 12}}, {0xffffff8000000000, UINT64_MAX, {30, 21, 12}}},
        {{0, 0x7fffffffffff, {36, 25, 14}}, {0xffffff8000000000, UINT64_MAX, {36, 25, 14}}},
        {{0, 0xfffffffffffff, {42, 29, 16}}, {0xffffff8000000000, UINT64_MAX, {29, 16}}},
    };
    static const unsigned int lower_sizes[] = {16, 17, 12};
    uint64_t state = 4711;
    for (unsigned int round = 0; round < 9; round++) {
        unsigned int granule = round % 3;
        struct vmmap_paging_config config =
            config_el1((enum granule)granule, lower_sizes[granule], 25);
        if (round & 1)
            config.aarch64.sctlr |= BIT(19);
        struct ram ram;
        ram_init(&ram, 0x10000, 10ull << page_shifts[granule]);
        config.aarch64.ttbr0 = 0x10000;
        config.aarch64.ttbr1 = 0x10000 + (1ull << page_shifts[granule]);
        scatter(&ram, &state, page_shifts[granule]);
        put_entry_64(&ram, 0x10000, 0, 0x40000000 | TABLE); /* outside RAM */
        put_entry_64(&ram, 0x10000, 3, config.aarch64.ttbr1 | TABLE);
        put_entry_64(&ram, config.aarch64.ttbr1, 1,
                     (config.aarch64.ttbr1 + (1ull << page_shifts[granule])) | TABLE);
        put_entry_64(&ram, config.aarch64.ttbr1, 2, BLOCK | DATA);
        check_by_translation(&config, &ram, spans[granule], 2);
        check_failing_reads(&config, &ram);
        ram_deinit(&ram);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("paging_aarch64", without_translation_virtual_is_physical, rights_of_a_page,
                     a_regime_of_one_range, rights_of_tables_above,
                     hardware_managed_dirty_state_makes_clean_pages_writable,
                     e0pd_closes_a_half_to_user_mode, every_size_starts_at_the_right_level,
                     sizes_that_do_not_exist_are_a_problem_of_their_half,
                     granules_that_the_cpu_lacks_act_as_the_smallest_it_has,
                     blocks_of_the_4k_granule, blocks_of_the_16k_granule, blocks_of_the_64k_granule,
                     half_a_table_is_better_than_none, physical_addresses_of_52_bits_with_64k,
                     addresses_of_52_bits_with_4k, addresses_of_52_bits_with_16k,
                     output_addresses_beyond_the_size_are_invalid, big_endian_tables,
                     halves_with_different_granules, walk_and_translation_agree_on_random_tables);
}
