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
                     registers_do_not_tell_what_a_cpu_is, x86, failures);
}
