/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_X86_MODE_H
#define VMMAP_PAGING_X86_MODE_H

/**
 * @file
 * Which of its ways of paging an x86 CPU uses (Intel SDM volume 3A, section 4.1.1).
 */

#include "paging/paging.h"

enum vmmap_x86_mode {
    VMMAP_X86_OFF,   /**< no paging */
    VMMAP_X86_32BIT, /**< two levels */
    VMMAP_X86_PAE,   /**< three */
    /* In what follows the CPU is in long mode. */
    VMMAP_X86_4_LEVEL,
    VMMAP_X86_5_LEVEL,
};

enum vmmap_x86_mode vmmap_x86_mode(const struct vmmap_paging_x86 *registers);

bool vmmap_x86_is_long_mode(const struct vmmap_paging_x86 *registers);

#endif
