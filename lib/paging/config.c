/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/paging.h"

/* By member: padding may differ. */

static bool x86_equals(const struct vmmap_paging_x86 *a, const struct vmmap_paging_x86 *b)
{
    return a->cr0 == b->cr0 && a->cr3 == b->cr3 && a->cr4 == b->cr4 && a->efer == b->efer &&
           a->physical_bits == b->physical_bits;
}

static bool aarch64_equals(const struct vmmap_paging_aarch64 *a,
                           const struct vmmap_paging_aarch64 *b)
{
    return a->sctlr == b->sctlr && a->tcr == b->tcr && a->ttbr0 == b->ttbr0 &&
           a->ttbr1 == b->ttbr1 && a->id_aa64mmfr0 == b->id_aa64mmfr0 &&
           a->has_id_aa64mmfr0 == b->has_id_aa64mmfr0 && a->two_ranges == b->two_ranges;
}

static bool arm_equals(const struct vmmap_paging_arm *a, const struct vmmap_paging_arm *b)
{
    return a->sctlr == b->sctlr && a->ttbcr == b->ttbcr && a->ttbcr2 == b->ttbcr2 &&
           a->ttbr0 == b->ttbr0 && a->ttbr1 == b->ttbr1 && a->dacr == b->dacr &&
           a->no_pxn == b->no_pxn && a->hyp == b->hyp;
}

static bool riscv_equals(const struct vmmap_paging_riscv *a, const struct vmmap_paging_riscv *b)
{
    return a->satp == b->satp && a->xlen == b->xlen && a->machine_mode == b->machine_mode &&
           a->no_svnapot == b->no_svnapot && a->no_svpbmt == b->no_svpbmt;
}

static bool stage2_equals(const struct vmmap_paging_stage2 *a, const struct vmmap_paging_stage2 *b)
{
    return a->format == b->format && a->root == b->root && a->control == b->control &&
           a->id_aa64mmfr0 == b->id_aa64mmfr0 && a->has_id_aa64mmfr0 == b->has_id_aa64mmfr0 &&
           a->no_xnx == b->no_xnx && a->big_endian == b->big_endian && a->xlen == b->xlen;
}

bool vmmap_paging_config_equals(const struct vmmap_paging_config *a,
                                const struct vmmap_paging_config *b)
{
    if (a->architecture != b->architecture || !stage2_equals(&a->stage2, &b->stage2))
        return false;
    switch (a->architecture) {
    case VMMAP_PAGING_X86:
        return x86_equals(&a->x86, &b->x86);
    case VMMAP_PAGING_AARCH64:
        return aarch64_equals(&a->aarch64, &b->aarch64);
    case VMMAP_PAGING_ARM:
        return arm_equals(&a->arm, &b->arm);
    case VMMAP_PAGING_RISCV:
        return riscv_equals(&a->riscv, &b->riscv);
    case VMMAP_PAGING_GUEST_PHYSICAL:
        return true;
    }
    return false;
}
