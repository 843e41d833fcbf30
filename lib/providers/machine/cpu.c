/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/cpu.h"

#include <string.h>

enum vmmap_cpu vmmap_cpu_kind(const struct vmmap_target_info *info)
{
    /* How BFD's names begin (bfd/cpu-*.c). */
    static const struct {
        const char *prefix;
        enum vmmap_cpu cpu;
    } names[] = {
        {"i386", VMMAP_CPU_X86},   {"i8086", VMMAP_CPU_X86},   {"aarch64", VMMAP_CPU_AARCH64},
        {"arm", VMMAP_CPU_ARM},    {"xscale", VMMAP_CPU_ARM},  {"iwmmxt", VMMAP_CPU_ARM},
        {"ep9312", VMMAP_CPU_ARM}, {"riscv", VMMAP_CPU_RISCV},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(info->architecture, names[i].prefix, strlen(names[i].prefix)) == 0)
            return names[i].cpu;
    }
    return VMMAP_CPU_OTHER;
}
