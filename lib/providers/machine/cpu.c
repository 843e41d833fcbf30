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

/* The register that has the mode, and which bits of it. */
struct mode_bits {
    const char *name;
    uint64_t mask;
    uint64_t user; /* what they are in user mode */
};

struct vmmap_error *vmmap_cpu_mode(const struct vmmap_target *target,
                                   const struct vmmap_target_info *info, enum vmmap_cpu_mode *ret)
{
    static const struct mode_bits registers[] = {
        [VMMAP_CPU_OTHER] = {NULL, 0, 0},
        [VMMAP_CPU_X86] = {"cs", 3, 3},         /* the privilege level of the segment */
        [VMMAP_CPU_AARCH64] = {"cpsr", 0xf, 0}, /* PSTATE.M: EL0t, and User mode of AArch32 */
        [VMMAP_CPU_ARM] = {"cpsr", 0x1f, 0x10}, /* User mode */
        [VMMAP_CPU_RISCV] = {"priv", 3, 0},
    };
    const struct mode_bits *bits = &registers[vmmap_cpu_kind(info)];
    uint64_t value;
    bool found = false;
    *ret = VMMAP_CPU_MODE_UNKNOWN;
    if (!bits->name || !target->read_register)
        return NULL;
    struct vmmap_error *error = target->read_register(target->context, bits->name, &value, &found);
    if (!error && found)
        *ret = (value & bits->mask) == bits->user ? VMMAP_CPU_MODE_USER : VMMAP_CPU_MODE_KERNEL;
    return error;
}
