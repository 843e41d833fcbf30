/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arm ARM DDI 0406C, sections B3.5 to B3.7: the bits below are written from it, not from the
 * code. */
#include "paging/paging.h"

#include <string.h>

#include "paging_support.h"

enum { TABLE = 1, SECTION = 2, LARGE = 1, SMALL = 2, SUPER = 1 << 18 };
enum { SECTION_XN = 1 << 4, SECTION_PXN = 1, TABLE_PXN = 1 << 2, LARGE_XN = 1 << 15, SMALL_XN = 1 };
enum { AFE = 1 << 29, WXN = 1 << 19, UWXN = 1 << 20, EE = 1 << 25 };
enum { CLIENT = 1, RESERVED = 2, MANAGER = 3 };
enum { KIB = 1 << 10, MIB = 1 << 20 };
#define BIT(n) (UINT64_C(1) << (n))

/* AP[2:0] where a section and where a page has it; full access. */
static uint32_t section_ap(uint32_t ap)
{
    return (ap & 3) << 10 | (ap >> 2) << 15;
}

static uint32_t page_ap(uint32_t ap)
{
    return (ap & 3) << 4 | (ap >> 2) << 9;
}

/* Short descriptors, root at 0x10000, domain 0 is a client. */
static struct vmmap_paging_config config_short(unsigned int split)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_ARM,
        .arm = {.sctlr = 1,
                .ttbcr = split,
                .ttbr0 = 0x10000 | 0x4a,
                .ttbr1 = 0x14000 | 0x4a,
                .dacr = CLIENT},
    };
}

static struct vmmap_paging_config config_long(unsigned int lower, unsigned int upper)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_ARM,
        .arm = {.sctlr = 1,
                .ttbcr = UINT32_C(1) << 31 | lower | upper << 16,
                .ttbr0 = 0x10000,
                .ttbr1 = 0x14000 | UINT64_C(0x12) << 48},
    };
}

START_TEST(without_translation_virtual_is_physical)
{
    struct ram ram;
    ram_init(&ram, 0, 4 * KIB);
    struct vmmap_paging_config config = config_short(0);
    config.arm.sctlr = 0;
    assert_walk(&config, &ram, "0-ffffffff rwx rwx 0 0 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Table B3-8: AP[2:0] counts; XN above it, PXN above that. On every other mebibyte. */
static void put_section_rights(struct ram *ram)
{
    for (uint32_t i = 0; i < 32; i++)
        put_entry_32(ram, 0x10000, 2 * i,
                     i << 20 | SECTION | section_ap(i & 7) | (i & 8 ? SECTION_XN : 0) |
                         (i & 16 ? SECTION_PXN : 0));
}

START_TEST(rights_of_a_section)
{
    struct vmmap_paging_config config = config_short(0);
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    put_section_rights(&ram);
    assert_walk(&config, &ram,
                "0-fffff --- --- 0 100000 0\n"
                "200000-2fffff --- rwx 100000 100000 0\n"
                "400000-4fffff r-x rwx 200000 100000 0\n"
                "600000-6fffff rwx rwx 300000 100000 0\n"
                "800000-8fffff --- --- 400000 100000 0\n"
                "a00000-afffff --- r-x 500000 100000 0\n"
                "c00000-cfffff r-x r-x 600000 100000 0\n"
                "e00000-efffff r-x r-x 700000 100000 0\n"
                "1000000-10fffff --- --- 800000 100000 0\n"
                "1200000-12fffff --- rw- 900000 100000 0\n"
                "1400000-14fffff r-- rw- a00000 100000 0\n"
                "1600000-16fffff rw- rw- b00000 100000 0\n"
                "1800000-18fffff --- --- c00000 100000 0\n"
                "1a00000-1afffff --- r-- d00000 100000 0\n"
                "1c00000-1cfffff r-- r-- e00000 100000 0\n"
                "1e00000-1efffff r-- r-- f00000 100000 0\n"
                "2000000-20fffff --- --- 1000000 100000 0\n"
                "2200000-22fffff --- rw- 1100000 100000 0\n"
                "2400000-24fffff r-x rw- 1200000 100000 0\n"
                "2600000-26fffff rwx rw- 1300000 100000 0\n"
                "2800000-28fffff --- --- 1400000 100000 0\n"
                "2a00000-2afffff --- r-- 1500000 100000 0\n"
                "2c00000-2cfffff r-x r-- 1600000 100000 0\n"
                "2e00000-2efffff r-x r-- 1700000 100000 0\n"
                "3000000-30fffff --- --- 1800000 100000 0\n"
                "3200000-32fffff --- rw- 1900000 100000 0\n"
                "3400000-34fffff r-- rw- 1a00000 100000 0\n"
                "3600000-36fffff rw- rw- 1b00000 100000 0\n"
                "3800000-38fffff --- --- 1c00000 100000 0\n"
                "3a00000-3afffff --- r-- 1d00000 100000 0\n"
                "3c00000-3cfffff r-- r-- 1e00000 100000 0\n"
                "3e00000-3efffff r-- r-- 1f00000 100000 0\n");
    /* Without PXN in the CPU its encoding is reserved. */
    config.arm.no_pxn = true;
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.count, 16);
    ck_assert_uint_eq(found.report.invalid, 16);
    ck_assert_uint_eq(found.report.first_invalid, 0x10000 + 32 * 4);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

START_TEST(write_implies_no_execution_where_sctlr_says_so)
{
    struct vmmap_paging_config config = config_short(0);
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    for (uint32_t i = 1; i < 4; i++)
        put_entry_32(&ram, 0x10000, 2 * i, i << 20 | SECTION | section_ap(i));
    put_entry_32(&ram, 0x10000, 10, 5 << 20 | SECTION | section_ap(6));
    config.arm.sctlr |= WXN;
    assert_walk(&config, &ram,
                "200000-2fffff --- rw- 100000 100000 0\n"
                "400000-4fffff r-x rw- 200000 100000 0\n"
                "600000-6fffff rw- rw- 300000 100000 0\n"
                "a00000-afffff r-x r-x 500000 100000 0\n");
    config.arm.sctlr ^= WXN | UWXN;
    assert_walk(&config, &ram,
                "200000-2fffff --- rwx 100000 100000 0\n"
                "400000-4fffff r-x rwx 200000 100000 0\n"
                "600000-6fffff rwx rw- 300000 100000 0\n"
                "a00000-afffff r-x r-x 500000 100000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Section B3.7.1: with SCTLR.AFE, AP[0] is the access flag and grants nothing. */
START_TEST(the_access_flag_grants_nothing)
{
    struct vmmap_paging_config config = config_short(0);
    config.arm.sctlr |= AFE;
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    for (uint32_t i = 0; i < 8; i++)
        put_entry_32(&ram, 0x10000, 2 * i, i << 20 | SECTION | section_ap(i));
    assert_walk(&config, &ram,
                "0-fffff --- rwx 0 100000 0\n"
                "200000-2fffff --- rwx 100000 100000 0\n"
                "400000-4fffff rwx rwx 200000 100000 0\n"
                "600000-6fffff rwx rwx 300000 100000 0\n"
                "800000-8fffff --- r-x 400000 100000 0\n"
                "a00000-afffff --- r-x 500000 100000 0\n"
                "c00000-cfffff r-x r-x 600000 100000 0\n"
                "e00000-efffff r-x r-x 700000 100000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Section B3.7.3. The domain of a page is that of its table; a supersection is in domain 0. */
START_TEST(domains)
{
    struct vmmap_paging_config config = config_short(0);
    config.arm.dacr = CLIENT << 0 | CLIENT << 2 | RESERVED << 4 | (uint32_t)MANAGER << 30;
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    static const uint32_t numbers[] = {1, 2, 3, 15};
    for (uint32_t i = 0; i < 4; i++) {
        put_entry_32(&ram, 0x10000, 4 * i,
                     i << 20 | SECTION | numbers[i] << 5 | section_ap(6) | SECTION_XN);
        put_entry_32(&ram, 0x10000, 4 * i + 2, 0x18000 | TABLE | numbers[i] << 5 | TABLE_PXN);
    }
    put_entry_32(&ram, 0x18000, 0, 0x123000 | SMALL | page_ap(3));
    put_entry_32(&ram, 0x18000, 2, 0x124000 | SMALL | page_ap(0) | SMALL_XN);
    for (uint32_t i = 16; i < 32; i++)
        put_entry_32(&ram, 0x10000, i, SECTION | SUPER | section_ap(1) | 0xf << 5);
    assert_walk(&config, &ram,
                "0-fffff r-- r-- 0 100000 0\n"
                "200000-200fff rwx rw- 123000 1000 0\n"
                "202000-202fff --- --- 124000 1000 0\n"
                "400000-4fffff --- --- 100000 100000 0\n"
                "600000-600fff --- --- 123000 1000 0\n"
                "602000-602fff --- --- 124000 1000 0\n"
                "800000-8fffff --- --- 200000 100000 0\n"
                "a00000-a00fff --- --- 123000 1000 0\n"
                "a02000-a02fff --- --- 124000 1000 0\n"
                "c00000-cfffff rwx rwx 300000 100000 0\n"
                "e00000-e00fff rwx rwx 123000 1000 0\n"
                "e02000-e02fff rwx rwx 124000 1000 0\n"
                "1000000-1ffffff --- rwx f000000000 1000000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Figures B3-4 and B3-5: where addresses and memory types are. */
START_TEST(sizes_and_attributes)
{
    struct vmmap_paging_config config = config_short(0);
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    put_entry_32(&ram, 0x10000, 0, 0x18000 | TABLE);
    put_entry_32(&ram, 0x10000, 4095, 0x18400 | TABLE);
    put_entry_32(&ram, 0x10000, 2, 0xfff00000 | SECTION | section_ap(3) | 5 << 12 | 1 << 3);
    for (uint32_t i = 32; i < 48; i++)
        put_entry_32(&ram, 0x10000, i,
                     0xab000000 | SECTION | SUPER | section_ap(3) | 0xc << 20 | 0xd << 5 | 1 << 2);
    for (uint32_t i = 0; i < 16; i++)
        put_entry_32(&ram, 0x18000, i, 0x56780000 | LARGE | page_ap(3) | 7 << 12 | 3 << 2);
    put_entry_32(&ram, 0x18000, 16, 0x56780000 | LARGE | page_ap(3) | LARGE_XN);
    put_entry_32(&ram, 0x18000, 255, 0xabcde000 | SMALL | page_ap(3) | 2 << 6);
    put_entry_32(&ram, 0x18400, 255, 0xfffff000 | SMALL | page_ap(1) | SMALL_XN | 1 << 11);
    assert_walk(&config, &ram,
                "0-ffff rwx rwx 56780000 10000 1f\n"
                "10000-10fff rw- rw- 56780000 10000 0\n"
                "ff000-fffff rwx rwx abcde000 1000 8\n"
                "200000-2fffff rwx rwx fff00000 100000 16\n"
                "2000000-2ffffff rwx rwx dcab000000 1000000 1\n"
                "fffff000-ffffffff --- rw- fffff000 1000 0\n");
    ck_assert_uint_eq(translate(&config, &ram, 0x2f12345).physical, UINT64_C(0xdcabf12345));
    ck_assert_uint_eq(translate(&config, &ram, 0x7123).physical, 0x56787123);
    check_failing_reads(&config, &ram);
    check_fatal_failures(&config, &ram);
    check_limits(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

/* Section B3.5.4: for N = 0 all is TTBR0's; else TTBR1 has what lies above 2^(32 - N), in a table
 * for the whole space, and TTBR0's is shorter and less aligned. */
START_TEST(the_split_between_ttbr0_and_ttbr1)
{
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    for (unsigned int split = 1; split <= 7; split++) {
        struct vmmap_paging_config config = config_short(split);
        uint32_t count = UINT32_C(4096) >> split;
        config.arm.ttbr0 = 0x10000 | count * 4 | 0x4a; /* as far from 16 KiB as it may be */
        put_entry_32(&ram, 0x10000 + count * 4, 0, 0x100000 | SECTION | section_ap(3));
        put_entry_32(&ram, 0x10000 + count * 4, count - 1, 0x300000 | SECTION | section_ap(3));
        put_entry_32(&ram, 0x14000, count - 1, 0x900000 | SECTION | section_ap(1)); /* unused */
        put_entry_32(&ram, 0x14000, count, 0x500000 | SECTION | section_ap(1));
        put_entry_32(&ram, 0x14000, 4095, 0x700000 | SECTION | section_ap(1));
        uint32_t border = count << 20;
        struct vmmap_buffer wanted = VMMAP_BUFFER_INIT;
        vmmap_buffer_printf(&wanted, "0-fffff rwx rwx 100000 100000 0\n");
        vmmap_buffer_printf(&wanted, "%x-%x rwx rwx 300000 100000 0\n", border - MIB, border - 1);
        vmmap_buffer_printf(&wanted, "%x-%x --- rwx 500000 100000 0\n", border, border + MIB - 1);
        vmmap_buffer_printf(&wanted, "fff00000-ffffffff --- rwx 700000 100000 0\n");
        char *text = take_text(&wanted);
        assert_walk(&config, &ram, text);
        free(text);
        struct span spans[] = {{0, border - 1, {20, 12}}, {border, UINT32_MAX, {20, 12}}};
        check_by_translation(&config, &ram, spans, 2);
        config.arm.ttbcr |= 1 << 4; /* PD0 */
        check_by_translation(&config, &ram, spans + 1, 1);
        config.arm.ttbcr ^= 3 << 4; /* PD1 */
        check_by_translation(&config, &ram, spans, 1);
        memset(ram.bytes, 0, ram.size);
    }
    ram_deinit(&ram);
}
END_TEST

START_TEST(big_endian_tables)
{
    struct vmmap_paging_config config = config_short(0);
    config.arm.sctlr |= EE;
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    put_entry_32(&ram, 0x10000, 1, __builtin_bswap32(0x500000 | SECTION | section_ap(1)));
    assert_walk(&config, &ram, "100000-1fffff --- rwx 500000 100000 0\n");
    ram_deinit(&ram);
}
END_TEST

enum { VALID = 1, LONG_TABLE = 3, LONG_PAGE = 3, BLOCK = 1, AF = 1 << 10 };
enum { AP_USER = 1 << 6, AP_RO = 1 << 7 };
#define XN  BIT(54)
#define PXN BIT(53)

/* As in AArch64, but to execute is to read, and what user mode may write the kernel may execute
 * unless PXN or UWXN says no. */
START_TEST(rights_of_long_descriptors)
{
    struct vmmap_paging_config config = config_long(0, 0);
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x11000 | LONG_TABLE);
    for (uint64_t i = 0; i < 16; i++)
        put_entry_64(&ram, 0x11000, 2 * i,
                     i << 21 | AF | BLOCK | (i & 1 ? AP_USER : 0) | (i & 2 ? AP_RO : 0) |
                         (i & 4 ? PXN : 0) | (i & 8 ? XN : 0) | (i & 7) << 2);
    assert_walk(&config, &ram,
                "0-1fffff --- rwx 0 200000 0\n"
                "400000-5fffff rwx rwx 200000 200000 1\n"
                "800000-9fffff --- r-x 400000 200000 2\n"
                "c00000-dfffff r-x r-x 600000 200000 3\n"
                "1000000-11fffff --- rw- 800000 200000 4\n"
                "1400000-15fffff rwx rw- a00000 200000 5\n"
                "1800000-19fffff --- r-- c00000 200000 6\n"
                "1c00000-1dfffff r-x r-- e00000 200000 7\n"
                "2000000-21fffff --- rw- 1000000 200000 0\n"
                "2400000-25fffff rw- rw- 1200000 200000 1\n"
                "2800000-29fffff --- r-- 1400000 200000 2\n"
                "2c00000-2dfffff r-- r-- 1600000 200000 3\n"
                "3000000-31fffff --- rw- 1800000 200000 4\n"
                "3400000-35fffff rw- rw- 1a00000 200000 5\n"
                "3800000-39fffff --- r-- 1c00000 200000 6\n"
                "3c00000-3dfffff r-- r-- 1e00000 200000 7\n");
    config.arm.sctlr |= UWXN;
    ck_assert_uint_eq(translate(&config, &ram, 0x400000).page.kernel,
                      VMMAP_PERM_READ | VMMAP_PERM_WRITE);
    ck_assert_uint_eq(translate(&config, &ram, 0).page.kernel, VMMAP_PERM_ACCESS);
    config.arm.sctlr ^= UWXN | WXN;
    ck_assert_uint_eq(translate(&config, &ram, 0).page.kernel, VMMAP_PERM_READ | VMMAP_PERM_WRITE);
    ck_assert_uint_eq(translate(&config, &ram, 0x400000).page.user,
                      VMMAP_PERM_READ | VMMAP_PERM_WRITE);
    ck_assert_uint_eq(translate(&config, &ram, 0xc00000).page.user,
                      VMMAP_PERM_READ | VMMAP_PERM_EXEC);
    ram_deinit(&ram);
}
END_TEST

START_TEST(rights_of_tables_above_long_descriptors)
{
    struct vmmap_paging_config config = config_long(0, 0);
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    for (uint64_t i = 0; i < 4; i++)
        put_entry_64(&ram, 0x10000, i, 0x11000 | LONG_TABLE | BIT(59 + i));
    put_entry_64(&ram, 0x11000, 511, 0x12000 | LONG_TABLE);
    put_entry_64(&ram, 0x12000, 511, BIT(39) | AF | LONG_PAGE | AP_USER);
    static const char rows[] = "3ffff000-3fffffff rwx rw- 8000000000 1000 0\n"
                               "7ffff000-7fffffff rw- rw- 8000000000 1000 0\n"
                               "bffff000-bfffffff --- rwx 8000000000 1000 0\n"
                               "fffff000-ffffffff r-x r-x 8000000000 1000 0\n";
    assert_walk(&config, &ram, rows);
    config.arm.ttbcr2 = 1 << 9; /* HPD0 means nothing without T2E */
    assert_walk(&config, &ram, rows);
    config.arm.ttbcr |= 1 << 6;
    assert_walk(&config, &ram,
                "3ffff000-3fffffff rwx rwx 8000000000 1000 0\n"
                "7ffff000-7fffffff rwx rwx 8000000000 1000 0\n"
                "bffff000-bfffffff rwx rwx 8000000000 1000 0\n"
                "fffff000-ffffffff rwx rwx 8000000000 1000 0\n");
    check_fatal_failures(&config, &ram);
    check_limits(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

/* Section B3.6.4, table B3-14: what belongs to whom, and where the walk of each starts. */
struct split {
    unsigned int lower;
    unsigned int upper;
    struct span spans[2];
    uint64_t indices[2]; /* of the root, for the last address of each range */
};

static const struct split splits[] = {
    {0, 1, {{0, 0x7fffffff, {30, 21, 12}}, {0x80000000, UINT32_MAX, {30, 21, 12}}}, {1, 1}},
    {0, 2, {{0, 0xbfffffff, {30, 21, 12}}, {0xc0000000, UINT32_MAX, {21, 12}}}, {2, 511}},
    {0, 7, {{0, 0xfdffffff, {30, 21, 12}}, {0xfe000000, UINT32_MAX, {21, 12}}}, {3, 15}},
    {1, 0, {{0, 0x7fffffff, {30, 21, 12}}, {0x80000000, UINT32_MAX, {30, 21, 12}}}, {1, 3}},
    {2, 0, {{0, 0x3fffffff, {21, 12}}, {0x40000000, UINT32_MAX, {30, 21, 12}}}, {511, 3}},
    {7, 0, {{0, 0x01ffffff, {21, 12}}, {0x02000000, UINT32_MAX, {30, 21, 12}}}, {15, 3}},
    {1, 1, {{0, 0x7fffffff, {30, 21, 12}}, {0x80000000, UINT32_MAX, {30, 21, 12}}}, {1, 1}},
    {2, 3, {{0, 0x3fffffff, {21, 12}}, {0xe0000000, UINT32_MAX, {21, 12}}}, {511, 255}},
    {7, 7, {{0, 0x01ffffff, {21, 12}}, {0xfe000000, UINT32_MAX, {21, 12}}}, {15, 15}},
};

/* Entries of 1 GiB or 2 MiB wherever they are used: blocks that stick out are cut. */
START_TEST(the_split_of_long_descriptors)
{
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    for (uint64_t i = 0; i < 512; i++) {
        put_entry_64(&ram, 0x10000, i, i << 30 | AF | BLOCK | AP_USER);
        put_entry_64(&ram, 0x14000, i, (i + 0x40) << 30 | AF | BLOCK);
    }
    for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
        const struct split *split = &splits[i];
        struct vmmap_paging_config config = config_long(split->lower, split->upper);
        check_by_translation(&config, &ram, split->spans, 2);
        for (size_t half = 0; half < 2; half++) {
            const struct span *span = &split->spans[half];
            struct vmmap_paging_translation last = translate(&config, &ram, span->last);
            uint64_t inside = span->last & (BIT(span->shifts[0]) - 1);
            ck_assert_uint_eq(last.steps[0].index, split->indices[half]);
            uint64_t page = (split->indices[half] + (half ? 0x40 : 0)) << 30;
            ck_assert_uint_eq(last.physical, page + inside);
            ck_assert_uint_eq(last.page.user != 0, half == 0);
            ck_assert_uint_le(last.page.last, span->last);
            struct vmmap_paging_translation first = translate(&config, &ram, span->start);
            ck_assert_uint_eq(first.page.start, span->start);
            ck_assert_uint_eq(first.page.user != 0, half == 0);
        }
        config.arm.ttbcr |= 1 << 7; /* EPD0 */
        check_by_translation(&config, &ram, split->spans + 1, 1);
        config.arm.ttbcr ^= 1 << 7 | 1 << 23; /* EPD1 */
        check_by_translation(&config, &ram, split->spans, 1);
    }
    struct vmmap_paging_config config = config_long(0, 0);
    assert_walk(&config, &ram, "0-ffffffff rwx rwx 0 40000000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* The same table under roots of different levels is a table of pages for one and of blocks for the
 * other. */
START_TEST(ranges_that_start_at_different_levels)
{
    struct vmmap_paging_config config = config_long(2, 0);
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x18000 | LONG_TABLE);
    put_entry_64(&ram, 0x14000, 3, 0x18000 | LONG_TABLE);
    put_entry_64(&ram, 0x18000, 1, 0x19000 | LONG_TABLE | AF);
    put_entry_64(&ram, 0x19000, 2, 0x123000 | LONG_PAGE | AF);
    assert_walk(&config, &ram,
                "1000-1fff --- rwx 19000 1000 0\n"
                "c0202000-c0202fff --- rwx 123000 1000 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(invalid_long_descriptors)
{
    struct vmmap_paging_config config = config_long(0, 0);
    struct ram ram;
    ram_init(&ram, 0x10000, 64 * KIB);
    put_entry_64(&ram, 0x10000, 0, 0x11000 | LONG_TABLE);
    put_entry_64(&ram, 0x11000, 0, 0x12000 | LONG_TABLE);
    put_entry_64(&ram, 0x12000, 0, 0x5000 | BLOCK | AF); /* reserved in the last level */
    put_entry_64(&ram, 0x12000, 1, 0x6000 | 2 | AF);     /* not valid */
    put_entry_64(&ram, 0x12000, 2, 0x7000 | LONG_PAGE);
    assert_walk(&config, &ram, "2000-2fff --- rwx 7000 1000 0\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.invalid, 1);
    ck_assert_uint_eq(found.report.first_invalid, 0x12000);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

START_TEST(walk_and_translation_agree_on_random_tables)
{
    static const struct span span_short[] = {{0, UINT32_MAX, {20, 12}}};
    static const struct span span_long[] = {{0, UINT32_MAX, {30, 21, 12}}};
    uint64_t state = 1;
    for (unsigned int round = 0; round < 20; round++) {
        struct vmmap_paging_config configs[] = {config_short(0), config_long(0, 0)};
        struct ram ram;
        ram_init(&ram, 0x10000, 64 * KIB);
        configs[0].arm.dacr = (uint32_t)next_random(&state);
        configs[0].arm.sctlr |= (uint32_t)next_random(&state) & (AFE | WXN | UWXN);
        for (unsigned int i = 0; i < 400; i++) {
            uint64_t at = 0x10000 + next_random(&state) % 0x10000 / 4 * 4;
            uint32_t bits = (uint32_t)next_random(&state) & 0xf30fffff;
            put_32(&ram, at, (bits & 3) == TABLE ? (bits & 0xffff) | 0x10000 : bits);
        }
        check_by_translation(&configs[0], &ram, span_short, 1);
        memset(ram.bytes, 0, ram.size);
        for (unsigned int i = 0; i < 200; i++) {
            uint64_t at = 0x10000 + next_random(&state) % 0x10000 / 8 * 8;
            uint64_t bits = next_random(&state) & (UINT64_C(0x7ff) << 52 | 0xf0001fff);
            put_64(&ram, at,
                   (bits & 3) == LONG_TABLE
                       ? (bits & ~UINT64_C(0xffff0000)) | 0x10000 | (i % 8) << 12
                       : bits);
        }
        put_entry_64(&ram, 0x10000, 0, 0x12000 | LONG_TABLE);
        put_entry_64(&ram, 0x12000, 0, 0x12000 | BLOCK);
        check_by_translation(&configs[1], &ram, span_long, 1);
        ram_deinit(&ram);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("paging_arm", without_translation_virtual_is_physical, rights_of_a_section,
                     write_implies_no_execution_where_sctlr_says_so, the_access_flag_grants_nothing,
                     domains, sizes_and_attributes, the_split_between_ttbr0_and_ttbr1,
                     big_endian_tables, rights_of_long_descriptors,
                     rights_of_tables_above_long_descriptors, the_split_of_long_descriptors,
                     ranges_that_start_at_different_levels, invalid_long_descriptors,
                     walk_and_translation_agree_on_random_tables);
}
