/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/aarch64_features.h"

/*
 * AArch64 stage 1. Arm ARM DDI 0487 section D8.2 "Translation process"; TCR_EL1 and TCR_EL2 in
 * D19.2; ID_AA64MMFR0_EL1 in D19.2. What QEMU makes of it is aa64_va_parameters() in
 * target/arm/helper.c.
 *
 * Top-byte-ignore widens what a pointer may hold, not what is mapped, and is not looked at.
 * Permission indirection (FEAT_S1PIE) and 128-bit descriptors (FEAT_D128)
 * are not known here.
 */

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

static struct common read_common(const struct vmmap_paging_aarch64 *registers)
{
    uint64_t tcr = registers->tcr;
    bool two = registers->two_ranges;
    uint64_t wanted = vmmap_paging_bits(tcr, two ? 32 : 16, 3);
    uint64_t available = registers->has_id_aa64mmfr0 ? registers->id_aa64mmfr0 & 0xf : wanted;
    return (struct common){
        .physical_bits = vmmap_aarch64_physical_bits(wanted < available ? wanted : available),
        .wide_descriptors = tcr_bit(tcr, two ? 59 : 32),
        .dirty_managed = tcr_bit(tcr, two ? 39 : 21) && tcr_bit(tcr, two ? 40 : 22),
    };
}

static struct vmmap_aarch64_features features_of(const struct vmmap_paging_aarch64 *registers)
{
    return (struct vmmap_aarch64_features){registers->id_aa64mmfr0, registers->has_id_aa64mmfr0,
                                           false};
}

/* TG0 and TG1 differ in their codes. */
static unsigned int granule_shift(const struct vmmap_paging_aarch64 *registers,
                                  const struct half *half)
{
    static const uint8_t lower_codes[] = {VMMAP_AARCH64_4K, VMMAP_AARCH64_64K, VMMAP_AARCH64_16K,
                                          0};
    static const uint8_t upper_codes[] = {0, VMMAP_AARCH64_16K, VMMAP_AARCH64_4K,
                                          VMMAP_AARCH64_64K};
    uint64_t code = vmmap_paging_bits(registers->tcr, half->granule, 2);
    return vmmap_aarch64_choose_granule(features_of(registers),
                                        half->upper ? upper_codes[code] : lower_codes[code]);
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
    struct vmmap_aarch64_features features = features_of(registers);
    unsigned int shift = granule_shift(registers, half);
    bool wide = common.wide_descriptors && vmmap_aarch64_has_wide(features, shift);
    unsigned int size = (unsigned int)vmmap_paging_bits(registers->tcr, half->size, 6);
    if (tcr_bit(registers->tcr, half->no_walks))
        return;
    if (!vmmap_aarch64_has_size(shift, wide, size)) {
        vmmap_paging_space_add_problem(space, half->bad_size);
        return;
    }
    struct vmmap_paging_range range = {.start = 0};
    set_options(registers, half, &common, &range);
    vmmap_aarch64_set_address_form(common.physical_bits, shift, wide, &range);
    set_bounds(half, 64 - size, &range);
    uint64_t ttbr = half->upper ? registers->ttbr1 : registers->ttbr0;
    const struct vmmap_arm_long_levels levels = {
        vmmap_arm_long_first_level(64 - size, shift),
        vmmap_aarch64_first_block_level(features, shift, wide)};
    if (vmmap_arm_long_set_levels(&range, ttbr, 64 - size, shift, levels))
        vmmap_paging_space_add(space, &range);
    else
        vmmap_paging_space_add_problem(space, half->bad_root);
}

static void setup(const struct vmmap_paging_config *config, struct vmmap_paging_space *space)
{
    const struct vmmap_paging_aarch64 *registers = &config->aarch64;
    if (!(registers->sctlr & VMMAP_ARM_SCTLR_M)) {
        unsigned int bits = registers->has_id_aa64mmfr0
                                ? vmmap_aarch64_physical_bits(registers->id_aa64mmfr0 & 0xf)
                                : 48;
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
