/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Two sets of registers translate alike if no member differs: each member counts. */

#include <string.h>

#include "paging/paging.h"
#include "support.h"

static struct vmmap_paging_config make_config(enum vmmap_paging_architecture architecture)
{
    struct vmmap_paging_config config;
    memset(&config, 0, sizeof(config));
    config.architecture = architecture;
    return config;
}

/* Fails the test unless a change of this member alone makes a difference, whichever side it is on.
 */
#define assert_counts(architecture, member)                                                        \
    do {                                                                                           \
        struct vmmap_paging_config one_ = make_config(architecture);                               \
        struct vmmap_paging_config other_ = one_;                                                  \
        ck_assert(vmmap_paging_config_equals(&one_, &other_));                                     \
        other_.member = 1;                                                                         \
        ck_assert_msg(!vmmap_paging_config_equals(&one_, &other_), "%s does not count", #member);  \
        ck_assert_msg(!vmmap_paging_config_equals(&other_, &one_), "%s does not count", #member);  \
        one_.member = 1;                                                                           \
        ck_assert_msg(vmmap_paging_config_equals(&one_, &other_), "%s differs", #member);          \
    } while (0)

START_TEST(each_register_of_x86_counts)
{
    assert_counts(VMMAP_PAGING_X86, x86.cr0);
    assert_counts(VMMAP_PAGING_X86, x86.cr3);
    assert_counts(VMMAP_PAGING_X86, x86.cr4);
    assert_counts(VMMAP_PAGING_X86, x86.efer);
    assert_counts(VMMAP_PAGING_X86, x86.physical_bits);
}
END_TEST

START_TEST(each_register_of_arm_counts)
{
    assert_counts(VMMAP_PAGING_AARCH64, aarch64.sctlr);
    assert_counts(VMMAP_PAGING_AARCH64, aarch64.tcr);
    assert_counts(VMMAP_PAGING_AARCH64, aarch64.ttbr0);
    assert_counts(VMMAP_PAGING_AARCH64, aarch64.ttbr1);
    assert_counts(VMMAP_PAGING_AARCH64, aarch64.id_aa64mmfr0);
    assert_counts(VMMAP_PAGING_AARCH64, aarch64.has_id_aa64mmfr0);
    assert_counts(VMMAP_PAGING_AARCH64, aarch64.two_ranges);
    assert_counts(VMMAP_PAGING_ARM, arm.sctlr);
    assert_counts(VMMAP_PAGING_ARM, arm.ttbcr);
    assert_counts(VMMAP_PAGING_ARM, arm.ttbcr2);
    assert_counts(VMMAP_PAGING_ARM, arm.ttbr0);
    assert_counts(VMMAP_PAGING_ARM, arm.ttbr1);
    assert_counts(VMMAP_PAGING_ARM, arm.dacr);
    assert_counts(VMMAP_PAGING_ARM, arm.no_pxn);
    assert_counts(VMMAP_PAGING_ARM, arm.hyp);
}
END_TEST

START_TEST(each_register_of_riscv_counts)
{
    assert_counts(VMMAP_PAGING_RISCV, riscv.satp);
    assert_counts(VMMAP_PAGING_RISCV, riscv.xlen);
    assert_counts(VMMAP_PAGING_RISCV, riscv.machine_mode);
    assert_counts(VMMAP_PAGING_RISCV, riscv.no_svnapot);
    assert_counts(VMMAP_PAGING_RISCV, riscv.no_svpbmt);
}
END_TEST

START_TEST(each_register_of_the_second_stage_counts)
{
    assert_counts(VMMAP_PAGING_GUEST_PHYSICAL, stage2.format);
    assert_counts(VMMAP_PAGING_GUEST_PHYSICAL, stage2.root);
    assert_counts(VMMAP_PAGING_GUEST_PHYSICAL, stage2.control);
    assert_counts(VMMAP_PAGING_GUEST_PHYSICAL, stage2.id_aa64mmfr0);
    assert_counts(VMMAP_PAGING_GUEST_PHYSICAL, stage2.has_id_aa64mmfr0);
    assert_counts(VMMAP_PAGING_GUEST_PHYSICAL, stage2.no_xnx);
    assert_counts(VMMAP_PAGING_GUEST_PHYSICAL, stage2.big_endian);
    assert_counts(VMMAP_PAGING_GUEST_PHYSICAL, stage2.xlen);
    assert_counts(VMMAP_PAGING_X86, stage2.root);
}
END_TEST

START_TEST(registers_of_another_architecture_are_not_compared)
{
    const struct vmmap_paging_config x86 = make_config(VMMAP_PAGING_X86);
    const struct vmmap_paging_config riscv = make_config(VMMAP_PAGING_RISCV);
    ck_assert(!vmmap_paging_config_equals(&x86, &riscv));
}
END_TEST

int main(void)
{
    return RUN_TESTS("paging_config", each_register_of_x86_counts, each_register_of_arm_counts,
                     each_register_of_riscv_counts, each_register_of_the_second_stage_counts,
                     registers_of_another_architecture_are_not_compared);
}
