/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/paging_registers.h"

#include <inttypes.h>

#include "providers/machine/cpu.h"

/* Reads registers one after the other; the first error sticks. */
struct source {
    const struct vmmap_target *target;
    struct vmmap_map *notes;
    struct vmmap_error *error;
};

/* False, with `*ret` 0, where there is no such register. */
static bool try_register(struct source *source, const char *name, uint64_t *ret)
{
    bool found = false;
    *ret = 0;
    if (source->error || !source->target->read_register)
        return false;
    source->error = source->target->read_register(source->target->context, name, ret, &found);
    if (source->error || !found)
        *ret = 0;
    return !source->error && found;
}

/* One that has several names, in a list that ends with NULL. */
static bool try_names(struct source *source, const char *const *names, uint64_t *ret)
{
    for (; *names; names++) {
        if (try_register(source, *names, ret))
            return true;
    }
    return false;
}

static void need_register(struct source *source, const char *name, uint64_t *ret)
{
    if (!try_register(source, name, ret) && !source->error)
        source->error = vmmap_error_create(
            VMMAP_ERROR_UNSUPPORTED,
            "GDB has no register %s of this CPU, without which its page tables can not be found; "
            "a newer QEMU may tell it.",
            name);
}

/* For one without which the common case is taken. */
static uint64_t want_register(struct source *source, const char *name, uint64_t otherwise,
                              const char *consequence)
{
    uint64_t value;
    if (try_register(source, name, &value))
        return value;
    if (!source->error)
        source->error = vmmap_map_add_note(source->notes, "GDB has no register %s of this CPU: %s.",
                                           name, consequence);
    return otherwise;
}

/*
 * Page-table isolation of Linux (arch/x86/entry/calling.h): the tables for user mode are one page
 * after those for the kernel, so bit 12 of CR3 tells.
 */
static void note_isolation(struct source *source, uint64_t cr3)
{
    enum { PTI_BIT = 0x1000, RPL = 3 };
    uint64_t cs;
    if (try_register(source, "cs", &cs) && (cs & RPL) == RPL && cr3 & PTI_BIT && !source->error)
        source->error = vmmap_map_add_note(
            source->notes,
            "The CPU is in user mode; if its kernel isolates page tables (KPTI), most of the "
            "kernel is not mapped now, and the kernel's own tables are at 0x%" PRIx64 ".",
            cr3 & ~UINT64_C(0xfff) & ~(uint64_t)PTI_BIT);
}

static void read_x86(struct source *source, struct vmmap_paging_config *ret)
{
    struct vmmap_paging_x86 *x86 = &ret->x86;
    ret->architecture = VMMAP_PAGING_X86;
    need_register(source, "cr0", &x86->cr0);
    need_register(source, "cr3", &x86->cr3);
    need_register(source, "cr4", &x86->cr4);
    x86->efer = want_register(source, "efer", 0,
                              "it is taken to have neither long mode nor no-execute pages");
    note_isolation(source, x86->cr3);
}

static void read_riscv(struct source *source, const struct vmmap_target_info *info,
                       struct vmmap_paging_config *ret)
{
    enum { PRIV_MACHINE = 3 };
    struct vmmap_paging_riscv *riscv = &ret->riscv;
    ret->architecture = VMMAP_PAGING_RISCV;
    need_register(source, "satp", &riscv->satp);
    uint64_t priv =
        want_register(source, "priv", 1, "it is taken to be in supervisor or user mode");
    riscv->xlen = info->address_bits;
    riscv->machine_mode = priv == PRIV_MACHINE;
    if (riscv->machine_mode && riscv->satp && !source->error)
        source->error = vmmap_map_add_note(source->notes,
                                           "The CPU is in machine mode, in which satp (0x%" PRIx64
                                           ") does not apply.",
                                           riscv->satp);
}

/* The registers of an exception level; QEMU before 8 calls SCTLR_EL1 SCTLR. */
struct level_names {
    const char *ttbr0;
    const char *ttbr1;
    const char *tcr;
    const char *sctlr[3];
};

static const struct level_names level_names[] = {
    {"TTBR0_EL1", "TTBR1_EL1", "TCR_EL1", {"SCTLR_EL1", "SCTLR", NULL}},
    {"TTBR0_EL2", "TTBR1_EL2", "TCR_EL2", {"SCTLR_EL2", NULL}},
    {"TTBR0_EL3", "TTBR1_EL3", "TCR_EL3", {"SCTLR_EL3", NULL}},
};

enum { HCR_VM = 1 << 0, HCR_TGE = 1 << 27 };
#define HCR_E2H (UINT64_C(1) << 34)

/* The exception level whose registers translate: 1, 2 or 3; and whether it has two ranges. */
static unsigned int find_level(struct source *source, bool *two_ranges)
{
    uint64_t cpsr, hcr;
    need_register(source, "cpsr", &cpsr);
    (void)try_register(source, "HCR_EL2", &hcr);
    unsigned int level = cpsr >> 2 & 3;
    if (level == 0 && hcr & HCR_E2H && hcr & HCR_TGE)
        level = 2;
    if (level < 2 && hcr & HCR_VM && !source->error)
        source->error = vmmap_error_create(
            VMMAP_ERROR_UNSUPPORTED,
            "The CPU is in a virtual machine of the guest's own (HCR_EL2.VM is set): its page "
            "tables go through a second stage of translation, which is not followed.");
    *two_ranges = level < 2 || (level == 2 && hcr & HCR_E2H);
    return level == 0 ? 1 : level;
}

static void read_aarch64(struct source *source, struct vmmap_paging_config *ret)
{
    struct vmmap_paging_aarch64 *arm = &ret->aarch64;
    ret->architecture = VMMAP_PAGING_AARCH64;
    unsigned int level = find_level(source, &arm->two_ranges);
    const struct level_names *names = &level_names[level - 1];
    if (!try_names(source, names->sctlr, &arm->sctlr))
        need_register(source, names->sctlr[0], &arm->sctlr);
    need_register(source, names->tcr, &arm->tcr);
    need_register(source, names->ttbr0, &arm->ttbr0);
    if (arm->two_ranges)
        need_register(source, names->ttbr1, &arm->ttbr1);
    arm->has_id_aa64mmfr0 = try_register(source, "ID_AA64MMFR0_EL1", &arm->id_aa64mmfr0);
}

static void read_arm(struct source *source, struct vmmap_paging_config *ret)
{
    enum { VMSA_WITH_PXN = 4, MODE = 0x1f, MODE_HYP = 0x1a };
    static const char *const sctlr_names[] = {"SCTLR", "SCTLR_S", NULL};
    static const char *const ttbr0_names[] = {"TTBR0", "TTBR0_EL1", NULL};
    static const char *const ttbr1_names[] = {"TTBR1", "TTBR1_EL1", NULL};
    static const char *const dacr_names[] = {"DACR", "DACR_S", NULL};
    struct vmmap_paging_arm *arm = &ret->arm;
    uint64_t sctlr, ttbcr, ttbcr2, dacr, mmfr0, cpsr;
    ret->architecture = VMMAP_PAGING_ARM;
    need_register(source, "TTBCR", &ttbcr);
    need_register(source, "cpsr", &cpsr);
    if (!try_names(source, sctlr_names, &sctlr))
        need_register(source, sctlr_names[0], &sctlr);
    if (!try_names(source, ttbr0_names, &arm->ttbr0))
        need_register(source, ttbr0_names[0], &arm->ttbr0);
    if (!try_names(source, ttbr1_names, &arm->ttbr1))
        need_register(source, ttbr1_names[0], &arm->ttbr1);
    if (!try_names(source, dacr_names, &dacr))
        need_register(source, dacr_names[0], &dacr);
    (void)try_register(source, "TTBCR2", &ttbcr2);
    if (try_register(source, "ID_MMFR0", &mmfr0))
        arm->no_pxn = (mmfr0 & 0xf) < VMSA_WITH_PXN;
    arm->sctlr = (uint32_t)sctlr;
    arm->ttbcr = (uint32_t)ttbcr;
    arm->ttbcr2 = (uint32_t)ttbcr2;
    arm->dacr = (uint32_t)dacr;
    if ((cpsr & MODE) == MODE_HYP && !source->error)
        source->error =
            vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                               "The CPU is in Hyp mode, whose page tables are not known here.");
}

static struct vmmap_error *refuse(const struct vmmap_target_info *info)
{
    if (!info->architecture[0])
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The debugger does not tell what this CPU is, so its page tables "
                                  "can not be found.");
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "Page tables of this CPU's architecture (GDB calls it %s) are not "
                              "known: those of x86, AArch64, ARM and RISC-V are.",
                              info->architecture);
}

static void read_any(struct source *source, const struct vmmap_target_info *info,
                     struct vmmap_paging_config *ret)
{
    switch (vmmap_cpu_kind(info)) {
    case VMMAP_CPU_X86:
        read_x86(source, ret);
        break;
    case VMMAP_CPU_AARCH64:
        read_aarch64(source, ret);
        break;
    case VMMAP_CPU_ARM:
        read_arm(source, ret);
        break;
    case VMMAP_CPU_RISCV:
        read_riscv(source, info, ret);
        break;
    case VMMAP_CPU_OTHER:
        source->error = refuse(info);
        break;
    }
}

struct vmmap_error *vmmap_paging_config_read(const struct vmmap_target *target,
                                             const struct vmmap_target_info *info,
                                             struct vmmap_map *notes,
                                             struct vmmap_paging_config *ret)
{
    struct source source = {.target = target, .notes = notes};
    *ret = (struct vmmap_paging_config){.architecture = VMMAP_PAGING_X86};
    read_any(&source, info, ret);
    return source.error;
}
