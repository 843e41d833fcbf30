/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/aarch64_features.h"

/*
 * The second stage of Arm. AArch64: Arm ARM DDI 0487, VTCR_EL2 and VTTBR_EL2 in D19.2, start levels
 * and concatenated tables in D8.2.2, rights in D8.4.2. AArch32: DDI 0406C, section B3.6.5, VTCR in
 * B4.1.159. What QEMU makes of it is get_phys_addr_lpae() with check_s2_mmu_setup().
 *
 * A walk may begin with up to 16 tables, one behind the other, in place of one table of the level
 * above: that is one root with up to four bits more of index.
 */

enum { VTCR_DS = 32, VTCR_SL2 = 33 };
enum { VTCR_HA = 1 << 21, VTCR_HD = 1 << 22 };
enum { CONCATENATED_BITS = 4, LAST_LEVEL = 3, NO_LEVEL = 9, ENTRY_BITS = 3 };

static const char bad_size[] = "VTCR.T0SZ is no size that the architecture has, so the second "
                               "stage maps nothing.";
static const char bad_level[] =
    "VTCR.SL0 is no level at which a table walk of that size can begin, "
    "so the second stage maps nothing.";
static const char bad_root[] = "VTTBR lies beyond the physical address size, so the second stage "
                               "maps nothing.";

/* SL0, and with 52-bit addresses SL2: the level of the root, or NO_LEVEL. */
static int first_level_of(uint64_t vtcr, unsigned int shift, bool wide)
{
    static const int levels_4k[] = {2, 1, 0, LAST_LEVEL};
    const uint64_t code = vmmap_paging_bits(vtcr, 6, 2);
    if (shift == VMMAP_AARCH64_4K) {
        if (wide && vtcr >> VTCR_SL2 & 1)
            return code == 0 ? -1 : NO_LEVEL;
        return levels_4k[code];
    }
    /* Level 0 is for 16 KiB with 52 bits only. */
    return code < 3 || (shift == VMMAP_AARCH64_16K && wide) ? LAST_LEVEL - (int)code : NO_LEVEL;
}

/* Between one entry of the root more than the levels below it map, and 16 whole tables. */
static bool fits(int first_level, unsigned int input_bits, unsigned int shift)
{
    if (first_level == NO_LEVEL)
        return false;
    const unsigned int stride = shift - ENTRY_BITS;
    const unsigned int below = shift + (unsigned int)(LAST_LEVEL - first_level) * stride;
    return input_bits > below && input_bits <= below + stride + CONCATENATED_BITS;
}

static uint32_t options_of(const struct vmmap_paging_stage2 *stage2)
{
    uint32_t options = VMMAP_ARM_LONG_STAGE2 | VMMAP_ARM_LONG_FLAT;
    if (stage2->no_xnx)
        options |= VMMAP_ARM_LONG_NO_XNX;
    return options;
}

/* Adds a range whose form is set, if the registers make sense. */
static void add(const struct vmmap_paging_stage2 *stage2, struct vmmap_paging_range *range,
                unsigned int input_bits, unsigned int shift, struct vmmap_arm_long_levels levels,
                struct vmmap_paging_space *space)
{
    range->last = vmmap_paging_mask(input_bits);
    range->big_endian = stage2->big_endian;
    if (!fits(levels.first, input_bits, shift))
        vmmap_paging_space_add_problem(space, bad_level);
    else if (vmmap_arm_long_set_levels(range, stage2->root, input_bits, shift, levels))
        vmmap_paging_space_add(space, range);
    else
        vmmap_paging_space_add_problem(space, bad_root);
}

void vmmap_paging_stage2_setup_aarch64(const struct vmmap_paging_stage2 *stage2,
                                       struct vmmap_paging_space *space)
{
    static const uint8_t granules[] = {VMMAP_AARCH64_4K, VMMAP_AARCH64_64K, VMMAP_AARCH64_16K, 0};
    const uint64_t vtcr = stage2->control;
    const struct vmmap_aarch64_features features = {stage2->id_aa64mmfr0, stage2->has_id_aa64mmfr0,
                                                    true};
    const unsigned int shift =
        vmmap_aarch64_choose_granule(features, granules[vmmap_paging_bits(vtcr, 14, 2)]);
    const bool wide = vtcr >> VTCR_DS & 1 && vmmap_aarch64_has_wide(features, shift);
    const unsigned int size = (unsigned int)vmmap_paging_bits(vtcr, 0, 6);
    const uint64_t wanted = vmmap_paging_bits(vtcr, 16, 3);
    const uint64_t available = features.is_known ? features.id_aa64mmfr0 & 0xf : wanted;
    struct vmmap_paging_range range = {.options = options_of(stage2)};
    if (vtcr & VTCR_HA && vtcr & VTCR_HD)
        range.options |= VMMAP_ARM_LONG_DIRTY;
    space->mode = "AArch64 stage 2";
    if (!vmmap_aarch64_has_size(shift, wide, size)) {
        vmmap_paging_space_add_problem(space, bad_size);
        return;
    }
    vmmap_aarch64_set_address_form(
        vmmap_aarch64_physical_bits(wanted < available ? wanted : available), shift, wide, &range);
    add(stage2, &range, 64 - size, shift,
        (struct vmmap_arm_long_levels){first_level_of(vtcr, shift, wide),
                                       vmmap_aarch64_first_block_level(features, shift, wide)},
        space);
}

/* T0SZ is signed, from -8 to 7; S repeats its sign. SL0 is 0 for level 2, 1 for level 1. */
void vmmap_paging_stage2_setup_arm(const struct vmmap_paging_stage2 *stage2,
                                   struct vmmap_paging_space *space)
{
    enum { PHYSICAL_BITS = 40, INPUT_BITS = 32, SIGN = 8 };
    const uint64_t size = stage2->control & (SIGN - 1);
    const bool negative = stage2->control & SIGN;
    const uint64_t code = vmmap_paging_bits(stage2->control, 6, 2);
    struct vmmap_paging_range range = {
        .options = options_of(stage2),
        .physical_bits = PHYSICAL_BITS,
        .address_mask = vmmap_paging_mask(PHYSICAL_BITS) & ~vmmap_paging_mask(VMMAP_AARCH64_4K),
    };
    space->mode = "ARM stage 2";
    add(stage2, &range, (unsigned int)(negative ? INPUT_BITS + SIGN - size : INPUT_BITS - size),
        VMMAP_AARCH64_4K, (struct vmmap_arm_long_levels){code < 2 ? 2 - (int)code : NO_LEVEL, 1},
        space);
}
