/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_AARCH64_FEATURES_H
#define VMMAP_PAGING_AARCH64_FEATURES_H

/**
 * @file
 * What granules and sizes of address a CPU has, which both stages of AArch64 depend on.
 */

#include "paging/arm_long.h"

/** Granules: the shift of a page. */
enum { VMMAP_AARCH64_4K = 12, VMMAP_AARCH64_16K = 14, VMMAP_AARCH64_64K = 16 };

/** What ID_AA64MMFR0_EL1 says of one of the stages. */
struct vmmap_aarch64_features {
    uint64_t id_aa64mmfr0;
    bool is_known; /**< else the CPU is taken to have everything */
    bool is_stage2;
};

/** PARange and PS: the width of physical addresses. */
unsigned int vmmap_aarch64_physical_bits(uint64_t code);

/**
 * The granule that is in force where `shift` is asked for, 0 for a reserved code. What is reserved
 * or not there acts as some size that is (its choice is the CPU's); like QEMU we take the smallest.
 */
unsigned int vmmap_aarch64_choose_granule(struct vmmap_aarch64_features features,
                                          unsigned int shift);

/** FEAT_LPA2 for a granule, without which DS is RES0. */
bool vmmap_aarch64_has_wide(struct vmmap_aarch64_features features, unsigned int shift);

/**
 * Whether TxSZ is a size that there is. The limits are those of a CPU with FEAT_LVA and FEAT_TTST,
 * for the registers that tell (ID_AA64MMFR2_EL1) are rarely to be had, and an operating system does
 * not ask for a size that its CPU lacks.
 */
bool vmmap_aarch64_has_size(unsigned int shift, bool wide, unsigned int size);

/** The level from which on an entry may map a block. */
int vmmap_aarch64_first_block_level(struct vmmap_aarch64_features features, unsigned int shift,
                                    bool wide);

/** Where a descriptor keeps an address: sets physical_bits, address_mask, and adds to options. */
void vmmap_aarch64_set_address_form(unsigned int physical_bits, unsigned int shift, bool wide,
                                    struct vmmap_paging_range *range);

#endif
