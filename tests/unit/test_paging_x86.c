/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intel SDM volume 3A, chapter 4: the bits below are written from its tables, not from the code. */
#include "paging/paging.h"

#include "paging_support.h"

enum { P = 1, RW = 2, US = 4, PWT = 8, PCD = 16, A = 32, D = 64, PS = 128, PAT = 128, G = 256 };
enum { ALL = P | RW | US, PAT_LARGE = 1 << 12 };
#define XD (UINT64_C(1) << 63)

enum { KIB = 1 << 10, MIB = 1 << 20 };

static struct vmmap_paging_config config_32(uint64_t cr3)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_X86,
        .x86 = {.cr0 = 0x80010011, .cr3 = cr3, .cr4 = 1 << 4},
    };
}

static struct vmmap_paging_config config_pae(uint64_t cr3)
{
    struct vmmap_paging_config config = config_32(cr3);
    config.x86.cr4 |= 1 << 5;
    config.x86.efer = 1 << 11;
    return config;
}

static struct vmmap_paging_config config_4(uint64_t cr3)
{
    struct vmmap_paging_config config = config_pae(cr3);
    config.x86.efer |= 1 << 8 | 1 << 10;
    return config;
}

static struct vmmap_paging_config config_5(uint64_t cr3)
{
    struct vmmap_paging_config config = config_4(cr3);
    config.x86.cr4 |= 1 << 12;
    return config;
}

static const struct span span_32[] = {{0, UINT32_MAX, {22, 12}}};
static const struct span span_pae[] = {{0, UINT32_MAX, {30, 21, 12}}};
static const struct span spans_4[] = {
    {0, 0x7fffffffffff, {39, 30, 21, 12}},
    {0xffff800000000000, UINT64_MAX, {39, 30, 21, 12}},
};
static const struct span spans_5[] = {
    {0, 0xffffffffffffff, {48, 39, 30, 21, 12}},
    {0xff00000000000000, UINT64_MAX, {48, 39, 30, 21, 12}},
};

START_TEST(without_paging_virtual_is_physical)
{
    struct vmmap_paging_config config = config_32(0x1000);
    config.x86.cr0 = 0x11;
    struct ram ram;
    ram_init(&ram, 0, 4 * KIB);
    assert_walk(&config, &ram, "0-ffffffff rwx rwx 0 0 0\n");
    struct vmmap_paging_translation translation = translate(&config, &ram, 0xfee00123);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_IDENTITY);
    ck_assert_uint_eq(translation.physical, 0xfee00123);
    ck_assert_str_eq(translation.mode, "x86 without paging");
    translation = translate(&config, &ram, UINT64_C(0x100000000));
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_OUTSIDE);
    ram_deinit(&ram);
}
END_TEST

/* Tables 4-5 and 4-6, and what section 4.6 makes of two levels. */
START_TEST(pages_of_32_bit_paging_have_the_rights_of_both_levels)
{
    struct vmmap_paging_config config = config_32(0x1000 | PWT | PCD);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_32(&ram, 0x1000, 0, 0x2000 | ALL);
    put_entry_32(&ram, 0x1000, 1, 0x2000 | P | RW);
    put_entry_32(&ram, 0x1000, 2, 0x2000 | P | US);
    put_entry_32(&ram, 0x1000, 3, 0x2000 | P);
    put_entry_32(&ram, 0x1000, 1023, 0x2000 | ALL);
    put_entry_32(&ram, 0x2000, 0, 0x5000 | P | A);
    put_entry_32(&ram, 0x2000, 2, 0x6000 | P | RW);
    put_entry_32(&ram, 0x2000, 4, 0x7000 | P | US);
    put_entry_32(&ram, 0x2000, 6, 0x8000 | ALL | D);
    put_entry_32(&ram, 0x2000, 8, 0x9000 | RW | US); /* not present */
    put_entry_32(&ram, 0x2000, 1023, 0xfffff000 | ALL | G);
    assert_walk(&config, &ram,
                "0-fff --- r-x 5000 1000 0\n"
                "2000-2fff --- rwx 6000 1000 0\n"
                "4000-4fff r-x r-x 7000 1000 0\n"
                "6000-6fff rwx rwx 8000 1000 0\n"
                "3ff000-3fffff rwx rwx fffff000 1000 0\n"
                "400000-400fff --- r-x 5000 1000 0\n"
                "402000-402fff --- rwx 6000 1000 0\n"
                "404000-404fff --- r-x 7000 1000 0\n"
                "406000-406fff --- rwx 8000 1000 0\n"
                "7ff000-7fffff --- rwx fffff000 1000 0\n"
                "800000-800fff --- r-x 5000 1000 0\n"
                "802000-802fff --- r-x 6000 1000 0\n"
                "804000-804fff r-x r-x 7000 1000 0\n"
                "806000-806fff r-x r-x 8000 1000 0\n"
                "bff000-bfffff r-x r-x fffff000 1000 0\n"
                "c00000-c00fff --- r-x 5000 1000 0\n"
                "c02000-c02fff --- r-x 6000 1000 0\n"
                "c04000-c04fff --- r-x 7000 1000 0\n"
                "c06000-c06fff --- r-x 8000 1000 0\n"
                "fff000-ffffff --- r-x fffff000 1000 0\n"
                "ffc00000-ffc00fff --- r-x 5000 1000 0\n"
                "ffc02000-ffc02fff --- rwx 6000 1000 0\n"
                "ffc04000-ffc04fff r-x r-x 7000 1000 0\n"
                "ffc06000-ffc06fff rwx rwx 8000 1000 0\n"
                "fffff000-ffffffff rwx rwx fffff000 1000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Table 4-4: PSE, PSE-36 and its reserved bit. */
START_TEST(big_pages_of_32_bit_paging)
{
    struct vmmap_paging_config config = config_32(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_32(&ram, 0x1000, 1, 0x00c00000 | PS | ALL);
    put_entry_32(&ram, 0x1000, 2, 0x01400000 | PS | ALL);
    put_entry_32(&ram, 0x1000, 4, 0xffc00000 | PS | P | 0xff << 13); /* bits 39:32 */
    put_entry_32(&ram, 0x1000, 5, 0x00800000 | PS | P | 1 << 21);    /* reserved */
    put_entry_32(&ram, 0x1000, 6, 0x00800000 | PS | P | PAT_LARGE | PCD);
    assert_walk(&config, &ram,
                "400000-bfffff rwx rwx ? 400000 0\n"
                "1000000-13fffff --- r-x ffffc00000 400000 0\n"
                "1800000-1bfffff --- r-x 800000 400000 6\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.invalid, 1);
    ck_assert_uint_eq(found.report.first_invalid, 0x1014);
    found_deinit(&found);

    /* With 36 bits of physical address, bits 20:17 have to be 0 as well. */
    config.x86.physical_bits = 36;
    put_entry_32(&ram, 0x1000, 2, 0x01400000 | PS | ALL | 0xf << 13);
    assert_walk(&config, &ram,
                "400000-bfffff rwx rwx ? 400000 0\n"
                "1800000-1bfffff --- r-x 800000 400000 6\n");
    ck_assert_uint_eq(translate(&config, &ram, 0x812345).physical, UINT64_C(0xf01412345));
    ram_deinit(&ram);
}
END_TEST

START_TEST(without_pse_the_bit_is_ignored)
{
    struct vmmap_paging_config config = config_32(0x1000);
    config.x86.cr4 = 0;
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_32(&ram, 0x1000, 1, 0x2000 | PS | ALL);
    put_entry_32(&ram, 0x2000, 3, 0x8000 | ALL);
    assert_walk(&config, &ram, "403000-403fff rwx rwx 8000 1000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Section 4.4: a root of four entries, aligned to 32 bytes, without rights. */
START_TEST(pae_paging)
{
    struct vmmap_paging_config config = config_pae(0x1fe0 | PCD);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1fe0, 0, 0x2000 | P);
    put_entry_64(&ram, 0x1fe0, 3, 0x3000 | P);
    put_entry_64(&ram, 0x2000, 0, 0x4000 | ALL);
    put_entry_64(&ram, 0x2000, 1, 0x4000 | P | US | XD);
    put_entry_64(&ram, 0x2000, 2, UINT64_C(0xf00000000) | PS | ALL | XD | PAT_LARGE);
    put_entry_64(&ram, 0x2000, 3, 0x602000 | PS | ALL); /* bit 13 is reserved */
    put_entry_64(&ram, 0x4000, 0, UINT64_C(0xffffffffff000) | ALL | PAT | PWT);
    put_entry_64(&ram, 0x4000, 1, 0x9000 | ALL | XD);
    put_entry_64(&ram, 0x4000, 2, 0xa000 | ALL | UINT64_C(1) << 52); /* reserved */
    put_entry_64(&ram, 0x4000, 3, 0xb000 | ALL | UINT64_C(1) << 62); /* reserved */
    put_entry_64(&ram, 0x3000, 511, 0x5000 | P | RW);
    put_entry_64(&ram, 0x5000, 511, 0xc000 | ALL);
    assert_walk(&config, &ram,
                "0-fff rwx rwx ffffffffff000 1000 5\n"
                "1000-1fff rw- rw- 9000 1000 0\n"
                "200000-200fff r-- r-- ffffffffff000 1000 5\n"
                "201000-201fff r-- r-- 9000 1000 0\n"
                "400000-5fffff rw- rw- f00000000 200000 4\n"
                "fffff000-ffffffff --- rwx c000 1000 0\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_str_eq(found.report.mode, "x86 PAE paging");
    ck_assert_uint_eq(found.report.invalid, 5); /* the second table is met with two rights */
    found_deinit(&found);

    /* XD is reserved in the root, and everywhere without EFER.NXE. */
    put_entry_64(&ram, 0x1fe0, 3, 0x3000 | P | XD);
    config.x86.efer = 0;
    assert_walk(&config, &ram, "0-fff rwx rwx ffffffffff000 1000 5\n");
    config.x86.efer = 1 << 11;
    ck_assert_uint_eq(translate(&config, &ram, 0xfffff000).steps[0].kind,
                      VMMAP_PAGING_ENTRY_INVALID);
    ram_deinit(&ram);
}
END_TEST

/* Sections 4.5 and 4.6: each level takes away one right; all page sizes; both ends of the space. */
START_TEST(four_levels)
{
    /* CR3 with a PCID and LAM bits, which are no address. */
    struct vmmap_paging_config config = config_4(0x1fff | UINT64_C(3) << 61);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 0, 0x2000 | ALL);
    put_entry_64(&ram, 0x1000, 255, 0x2000 | P | US);
    put_entry_64(&ram, 0x1000, 256, 0x2000 | ALL | XD);
    put_entry_64(&ram, 0x1000, 511, 0x3000 | P | RW);
    put_entry_64(&ram, 0x2000, 0, 0x4000 | ALL);
    put_entry_64(&ram, 0x2000, 1, UINT64_C(0x80000000) | PS | ALL | PAT_LARGE | PCD | PWT | G);
    put_entry_64(&ram, 0x2000, 2, UINT64_C(0x80002000) | PS | ALL); /* reserved bit 13 */
    put_entry_64(&ram, 0x4000, 1, 0x5000 | P | RW);
    put_entry_64(&ram, 0x4000, 2, 0x40000000 | PS | ALL);
    put_entry_64(&ram, 0x4000, 3, 0x40100000 | PS | ALL); /* reserved bit 20 */
    put_entry_64(&ram, 0x5000, 0, 0xa000 | ALL);
    put_entry_64(&ram, 0x5000, 1, 0xb000 | ALL | XD | UINT64_C(0x7ff) << 52); /* ignored 62:52 */
    put_entry_64(&ram, 0x3000, 511, 0x6000 | ALL);
    put_entry_64(&ram, 0x6000, 511, 0x7000 | ALL);
    put_entry_64(&ram, 0x7000, 511, 0xd000 | ALL);
    assert_walk(&config, &ram,
                "200000-200fff --- rwx a000 1000 0\n"
                "201000-201fff --- rw- b000 1000 0\n"
                "400000-5fffff rwx rwx 40000000 200000 0\n"
                "40000000-7fffffff rwx rwx 80000000 40000000 7\n"
                "7f8000200000-7f8000200fff --- r-x a000 1000 0\n"
                "7f8000201000-7f8000201fff --- r-- b000 1000 0\n"
                "7f8000400000-7f80005fffff r-x r-x 40000000 200000 0\n"
                "7f8040000000-7f807fffffff r-x r-x 80000000 40000000 7\n"
                "ffff800000200000-ffff800000201fff --- rw- a000 1000 0\n"
                "ffff800000400000-ffff8000005fffff rw- rw- 40000000 200000 0\n"
                "ffff800040000000-ffff80007fffffff rw- rw- 80000000 40000000 7\n"
                "fffffffffffff000-ffffffffffffffff --- rwx d000 1000 0\n");
    check_by_translation(&config, &ram, spans_4, 2);
    check_failing_reads(&config, &ram);
    check_fatal_failures(&config, &ram);
    check_limits(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

START_TEST(reserved_bits_of_four_levels)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 0, 0x2000 | ALL);
    put_entry_64(&ram, 0x1000, 1, 0x2000 | ALL | PS);                /* reserved in a PML4E */
    put_entry_64(&ram, 0x1000, 2, 0x2000 | ALL | UINT64_C(1) << 40); /* beyond the CPU's */
    put_entry_64(&ram, 0x2000, 0, 0x3000 | ALL);
    put_entry_64(&ram, 0x3000, 0, 0x4000 | ALL);
    put_entry_64(&ram, 0x4000, 0, 0x8000 | ALL);
    put_entry_64(&ram, 0x4000, 1, 0x8000 | ALL | XD);
    put_entry_64(&ram, 0x4000, 2, UINT64_C(0x10000000000) | ALL);
    config.x86.physical_bits = 40;
    assert_walk(&config, &ram,
                "0-fff rwx rwx 8000 1000 0\n"
                "1000-1fff rw- rw- 8000 1000 0\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.invalid, 3);
    ck_assert_uint_eq(found.report.first_invalid, 0x4010);
    found_deinit(&found);
    /* Without EFER.NXE bit 63 is reserved; without a known width nothing below bit 52 is. */
    config.x86.efer &= ~UINT64_C(0x800);
    config.x86.physical_bits = 0;
    assert_walk(&config, &ram,
                "0-fff rwx rwx 8000 1000 0\n"
                "2000-2fff rwx rwx 10000000000 1000 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(five_levels)
{
    struct vmmap_paging_config config = config_5(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 255, 0x2000 | ALL);
    put_entry_64(&ram, 0x1000, 256, 0x2000 | P | US | RW | XD);
    put_entry_64(&ram, 0x1000, 510, 0x2000 | ALL | PS); /* reserved in a PML5E */
    put_entry_64(&ram, 0x1000, 511, 0x3000 | ALL);
    put_entry_64(&ram, 0x2000, 511, 0x4000 | ALL);
    put_entry_64(&ram, 0x2000, 510, 0x4000 | ALL | PS); /* reserved in a PML4E */
    put_entry_64(&ram, 0x4000, 511, 0x40000000 | PS | P | US);
    put_entry_64(&ram, 0x3000, 511, 0x5000 | ALL);
    put_entry_64(&ram, 0x5000, 511, 0x6000 | ALL);
    put_entry_64(&ram, 0x6000, 510, 0x200000 | PS | ALL);
    put_entry_64(&ram, 0x6000, 511, 0x7000 | ALL);
    put_entry_64(&ram, 0x7000, 0, 0x400000 | ALL);
    put_entry_64(&ram, 0x7000, 511, 0xe000 | ALL);
    assert_walk(&config, &ram,
                "ffffffc0000000-ffffffffffffff r-x r-x 40000000 40000000 0\n"
                "ff00ffffc0000000-ff00ffffffffffff r-- r-- 40000000 40000000 0\n"
                "ffffffffffc00000-ffffffffffe00fff rwx rwx 200000 0 0\n"
                "fffffffffffff000-ffffffffffffffff rwx rwx e000 1000 0\n");
    check_by_translation(&config, &ram, spans_5, 2);
    check_limits(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

START_TEST(a_translation_tells_every_level)
{
    struct vmmap_paging_config config = config_5(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 511, 0x2000 | ALL);
    put_entry_64(&ram, 0x2000, 511, 0x3000 | P | RW);
    put_entry_64(&ram, 0x3000, 511, 0x4000 | ALL);
    put_entry_64(&ram, 0x4000, 511, 0x5000 | ALL | XD);
    put_entry_64(&ram, 0x5000, 511, 0xe000 | ALL | PCD);
    struct vmmap_paging_translation translation = translate(&config, &ram, UINT64_MAX);
    static const struct vmmap_paging_step wanted[] = {
        {"PML5E", 0x1000, 511, 0x1ff8, 0x2007, VMMAP_PAGING_ENTRY_TABLE},
        {"PML4E", 0x2000, 511, 0x2ff8, 0x3003, VMMAP_PAGING_ENTRY_TABLE},
        {"PDPTE", 0x3000, 511, 0x3ff8, 0x4007, VMMAP_PAGING_ENTRY_TABLE},
        {"PDE", 0x4000, 511, 0x4ff8, 0x8000000000005007, VMMAP_PAGING_ENTRY_TABLE},
        {"PTE", 0x5000, 511, 0x5ff8, 0xe017, VMMAP_PAGING_ENTRY_PAGE},
    };
    ck_assert_str_eq(translation.mode, "x86-64 5-level paging");
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_MAPPED);
    ck_assert_uint_eq(translation.step_count, 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_str_eq(translation.steps[i].name, wanted[i].name);
        ck_assert_uint_eq(translation.steps[i].table, wanted[i].table);
        ck_assert_uint_eq(translation.steps[i].index, wanted[i].index);
        ck_assert_uint_eq(translation.steps[i].entry, wanted[i].entry);
        ck_assert_uint_eq(translation.steps[i].value, wanted[i].value);
        ck_assert_uint_eq(translation.steps[i].kind, wanted[i].kind);
    }
    ck_assert_uint_eq(translation.physical, 0xefff);
    ck_assert_uint_eq(translation.page.start, 0xfffffffffffff000);
    ck_assert_uint_eq(translation.page.last, UINT64_MAX);
    ck_assert_uint_eq(translation.page.physical, 0xe000);
    ck_assert_uint_eq(translation.page.page_size, 0x1000);
    ck_assert_uint_eq(translation.page.attributes, 2);
    ck_assert_uint_eq(translation.page.user, 0);
    ck_assert_uint_eq(translation.page.kernel, VMMAP_PERM_READ | VMMAP_PERM_WRITE);
    ram_deinit(&ram);
}
END_TEST

START_TEST(a_translation_tells_why_there_is_none)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 0, 0x2000 | ALL);
    put_entry_64(&ram, 0x1000, 1, 0x12345000 | ALL); /* no RAM there */
    put_entry_64(&ram, 0x2000, 1, 0x2000 | PS | ALL);
    struct vmmap_paging_translation translation = translate(&config, &ram, 0);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_NOT_MAPPED);
    ck_assert_uint_eq(translation.step_count, 2);
    ck_assert_uint_eq(translation.steps[1].kind, VMMAP_PAGING_ENTRY_ABSENT);
    translation = translate(&config, &ram, 0x40000000);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_NOT_MAPPED);
    ck_assert_uint_eq(translation.steps[1].kind, VMMAP_PAGING_ENTRY_INVALID);
    translation = translate(&config, &ram, UINT64_C(0x8000000000));
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_NOT_MAPPED);
    ck_assert_uint_eq(translation.steps[1].kind, VMMAP_PAGING_ENTRY_UNREADABLE);
    ck_assert_uint_eq(translation.steps[1].entry, 0x12345000);
    translation = translate(&config, &ram, 0x800000000000);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_OUTSIDE);
    translation = translate(&config, &ram, 0xffff7fffffffffff);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_OUTSIDE);
    ram_deinit(&ram);
}
END_TEST

START_TEST(a_table_outside_ram_is_counted_and_the_walk_goes_on)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 0, 0xabc000 | ALL);
    put_entry_64(&ram, 0x1000, 2, 0x2000 | ALL);
    put_entry_64(&ram, 0x2000, 0, 0xdef000 | ALL);
    put_entry_64(&ram, 0x2000, 1, 0xabc0000000 | PS | ALL); /* a page may be anywhere */
    assert_walk(&config, &ram, "10040000000-1007fffffff rwx rwx abc0000000 40000000 0\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.unreadable, 2);
    ck_assert_uint_eq(found.report.first_unreadable, 0xabc000);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

/* Of 1024 pages of 2 MiB only one is different; the tables on the way are read once up and once
 * down, whatever is in them, and the root once more for its upper half. */
START_TEST(looking_around_reads_each_table_once_a_way)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 0, 0x2000 | ALL);
    put_entry_64(&ram, 0x2000, 0, 0x3000 | ALL);
    put_entry_64(&ram, 0x2000, 1, 0x4000 | ALL);
    for (uint64_t i = 0; i < 512; i++) {
        put_entry_64(&ram, 0x3000, i, i * 2 * MIB | PS | (i == 300 ? P | US : ALL));
        put_entry_64(&ram, 0x4000, i, (512 + i) * 2 * MIB | PS | ALL);
    }
    struct found found;
    bool complete;
    enum { UP = 4, UPPER_HALF = 1, DOWN = 3, ENOUGH = UP + UPPER_HALF + DOWN + 1 };
    const uint64_t address = UINT64_C(300) * 2 * MIB + 0x1234;
    assert_ok(try_around(&config, &ram, address, ENOUGH, &found, &complete));
    ck_assert(complete);
    ck_assert_uint_eq(ram.reads, ENOUGH - 1);
    char *text = runs_text(&found);
    ck_assert_str_eq(text, "0-257fffff rwx rwx 0 200000 0\n"
                           "25800000-259fffff r-x r-x 25800000 200000 0\n"
                           "25a00000-7fffffff rwx rwx 25a00000 200000 0\n");
    free(text);
    found_deinit(&found);
    for (uint64_t tables = 0; tables < ENOUGH; tables++) {
        assert_ok(try_around(&config, &ram, address, tables, &found, &complete));
        ck_assert(!complete);
        ck_assert_uint_eq(found.count, 0);
        ck_assert_uint_eq(ram.reads, tables);
        found_deinit(&found);
    }
    ram_deinit(&ram);
}
END_TEST

/* Both ways meet what holds the address; it counts once. */
START_TEST(looking_around_counts_what_is_wrong_once)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 0, 0xabc000 | ALL); /* no RAM there */
    put_entry_64(&ram, 0x1000, 1, 0x2000 | ALL);
    put_entry_64(&ram, 0x2000, 0, 0x2000 | PS | ALL); /* an address that is not aligned */
    struct found found;
    bool complete;
    assert_ok(try_around(&config, &ram, 0x12345678, 100, &found, &complete));
    ck_assert(complete);
    ck_assert_uint_eq(found.report.unreadable, 1);
    ck_assert_uint_eq(found.report.first_unreadable, 0xabc000);
    found_deinit(&found);
    assert_ok(try_around(&config, &ram, UINT64_C(0x8012345678), 100, &found, &complete));
    ck_assert(complete);
    ck_assert_uint_eq(found.report.invalid, 1);
    ck_assert_uint_eq(found.report.first_invalid, 0x2000);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

START_TEST(a_root_outside_ram_maps_nothing)
{
    struct vmmap_paging_config config = config_4(0x12345000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    assert_walk(&config, &ram, "");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.unreadable, 2); /* its two halves */
    ck_assert_uint_eq(found.report.first_unreadable, 0x12345000);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

/* Entry 510 of the root is the root: every table appears as pages, and the root with them. */
START_TEST(a_self_map_shows_the_tables)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 0, 0x2000 | ALL);
    put_entry_64(&ram, 0x1000, 510, 0x1000 | P | RW | XD);
    put_entry_64(&ram, 0x2000, 0, 0x3000 | ALL);
    put_entry_64(&ram, 0x3000, 0, 0x4000 | ALL);
    put_entry_64(&ram, 0x4000, 5, 0x9000 | ALL);
    assert_walk(&config, &ram,
                "5000-5fff rwx rwx 9000 1000 0\n"
                "ffffff0000000000-ffffff0000000fff --- rw- 4000 1000 0\n"
                "ffffff7f80000000-ffffff7f80000fff --- rw- 3000 1000 0\n"
                "ffffff7fbfc00000-ffffff7fbfc00fff --- rw- 2000 1000 0\n"
                "ffffff7fbfdfe000-ffffff7fbfdfefff --- rw- 1000 1000 0\n");
    check_by_translation(&config, &ram, spans_4, 2);
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.self_references, 3); /* at each level but the last */
    ck_assert(!found.report.exhausted);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

/* Every entry of every table points to the same table of the next level, as KASAN does it: 2^35
 * pages, one run, one read a table. */
START_TEST(shared_tables_cost_one_read_each)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    for (uint64_t i = 0; i < 512; i++) {
        if (i >= 256)
            put_entry_64(&ram, 0x1000, i, 0x2000 | P | RW);
        put_entry_64(&ram, 0x2000, i, 0x3000 | P | RW);
        put_entry_64(&ram, 0x3000, i, 0x4000 | P | RW);
        put_entry_64(&ram, 0x4000, i, 0x5000 | P | RW | XD);
    }
    assert_walk(&config, &ram, "ffff800000000000-ffffffffffffffff --- rw- ? 1000 0\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.reads, 5); /* two halves of the root */
    ck_assert_uint_eq(found.report.tables, 5);
    ck_assert_uint_eq(found.report.shared, 255 + 511 + 511);
    ck_assert_uint_eq(found.report.pages, 512);
    found_deinit(&found);

    /* The same table with other rights above is another one. */
    put_entry_64(&ram, 0x1000, 300, 0x2000 | P);
    assert_walk(&config, &ram,
                "ffff800000000000-ffff95ffffffffff --- rw- ? 1000 0\n"
                "ffff960000000000-ffff967fffffffff --- r-- ? 1000 0\n"
                "ffff968000000000-ffffffffffffffff --- rw- ? 1000 0\n");
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.tables, 5 + 3);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

/* The same with pages that do not merge: there is no exact answer that fits into memory. */
START_TEST(an_exploding_map_ends_at_the_limit)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    for (uint64_t i = 0; i < 512; i++) {
        put_entry_64(&ram, 0x1000, i, 0x2000 | ALL);
        put_entry_64(&ram, 0x2000, i, 0x3000 | ALL);
        put_entry_64(&ram, 0x3000, i, 0x4000 | ALL);
        put_entry_64(&ram, 0x4000, i, i & 1 ? 0x5000 | ALL : 0);
    }
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    struct found found;
    request.runs = 1000;
    assert_ok(try_walk(&config, &ram, request, &found));
    ck_assert(found.report.exhausted);
    /* The 256 runs of the page table, and 744 in the table above it. */
    ck_assert_uint_eq(found.count, 744);
    ck_assert_uint_eq(found.runs[0].start, 0x1000);
    ck_assert_uint_eq(found.runs[743].last, 743 * 0x2000 + 0x1fff);
    ck_assert_uint_eq(found.report.exhausted_at, 744 * 0x2000 + 0x1000);
    found_deinit(&found);

    struct vmmap_paging_translation last = translate(&config, &ram, UINT64_MAX);
    ck_assert_uint_eq(last.outcome, VMMAP_PAGING_MAPPED);
    ram_deinit(&ram);
}
END_TEST

START_TEST(a_request_without_room_finds_nothing)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    request.table_bytes = 0;
    request.first = 0x1234000;
    struct found found;
    assert_ok(try_walk(&config, &ram, request, &found));
    ck_assert_uint_eq(found.count, 0);
    ck_assert(found.report.exhausted);
    ck_assert_uint_eq(found.report.exhausted_at, 0x1234000);
    ck_assert_uint_eq(found.report.reads, 0);
    ram_deinit(&ram);
}
END_TEST

START_TEST(part_of_a_space_reads_only_what_it_needs)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    for (uint64_t i = 0; i < 512; i++)
        put_entry_64(&ram, 0x1000, i, 0x2000 | ALL);
    put_entry_64(&ram, 0x2000, 0, 0x3000 | ALL);
    put_entry_64(&ram, 0x2000, 1, 0x40000000 | PS | ALL);
    put_entry_64(&ram, 0x3000, 0, 0x4000 | ALL);
    put_entry_64(&ram, 0x4000, 3, 0x9000 | ALL);
    put_entry_64(&ram, 0x4000, 4, 0xa000 | ALL);
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    struct found found;
    request.first = 0x3800;
    request.last = 0x40001fff;
    assert_ok(try_walk(&config, &ram, request, &found));
    char *text = runs_text(&found);
    ck_assert_str_eq(text, "3800-4fff rwx rwx 9800 1000 0\n"
                           "40000000-40001fff rwx rwx 40000000 40000000 0\n");
    ck_assert_uint_eq(found.report.reads, 4);
    free(text);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

static struct vmmap_error *refuse(void *context, const struct vmmap_paging_run *run)
{
    (void)run;
    return ++*(unsigned int *)context < 2 ? NULL : vmmap_error_create(VMMAP_ERROR_INVALID, "No.");
}

START_TEST(an_error_of_the_visitor_ends_the_walk)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    put_entry_64(&ram, 0x1000, 0, 0x2000 | ALL);
    for (uint64_t i = 0; i < 10; i += 2)
        put_entry_64(&ram, 0x2000, i, PS | ALL);
    unsigned int calls = 0;
    struct vmmap_paging_memory memory = ram_memory(&ram);
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    struct vmmap_paging_visitor visitor = {&calls, refuse};
    struct vmmap_paging_report report;
    assert_error(vmmap_paging_walk(&config, &memory, &request, &visitor, &report),
                 VMMAP_ERROR_INVALID, "No.");
    ck_assert_uint_eq(calls, 2);
    ck_assert_uint_eq(report.pages, 5);
    ram_deinit(&ram);
}
END_TEST

START_TEST(an_architecture_that_is_none_is_an_error)
{
    struct vmmap_paging_config config = {.architecture = (enum vmmap_paging_architecture)99};
    struct ram ram;
    ram_init(&ram, 0, 4 * KIB);
    struct found found;
    struct vmmap_paging_memory memory = ram_memory(&ram);
    struct vmmap_paging_translation translation;
    static const char message[] = "There is no walker for the page tables of architecture 99.";
    assert_error(
        try_walk(&config, &ram, (struct vmmap_paging_request)VMMAP_PAGING_REQUEST_ALL, &found),
        VMMAP_ERROR_INVALID, message);
    ck_assert_str_eq(found.report.mode, "");
    assert_error(vmmap_paging_translate(&config, &memory, 0, &translation), VMMAP_ERROR_INVALID,
                 message);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_OUTSIDE);
    ck_assert_uint_eq(ram.reads, 0);
    ram_deinit(&ram);
}
END_TEST

START_TEST(a_translation_can_be_interrupted)
{
    struct vmmap_paging_config config = config_4(0x1000);
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    for (uint64_t table = 0x1000; table < 0x5000; table += 0x1000)
        put_entry_64(&ram, table, 0, (table + 0x1000) | ALL);
    struct vmmap_paging_memory memory = ram_memory(&ram);
    struct vmmap_paging_translation translation;
    for (size_t i = 1; i <= 4; i++) {
        ram.reads = 0;
        ram.interrupt_read = i;
        assert_error(vmmap_paging_translate(&config, &memory, 0, &translation),
                     VMMAP_ERROR_INTERRUPTED, "Quit.");
        ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_NOT_MAPPED);
    }
    /* Who does not want to be asked need not be. */
    memory.poll = NULL;
    assert_ok(vmmap_paging_translate(&config, &memory, 0, &translation));
    ck_assert_uint_eq(translation.physical, 0x5000);
    ram_deinit(&ram);
}
END_TEST

/* A few entries in each table, that point to other tables or anywhere, with any flags. */
static void scatter(struct ram *ram, uint64_t *state, unsigned int entry_size, uint64_t high_bits)
{
    for (uint64_t table = 0x1000; table < ram->size; table += 0x1000) {
        for (unsigned int i = 0; i < 5; i++) {
            uint64_t at = table + next_random(state) % (0x1000 / entry_size) * entry_size;
            uint64_t random = next_random(state);
            uint64_t value = (random & 0xfff) | P | (next_random(state) % 12) << 12;
            if (random >> 12 & 3)
                value &= ~(uint64_t)PS;
            if (random >> 14 & 1)
                value |= next_random(state) & high_bits;
            if (entry_size == 4)
                put_32(ram, at, (uint32_t)value);
            else
                put_64(ram, at, value);
        }
    }
}

START_TEST(walk_and_translation_agree_on_random_tables)
{
    uint64_t state = 42;
    for (unsigned int round = 0; round < 12; round++) {
        struct vmmap_paging_config configs[] = {config_32(0x1000), config_pae(0x1000),
                                                config_4(0x1000), config_5(0x1000)};
        for (unsigned int i = 0; i < 4; i++) {
            static const struct span *const spans[] = {span_32, span_pae, spans_4, spans_5};
            struct ram ram;
            ram_init(&ram, 0, 40 * KIB);
            if (round & 1)
                configs[i].x86.physical_bits = 39;
            scatter(&ram, &state, i == 0 ? 4 : 8, i == 0 ? 0xffc01000 : 0xff7fffc000000000);
            put_entry_64(&ram, 0x1000, 1, 0x2001 | (uint64_t)US << 32 | UINT64_C(0x3001) << 32);
            if (i > 0)
                put_entry_64(&ram, 0x1000, 1, 0x2000 | P | RW);
            put_entry_64(&ram, 0x2000, 7, i == 0 ? 0x5001 : 0x200000 | P | PS);
            if (i == 3)
                put_entry_64(&ram, 0x2000, 7, 0x3000 | P);
            put_entry_64(&ram, 0x3000, 7, i == 0 ? 0x5001 : 0x40000000 | P | PS);
            check_by_translation(&configs[i], &ram, spans[i], i < 2 ? 1 : 2);
            check_failing_reads(&configs[i], &ram);
            ram_deinit(&ram);
        }
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "paging_x86", without_paging_virtual_is_physical,
        pages_of_32_bit_paging_have_the_rights_of_both_levels, big_pages_of_32_bit_paging,
        without_pse_the_bit_is_ignored, pae_paging, four_levels, reserved_bits_of_four_levels,
        five_levels, a_translation_tells_every_level, a_translation_tells_why_there_is_none,
        a_table_outside_ram_is_counted_and_the_walk_goes_on,
        looking_around_reads_each_table_once_a_way, looking_around_counts_what_is_wrong_once,
        a_root_outside_ram_maps_nothing, a_self_map_shows_the_tables,
        shared_tables_cost_one_read_each, an_exploding_map_ends_at_the_limit,
        a_request_without_room_finds_nothing, part_of_a_space_reads_only_what_it_needs,
        an_error_of_the_visitor_ends_the_walk, an_architecture_that_is_none_is_an_error,
        a_translation_can_be_interrupted, walk_and_translation_agree_on_random_tables);
}
