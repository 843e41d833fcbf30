/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/paging_registers.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/qemu_monitor.h"
#include "providers/machine/cpu.h"
#include "providers/machine/monitor_cpu.h"

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

/* Asks QEMU's monitor whether the selected CPU is in a virtual machine: its stub tells since 10.0
 * only. Some 70 lines. */
static bool ask_virtual(struct source *source, const struct vmmap_target_info *info, bool *ret)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    uint64_t cpu = 0;
    if (source->error || !source->target->monitor)
        return false;
    source->error = source->target->monitor(source->target->context, "info registers", &text);
    if (!source->error)
        source->error = vmmap_buffer_status(&text);
    const bool known =
        !source->error && vmmap_qemu_riscv_virtual_parse(text.data, text.size, &cpu, ret);
    vmmap_buffer_deinit(&text);
    return known && cpu == vmmap_monitor_cpu_number(info);
}

/*
 * The V bit. `priv` is what the debug specification's dcsr has: V is bit 2; QEMU before 10.0 leaves
 * it clear, so that only its monitor knows.
 */
static bool is_virtual(struct source *source, const struct vmmap_target_info *info, uint64_t priv,
                       uint64_t hgatp)
{
    enum { PRIV_VIRTUAL = 1 << 2 };
    bool is_virtual = false;
    if (priv & PRIV_VIRTUAL)
        return true;
    if (!ask_virtual(source, info, &is_virtual) && !source->error)
        source->error = vmmap_error_create(
            VMMAP_ERROR_UNSUPPORTED,
            "A second stage of translation is set up (hgatp is 0x%" PRIx64 "), but neither priv "
            "nor \"info registers\" of QEMU's monitor tells whether the selected CPU is in a "
            "virtual machine; with several CPUs, say \"monitor cpu N\" for it.",
            hgatp);
    return is_virtual;
}

/* QEMU shows the guest's satp as satp while the CPU is in a virtual machine, and the hypervisor's
 * otherwise; vsatp may then be out of date (riscv_cpu_swap_hypervisor_regs()). */
static void read_riscv_stage2(struct source *source, const struct vmmap_target_info *info,
                              uint64_t priv, struct vmmap_paging_stage2 *ret)
{
    enum { MISA_H = 1 << 7 };
    uint64_t hgatp, misa;
    if (!try_register(source, "hgatp", &hgatp)) {
        if (try_register(source, "misa", &misa) && misa & MISA_H)
            need_register(source, "hgatp", &hgatp);
        return;
    }
    const uint64_t mode = info->address_bits == 32 ? hgatp >> 31 & 1 : hgatp >> 60;
    if (mode != 0 && is_virtual(source, info, priv, hgatp))
        *ret = (struct vmmap_paging_stage2){
            .format = VMMAP_PAGING_STAGE2_RISCV, .root = hgatp, .xlen = info->address_bits};
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
    if (!riscv->machine_mode)
        read_riscv_stage2(source, info, priv, &ret->stage2);
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

/* HCR_EL2, and HCR of AArch32 (Arm ARM DDI 0487, section D19.2). */
enum { HCR_VM = 1 << 0, HCR_DC = 1 << 12, HCR_TGE = 1 << 27 };
#define HCR_E2H (UINT64_C(1) << 34)

/* SCR_EL3, and SCR of AArch32. */
enum { SCR_NS = 1 << 0, SCR_EEL2 = 1 << 18 };

/* SCTLR_ELx, and SCTLR of AArch32. */
enum { SCTLR_M = 1 << 0, SCTLR_EE = 1 << 25 };

/* What HCR says below the hypervisor: 0 where there is none, which is so in the secure world of a
 * CPU without FEAT_SEL2. */
static uint64_t read_hcr(struct source *source)
{
    static const char *const hcr_names[] = {"HCR_EL2", "HCR", NULL};
    static const char *const scr_names[] = {"SCR_EL3", "SCR", NULL};
    uint64_t hcr, scr;
    if (!try_names(source, hcr_names, &hcr))
        return 0;
    const bool secure = try_names(source, scr_names, &scr) && !(scr & SCR_NS);
    if (!secure)
        return hcr;
    if (scr & SCR_EEL2 && hcr & HCR_VM && !source->error)
        source->error = vmmap_error_create(
            VMMAP_ERROR_UNSUPPORTED,
            "The CPU is in a virtual machine of the secure world (SCR_EL3.EEL2 and HCR_EL2.VM are "
            "set), whose second stage of translation is not known here.");
    return 0;
}

/* With DC there is a second stage as well, and no first one; with TGE, no first one for user mode.
 */
static bool has_stage2(uint64_t hcr)
{
    return hcr & (HCR_VM | HCR_DC);
}

static bool has_no_stage1(uint64_t hcr)
{
    return hcr & (HCR_DC | HCR_TGE);
}

/* The exception level whose registers translate: 1, 2 or 3; and whether it has two ranges. */
static unsigned int find_level(struct source *source, uint64_t hcr, bool *two_ranges)
{
    uint64_t cpsr;
    need_register(source, "cpsr", &cpsr);
    unsigned int level = cpsr >> 2 & 3;
    if (level == 0 && hcr & HCR_E2H && hcr & HCR_TGE)
        level = 2;
    *two_ranges = level < 2 || (level == 2 && hcr & HCR_E2H);
    return level == 0 ? 1 : level;
}

static void read_aarch64_stage2(struct source *source, const struct vmmap_paging_aarch64 *stage1,
                                struct vmmap_paging_stage2 *ret)
{
    enum { XNX_BIT = 28 };
    uint64_t sctlr, mmfr1;
    ret->format = VMMAP_PAGING_STAGE2_AARCH64;
    need_register(source, "VTTBR_EL2", &ret->root);
    need_register(source, "VTCR_EL2", &ret->control);
    ret->id_aa64mmfr0 = stage1->id_aa64mmfr0;
    ret->has_id_aa64mmfr0 = stage1->has_id_aa64mmfr0;
    if (try_register(source, "SCTLR_EL2", &sctlr))
        ret->big_endian = sctlr & SCTLR_EE;
    if (try_register(source, "ID_AA64MMFR1_EL1", &mmfr1))
        ret->no_xnx = (mmfr1 >> XNX_BIT & 0xf) == 0;
}

static void read_aarch64(struct source *source, struct vmmap_paging_config *ret)
{
    struct vmmap_paging_aarch64 *arm = &ret->aarch64;
    ret->architecture = VMMAP_PAGING_AARCH64;
    const uint64_t hcr = read_hcr(source);
    const unsigned int level = find_level(source, hcr, &arm->two_ranges);
    const struct level_names *names = &level_names[level - 1];
    if (!try_names(source, names->sctlr, &arm->sctlr))
        need_register(source, names->sctlr[0], &arm->sctlr);
    need_register(source, names->tcr, &arm->tcr);
    need_register(source, names->ttbr0, &arm->ttbr0);
    if (arm->two_ranges)
        need_register(source, names->ttbr1, &arm->ttbr1);
    arm->has_id_aa64mmfr0 = try_register(source, "ID_AA64MMFR0_EL1", &arm->id_aa64mmfr0);
    if (level == 1 && has_no_stage1(hcr))
        arm->sctlr &= ~(uint64_t)SCTLR_M;
    if (level == 1 && has_stage2(hcr))
        read_aarch64_stage2(source, arm, &ret->stage2);
}

/* The first of several names that there is; an error names the first. */
static void need_names(struct source *source, const char *const *names, uint64_t *ret)
{
    if (!try_names(source, names, ret))
        need_register(source, names[0], ret);
}

/* QEMU calls HTCR and HSCTLR as AArch64 does. */
static const char *const hsctlr_names[] = {"HSCTLR", "SCTLR_EL2", NULL};

static void read_arm_stage2(struct source *source, struct vmmap_paging_stage2 *ret)
{
    enum { XNX_BIT = 8 };
    uint64_t mmfr4, hsctlr;
    static const char *const vttbr_names[] = {"VTTBR", "VTTBR_EL2", NULL};
    static const char *const vtcr_names[] = {"VTCR", "VTCR_EL2", NULL};
    ret->format = VMMAP_PAGING_STAGE2_ARM;
    need_names(source, vttbr_names, &ret->root);
    need_names(source, vtcr_names, &ret->control);
    ret->no_xnx = !try_register(source, "ID_MMFR4", &mmfr4) || (mmfr4 >> XNX_BIT & 0xf) == 0;
    if (try_names(source, hsctlr_names, &hsctlr))
        ret->big_endian = hsctlr & SCTLR_EE;
}

static void read_hyp(struct source *source, struct vmmap_paging_arm *ret)
{
    static const char *const httbr_names[] = {"HTTBR", "TTBR0_EL2", NULL};
    static const char *const htcr_names[] = {"HTCR", "TCR_EL2", NULL};
    uint64_t htcr, hsctlr;
    need_names(source, httbr_names, &ret->ttbr0);
    need_names(source, htcr_names, &htcr);
    need_names(source, hsctlr_names, &hsctlr);
    *ret = (struct vmmap_paging_arm){
        .sctlr = (uint32_t)hsctlr, .ttbcr = (uint32_t)htcr, .ttbr0 = ret->ttbr0, .hyp = true};
}

/*
 * With EL3 in AArch32 most registers have two banks, and QEMU calls those of the secure world
 * NAME_S. Monitor mode is secure whatever SCR.NS says (Arm ARM DDI 0406C, section B3.15.4). Without
 * an SCR there is no EL3, and one bank.
 */
static bool is_secure(struct source *source, uint64_t cpsr)
{
    enum { MODE = 0x1f, MODE_MONITOR = 0x16 };
    static const char *const names[] = {"SCR", "SCR_S", "SCR_EL3", NULL};
    uint64_t scr;
    return try_names(source, names, &scr) && ((cpsr & MODE) == MODE_MONITOR || !(scr & SCR_NS));
}

/* A register of the bank in force, by the first of its names that there is; what has one bank only
 * has the plain name. */
static uint64_t need_banked(struct source *source, bool secure, const char *const *names)
{
    enum { NAME_SIZE = 32 };
    uint64_t value;
    for (size_t i = 0; secure && names[i]; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof(name), "%s_S", names[i]);
        if (try_register(source, name, &value))
            return value;
    }
    need_names(source, names, &value);
    return value;
}

static void read_arm(struct source *source, struct vmmap_paging_config *ret)
{
    enum { VMSA_WITH_PXN = 4, MODE = 0x1f, MODE_HYP = 0x1a };
    /* QEMU 7.2 has SCTLR where 11.1 has SCTLR_EL1. TTBR0 and TTBR1 are those of 64 bits, which a
     * CPU has with long descriptors. */
    static const char *const sctlr[] = {"SCTLR", "SCTLR_EL1", NULL};
    static const char *const ttbr0[] = {"TTBR0", "TTBR0_EL1", NULL};
    static const char *const ttbr1[] = {"TTBR1", "TTBR1_EL1", NULL};
    static const char *const ttbcr[] = {"TTBCR", NULL};
    static const char *const dacr[] = {"DACR", NULL};
    struct vmmap_paging_arm *arm = &ret->arm;
    uint64_t ttbcr2, mmfr0, cpsr;
    ret->architecture = VMMAP_PAGING_ARM;
    need_register(source, "cpsr", &cpsr);
    if ((cpsr & MODE) == MODE_HYP) {
        read_hyp(source, arm);
        return;
    }
    const bool secure = is_secure(source, cpsr);
    arm->sctlr = (uint32_t)need_banked(source, secure, sctlr);
    arm->ttbcr = (uint32_t)need_banked(source, secure, ttbcr);
    arm->ttbr0 = need_banked(source, secure, ttbr0);
    arm->ttbr1 = need_banked(source, secure, ttbr1);
    arm->dacr = (uint32_t)need_banked(source, secure, dacr);
    (void)try_register(source, "TTBCR2", &ttbcr2);
    if (try_register(source, "ID_MMFR0", &mmfr0))
        arm->no_pxn = (mmfr0 & 0xf) < VMSA_WITH_PXN;
    arm->ttbcr2 = (uint32_t)ttbcr2;
    if (secure)
        return; /* HCR is of the other world */
    const uint64_t hcr = secure ? 0 : read_hcr(source);
    if (has_no_stage1(hcr))
        arm->sctlr &= ~(uint32_t)SCTLR_M;
    if (has_stage2(hcr))
        read_arm_stage2(source, &ret->stage2);
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
