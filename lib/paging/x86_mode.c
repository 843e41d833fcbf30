/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/x86_mode.h"

enum {
    CR0_PG = 1u << 31,
    CR4_PAE = 1 << 5,
    CR4_LA57 = 1 << 12,
    EFER_LME = 1 << 8,
    EFER_LMA = 1 << 10,
};

/* With paging on LMA follows LME (section 4.1.2); a source may tell but one of them. */
enum vmmap_x86_mode vmmap_x86_mode(const struct vmmap_paging_x86 *registers)
{
    if (!(registers->cr0 & CR0_PG))
        return VMMAP_X86_OFF;
    if (!(registers->cr4 & CR4_PAE))
        return VMMAP_X86_32BIT;
    if (!(registers->efer & (EFER_LME | EFER_LMA)))
        return VMMAP_X86_PAE;
    return registers->cr4 & CR4_LA57 ? VMMAP_X86_5_LEVEL : VMMAP_X86_4_LEVEL;
}

bool vmmap_x86_is_long_mode(const struct vmmap_paging_x86 *registers)
{
    return vmmap_x86_mode(registers) >= VMMAP_X86_4_LEVEL;
}
