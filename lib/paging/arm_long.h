/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_ARM_LONG_H
#define VMMAP_PAGING_ARM_LONG_H

/**
 * @file
 * The descriptors of 64 bits that AArch64 and AArch32 with LPAE have in common.
 */

#include "paging/format.h"

/** The flags in vmmap_paging_range.options. */
enum {
    VMMAP_ARM_LONG_AARCH32 = 1 << 0,    /**< executing needs read permission */
    VMMAP_ARM_LONG_PRIVILEGED = 1 << 1, /**< a regime without user mode: EL2, EL3 */
    VMMAP_ARM_LONG_FLAT = 1 << 2,       /**< HPD: table descriptors carry no rights */
    VMMAP_ARM_LONG_WXN = 1 << 3,        /**< what a mode may write it may not execute */
    VMMAP_ARM_LONG_UWXN = 1 << 4,       /**< what user mode may write the kernel may not execute */
    VMMAP_ARM_LONG_NO_USER = 1 << 5,    /**< E0PD: user mode faults on everything */
    VMMAP_ARM_LONG_DIRTY = 1 << 6,      /**< HA and HD: DBM makes a read-only page writable */
    VMMAP_ARM_LONG_HIGH_LPA = 1 << 7,   /**< address bits 51:48 in bits 15:12 */
    VMMAP_ARM_LONG_HIGH_LPA2 = 1 << 8,  /**< address bits 51:50 in bits 9:8 */
    VMMAP_ARM_LONG_STAGE2 = 1 << 9,     /**< the rights are those of a second stage */
    VMMAP_ARM_LONG_NO_XNX = 1 << 10,    /**< there, one bit says who may execute: nobody, or all */
};

/** SCTLR and SCTLR_ELx. */
enum {
    VMMAP_ARM_SCTLR_M = 1 << 0,
    VMMAP_ARM_SCTLR_WXN = 1 << 19,
    VMMAP_ARM_SCTLR_UWXN = 1 << 20, /**< AArch32 only */
    VMMAP_ARM_SCTLR_EE = 1 << 25,   /**< tables are big-endian */
};

/** vmmap_paging_range.decode for these descriptors. */
void vmmap_arm_long_decode(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                           uint64_t value, struct vmmap_paging_entry *ret);

/** The manual's number of the level at which a first stage begins: as many levels as it takes to
 *  consume the bits above the page. */
int vmmap_arm_long_first_level(unsigned int input_bits, unsigned int page_shift);

/** Where in a table walk the levels are, by the manual's numbers: -1 to 3. */
struct vmmap_arm_long_levels {
    int first;      /**< the root's */
    int first_page; /**< the first with blocks */
};

/**
 * Sets levels, names, root and decode() of a range whose addresses are `input_bits` wide with
 * pages of 1 << page_shift bytes. What is already set and used: options, physical_bits,
 * address_mask. The root takes all bits above its level. False if the register names a root beyond
 * physical memory.
 */
bool vmmap_arm_long_set_levels(struct vmmap_paging_range *range, uint64_t ttbr,
                               unsigned int input_bits, unsigned int page_shift,
                               struct vmmap_arm_long_levels levels);

#endif
