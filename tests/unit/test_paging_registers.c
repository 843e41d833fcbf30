/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/paging_registers.h"

#include <string.h>

#include "providers/machine/cpu.h"
#include "support.h"

struct named_register {
    const char *name;
    uint64_t value;
};

/* A CPU: what the debugger calls it, and its registers up to one without a name. */
struct cpu {
    const char *architecture;
    struct named_register registers[32];
};

/* A debugger that shows it. */
struct debugger {
    const struct cpu *cpu;
    struct vmmap_target target;
    struct vmmap_target_info info;
    struct vmmap_map *notes;
    struct vmmap_paging_config config;
    const char *monitor; /* its answer; NULL: there is none */
    unsigned int calls;
    unsigned int fail_at; /* the call that fails, from 1; 0 for none */
};

static struct vmmap_error *read_register(void *context, const char *name, uint64_t *ret,
                                         bool *found)
{
    struct debugger *debugger = context;
    if (++debugger->calls == debugger->fail_at)
        return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit");
    const struct named_register *at = debugger->cpu->registers;
    while (at->name && strcmp(at->name, name) != 0)
        at++;
    *found = at->name != NULL;
    *ret = at->name ? at->value : UINT64_C(0xdead);
    return NULL;
}

static struct vmmap_error *monitor(void *context, const char *command, struct vmmap_buffer *ret)
{
    const struct debugger *debugger = context;
    ck_assert_str_eq(command, "info registers");
    vmmap_buffer_append_string(ret, debugger->monitor);
    return NULL;
}

static void set_up(struct debugger *debugger, const struct cpu *cpu)
{
    *debugger = (struct debugger){
        .cpu = cpu,
        .target = {.context = debugger, .read_register = read_register},
        .info = {.kind = VMMAP_TARGET_QEMU_SYSTEM, .address_bits = 64},
    };
    strcpy(debugger->info.architecture, cpu->architecture);
    assert_ok(vmmap_map_create(&debugger->notes));
}

static struct vmmap_error *read_config(struct debugger *debugger)
{
    return vmmap_paging_config_read(&debugger->target, &debugger->info, debugger->notes,
                                    &debugger->config);
}

static void tear_down(struct debugger *debugger)
{
    vmmap_map_destroy(debugger->notes);
}

/* What the config is, in `*ret`; it has to succeed, with `notes` notes. */
static void check(const struct cpu *cpu, size_t notes, struct vmmap_paging_config *ret)
{
    struct debugger debugger;
    set_up(&debugger, cpu);
    assert_ok(read_config(&debugger));
    ck_assert_uint_eq(debugger.notes->note_count, notes);
    *ret = debugger.config;
    tear_down(&debugger);
}

static void check_refused(const struct cpu *cpu, const char *message)
{
    struct debugger debugger;
    set_up(&debugger, cpu);
    assert_error(read_config(&debugger), VMMAP_ERROR_UNSUPPORTED, message);
    tear_down(&debugger);
}

START_TEST(names_of_architectures)
{
    static const struct {
        const char *name;
        enum vmmap_cpu cpu;
    } names[] = {
        {"i386", VMMAP_CPU_X86},
        {"i386:x86-64", VMMAP_CPU_X86},
        {"i386:x86-64:intel", VMMAP_CPU_X86},
        {"i8086", VMMAP_CPU_X86},
        {"aarch64", VMMAP_CPU_AARCH64},
        {"aarch64:ilp32", VMMAP_CPU_AARCH64},
        {"arm", VMMAP_CPU_ARM},
        {"armv7", VMMAP_CPU_ARM},
        {"xscale", VMMAP_CPU_ARM},
        {"riscv:rv64", VMMAP_CPU_RISCV},
        {"riscv:rv32", VMMAP_CPU_RISCV},
        {"s390:64-bit", VMMAP_CPU_OTHER},
        {"powerpc:common64", VMMAP_CPU_OTHER},
        {"", VMMAP_CPU_OTHER},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct vmmap_target_info info = {.address_bits = 64};
        strcpy(info.architecture, names[i].name);
        ck_assert_msg(vmmap_cpu_kind(&info) == names[i].cpu, "%s", names[i].name);
    }
}
END_TEST

/* s390x has registers of these names, with other meanings. */
START_TEST(registers_do_not_tell_what_a_cpu_is)
{
    const struct cpu s390x = {"s390:64-bit",
                              {{"cr0", 0xe0}, {"cr3", 0}, {"cr4", 0}, {"pc", 0x10000}}};
    const struct cpu nameless = {"", {{"cr0", 0x80000011}, {"cr3", 0x1000}, {"cr4", 0x20}}};
    check_refused(&s390x, "Page tables of this CPU's architecture (GDB calls it s390:64-bit) are "
                          "not known: those of x86, AArch64, ARM and RISC-V are.");
    check_refused(&nameless, "The debugger does not tell what this CPU is, so its page tables can "
                             "not be found.");
}
END_TEST

START_TEST(x86)
{
    const struct cpu cpu = {
        "i386:x86-64",
        {{"cr0", 0x80000011}, {"cr3", 0x200000}, {"cr4", 0x20}, {"efer", 0xd00}, {"cs", 0x10}}};
    struct vmmap_paging_config config;
    check(&cpu, 0, &config);
    ck_assert_int_eq(config.architecture, VMMAP_PAGING_X86);
    ck_assert_uint_eq(config.x86.cr0, 0x80000011);
    ck_assert_uint_eq(config.x86.cr3, 0x200000);
    ck_assert_uint_eq(config.x86.cr4, 0x20);
    ck_assert_uint_eq(config.x86.efer, 0xd00);
}
END_TEST

/* Of a virtual machine of AArch64 at EL1; `hcr`, and whether it is a secure one. */
static struct vmmap_paging_config aarch64_with(uint64_t cpsr, uint64_t hcr, uint64_t scr)
{
    const struct cpu cpu = {"aarch64",
                            {{"cpsr", cpsr},
                             {"SCTLR_EL1", 0x30d00801},
                             {"TCR_EL1", 0x10},
                             {"TTBR0_EL1", 0x1000},
                             {"TTBR1_EL1", 0x2000},
                             {"SCTLR_EL2", 1 << 25},
                             {"TCR_EL2", 0x20},
                             {"TTBR0_EL2", 0x5000},
                             {"TTBR1_EL2", 0x6000},
                             {"HCR_EL2", hcr},
                             {"SCR_EL3", scr},
                             {"VTTBR_EL2", 0x3000},
                             {"VTCR_EL2", 0x4000},
                             {"ID_AA64MMFR0_EL1", 0x5},
                             {"ID_AA64MMFR1_EL1", 0x10000000}}};
    struct vmmap_paging_config config;
    check(&cpu, 0, &config);
    return config;
}

START_TEST(virtual_machines_of_aarch64)
{
    const uint64_t vm = 1, dc = 1 << 12, tge = 1 << 27, e2h = UINT64_C(1) << 34, ns = 1;
    struct vmmap_paging_config config = aarch64_with(5, vm, ns);
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_AARCH64);
    ck_assert_uint_eq(config.stage2.root, 0x3000);
    ck_assert_uint_eq(config.stage2.control, 0x4000);
    ck_assert(config.stage2.big_endian && config.stage2.has_id_aa64mmfr0);
    ck_assert(!config.stage2.no_xnx && config.stage2.id_aa64mmfr0 == 5);
    ck_assert_uint_eq(config.aarch64.ttbr0, 0x1000);
    ck_assert(config.aarch64.sctlr & 1);
    /* At EL0 too; with DC, without a first stage. */
    config = aarch64_with(0, dc, ns);
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_AARCH64);
    ck_assert(!(config.aarch64.sctlr & 1));
    /* Not without VM, not at EL2, not in a user program of a host, not in the secure world. */
    ck_assert_uint_eq(aarch64_with(5, 0, ns).stage2.format, VMMAP_PAGING_STAGE2_NONE);
    ck_assert_uint_eq(aarch64_with(9, vm, ns).stage2.format, VMMAP_PAGING_STAGE2_NONE);
    config = aarch64_with(0, vm | tge | e2h, ns);
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_NONE);
    ck_assert_uint_eq(config.aarch64.ttbr0, 0x5000);
    config = aarch64_with(5, vm | dc, 0);
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_NONE);
    ck_assert(config.aarch64.sctlr & 1);
}
END_TEST

START_TEST(what_is_missing_of_a_second_stage)
{
    const struct cpu without = {"aarch64",
                                {{"cpsr", 5},
                                 {"SCTLR_EL1", 1},
                                 {"TCR_EL1", 0x10},
                                 {"TTBR0_EL1", 0x1000},
                                 {"TTBR1_EL1", 0x2000},
                                 {"HCR_EL2", 1}}};
    const struct cpu secure = {"aarch64",
                               {{"cpsr", 5},
                                {"SCTLR_EL1", 1},
                                {"TCR_EL1", 0x10},
                                {"TTBR0_EL1", 0x1000},
                                {"TTBR1_EL1", 0x2000},
                                {"HCR_EL2", 1},
                                {"SCR_EL3", 1 << 18}}};
    const struct cpu riscv = {"riscv:rv64", {{"satp", 0}, {"priv", 1}, {"misa", 1 << 7}}};
    check_refused(&without, "GDB has no register VTTBR_EL2 of this CPU, without which its page "
                            "tables can not be found; a newer QEMU may tell it.");
    check_refused(&secure, "The CPU is in a virtual machine of the secure world (SCR_EL3.EEL2 and "
                           "HCR_EL2.VM are set), whose second stage of translation is not known "
                           "here.");
    check_refused(&riscv, "GDB has no register hgatp of this CPU, without which its page tables "
                          "can not be found; a newer QEMU may tell it.");
}
END_TEST

START_TEST(virtual_machines_of_arm)
{
    const struct cpu guest = {"armv7",
                              {{"cpsr", 0x13},
                               {"SCTLR", 1},
                               {"TTBCR", 0x80000000},
                               {"TTBR0", 0x1000},
                               {"TTBR1", 0x2000},
                               {"DACR", 0},
                               {"HCR", 1},
                               {"VTTBR", 0x3000},
                               {"VTCR", 0x40},
                               {"ID_MMFR4", 0x100},
                               {"SCTLR_EL2", 1 << 25}}};
    const struct cpu hyp = {"armv7",
                            {{"cpsr", 0x1da}, {"HTTBR", 0x4000}, {"TCR_EL2", 2}, {"SCTLR_EL2", 1}}};
    const struct cpu monitor_mode = {"armv7",
                                     {{"cpsr", 0x16},
                                      {"SCR", 1},
                                      {"SCTLR", 1},
                                      {"TTBCR", 0x80000000},
                                      {"TTBR0", 0x1000},
                                      {"TTBR1", 0x2000},
                                      {"DACR", 0},
                                      {"HCR", 1}}};
    struct vmmap_paging_config config;
    check(&monitor_mode, 0, &config);
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_NONE);
    check(&guest, 0, &config);
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_ARM);
    ck_assert_uint_eq(config.stage2.root, 0x3000);
    ck_assert_uint_eq(config.stage2.control, 0x40);
    ck_assert(config.stage2.big_endian && !config.stage2.no_xnx);
    check(&hyp, 0, &config);
    ck_assert(config.arm.hyp);
    ck_assert_uint_eq(config.arm.ttbr0, 0x4000);
    ck_assert_uint_eq(config.arm.ttbcr, 2);
    ck_assert_uint_eq(config.arm.sctlr, 1);
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_NONE);
}
END_TEST

/* What RISC-V's stub tells of V, or else the monitor. */
static struct vmmap_error *read_riscv(uint64_t priv, uint64_t hgatp, const char *answer,
                                      bool *two_stages)
{
    const struct cpu cpu = {
        "riscv:rv64",
        {{"satp", UINT64_C(8) << 60 | 1}, {"priv", priv}, {"hgatp", hgatp}, {"misa", 1 << 7}}};
    struct debugger debugger;
    set_up(&debugger, &cpu);
    debugger.monitor = answer;
    debugger.info.tid = 1;
    if (answer)
        debugger.target.monitor = monitor;
    struct vmmap_error *error = read_config(&debugger);
    *two_stages = debugger.config.stage2.format == VMMAP_PAGING_STAGE2_RISCV;
    ck_assert(!*two_stages || debugger.config.stage2.root == hgatp);
    tear_down(&debugger);
    return error;
}

START_TEST(virtual_machines_of_riscv)
{
    static const char yes[] = "CPU#0\n V      =   1\n", no[] = "CPU#0\n V      =   0\n";
    static const char refusal[] =
        "A second stage of translation is set up (hgatp is 0x8000000000000080), but neither priv "
        "nor \"info registers\" of QEMU's monitor tells whether the selected CPU is in a virtual "
        "machine; with several CPUs, say \"monitor cpu N\" for it.";
    const uint64_t sv39x4 = UINT64_C(8) << 60 | 0x80;
    bool two_stages;
    assert_ok(read_riscv(5, sv39x4, NULL, &two_stages)); /* QEMU 10.0 */
    ck_assert(two_stages);
    assert_ok(read_riscv(1, sv39x4, yes, &two_stages));
    ck_assert(two_stages);
    assert_ok(read_riscv(1, sv39x4, no, &two_stages));
    ck_assert(!two_stages);
    assert_ok(read_riscv(1, 0x80, NULL, &two_stages)); /* Bare */
    ck_assert(!two_stages);
    assert_ok(read_riscv(3, sv39x4, NULL, &two_stages)); /* machine mode */
    ck_assert(!two_stages);
    assert_error(read_riscv(1, sv39x4, NULL, &two_stages), VMMAP_ERROR_UNSUPPORTED, refusal);
    assert_error(read_riscv(1, sv39x4, "CPU#1\n V      =   1\n", &two_stages),
                 VMMAP_ERROR_UNSUPPORTED, refusal);
}
END_TEST

/* The names of QEMU 7.2 and of 11.1; the bank in force is that of the world. */
START_TEST(banks_of_arm)
{
    enum { SVC = 0x13, MONITOR = 0x16 };
    struct cpu cpu = {"arm",
                      {{"cpsr", SVC},
                       {"SCR", 0},
                       {"SCTLR", 0xc50078},
                       {"SCTLR_S", 0x10c5387d},
                       {"TTBR0_EL1", 0},
                       {"TTBR0_EL1_S", 0x60204059},
                       {"TTBR1_EL1", 1},
                       {"TTBR1_EL1_S", 2},
                       {"TTBCR", 3},
                       {"TTBCR_S", 4},
                       {"DACR", 5},
                       {"DACR_S", 6},
                       {"ID_MMFR0", 0x100103}}};
    struct vmmap_paging_config config;
    for (unsigned int names = 0; names < 2; names++) {
        cpu.registers[2].name = names ? "SCTLR_EL1" : "SCTLR";
        cpu.registers[3].name = names ? "SCTLR_EL1_S" : "SCTLR_S";
        for (unsigned int normal = 0; normal < 2; normal++) {
            cpu.registers[1].value = normal;
            check(&cpu, 0, &config);
            ck_assert_int_eq(config.architecture, VMMAP_PAGING_ARM);
            ck_assert_uint_eq(config.arm.sctlr, normal ? 0xc50078 : 0x10c5387d);
            ck_assert_uint_eq(config.arm.ttbr0, normal ? 0 : 0x60204059);
            ck_assert_uint_eq(config.arm.ttbr1, normal ? 1 : 2);
            ck_assert_uint_eq(config.arm.ttbcr, normal ? 3 : 4);
            ck_assert_uint_eq(config.arm.dacr, normal ? 5 : 6);
            ck_assert(config.arm.no_pxn);
        }
        cpu.registers[0].value = MONITOR;
        check(&cpu, 0, &config);
        ck_assert_uint_eq(config.arm.ttbr0, 0x60204059);
        cpu.registers[0].value = SVC;
    }
    cpu.registers[1].name = "no SCR";
    check(&cpu, 0, &config);
    ck_assert_uint_eq(config.arm.sctlr, 0xc50078);
    cpu.registers[1] = (struct named_register){"SCR", 0};
    cpu.registers[11].name = "no DACR_S"; /* then there is one for both */
    check(&cpu, 0, &config);
    ck_assert_uint_eq(config.arm.dacr, 5);
    cpu.registers[10].name = "no DACR";
    check_refused(&cpu,
                  "GDB has no register DACR of this CPU, without which its page tables can not "
                  "be found; a newer QEMU may tell it.");
}
END_TEST

/* Each reading of a register fails in turn, fatally. */
START_TEST(failures)
{
    const struct cpu cpu = {
        "i386:x86-64",
        {{"cr0", 0x80000011}, {"cr3", 0x200000}, {"cr4", 0x20}, {"efer", 0xd00}, {"cs", 0x10}}};
    for (unsigned int at = 1;; at++) {
        struct debugger debugger;
        set_up(&debugger, &cpu);
        debugger.fail_at = at;
        struct vmmap_error *error = read_config(&debugger);
        const bool failed = error != NULL;
        ck_assert(failed == (debugger.calls >= at));
        vmmap_error_destroy(error);
        tear_down(&debugger);
        if (!failed)
            break;
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("paging_registers", names_of_architectures,
                     registers_do_not_tell_what_a_cpu_is, x86, virtual_machines_of_aarch64,
                     what_is_missing_of_a_second_stage, virtual_machines_of_arm,
                     virtual_machines_of_riscv, banks_of_arm, failures);
}
