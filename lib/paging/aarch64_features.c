/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/aarch64_features.h"

/* Arm ARM DDI 0487, ID_AA64MMFR0_EL1 in section D19.2; QEMU's isar_feature_aa64_tgran4() and
 * relatives. The fields of stage 2 (TGranN_2) are 0 where it has what stage 1 has, 1 for no. */
enum { TGRAN16_BIT = 20, TGRAN64_BIT = 24, TGRAN4_BIT = 28 };
enum { TGRAN16_2_BIT = 32, TGRAN64_2_BIT = 36, TGRAN4_2_BIT = 40 };
enum { STAGE2_AS_STAGE1 = 0, STAGE2_NO = 1, STAGE2_WIDE = 3 };

unsigned int vmmap_aarch64_physical_bits(uint64_t code)
{
    static const uint8_t sizes[] = {32, 36, 40, 42, 44, 48, 52};
    return code < sizeof(sizes) ? sizes[code] : 52;
}

static unsigned int pick(unsigned int shift, unsigned int of_4k, unsigned int of_16k,
                         unsigned int of_64k)
{
    if (shift == VMMAP_AARCH64_4K)
        return of_4k;
    return shift == VMMAP_AARCH64_16K ? of_16k : of_64k;
}

static uint64_t stage2_field(struct vmmap_aarch64_features features, unsigned int shift)
{
    if (!features.is_stage2)
        return STAGE2_AS_STAGE1;
    return vmmap_paging_bits(features.id_aa64mmfr0,
                             pick(shift, TGRAN4_2_BIT, TGRAN16_2_BIT, TGRAN64_2_BIT), 4);
}

static uint64_t stage1_field(struct vmmap_aarch64_features features, unsigned int shift)
{
    return vmmap_paging_bits(features.id_aa64mmfr0,
                             pick(shift, TGRAN4_BIT, TGRAN16_BIT, TGRAN64_BIT), 4);
}

/* TGran4 and TGran64 are signed, negative for no; TGran16 is 0 for no. */
static bool has_granule(struct vmmap_aarch64_features features, unsigned int shift)
{
    const uint64_t own = stage2_field(features, shift), field = stage1_field(features, shift);
    if (!features.is_known)
        return true;
    if (own != STAGE2_AS_STAGE1)
        return own != STAGE2_NO;
    return shift == VMMAP_AARCH64_16K ? field != 0 : field < 8;
}

bool vmmap_aarch64_has_wide(struct vmmap_aarch64_features features, unsigned int shift)
{
    const uint64_t own = stage2_field(features, shift);
    if (shift == VMMAP_AARCH64_64K || !has_granule(features, shift))
        return false;
    if (!features.is_known)
        return true;
    if (own != STAGE2_AS_STAGE1)
        return own >= STAGE2_WIDE;
    return stage1_field(features, shift) >= (shift == VMMAP_AARCH64_16K ? 2 : 1);
}

unsigned int vmmap_aarch64_choose_granule(struct vmmap_aarch64_features features,
                                          unsigned int shift)
{
    if (shift && has_granule(features, shift))
        return shift;
    if (has_granule(features, VMMAP_AARCH64_4K))
        return VMMAP_AARCH64_4K;
    return has_granule(features, VMMAP_AARCH64_16K) ? VMMAP_AARCH64_16K : VMMAP_AARCH64_64K;
}

bool vmmap_aarch64_has_size(unsigned int shift, bool wide, unsigned int size)
{
    unsigned int smallest = wide || shift == VMMAP_AARCH64_64K ? 12 : 16;
    unsigned int biggest = shift == VMMAP_AARCH64_64K ? 47 : 48;
    return size >= smallest && size <= biggest;
}

/* Table D8-14 and its neighbours: blocks of 1 GiB, 32 MiB and 512 MiB have always been there, one
 * level higher they came with 52-bit addresses. */
int vmmap_aarch64_first_block_level(struct vmmap_aarch64_features features, unsigned int shift,
                                    bool wide)
{
    if (shift == VMMAP_AARCH64_64K) {
        bool lpa =
            !features.is_known || vmmap_aarch64_physical_bits(features.id_aa64mmfr0 & 0xf) > 48;
        return lpa ? 1 : 2;
    }
    int level = shift == VMMAP_AARCH64_4K ? 1 : 2;
    return wide ? level - 1 : level;
}

/* Section D8.3.1: bits 47:12 at most, 49:12 with LPA2. */
void vmmap_aarch64_set_address_form(unsigned int physical_bits, unsigned int shift, bool wide,
                                    struct vmmap_paging_range *range)
{
    unsigned int bits = physical_bits;
    if (bits > 48 && !wide && shift != VMMAP_AARCH64_64K)
        bits = 48;
    range->physical_bits = (uint8_t)bits;
    range->address_mask = vmmap_paging_mask(wide ? 50 : 48) & ~vmmap_paging_mask(shift);
    if (bits > 48)
        range->options |= wide ? VMMAP_ARM_LONG_HIGH_LPA2 : VMMAP_ARM_LONG_HIGH_LPA;
}
