/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/arm_long.h"

/*
 * AArch64 stage 1. Arm ARM DDI 0487 section D8.2 "Translation process"; TCR_EL1 and TCR_EL2 in
 * D19.2; ID_AA64MMFR0_EL1 in D19.2. What QEMU makes of it is aa64_va_parameters() in
 * target/arm/helper.c.
 *
 * Top-byte-ignore widens what a pointer may hold, not what is mapped, and is not looked at. The
 * limits of the address size are those of a CPU with FEAT_LVA and FEAT_TTST, for the registers
 * that tell (ID_AA64MMFR2_EL1) are rarely to be had, and an operating system does not ask for a
 * size that its CPU lacks. Permission indirection (FEAT_S1PIE) and 128-bit descriptors (FEAT_D128)
 * are not known here.
 */

enum { SHIFT_4K = 12, SHIFT_16K = 14, SHIFT_64K = 16 };

/* A range: where TCR keeps what it says about it, and what to say when that makes no sense. */
struct half {
    unsigned int size;
    unsigned int granule;
    unsigned int no_walks;
    unsigned int no_limits;
    unsigned int no_user;
    bool upper;
    const char *bad_size;
    const char *bad_root;
};
enum { NOT_THERE = 64 };

static const struct half lower_half = {
    0,
    14,
    7,
    41,
    55,
    false,
    "TCR.T0SZ is no size that the architecture has, so nothing is mapped in the lower half of the "
    "address space.",
    "TTBR0 lies beyond the physical address size, so nothing is mapped in the lower half of the "
    "address space.",
};
static const struct half upper_half = {
    16,
    30,
    23,
    42,
    56,
    true,
    "TCR.T1SZ is no size that the architecture has, so nothing is mapped in the upper half of the "
    "address space.",
    "TTBR1 lies beyond the physical address size, so nothing is mapped in the upper half of the "
    "address space.",
};
static const struct half only_one = {
    0,
    14,
    NOT_THERE,
    24,
    NOT_THERE,
    false,
    "TCR.T0SZ is no size that the architecture has, so nothing is mapped.",
    "TTBR0 lies beyond the physical address size, so nothing is mapped.",
};

/* What TCR says about both ranges. */
struct common {
    unsigned int physical_bits;
    bool wide_descriptors; /* DS, as far as the granule allows */
    bool dirty_managed;
};

static bool tcr_bit(uint64_t tcr, unsigned int bit)
{
    return bit < NOT_THERE && tcr >> bit & 1;
}

/* PARange and PS: widths of physical addresses. */
static unsigned int size_of_code(uint64_t code)
{
    static const uint8_t sizes[] = {32, 36, 40, 42, 44, 48, 52};
    return code < sizeof(sizes) ? sizes[code] : 52;
}

static struct common read_common(const struct vmmap_paging_aarch64 *registers)
{
    uint64_t tcr = registers->tcr;
    bool two = registers->two_ranges;
    uint64_t wanted = vmmap_paging_bits(tcr, two ? 32 : 16, 3);
    uint64_t available = registers->has_id_aa64mmfr0 ? registers->id_aa64mmfr0 & 0xf : wanted;
    return (struct common){
        .physical_bits = size_of_code(wanted < available ? wanted : available),
        .wide_descriptors = tcr_bit(tcr, two ? 59 : 32),
        .dirty_managed = tcr_bit(tcr, two ? 39 : 21) && tcr_bit(tcr, two ? 40 : 22),
    };
}

/* ID_AA64MMFR0_EL1: TGran4 and TGran64 are signed, negative for no; TGran16 is 0 for no. */
static bool has_granule(const struct vmmap_paging_aarch64 *registers, unsigned int shift)
{
    uint64_t id = registers->id_aa64mmfr0;
    if (!registers->has_id_aa64mmfr0)
        return true;
    if (shift == SHIFT_16K)
        return vmmap_paging_bits(id, 20, 4) != 0;
    return vmmap_paging_bits(id, shift == SHIFT_4K ? 28 : 24, 4) < 8;
}

/* FEAT_LPA2 for a granule, without which TCR.DS is RES0. */
static bool has_wide_descriptors(const struct vmmap_paging_aarch64 *registers, unsigned int shift)
{
    uint64_t id = registers->id_aa64mmfr0;
    if (shift == SHIFT_64K || !has_granule(registers, shift))
        return false;
    if (!registers->has_id_aa64mmfr0)
        return true;
    return shift == SHIFT_16K ? vmmap_paging_bits(id, 20, 4) >= 2
                              : vmmap_paging_bits(id, 28, 4) >= 1;
}

/* TG0 and TG1 differ in their codes. What is reserved or not there acts as some size that is (its
 * choice is the CPU's); like QEMU we take the smallest. */
static unsigned int granule_shift(const struct vmmap_paging_aarch64 *registers,
                                  const struct half *half)
{
    static const uint8_t lower_codes[] = {SHIFT_4K, SHIFT_64K, SHIFT_16K, 0};
    static const uint8_t upper_codes[] = {0, SHIFT_16K, SHIFT_4K, SHIFT_64K};
    uint64_t code = vmmap_paging_bits(registers->tcr, half->granule, 2);
    unsigned int shift = half->upper ? upper_codes[code] : lower_codes[code];
    if (shift && has_granule(registers, shift))
        return shift;
    if (has_granule(registers, SHIFT_4K))
        return SHIFT_4K;
    return has_granule(registers, SHIFT_16K) ? SHIFT_16K : SHIFT_64K;
}

/* Table D8-14 and its neighbours: blocks of 1 GiB, 32 MiB and 512 MiB have always been there, one
 * level higher they came with 52-bit addresses. */
static int first_block_level(const struct vmmap_paging_aarch64 *registers, unsigned int shift,
                             bool wide)
{
    if (shift == SHIFT_64K) {
        bool lpa = !registers->has_id_aa64mmfr0 || size_of_code(registers->id_aa64mmfr0 & 0xf) > 48;
        return lpa ? 1 : 2;
    }
    int level = shift == SHIFT_4K ? 1 : 2;
    return wide ? level - 1 : level;
}

static void set_options(const struct vmmap_paging_aarch64 *registers, const struct half *half,
                        const struct common *common, struct vmmap_paging_range *range)
{
    if (!registers->two_ranges)
        range->options |= VMMAP_ARM_LONG_PRIVILEGED;
    if (tcr_bit(registers->tcr, half->no_limits))
        range->options |= VMMAP_ARM_LONG_FLAT;
    if (tcr_bit(registers->tcr, half->no_user))
        range->options |= VMMAP_ARM_LONG_NO_USER;
    if (registers->sctlr & VMMAP_ARM_SCTLR_WXN)
        range->options |= VMMAP_ARM_LONG_WXN;
    if (common->dirty_managed)
        range->options |= VMMAP_ARM_LONG_DIRTY;
    range->big_endian = registers->sctlr & VMMAP_ARM_SCTLR_EE;
}

/* Where a descriptor keeps an address: bits 47:12 at most, 49:12 with LPA2 (section D8.3.1). */
static void set_address_form(const struct common *common, unsigned int shift, bool wide,
                             struct vmmap_paging_range *range)
{
    unsigned int bits = common->physical_bits;
    if (bits > 48 && !wide && shift != SHIFT_64K)
        bits = 48;
    range->physical_bits = (uint8_t)bits;
    range->address_mask = vmmap_paging_mask(wide ? 50 : 48) & ~vmmap_paging_mask(shift);
    if (bits > 48)
        range->options |= wide ? VMMAP_ARM_LONG_HIGH_LPA2 : VMMAP_ARM_LONG_HIGH_LPA;
}

/* Which addresses belong to a half whose size is known. */
static void set_bounds(const struct half *half, unsigned int input_bits,
                       struct vmmap_paging_range *range)
{
    range->start = half->upper ? ~vmmap_paging_mask(input_bits) : 0;
    range->last = half->upper ? UINT64_MAX : vmmap_paging_mask(input_bits);
    range->base = range->start;
    range->group = half->upper;
}

static void add_half(const struct vmmap_paging_aarch64 *registers, const struct half *half,
                     struct vmmap_paging_space *space)
{
    struct common common = read_common(registers);
    unsigned int shift = granule_shift(registers, half);
    bool wide = common.wide_descriptors && has_wide_descriptors(registers, shift);
    unsigned int size = (unsigned int)vmmap_paging_bits(registers->tcr, half->size, 6);
    unsigned int smallest = wide || shift == SHIFT_64K ? 12 : 16;
    unsigned int biggest = shift == SHIFT_64K ? 47 : 48;
    if (tcr_bit(registers->tcr, half->no_walks))
        return;
    if (size < smallest || size > biggest) {
        vmmap_paging_space_add_problem(space, half->bad_size);
        return;
    }
    struct vmmap_paging_range range = {.start = 0};
    set_options(registers, half, &common, &range);
    set_address_form(&common, shift, wide, &range);
    set_bounds(half, 64 - size, &range);
    uint64_t ttbr = half->upper ? registers->ttbr1 : registers->ttbr0;
    if (vmmap_arm_long_set_levels(&range, ttbr, 64 - size, shift,
                                  first_block_level(registers, shift, wide)))
        vmmap_paging_space_add(space, &range);
    else
        vmmap_paging_space_add_problem(space, half->bad_root);
}

static void setup(const struct vmmap_paging_config *config, struct vmmap_paging_space *space)
{
    const struct vmmap_paging_aarch64 *registers = &config->aarch64;
    if (!(registers->sctlr & VMMAP_ARM_SCTLR_M)) {
        unsigned int bits =
            registers->has_id_aa64mmfr0 ? size_of_code(registers->id_aa64mmfr0 & 0xf) : 48;
        vmmap_paging_space_set_off(space, "AArch64 without translation", vmmap_paging_mask(bits));
        return;
    }
    space->mode = registers->two_ranges ? "AArch64 stage 1" : "AArch64 stage 1 of one range";
    if (registers->two_ranges) {
        add_half(registers, &lower_half, space);
        add_half(registers, &upper_half, space);
    } else {
        add_half(registers, &only_one, space);
    }
}

const struct vmmap_paging_format vmmap_paging_aarch64_format = {setup};
