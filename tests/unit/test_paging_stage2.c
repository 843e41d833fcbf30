/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Second stages, alone and below a first one. The bits are written from the manuals: Arm ARM DDI
 * 0487 section D8 and DDI 0406C section B3.6, the RISC-V privileged specification's "Hypervisor
 * Extension", Intel SDM volume 3C section 29.3, AMD64 APM volume 2 section 15.25. */
#include "paging/paging.h"

#include "paging_support.h"

#define BIT(n) (UINT64_C(1) << (n))

enum { KIB = 1 << 10 };

static struct vmmap_paging_config alone(enum vmmap_paging_stage2_format format, uint64_t root,
                                        uint64_t control)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_GUEST_PHYSICAL,
        .stage2 = {.format = format, .root = root, .control = control, .xlen = 64},
    };
}

/* The sentence about registers that make no sense. */
static void assert_problem(const struct vmmap_paging_config *config, struct ram *ram,
                           const char *wanted)
{
    struct found found;
    walk_all(config, ram, &found);
    ck_assert_uint_eq(found.count, 0);
    ck_assert_ptr_nonnull(found.report.problems[0]);
    ck_assert_ptr_nonnull(strstr(found.report.problems[0], wanted));
    ck_assert_ptr_null(found.report.problems[1]);
    found_deinit(&found);
}

/* --- Arm --- */

enum { S2_TABLE = 3, S2_PAGE = 3, S2_BLOCK = 1, S2_READ = 1 << 6, S2_WRITE = 1 << 7 };
#define S2_XN(n) ((uint64_t)(n) << 53)

/* VTCR_EL2: TG0 as coded, SL0, and the width of a guest-physical address; PS 40 bits. */
static uint64_t vtcr(unsigned int granule, unsigned int sl0, unsigned int bits)
{
    return (64 - bits) | sl0 << 6 | granule << 14 | 2 << 16;
}

/* XN[1:0] and S2AP[1:0], each combination on every other page. */
static void put_rights(struct ram *ram, uint64_t table)
{
    for (uint64_t i = 0; i < 16; i++)
        put_entry_64(ram, table, 2 * i,
                     (0x80000000 + (i << 12)) | S2_PAGE | (i & 3) << 6 | S2_XN(i >> 2));
}

START_TEST(rights_of_arm)
{
    struct ram ram;
    ram_init(&ram, 0, 16 * KIB);
    struct vmmap_paging_config config =
        alone(VMMAP_PAGING_STAGE2_AARCH64, 0x1000 | BIT(48), vtcr(0, 1, 32));
    put_entry_64(&ram, 0x1000, 0, 0x2000 | S2_TABLE);
    put_entry_64(&ram, 0x2000, 0, 0x3000 | S2_TABLE | BIT(59) | BIT(60) | BIT(61) | BIT(62));
    put_rights(&ram, 0x3000);
    assert_walk(&config, &ram,
                "0-fff --x --x 80000000 1000 0\n"
                "2000-2fff r-x r-x 80001000 1000 0\n"
                "4000-4fff -wx -wx 80002000 1000 0\n"
                "6000-6fff rwx rwx 80003000 1000 0\n"
                "8000-8fff --x --- 80004000 1000 0\n"
                "a000-afff r-x r-- 80005000 1000 0\n"
                "c000-cfff -wx -w- 80006000 1000 0\n"
                "e000-efff rwx rw- 80007000 1000 0\n"
                "10000-10fff --- --- 80008000 1000 0\n"
                "12000-12fff r-- r-- 80009000 1000 0\n"
                "14000-14fff -w- -w- 8000a000 1000 0\n"
                "16000-16fff rw- rw- 8000b000 1000 0\n"
                "18000-18fff --- --x 8000c000 1000 0\n"
                "1a000-1afff r-- r-x 8000d000 1000 0\n"
                "1c000-1cfff -w- -wx 8000e000 1000 0\n"
                "1e000-1efff rw- rwx 8000f000 1000 0\n");
    /* Without FEAT_XNX bit 53 is nothing. */
    config.stage2.no_xnx = true;
    ck_assert_uint_eq(translate(&config, &ram, 0xa000).page.kernel,
                      VMMAP_PERM_READ | VMMAP_PERM_EXEC);
    ck_assert_uint_eq(translate(&config, &ram, 0x1a000).page.kernel, VMMAP_PERM_READ);
    /* The same in AArch32, T0SZ = 0. */
    config = alone(VMMAP_PAGING_STAGE2_ARM, 0x1000, 1 << 6);
    ck_assert_uint_eq(translate(&config, &ram, 0x1e000).page.kernel, VMMAP_PERM_ACCESS);
    ck_assert_uint_eq(translate(&config, &ram, 0x1e000).page.user,
                      VMMAP_PERM_READ | VMMAP_PERM_WRITE);
    ram_deinit(&ram);
}
END_TEST

START_TEST(arm_hardware_that_manages_dirty_state_writes)
{
    struct ram ram;
    ram_init(&ram, 0, 16 * KIB);
    struct vmmap_paging_config config =
        alone(VMMAP_PAGING_STAGE2_AARCH64, 0x1000, vtcr(0, 1, 32) | BIT(21) | BIT(22));
    put_entry_64(&ram, 0x1000, 0, 0x40000000 | S2_BLOCK | S2_READ | BIT(51) | 0xf << 2);
    assert_walk(&config, &ram, "0-3fffffff rwx rwx 40000000 40000000 f\n");
    config.stage2.control &= ~BIT(22);
    assert_walk(&config, &ram, "0-3fffffff r-x r-x 40000000 40000000 f\n");
    ram_deinit(&ram);
}
END_TEST

/* A root of several tables, one behind the other: the last entry of the last. */
static void check_concatenated(enum vmmap_paging_stage2_format format, uint64_t control,
                               uint64_t root, uint64_t entries, unsigned int shift)
{
    struct ram ram;
    ram_init(&ram, 0, 4096 * KIB);
    struct vmmap_paging_config config = alone(format, root, control);
    put_entry_64(&ram, root, entries - 1, 0 | S2_BLOCK | S2_READ);
    struct vmmap_paging_translation translation =
        translate(&config, &ram, ((entries - 1) << shift) + 0x123);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_MAPPED);
    ck_assert_uint_eq(translation.physical, 0x123);
    ck_assert_uint_eq(translation.steps[0].index, entries - 1);
    ck_assert_uint_eq(translate(&config, &ram, entries << shift).outcome, VMMAP_PAGING_OUTSIDE);
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_uint_eq(found.runs[0].start, (entries - 1) << shift);
    found_deinit(&found);
    ram_deinit(&ram);
}

START_TEST(arm_roots_may_be_several_tables)
{
    /* 4 KiB: 40 bits from level 1 take 2 tables; 43 take 16. 34 bits from level 2 take 16. */
    check_concatenated(VMMAP_PAGING_STAGE2_AARCH64, vtcr(0, 1, 40), 0x2000, 1024, 30);
    check_concatenated(VMMAP_PAGING_STAGE2_AARCH64, vtcr(0, 1, 43), 0x10000, 8192, 30);
    check_concatenated(VMMAP_PAGING_STAGE2_AARCH64, vtcr(0, 0, 34), 0x10000, 8192, 21);
    /* 16 KiB: 40 bits from level 2 take 16 tables of 16 KiB: more than one read. */
    check_concatenated(VMMAP_PAGING_STAGE2_AARCH64, vtcr(2, 1, 40), 0x40000, 32768, 25);
    /* 64 KiB: 46 bits from level 2 take 16 tables of 64 KiB. */
    check_concatenated(VMMAP_PAGING_STAGE2_AARCH64, vtcr(1, 1, 46), 0x100000, 131072, 29);
    /* AArch32: T0SZ = -8, 40 bits from level 1; and T0SZ = -2, 34 bits from level 2. */
    check_concatenated(VMMAP_PAGING_STAGE2_ARM, 8 | 1 << 4 | 1 << 6, 0x2000, 1024, 30);
    check_concatenated(VMMAP_PAGING_STAGE2_ARM, 14 | 1 << 4, 0x10000, 8192, 21);
}
END_TEST

static void check_vtcr(struct ram *ram, uint64_t control, const char *problem)
{
    const struct vmmap_paging_config config = alone(VMMAP_PAGING_STAGE2_AARCH64, 0x1000, control);
    if (problem) {
        assert_problem(&config, ram, problem);
        return;
    }
    struct found found;
    walk_all(&config, ram, &found);
    ck_assert_ptr_null(found.report.problems[0]);
    found_deinit(&found);
}

/* QEMU's check_s2_mmu_setup(), bit by bit. */
START_TEST(arm_start_levels)
{
    static const char *const level = "VTCR.SL0 is no level";
    struct ram ram;
    ram_init(&ram, 0, 8 * KIB);
    check_vtcr(&ram, vtcr(0, 1, 31), NULL);
    check_vtcr(&ram, vtcr(0, 1, 30), level); /* no bit is left for level 1 */
    check_vtcr(&ram, vtcr(0, 1, 43), NULL);
    check_vtcr(&ram, vtcr(0, 1, 44), level); /* 32 tables */
    check_vtcr(&ram, vtcr(0, 2, 44), NULL);
    check_vtcr(&ram, vtcr(0, 2, 39), level);
    check_vtcr(&ram, vtcr(0, 3, 21), NULL); /* level 3 */
    check_vtcr(&ram, vtcr(0, 3, 26), level);
    check_vtcr(&ram, vtcr(2, 3, 47), level); /* level 0 is for LPA2 */
    check_vtcr(&ram, vtcr(2, 3, 48) | BIT(32), NULL);
    check_vtcr(&ram, vtcr(1, 3, 48), level);
    check_vtcr(&ram, vtcr(0, 1, 12), "VTCR.T0SZ is no size");
    check_vtcr(&ram, vtcr(0, 0, 52) | BIT(32) | BIT(33), NULL); /* level -1 */
    check_vtcr(&ram, vtcr(0, 1, 52) | BIT(32) | BIT(33), level);
    /* A root beyond 40 bits. */
    const struct vmmap_paging_config config =
        alone(VMMAP_PAGING_STAGE2_AARCH64, BIT(44), vtcr(0, 1, 40));
    assert_problem(&config, &ram, "VTTBR lies beyond");
    const struct vmmap_paging_config arm = alone(VMMAP_PAGING_STAGE2_ARM, 0x1000, 2 << 6);
    assert_problem(&arm, &ram, level);
    ram_deinit(&ram);
}
END_TEST

/* TGran4_2, TGran16_2 and TGran64_2: 1 is no, 2 yes, 3 with LPA2, 0 as the first stage. */
START_TEST(arm_granules_that_the_second_stage_has)
{
    const struct {
        uint64_t id;
        uint64_t control;
        uint64_t page;
    } cases[] = {
        {BIT(40) | 2, vtcr(0, 1, 36), 0},                    /* no 4 KiB: 64 KiB is taken */
        {UINT64_C(2) << 40 | 2, vtcr(0, 1, 36), 0x40000000}, /* 4 KiB */
        {UINT64_C(0xf) << 28 | UINT64_C(2) << 40 | 2, vtcr(0, 1, 36), 0x40000000},
        {UINT64_C(2) << 32 | 2, vtcr(2, 1, 36), 0x2000000}, /* 16 KiB, but not in stage 1 */
        {UINT64_C(2) << 36 | 2, vtcr(1, 1, 36), 0x20000000},
        {2, vtcr(0, 1, 36), 0x40000000},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ram ram;
        ram_init(&ram, 0, 1024 * KIB);
        struct vmmap_paging_config config =
            alone(VMMAP_PAGING_STAGE2_AARCH64, 0x80000, cases[i].control);
        config.stage2.has_id_aa64mmfr0 = true;
        config.stage2.id_aa64mmfr0 = cases[i].id;
        put_entry_64(&ram, 0x80000, 0, S2_BLOCK | S2_READ);
        const struct vmmap_paging_translation translation = translate(&config, &ram, 0);
        ck_assert_uint_eq(translation.page.page_size, cases[i].page ? cases[i].page : 0x20000000u);
        ram_deinit(&ram);
    }
}
END_TEST

START_TEST(arm_tables)
{
    static const struct span span[] = {{0, BIT(32) - 1, {30, 21, 12}}};
    struct ram ram;
    ram_init(&ram, 0, 32 * KIB);
    struct vmmap_paging_config config = alone(VMMAP_PAGING_STAGE2_AARCH64, 0x1000, vtcr(0, 1, 32));
    put_entry_64(&ram, 0x1000, 0, 0x2000 | S2_TABLE);
    put_entry_64(&ram, 0x1000, 1, 0x80000000 | S2_BLOCK | S2_READ | S2_WRITE);
    put_entry_64(&ram, 0x1000, 2, 0x2000 | S2_TABLE);
    put_entry_64(&ram, 0x1000, 3, 0x1000 | S2_TABLE); /* itself */
    put_entry_64(&ram, 0x2000, 0, 0x3000 | S2_TABLE);
    put_entry_64(&ram, 0x2000, 1, 0x40200000 | S2_BLOCK | S2_READ);
    put_entry_64(&ram, 0x2000, 511, 0x4000 | S2_TABLE);
    put_rights(&ram, 0x3000);
    put_entry_64(&ram, 0x4000, 7, BIT(41) | S2_PAGE); /* beyond 40 bits */
    check_by_translation(&config, &ram, span, 1);
    check_failing_reads(&config, &ram);
    check_fatal_failures(&config, &ram);
    check_limits(&config, &ram);
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_str_eq(found.report.mode, "AArch64 stage 2");
    ck_assert_uint_gt(found.report.self_references, 0);
    found_deinit(&found);
    config.stage2.big_endian = true;
    assert_walk(&config, &ram, "");
    ram_deinit(&ram);
}
END_TEST

/* --- RISC-V --- */

enum { V = 1, R = 2, W = 4, X = 8, U = 16 };

static uint64_t pte(uint64_t physical, uint64_t bits)
{
    return physical >> 12 << 10 | bits;
}

START_TEST(riscv_accesses_are_those_of_user_mode)
{
    struct ram ram;
    ram_init(&ram, 0, 48 * KIB);
    /* The root is 16 KiB, and aligned to that: the lowest bits of the register are not used. */
    struct vmmap_paging_config config =
        alone(VMMAP_PAGING_STAGE2_RISCV, BIT(63) | UINT64_C(0x3fff) << 44 | 0x5, 0);
    put_entry_64(&ram, 0x4000, 0, pte(0x8000, V));
    put_entry_64(&ram, 0x4000, 2047, pte(0x8000, V));
    put_entry_64(&ram, 0x8000, 0, pte(0x9000, V));
    put_entry_64(&ram, 0x8000, 511, pte(0x200000, V | R | W | U));
    put_entry_64(&ram, 0x9000, 0, pte(0x80000000, V | R | W | X | U));
    put_entry_64(&ram, 0x9000, 2, pte(0x80001000, V | R | W | X));
    put_entry_64(&ram, 0x9000, 4, pte(0x80002000, V | R | U));
    put_entry_64(&ram, 0x9000, 6, pte(0x80003000, V | X | U));
    put_entry_64(&ram, 0x9000, 8, pte(0x80004000, V | W | U)); /* reserved */
    assert_walk(&config, &ram,
                "0-fff rwx rwx 80000000 1000 0\n"
                "2000-2fff --- --- 80001000 1000 0\n"
                "4000-4fff r-- r-- 80002000 1000 0\n"
                "6000-6fff --x --x 80003000 1000 0\n"
                "3fe00000-3fffffff rw- rw- 200000 200000 0\n"
                "1ffc0000000-1ffc0000fff rwx rwx 80000000 1000 0\n"
                "1ffc0002000-1ffc0002fff --- --- 80001000 1000 0\n"
                "1ffc0004000-1ffc0004fff r-- r-- 80002000 1000 0\n"
                "1ffc0006000-1ffc0006fff --x --x 80003000 1000 0\n"
                "1ffffe00000-1ffffffffff rw- rw- 200000 200000 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(riscv_tables)
{
    static const struct span spans[][1] = {
        {{0, BIT(41) - 1, {30, 21, 12}}},
        {{0, BIT(50) - 1, {39, 30, 21, 12}}},
        {{0, BIT(59) - 1, {48, 39, 30, 21, 12}}},
    };
    static const char *const modes[] = {"RISC-V Sv39x4", "RISC-V Sv48x4", "RISC-V Sv57x4"};
    for (unsigned int i = 0; i < 3; i++) {
        struct ram ram;
        ram_init(&ram, 0, 64 * KIB);
        const struct vmmap_paging_config config =
            alone(VMMAP_PAGING_STAGE2_RISCV, (uint64_t)(8 + i) << 60 | 0x4, 0);
        uint64_t table = 0x4000, next = 0x8000;
        for (unsigned int depth = 0; depth < 2 + i; depth++, table = next, next += 0x1000) {
            put_entry_64(&ram, table, 1, pte(next, V));
            put_entry_64(&ram, table, 2, pte(next, V));
            put_entry_64(&ram, table, 3, pte(0, V | R | U));
        }
        put_entry_64(&ram, table, 0, pte(0x5000, V | R | W | U));
        put_entry_64(&ram, 0x4000, 2047, pte(0, V | R | X | U));
        put_entry_64(&ram, 0x4000, 4, pte(BIT(40), V)); /* outside */
        check_by_translation(&config, &ram, spans[i], 1);
        check_limits(&config, &ram);
        struct found found;
        walk_all(&config, &ram, &found);
        ck_assert_str_eq(found.report.mode, modes[i]);
        ck_assert_uint_eq(found.report.unreadable, 1);
        found_deinit(&found);
        ram_deinit(&ram);
    }
}
END_TEST

START_TEST(riscv_of_32_bits)
{
    static const struct span span[] = {{0, BIT(34) - 1, {22, 12}}};
    struct ram ram;
    ram_init(&ram, 0, 64 * KIB);
    struct vmmap_paging_config config = alone(VMMAP_PAGING_STAGE2_RISCV, BIT(31) | 0x4, 0);
    config.stage2.xlen = 32;
    put_entry_32(&ram, 0x4000, 0, (uint32_t)pte(0x8000, V));
    put_entry_32(&ram, 0x4000, 4095, (uint32_t)pte(0x400000, V | R | W | U));
    put_entry_32(&ram, 0x8000, 1, (uint32_t)pte(0x5000, V | R | U));
    assert_walk(&config, &ram,
                "1000-1fff r-- r-- 5000 1000 0\n"
                "3ffc00000-3ffffffff rw- rw- 400000 400000 0\n");
    check_by_translation(&config, &ram, span, 1);
    config.stage2.root = 0x4;
    assert_walk(&config, &ram, "0-3ffffffff rwx rwx 0 0 0\n");
    config.stage2.xlen = 64;
    assert_walk(&config, &ram, "0-ffffffffffffff rwx rwx 0 0 0\n");
    config.stage2.root = BIT(60) | 0x4;
    assert_problem(&config, &ram, "hgatp names a translation mode that is reserved");
    ram_deinit(&ram);
}
END_TEST

/* --- x86 --- */

START_TEST(rights_of_ept)
{
    struct ram ram;
    ram_init(&ram, 0, 32 * KIB);
    const struct vmmap_paging_config config = alone(VMMAP_PAGING_STAGE2_EPT, 0x105e, 0);
    put_entry_64(&ram, 0x1000, 0, 0x2007);
    put_entry_64(&ram, 0x2000, 0, 0x3007);
    put_entry_64(&ram, 0x2000, 1, 0x400000b7); /* 1 GiB, write-back */
    put_entry_64(&ram, 0x2000, 2, 0x401000b7); /* misaligned */
    put_entry_64(&ram, 0x3000, 0, 0x4007);
    put_entry_64(&ram, 0x3000, 1, 0x4005); /* takes writing away */
    put_entry_64(&ram, 0x3000, 2, 0x2000b1);
    put_entry_64(&ram, 0x3000, 3, 0x400f); /* a reserved bit */
    for (uint64_t i = 0; i < 8; i++)
        put_entry_64(&ram, 0x4000, 2 * i, (i << 12) | 0x30 | i); /* without right: not present */
    put_entry_64(&ram, 0x4000, 20, 0x17);                        /* a reserved memory type */
    assert_walk(&config, &ram,
                "2000-2fff r-- r-- 1000 1000 6\n"
                "6000-6fff rw- rw- 3000 1000 6\n"
                "8000-8fff --x --x 4000 1000 6\n"
                "a000-afff r-x r-x 5000 1000 6\n"
                "e000-efff rwx rwx 7000 1000 6\n"
                "202000-202fff r-- r-- 1000 1000 6\n"
                "206000-206fff r-- r-- 3000 1000 6\n"
                "208000-208fff --x --x 4000 1000 6\n"
                "20a000-20afff r-x r-x 5000 1000 6\n"
                "20e000-20efff r-x r-x 7000 1000 6\n"
                "400000-5fffff r-- r-- 200000 200000 6\n"
                "40000000-7fffffff rwx rwx 40000000 40000000 6\n");
    check_failing_reads(&config, &ram);
    check_limits(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

START_TEST(ept_levels)
{
    static const struct span four[] = {{0, BIT(48) - 1, {39, 30, 21, 12}}};
    static const struct span five[] = {{0, BIT(57) - 1, {48, 39, 30, 21, 12}}};
    struct ram ram;
    ram_init(&ram, 0, 32 * KIB);
    put_entry_64(&ram, 0x1000, 511, 0x2007);
    put_entry_64(&ram, 0x2000, 511, 0x3007);
    put_entry_64(&ram, 0x3000, 511, 0x4007);
    put_entry_64(&ram, 0x4000, 511, 0x5007);
    put_entry_64(&ram, 0x5000, 511, 0x6037);
    put_entry_64(&ram, 0x1000, 0, 0x80 | 7); /* no page at the highest level */
    struct vmmap_paging_config config = alone(VMMAP_PAGING_STAGE2_EPT, 0x1026, 0);
    check_by_translation(&config, &ram, five, 1);
    assert_walk(&config, &ram, "1fffffffffff000-1ffffffffffffff rwx rwx 6000 1000 6\n");
    config.stage2.root = 0x1000;
    check_by_translation(&config, &ram, four, 1);
    assert_walk(&config, &ram, "fffffffff000-ffffffffffff rwx rwx 5000 1000 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(nested_tables_of_amd)
{
    static const struct span span[] = {{0, BIT(48) - 1, {39, 30, 21, 12}}};
    struct ram ram;
    ram_init(&ram, 0, 32 * KIB);
    const struct vmmap_paging_config config = alone(VMMAP_PAGING_STAGE2_NPT, 0x1000, 0);
    put_entry_64(&ram, 0x1000, 0, 0x2007);
    put_entry_64(&ram, 0x1000, 511, 0x2007);
    put_entry_64(&ram, 0x2000, 0, 0x3007);
    put_entry_64(&ram, 0x3000, 0, 0x4007);
    put_entry_64(&ram, 0x3000, 1, BIT(63) | 0x200087);
    put_entry_64(&ram, 0x4000, 1, 0x5007);
    put_entry_64(&ram, 0x4000, 3, 0x6005);
    put_entry_64(&ram, 0x4000, 5, 0x7003); /* not for user mode */
    assert_walk(&config, &ram,
                "1000-1fff rwx rwx 5000 1000 0\n"
                "3000-3fff r-x r-x 6000 1000 0\n"
                "5000-5fff --- --- 7000 1000 0\n"
                "200000-3fffff rw- rw- 200000 200000 0\n"
                "ff8000001000-ff8000001fff rwx rwx 5000 1000 0\n"
                "ff8000003000-ff8000003fff r-x r-x 6000 1000 0\n"
                "ff8000005000-ff8000005fff --- --- 7000 1000 0\n"
                "ff8000200000-ff80003fffff rw- rw- 200000 200000 0\n");
    check_by_translation(&config, &ram, span, 1);
    ram_deinit(&ram);
}
END_TEST

/* --- Two stages --- */

/*
 * A guest of x86 whose physical memory begins at 0x100000: its tables are at guest-physical 0x1000
 * to 0x4fff. The second stage is NPT at 0x8000: guest-physical 0 to 0x1ffff in pages of 4 KiB, from
 * 0x20000 on nothing, and from 2 MiB on one large page.
 */
static struct vmmap_paging_config guest_of_x86(struct ram *ram)
{
    ram_init(ram, 0, 0x180000);
    put_entry_64(ram, 0x8000, 0, 0x9007);
    put_entry_64(ram, 0x9000, 0, 0xa007);
    put_entry_64(ram, 0xa000, 0, 0xb007);
    put_entry_64(ram, 0xa000, 1, 0x40000087);
    for (uint64_t i = 0; i < 32; i++)
        put_entry_64(ram, 0xb000, i, (0x100000 + (i << 12)) | 7);
    put_entry_64(ram, 0xb000, 18, 0x150000 | 5);           /* 0x12000: not writable, elsewhere */
    put_entry_64(ram, 0xb000, 19, BIT(63) | 0x151000 | 7); /* 0x13000: not executable */
    put_entry_64(ram, 0xb000, 20, 0);                      /* 0x14000: nothing */
    put_entry_64(ram, 0xb000, 21, 0x153000 | 3);           /* 0x15000: no access */
    put_entry_64(ram, 0x101000, 0, 0x2007);
    put_entry_64(ram, 0x102000, 0, 0x3007);
    put_entry_64(ram, 0x103000, 0, 0x4007);
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_X86,
        .x86 = {.cr0 = BIT(31) | 1, .cr3 = 0x1000, .cr4 = 0x20, .efer = 0xd00},
        .stage2 = {.format = VMMAP_PAGING_STAGE2_NPT, .root = 0x8000},
    };
}

START_TEST(rights_are_those_of_both)
{
    struct ram ram;
    struct vmmap_paging_config config = guest_of_x86(&ram);
    for (uint64_t i = 0; i < 8; i++)
        put_entry_64(&ram, 0x104000, i, (0x10000 + (i << 12)) | 7);
    put_entry_64(&ram, 0x104000, 16, 0x11003);
    put_entry_64(&ram, 0x104000, 17, 0x12003 | BIT(63));
    put_entry_64(&ram, 0x104000, 18, 0x30007); /* the second stage has nothing there */
    assert_walk(&config, &ram,
                "0-1fff rwx rwx 110000 1000 0\n"
                "2000-2fff r-x r-x 150000 1000 0\n"
                "3000-3fff rw- rw- 151000 1000 0\n"
                "5000-5fff --- --- 153000 1000 0\n"
                "6000-7fff rwx rwx 116000 1000 0\n"
                "10000-10fff --- rwx 111000 1000 0\n"
                "11000-11fff --- r-- 150000 1000 0\n");
    check_failing_reads(&config, &ram);
    check_fatal_failures(&config, &ram);
    check_limits(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

START_TEST(a_translation_tells_both_stages)
{
    struct ram ram;
    struct vmmap_paging_config config = guest_of_x86(&ram);
    put_entry_64(&ram, 0x104000, 3, 0x12007);
    put_entry_64(&ram, 0x104000, 4, 0x14007);
    put_entry_64(&ram, 0x103000, 1, 0x30007); /* a table where the guest has no memory */
    struct vmmap_paging_translation translation = translate(&config, &ram, 0x3123);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_MAPPED);
    ck_assert_uint_eq(translation.physical, 0x150123);
    ck_assert_uint_eq(translation.step_count, 4);
    ck_assert_uint_eq(translation.steps[3].entry, 0x4018);
    ck_assert_str_eq(translation.stage2.mode, "x86 nested page tables");
    ck_assert_uint_eq(translation.stage2.guest_physical, 0x12123);
    ck_assert_uint_eq(translation.stage2.step_count, 4);
    ck_assert_uint_eq(translation.stage2.steps[3].entry, 0xb000 + 18 * 8);
    ck_assert_uint_eq(translation.stage2.guest_page.physical, 0x12000);
    ck_assert_uint_eq(translation.stage2.guest_page.user, 7);
    ck_assert_uint_eq(translation.stage2.user, VMMAP_PERM_READ | VMMAP_PERM_EXEC);

    translation = translate(&config, &ram, 0x4000);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_NOT_MAPPED_BY_STAGE2);
    ck_assert_uint_eq(translation.stage2.guest_physical, 0x14000);
    ck_assert_uint_eq(translation.page.start, 0x4000);
    ck_assert_uint_eq(translation.page.last, 0x4fff);

    translation = translate(&config, &ram, 0x200000);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_NOT_MAPPED);
    ck_assert_uint_eq(translation.steps[3].kind, VMMAP_PAGING_ENTRY_UNREADABLE);
    ck_assert_uint_eq(translation.stage2.guest_physical, 0x30000);
    ck_assert_uint_eq(translation.stage2.steps[3].kind, VMMAP_PAGING_ENTRY_ABSENT);

    translation = translate(&config, &ram, 0x5000);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_NOT_MAPPED);
    ck_assert_ptr_null(translation.stage2.mode);
    ram_deinit(&ram);
}
END_TEST

/* A page of 2 MiB over pages of 4 KiB is cut; one over a large page has the smaller size. */
START_TEST(pages_are_cut_to_those_of_the_second_stage)
{
    struct ram ram;
    struct vmmap_paging_config config = guest_of_x86(&ram);
    put_entry_64(&ram, 0x103000, 2, 0x87);        /* 2 MiB from guest-physical 0 on */
    put_entry_64(&ram, 0x103000, 4, 0x200087);    /* the large page */
    put_entry_64(&ram, 0x104000, 0, 0x3ff007);    /* its last 4 KiB */
    put_entry_64(&ram, 0x102000, 1, 0x400000087); /* 1 GiB of nothing */
    assert_walk(&config, &ram,
                "0-fff rwx rwx 401ff000 1000 0\n"
                "400000-411fff rwx rwx 100000 1000 0\n"
                "412000-412fff r-x r-x 150000 1000 0\n"
                "413000-413fff rw- rw- 151000 1000 0\n"
                "415000-415fff --- --- 153000 1000 0\n"
                "416000-41ffff rwx rwx 116000 1000 0\n"
                "800000-9fffff rwx rwx 40000000 200000 0\n");
    check_limits(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

START_TEST(a_guest_without_translation)
{
    struct ram ram;
    struct vmmap_paging_config config = guest_of_x86(&ram);
    config.x86.cr0 = 1;
    assert_walk(&config, &ram,
                "0-11fff rwx rwx 100000 1000 0\n"
                "12000-12fff r-x r-x 150000 1000 0\n"
                "13000-13fff rw- rw- 151000 1000 0\n"
                "15000-15fff --- --- 153000 1000 0\n"
                "16000-1ffff rwx rwx 116000 1000 0\n"
                "200000-3fffff rwx rwx 40000000 200000 0\n");
    /* And of a second stage that is off: RISC-V's Bare. */
    config = (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_RISCV,
        .riscv = {.xlen = 64},
        .stage2 = {.format = VMMAP_PAGING_STAGE2_RISCV, .xlen = 64},
    };
    assert_walk(&config, &ram, "0-ffffffffffffff rwx rwx 0 0 0\n");
    ram_deinit(&ram);
}
END_TEST

/* A table of pages that all are the same one, met through tables that are shared: as without a
 * second stage, few reads and one row. */
START_TEST(shared_tables_stay_cheap)
{
    struct ram ram;
    struct vmmap_paging_config config = guest_of_x86(&ram);
    for (uint64_t i = 0; i < 512; i++) {
        put_entry_64(&ram, 0x101000, i, 0x2007);
        put_entry_64(&ram, 0x102000, i, 0x3007);
        put_entry_64(&ram, 0x103000, i, 0x4007);
        put_entry_64(&ram, 0x104000, i, 0x12007);
    }
    struct found found;
    walk_all(&config, &ram, &found);
    char *text = runs_text(&found);
    ck_assert_str_eq(text, "0-7fffffffffff r-x r-x ? 1000 0\n"
                           "ffff800000000000-ffffffffffffffff r-x r-x ? 1000 0\n");
    ck_assert_uint_lt(found.report.reads, 100);
    ck_assert_str_eq(found.report.stage2.mode, "x86 nested page tables");
    free(text);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

START_TEST(what_is_wrong_is_told_by_stage)
{
    struct ram ram;
    struct vmmap_paging_config config = guest_of_x86(&ram);
    put_entry_64(&ram, 0x104000, 0, 0x10007);
    put_entry_64(&ram, 0x104000, 1, 0x11007);
    put_entry_64(&ram, 0x103000, 1, 0x30007);  /* a table in no memory of the guest's */
    put_entry_64(&ram, 0x101000, 1, 0x87);     /* no page there */
    put_entry_64(&ram, 0x9000, 1, 0x7fff0007); /* a table in no memory at all */
    put_entry_64(&ram, 0x8000, 1, 0x87);
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.unreadable, 1);
    ck_assert_uint_eq(found.report.first_unreadable, 0x30000);
    ck_assert_uint_eq(found.report.invalid, 1);
    ck_assert_uint_eq(found.report.first_invalid, 0x1008);
    ck_assert_uint_eq(found.report.stage2.unreadable, 1);
    ck_assert_uint_eq(found.report.stage2.first_unreadable, 0x7fff0000);
    ck_assert_uint_eq(found.report.stage2.invalid, 1);
    ck_assert_uint_eq(found.report.stage2.first_invalid, 0x8008);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

/* One page of physical memory and all that maps it, through one stage and through two. */
START_TEST(only_what_maps_a_physical_address)
{
    struct ram ram;
    struct vmmap_paging_config config = guest_of_x86(&ram);
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    put_entry_64(&ram, 0x104000, 0, 0x12007);
    put_entry_64(&ram, 0x104000, 1, 0x12003);
    put_entry_64(&ram, 0x104000, 2, 0x12003);
    put_entry_64(&ram, 0x104000, 8, 0x13007);
    put_entry_64(&ram, 0x103000, 2, 0x87); /* 2 MiB from guest-physical 0 on */
    request.has_physical = true;
    request.physical = 0x150123;
    struct found found;
    assert_ok(try_walk(&config, &ram, request, &found));
    char *text = runs_text(&found);
    ck_assert_str_eq(text, "0-fff r-x r-x 150000 1000 0\n"
                           "1000-2fff --- r-x ? 1000 0\n"
                           "412000-412fff r-x r-x 150000 1000 0\n");
    free(text);
    found_deinit(&found);
    request.physical = 0x160000;
    assert_ok(try_walk(&config, &ram, request, &found));
    ck_assert_uint_eq(found.count, 0);
    found_deinit(&found);
    config.stage2.format = VMMAP_PAGING_STAGE2_NONE;
    config.x86.cr3 = 0x8000;
    request.physical = 0x401ff000; /* within a large page */
    assert_ok(try_walk(&config, &ram, request, &found));
    text = runs_text(&found);
    ck_assert_str_eq(text, "3ff000-3fffff rwx rwx 401ff000 200000 0\n");
    free(text);
    found_deinit(&found);
    config.x86.cr0 = 1; /* the identity */
    assert_ok(try_walk(&config, &ram, request, &found));
    text = runs_text(&found);
    ck_assert_str_eq(text, "401ff000-401fffff rwx rwx 401ff000 0 0\n");
    free(text);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

/* Hyp mode has one range, and no user mode. */
START_TEST(hyp_mode_of_arm)
{
    static const struct span span[] = {{0, UINT32_MAX, {30, 21, 12}}};
    struct ram ram;
    ram_init(&ram, 0, 16 * KIB);
    struct vmmap_paging_config config = {
        .architecture = VMMAP_PAGING_ARM,
        .arm = {.sctlr = 1, .ttbr0 = 0x1000, .hyp = true},
    };
    put_entry_64(&ram, 0x1000, 0, 0x2000 | S2_TABLE);
    put_entry_64(&ram, 0x1000, 2, 0x80000000 | S2_BLOCK | BIT(6) | BIT(54));
    put_entry_64(&ram, 0x2000, 0, 0x200000 | S2_BLOCK | BIT(6) | BIT(7));
    put_entry_64(&ram, 0x2000, 1, 0x400000 | S2_BLOCK | BIT(6) | BIT(53));
    assert_walk(&config, &ram,
                "0-1fffff --- r-x 200000 200000 0\n"
                "200000-3fffff --- rwx 400000 200000 0\n"
                "80000000-bfffffff --- rw- 80000000 40000000 0\n");
    check_by_translation(&config, &ram, span, 1);
    config.arm.sctlr |= BIT(19); /* WXN */
    ck_assert_uint_eq(translate(&config, &ram, 0x200000).page.kernel,
                      VMMAP_PERM_READ | VMMAP_PERM_WRITE);
    config.arm.ttbcr = 1; /* T0SZ: 2 GiB */
    ck_assert_uint_eq(translate(&config, &ram, 0x80000000).outcome, VMMAP_PAGING_OUTSIDE);
    config.arm.sctlr = 0;
    assert_walk(&config, &ram, "0-ffffffff rwx rwx 0 0 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(formats_that_there_are_not)
{
    struct ram ram;
    ram_init(&ram, 0, 4 * KIB);
    struct found found;
    struct vmmap_paging_config config = alone(VMMAP_PAGING_STAGE2_NONE, 0x1000, 0);
    assert_error(
        try_walk(&config, &ram, (struct vmmap_paging_request)VMMAP_PAGING_REQUEST_ALL, &found),
        VMMAP_ERROR_INVALID, "There is no walker for a second stage of format 0.");
    config.architecture = VMMAP_PAGING_X86;
    config.stage2.format = (enum vmmap_paging_stage2_format)99;
    assert_error(
        try_walk(&config, &ram, (struct vmmap_paging_request)VMMAP_PAGING_REQUEST_ALL, &found),
        VMMAP_ERROR_INVALID, "There is no walker for a second stage of format 99.");
    struct vmmap_paging_memory memory = ram_memory(&ram);
    struct vmmap_paging_translation translation;
    assert_error(vmmap_paging_translate(&config, &memory, 0, &translation), VMMAP_ERROR_INVALID,
                 "There is no walker for a second stage of format 99.");
    ram_deinit(&ram);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "paging_stage2", rights_of_arm, arm_hardware_that_manages_dirty_state_writes,
        arm_roots_may_be_several_tables, arm_start_levels, arm_granules_that_the_second_stage_has,
        arm_tables, riscv_accesses_are_those_of_user_mode, riscv_tables, riscv_of_32_bits,
        rights_of_ept, ept_levels, nested_tables_of_amd, rights_are_those_of_both,
        a_translation_tells_both_stages, pages_are_cut_to_those_of_the_second_stage,
        a_guest_without_translation, shared_tables_stay_cheap, what_is_wrong_is_told_by_stage,
        only_what_maps_a_physical_address, hyp_mode_of_arm, formats_that_there_are_not);
}
