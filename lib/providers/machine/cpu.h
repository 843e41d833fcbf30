/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_CPU_H
#define VMMAP_PROVIDERS_MACHINE_CPU_H

/**
 * @file
 * What kind of CPU a machine has, by the debugger's word for its architecture alone, and in which
 * mode it is.
 */

#include "target/target.h"

enum vmmap_cpu {
    VMMAP_CPU_OTHER, /**< one whose page tables are not known, or the debugger does not tell */
    VMMAP_CPU_X86,
    VMMAP_CPU_AARCH64,
    VMMAP_CPU_ARM,
    VMMAP_CPU_RISCV,
};

enum vmmap_cpu vmmap_cpu_kind(const struct vmmap_target_info *info);

enum vmmap_cpu_mode {
    VMMAP_CPU_MODE_UNKNOWN,
    VMMAP_CPU_MODE_USER,   /**< x86 level 3, EL0, RISC-V's user mode */
    VMMAP_CPU_MODE_KERNEL, /**< any mode that is more privileged */
};

/** The mode of the selected CPU, by its registers. */
VMMAP_CHECKED struct vmmap_error *vmmap_cpu_mode(const struct vmmap_target *target,
                                                 const struct vmmap_target_info *info,
                                                 enum vmmap_cpu_mode *ret);

#endif
