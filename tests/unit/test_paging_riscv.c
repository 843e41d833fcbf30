/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RISC-V privileged specification, "Supervisor-Level ISA": the bits below are written from it, not
 * from the code. */
#include "paging/paging.h"

#include <inttypes.h>

#include "paging_support.h"

enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128 };
enum { RWX = R | W | X, DATA = V | R | W | A | D };
#define BIT(n)  (UINT64_C(1) << (n))
#define N       BIT(63)
#define PBMT(n) ((uint64_t)(n) << 61)

enum { KIB = 1 << 10 };

/* An entry with a physical address. */
static uint64_t entry(uint64_t physical, uint64_t bits)
{
    return physical >> 12 << 10 | bits;
}

/* Sv39, Sv48 and Sv57 by their number of levels, with an ASID. */
static struct vmmap_paging_config config_64(unsigned int levels)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_RISCV,
        .riscv = {.satp = (uint64_t)(levels + 5) << 60 | UINT64_C(0xabcd) << 44 | 0x1, .xlen = 64},
    };
}

static struct vmmap_paging_config config_32(void)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_RISCV,
        .riscv = {.satp = BIT(31) | 0x1ff << 22 | 0x1, .xlen = 32},
    };
}

static const struct span span_sv32[] = {{0, UINT32_MAX, {22, 12}}};
static const struct span spans_sv39[] = {
    {0, 0x3fffffffff, {30, 21, 12}},
    {0xffffffc000000000, UINT64_MAX, {30, 21, 12}},
};
static const struct span spans_sv48[] = {
    {0, 0x7fffffffffff, {39, 30, 21, 12}},
    {0xffff800000000000, UINT64_MAX, {39, 30, 21, 12}},
};
static const struct span spans_sv57[] = {
    {0, 0xffffffffffffff, {48, 39, 30, 21, 12}},
    {0xff00000000000000, UINT64_MAX, {48, 39, 30, 21, 12}},
};

START_TEST(without_translation_virtual_is_physical)
{
    struct ram ram;
    ram_init(&ram, 0, 4 * KIB);
    struct vmmap_paging_config config = config_64(3);
    config.riscv.machine_mode = true;
    assert_walk(&config, &ram, "0-ffffffffffffff rwx rwx 0 0 0\n");
    config.riscv.machine_mode = false;
    config.riscv.satp = 0x1;
    assert_walk(&config, &ram, "0-ffffffffffffff rwx rwx 0 0 0\n");
    config = config_32();
    config.riscv.satp &= 0x7fffffff;
    assert_walk(&config, &ram, "0-ffffffff rwx rwx 0 0 0\n");
    config = config_32();
    config.riscv.machine_mode = true;
    assert_walk(&config, &ram, "0-ffffffff rwx rwx 0 0 0\n");
    ram_deinit(&ram);
}
END_TEST

START_TEST(reserved_modes_map_nothing)
{
    static const unsigned int modes[] = {1, 7, 11, 15};
    struct ram ram;
    ram_init(&ram, 0, 8 * KIB);
    put_entry_64(&ram, 0x1000, 0, entry(0, DATA));
    for (size_t i = 0; i < 4; i++) {
        struct vmmap_paging_config config = config_64(3);
        config.riscv.satp = (uint64_t)modes[i] << 60 | 0x1;
        assert_walk(&config, &ram, "");
        struct found found;
        walk_all(&config, &ram, &found);
        ck_assert_str_eq(found.report.problems[0],
                         "satp names a translation mode that is reserved, so nothing is known to "
                         "be mapped.");
        ck_assert_ptr_null(found.report.problems[1]);
        found_deinit(&found);
    }
    ram_deinit(&ram);
}
END_TEST

/* All 16 combinations of X, W, R and U on every other page: W without R is reserved; the kernel
 * never executes user pages. */
START_TEST(rights_of_a_page)
{
    struct vmmap_paging_config config = config_64(3);
    struct ram ram;
    ram_init(&ram, 0, 16 * KIB);
    put_entry_64(&ram, 0x1000, 0, entry(0x2000, V | G));
    put_entry_64(&ram, 0x2000, 0, entry(0x3000, V));
    for (uint64_t i = 0; i < 16; i++) {
        uint64_t bits = (i & 1 ? R : 0) | (i & 2 ? W : 0) | (i & 4 ? X : 0) | (i & 8 ? U : 0);
        put_entry_64(&ram, 0x3000, 2 * i, entry(0x80000000 + (i << 12), V | bits | 3 << 8));
    }
    put_entry_64(&ram, 0x3000, 40, entry(0x80000000, RWX | U)); /* not valid */
    assert_walk(&config, &ram,
                "2000-2fff --- r-- 80001000 1000 0\n"
                "6000-6fff --- rw- 80003000 1000 0\n"
                "8000-8fff --- --x 80004000 1000 0\n"
                "a000-afff --- r-x 80005000 1000 0\n"
                "e000-efff --- rwx 80007000 1000 0\n"
                "12000-12fff r-- r-- 80009000 1000 0\n"
                "16000-16fff rw- rw- 8000b000 1000 0\n"
                "18000-18fff --x --- 8000c000 1000 0\n"
                "1a000-1afff r-x r-- 8000d000 1000 0\n"
                "1e000-1efff rwx rw- 8000f000 1000 0\n");
    struct found found;
    walk_all(&config, &ram, &found);
    /* W, WX with and without U; a pointer in the last level, with and without U. */
    ck_assert_uint_eq(found.report.invalid, 6);
    ck_assert_uint_eq(found.report.first_invalid, 0x3000);
    found_deinit(&found);
    ram_deinit(&ram);
}
END_TEST

START_TEST(sv32)
{
    struct vmmap_paging_config config = config_32();
    struct ram ram;
    ram_init(&ram, 0, 16 * KIB);
    put_entry_32(&ram, 0x1000, 0, (uint32_t)entry(0x2000, V));
    put_entry_32(&ram, 0x1000, 1, (uint32_t)entry(UINT64_C(0x3ffc00000), DATA)); /* 34 bits */
    put_entry_32(&ram, 0x1000, 2, (uint32_t)entry(0x401000, DATA));              /* misaligned */
    put_entry_32(&ram, 0x1000, 3, (uint32_t)entry(0x2000, V | A)); /* reserved in pointers */
    put_entry_32(&ram, 0x1000, 1023, (uint32_t)entry(0x2000, V));
    put_entry_32(&ram, 0x2000, 0, (uint32_t)entry(0x5000, V | R | X | U));
    put_entry_32(&ram, 0x2000, 1023, (uint32_t)entry(UINT64_C(0x3fffff000), DATA));
    assert_walk(&config, &ram,
                "0-fff r-x r-- 5000 1000 0\n"
                "3ff000-7fffff --- rw- ? 0 0\n"
                "ffc00000-ffc00fff r-x r-- 5000 1000 0\n"
                "fffff000-ffffffff --- rw- 3fffff000 1000 0\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_str_eq(found.report.mode, "RISC-V Sv32");
    ck_assert_uint_eq(found.report.invalid, 2);
    found_deinit(&found);
    check_by_translation(&config, &ram, span_sv32, 1);
    check_failing_reads(&config, &ram);
    check_fatal_failures(&config, &ram);
    check_limits(&config, &ram);
    ram_deinit(&ram);
}
END_TEST

/* A page of every size, at both ends of the lower half and at the top; each misaligned once. */
START_TEST(every_size_of_page_in_every_mode)
{
    static const char *const modes[] = {"RISC-V Sv39", "RISC-V Sv48", "RISC-V Sv57"};
    static const struct span *const spans[] = {spans_sv39, spans_sv48, spans_sv57};
    for (unsigned int levels = 3; levels <= 5; levels++) {
        struct vmmap_paging_config config = config_64(levels);
        struct vmmap_buffer wanted = VMMAP_BUFFER_INIT;
        struct ram ram;
        ram_init(&ram, 0, 64 * KIB);
        uint64_t table = 0x1000;
        uint64_t start = 0;
        for (unsigned int level = levels - 1;; level--) {
            unsigned int shift = 12 + 9 * level;
            uint64_t physical = UINT64_C(3) << 54;
            put_entry_64(&ram, table, 7, entry(physical, DATA | PBMT(1)));
            if (level > 0)
                put_entry_64(&ram, table, 9, entry(physical + (BIT(shift) >> 1), DATA));
            if (level == 0)
                break;
            put_entry_64(&ram, table, 0, entry(table + 0x1000, V));
            table += 0x1000;
        }
        put_entry_64(&ram, 0x1000, 255, entry(BIT(55), V | R | X | U));
        put_entry_64(&ram, 0x1000, 256, entry(0, V | R));
        put_entry_64(&ram, 0x1000, 511, entry(0, DATA));
        for (unsigned int level = 0; level < levels; level++) {
            start = UINT64_C(7) << (12 + 9 * level);
            vmmap_buffer_printf(&wanted,
                                "%" PRIx64 "-%" PRIx64 " --- rw- c0000000000000 %" PRIx64 " 1\n",
                                start, start + BIT(12 + 9 * level) - 1, BIT(12 + 9 * level));
        }
        uint64_t top = BIT(12 + 9 * (levels - 1)); /* the size of the biggest page */
        vmmap_buffer_printf(&wanted,
                            "%" PRIx64 "-%" PRIx64 " r-x r-- 80000000000000 %" PRIx64 " 0\n",
                            255 * top, 256 * top - 1, top);
        vmmap_buffer_printf(&wanted, "%" PRIx64 "-%" PRIx64 " --- r-- 0 %" PRIx64 " 0\n",
                            -(256 * top), -(255 * top) - 1, top);
        vmmap_buffer_printf(&wanted, "%" PRIx64 "-ffffffffffffffff --- rw- 0 %" PRIx64 " 0\n", -top,
                            top);
        char *text = take_text(&wanted);
        assert_walk(&config, &ram, text);
        free(text);
        struct found found;
        walk_all(&config, &ram, &found);
        ck_assert_str_eq(found.report.mode, modes[levels - 3]);
        ck_assert_uint_eq(found.report.invalid, levels - 1);
        found_deinit(&found);
        check_by_translation(&config, &ram, spans[levels - 3], 2);
        ram_deinit(&ram);
    }
}
END_TEST

START_TEST(reserved_bits)
{
    struct vmmap_paging_config config = config_64(3);
    struct ram ram;
    ram_init(&ram, 0, 16 * KIB);
    put_entry_64(&ram, 0x1000, 0, entry(0x2000, V));
    put_entry_64(&ram, 0x1000, 1, entry(0x2000, V | D));
    put_entry_64(&ram, 0x1000, 2, entry(0x2000, V | U));
    put_entry_64(&ram, 0x1000, 3, entry(0x2000, V | PBMT(1)));
    put_entry_64(&ram, 0x1000, 4, entry(0x2000, V | N));
    put_entry_64(&ram, 0x1000, 5, entry(0x2000, V | BIT(54)));
    put_entry_64(&ram, 0x2000, 0, entry(0x3000, V));
    put_entry_64(&ram, 0x3000, 0, entry(0x10000, DATA));
    put_entry_64(&ram, 0x3000, 1, entry(0x11000, DATA | BIT(60)));
    put_entry_64(&ram, 0x3000, 2, entry(0x12000, DATA | PBMT(2)));
    put_entry_64(&ram, 0x3000, 3, entry(0x13000, DATA | PBMT(3)));
    assert_walk(&config, &ram,
                "0-fff --- rw- 10000 1000 0\n"
                "2000-2fff --- rw- 12000 1000 2\n");
    struct found found;
    walk_all(&config, &ram, &found);
    ck_assert_uint_eq(found.report.invalid, 7);
    found_deinit(&found);
    config.riscv.no_svpbmt = true;
    assert_walk(&config, &ram, "0-fff --- rw- 10000 1000 0\n");
    ram_deinit(&ram);
}
END_TEST

/* Svnapot: 16 entries that all say 64 KiB; what is not 64 KiB, or not in the last level, is
 * reserved. */
START_TEST(svnapot)
{
    struct vmmap_paging_config config = config_64(3);
    struct ram ram;
    ram_init(&ram, 0, 16 * KIB);
    put_entry_64(&ram, 0x1000, 0, entry(0x2000, V));
    put_entry_64(&ram, 0x1000, 1, entry(0x40000000 | 0x8000, DATA | N)); /* not in this level */
    put_entry_64(&ram, 0x2000, 0, entry(0x3000, V));
    for (uint64_t i = 32; i < 48; i++)
        put_entry_64(&ram, 0x3000, i, entry(0x80050000 | 0x8000, DATA | N));
    put_entry_64(&ram, 0x3000, 48, entry(0x80060000, DATA));
    put_entry_64(&ram, 0x3000, 64, entry(0x80070000 | 0x4000, DATA | N)); /* 32 KiB */
    put_entry_64(&ram, 0x3000, 65, entry(0x80070000, DATA | N));
    assert_walk(&config, &ram, "20000-30fff --- rw- 80050000 0 0\n");
    put_entry_64(&ram, 0x3000, 48, 0);
    assert_walk(&config, &ram, "20000-2ffff --- rw- 80050000 10000 0\n");
    ck_assert_uint_eq(translate(&config, &ram, 0x27123).physical, 0x80057123);
    /* One of the sixteen alone still maps its own 4 KiB. */
    put_entry_64(&ram, 0x3000, 34, 0);
    assert_walk(&config, &ram,
                "20000-21fff --- rw- 80050000 10000 0\n"
                "23000-2ffff --- rw- 80053000 10000 0\n");
    config.riscv.no_svnapot = true;
    assert_walk(&config, &ram, "");
    ram_deinit(&ram);
}
END_TEST

START_TEST(walk_and_translation_agree_on_random_tables)
{
    static const struct span *const spans[] = {span_sv32, spans_sv39, spans_sv48, spans_sv57};
    uint64_t state = 99;
    for (unsigned int round = 0; round < 24; round++) {
        unsigned int mode = round % 4;
        struct vmmap_paging_config config = mode == 0 ? config_32() : config_64(mode + 2);
        struct ram ram;
        ram_init(&ram, 0, 40 * KIB);
        for (uint64_t table = 0x1000; table < ram.size; table += 0x1000) {
            for (unsigned int i = 0; i < 5; i++) {
                uint64_t random = next_random(&state);
                uint64_t bits = random & 1 ? V : (random & 0xff) | V;
                uint64_t value = entry(next_random(&state) % 12 << 12, bits);
                if (!(random >> 8 & 7))
                    value |= next_random(&state) & (N | PBMT(3) | BIT(54) | BIT(40));
                uint64_t index = next_random(&state) % (mode == 0 ? 1024 : 512);
                if (mode == 0)
                    put_entry_32(&ram, table, index, (uint32_t)value);
                else
                    put_entry_64(&ram, table, index, value);
            }
        }
        if (mode == 0)
            put_entry_32(&ram, 0x1000, 1, (uint32_t)entry(0x400000, DATA));
        else
            put_entry_64(&ram, 0x1000, 1, entry(0, DATA));
        if (mode == 0)
            put_entry_32(&ram, 0x1000, 2, (uint32_t)entry(0x2000, V));
        else
            put_entry_64(&ram, 0x1000, 2, entry(0x2000, V));
        check_by_translation(&config, &ram, spans[mode], mode == 0 ? 1 : 2);
        check_failing_reads(&config, &ram);
        ram_deinit(&ram);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("paging_riscv", without_translation_virtual_is_physical,
                     reserved_modes_map_nothing, rights_of_a_page, sv32,
                     every_size_of_page_in_every_mode, reserved_bits, svnapot,
                     walk_and_translation_agree_on_random_tables);
}
