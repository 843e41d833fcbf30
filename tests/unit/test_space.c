/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/space.h"

#include <string.h>

#include "fault.h"
#include "paging_support.h"

#define BIT(n) (UINT64_C(1) << (n))

enum { RAM_SIZE = 0x10000 };

/* A machine whose memory is bytes, and what was said about it. */
struct fixture {
    struct ram ram;
    struct vmmap_machine machine;
    struct vmmap_map *notes;
};

static void set_up(struct fixture *fixture, struct vmmap_paging_config config)
{
    *fixture = (struct fixture){.machine = {.config = config}};
    ram_init(&fixture->ram, 0, RAM_SIZE);
    fixture->machine.memory = ram_memory(&fixture->ram);
    assert_ok(vmmap_map_create(&fixture->notes));
}

static void tear_down(struct fixture *fixture)
{
    vmmap_map_destroy(fixture->notes);
    ram_deinit(&fixture->ram);
}

static struct vmmap_paging_config x86(void)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_X86,
        .x86 = {.cr0 = BIT(31) | 1, .cr3 = 0x1006, .cr4 = 0x20, .efer = 0xd00}};
}

static struct vmmap_paging_config riscv(uint64_t satp, unsigned int xlen)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_RISCV,
        .riscv = {.satp = satp, .xlen = xlen, .machine_mode = true}};
}

static struct vmmap_paging_config aarch64(uint64_t tcr)
{
    return (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_AARCH64,
        .aarch64 = {.tcr = tcr, .ttbr0 = 0x1000, .ttbr1 = 0x2000, .two_ranges = true}};
}

/* What the machine is then. */
static struct vmmap_paging_config use(struct vmmap_paging_config config, enum vmmap_root_kind kind,
                                      uint64_t address, const char *note)
{
    struct fixture fixture;
    const struct vmmap_root root = {kind, address};
    set_up(&fixture, config);
    assert_ok(vmmap_machine_use_root(&fixture.machine, &root, fixture.notes));
    assert_notes(fixture.notes, note);
    tear_down(&fixture);
    return fixture.machine.config;
}

static void refuse(struct vmmap_paging_config config, enum vmmap_root_kind kind, uint64_t address,
                   enum vmmap_error_code code, const char *message)
{
    struct fixture fixture;
    const struct vmmap_root root = {kind, address};
    set_up(&fixture, config);
    assert_error(vmmap_machine_use_root(&fixture.machine, &root, fixture.notes), code, message);
    assert_notes(fixture.notes, "");
    tear_down(&fixture);
}

#define NOTE(table, mode)                                                                          \
    "These are the page tables at " table " (" mode "), not those that the selected CPU uses "     \
    "now.\n"

START_TEST(own)
{
    const struct vmmap_space spaces[] = {
        {.mode = VMMAP_SPACE_BOTH}, {.mode = VMMAP_SPACE_USER}, {.root = {VMMAP_ROOT_TABLE, 0}},
        {.has_physical = true},     {.is_physical = true},
    };
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
        ck_assert(vmmap_space_is_own(&spaces[i]) == (i == 0));
    const struct vmmap_paging_config before = x86();
    const struct vmmap_paging_config config = use(x86(), VMMAP_ROOT_CPU, 0x123, "");
    ck_assert(vmmap_paging_config_equals(&config, &before));
}
END_TEST

START_TEST(roots_of_x86)
{
    struct vmmap_paging_config config = x86();
    config = use(config, VMMAP_ROOT_TABLE, 0x3000, NOTE("0x3000", "x86-64 4-level paging"));
    ck_assert_uint_eq(config.x86.cr3, 0x3000);
    config.x86.cr0 = 0;
    config.x86.cr4 = 0;
    config.x86.efer = 0;
    config = use(config, VMMAP_ROOT_TABLE, 0x3000, NOTE("0x3000", "x86 32-bit paging"));
    ck_assert_uint_eq(config.x86.cr0, BIT(31) | 1);
    config.x86.cr4 = 0x20;
    (void)use(config, VMMAP_ROOT_TABLE, 0x3020, NOTE("0x3020", "x86 PAE paging"));
    refuse(x86(), VMMAP_ROOT_TABLE, 0x3006, VMMAP_ERROR_INVALID,
           "0x3006 is not aligned as a root of x86-64 4-level paging has to be, or no physical "
           "address; the CPU would take 0x3000.");
    refuse(x86(), VMMAP_ROOT_TABLE, RAM_SIZE, VMMAP_ERROR_UNAVAILABLE,
           "There is no RAM at 0x10000, so no page tables begin there.");
    refuse(x86(), VMMAP_ROOT_UPPER, 0x3000, VMMAP_ERROR_INVALID,
           "This CPU has no TTBR1, so there is no \"--root ttbr1:\".");
}
END_TEST

START_TEST(nested_tables)
{
    struct vmmap_paging_config config = x86();
    config = use(x86(), VMMAP_ROOT_EPT, 0x305e, NOTE("0x3000", "x86 EPT"));
    ck_assert_uint_eq(config.architecture, VMMAP_PAGING_GUEST_PHYSICAL);
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_EPT);
    config = use(x86(), VMMAP_ROOT_CPU_IN_EPT, 0x305e, NOTE("0x3000", "x86 EPT"));
    ck_assert_uint_eq(config.architecture, VMMAP_PAGING_X86);
    ck_assert_uint_eq(config.x86.cr3, 0x1006);
    config = use(x86(), VMMAP_ROOT_NPT, 0x3000, NOTE("0x3000", "x86 nested page tables"));
    ck_assert_uint_eq(config.architecture, VMMAP_PAGING_GUEST_PHYSICAL);
    config = use(x86(), VMMAP_ROOT_CPU_IN_NPT, 0x3000, NOTE("0x3000", "x86 nested page tables"));
    ck_assert_uint_eq(config.stage2.format, VMMAP_PAGING_STAGE2_NPT);
    refuse(x86(), VMMAP_ROOT_NPT, 0x3008, VMMAP_ERROR_INVALID,
           "0x3008 is not aligned as a root of x86 nested page tables has to be, or no physical "
           "address; the CPU would take 0x3000.");
    refuse(x86(), VMMAP_ROOT_EPT, 0x20000, VMMAP_ERROR_UNAVAILABLE,
           "There is no RAM at 0x20000, so no page tables begin there.");
    refuse(riscv(0, 64), VMMAP_ROOT_EPT, 0x3000, VMMAP_ERROR_INVALID,
           "This CPU has no nested tables, so there is no \"--root ept:\".");
    refuse(riscv(0, 64), VMMAP_ROOT_CPU_IN_NPT, 0x3000, VMMAP_ERROR_INVALID,
           "This CPU has no nested tables, so there is no \"--root npt:\".");
}
END_TEST

START_TEST(roots_of_riscv)
{
    const uint64_t sv39 = BIT(63), sv48 = UINT64_C(9) << 60;
    struct vmmap_paging_config config =
        use(riscv(sv39 | 1, 64), VMMAP_ROOT_TABLE, 0x3000, NOTE("0x3000", "RISC-V Sv39"));
    ck_assert_uint_eq(config.riscv.satp, sv39 | 3);
    ck_assert(!config.riscv.machine_mode);
    config = use(riscv(sv39 | 1, 64), VMMAP_ROOT_TABLE, sv48 | 5, NOTE("0x5000", "RISC-V Sv48"));
    ck_assert_uint_eq(config.riscv.satp, sv48 | 5);
    config = use(riscv(BIT(31) | 1, 32), VMMAP_ROOT_TABLE, 0x3000, NOTE("0x3000", "RISC-V Sv32"));
    ck_assert_uint_eq(config.riscv.satp, BIT(31) | 3);
    refuse(riscv(1, 64), VMMAP_ROOT_TABLE, 0x3000, VMMAP_ERROR_INVALID,
           "Translation is off, so the register tells no mode for the root 0x3000: give a whole "
           "value of satp, with its mode.");
    refuse(riscv(sv39, 64), VMMAP_ROOT_TABLE, 0x3008, VMMAP_ERROR_INVALID,
           "0x3008 is not aligned as a root of RISC-V Sv39 has to be, or no physical address; the "
           "CPU would take 0x3000.");
    refuse(riscv(sv39, 64), VMMAP_ROOT_TABLE, BIT(60) | 3, VMMAP_ERROR_INVALID,
           "The CPU's other registers leave no place for a root: satp names a translation mode "
           "that is reserved, so nothing is known to be mapped.");
    refuse(riscv(sv39, 64), VMMAP_ROOT_UPPER, 0x3000, VMMAP_ERROR_INVALID,
           "This CPU has no TTBR1, so there is no \"--root ttbr1:\".");
    refuse(riscv(sv39, 64), VMMAP_ROOT_USER, 0, VMMAP_ERROR_INVALID,
           "This CPU has no isolated page tables, so there is no \"--root user\".");
}
END_TEST

START_TEST(roots_of_arm)
{
    const uint64_t tcr = 16 | 16 << 16 | UINT64_C(2) << 30 | UINT64_C(2) << 32;
    struct vmmap_paging_config config =
        use(aarch64(tcr), VMMAP_ROOT_TABLE, 0x3000, NOTE("0x3000", "AArch64 stage 1"));
    ck_assert(config.aarch64.ttbr0 == 0x3000 && config.aarch64.ttbr1 == 0x2000);
    ck_assert(config.aarch64.sctlr & 1);
    config = use(aarch64(tcr), VMMAP_ROOT_UPPER, 0x3000, NOTE("0x3000", "AArch64 stage 1"));
    ck_assert(config.aarch64.ttbr0 == 0x1000 && config.aarch64.ttbr1 == 0x3000);
    refuse(aarch64(tcr), VMMAP_ROOT_TABLE, BIT(48) | 0x3000, VMMAP_ERROR_INVALID,
           "0x1000000003000 is not aligned as a root of AArch64 stage 1 has to be, or no physical "
           "address; the CPU would take 0x3000.");
    refuse(aarch64(tcr | 1 << 7 | 1 << 23), VMMAP_ROOT_TABLE, 0x3000, VMMAP_ERROR_INVALID,
           "The CPU's other registers leave no place for a root: that half is disabled.");
    config = aarch64(tcr);
    config.aarch64.two_ranges = false;
    refuse(config, VMMAP_ROOT_UPPER, 0x3000, VMMAP_ERROR_INVALID,
           "This CPU has no TTBR1, so there is no \"--root ttbr1:\".");
    config = (struct vmmap_paging_config){.architecture = VMMAP_PAGING_ARM, .arm = {.ttbcr = 1}};
    config = use(config, VMMAP_ROOT_TABLE, 0x2000, NOTE("0x2000", "ARM short descriptors"));
    ck_assert_uint_eq(config.arm.ttbr0, 0x2000);
    config = use(config, VMMAP_ROOT_UPPER, 0x4000, NOTE("0x4000", "ARM short descriptors"));
    ck_assert_uint_eq(config.arm.ttbr1, 0x4000);
    config.arm.hyp = true;
    refuse(config, VMMAP_ROOT_UPPER, 0x4000, VMMAP_ERROR_INVALID,
           "This CPU has no TTBR1, so there is no \"--root ttbr1:\".");
}
END_TEST

/* In a guest the root is guest-physical: 0x3000 is at 0x5000, 0x4000 nowhere. */
START_TEST(roots_of_a_guest)
{
    struct fixture fixture;
    struct vmmap_root root = {VMMAP_ROOT_TABLE, 0x3000};
    struct vmmap_paging_config config = x86();
    config.stage2 = (struct vmmap_paging_stage2){VMMAP_PAGING_STAGE2_NPT, .root = 0x8000};
    set_up(&fixture, config);
    put_entry_64(&fixture.ram, 0x8000, 0, 0x9007);
    put_entry_64(&fixture.ram, 0x9000, 0, 0xa007);
    put_entry_64(&fixture.ram, 0xa000, 0, 0xb007);
    put_entry_64(&fixture.ram, 0xb000, 3, 0x5007);
    assert_ok(vmmap_machine_use_root(&fixture.machine, &root, fixture.notes));
    root.address = 0x4000;
    assert_error(vmmap_machine_use_root(&fixture.machine, &root, fixture.notes),
                 VMMAP_ERROR_UNAVAILABLE,
                 "There is no RAM at 0x4000, so no page tables begin there.");
    tear_down(&fixture);
}
END_TEST

/* The kernel's tables at 0x2000, those for user mode at 0x3000. */
static void put_halves(struct ram *ram)
{
    put_entry_64(ram, 0x2000, 0, BIT(63) | 0x4067);
    put_entry_64(ram, 0x3000, 0, 0x4007);
    put_entry_64(ram, 0x2000, 511, 0x5063);
    put_entry_64(ram, 0x3000, 511, 0x6063);
    put_entry_64(ram, 0x2000, 300, 0x7063);
}

static struct vmmap_error *use_half(struct fixture *fixture, enum vmmap_root_kind kind,
                                    uint64_t cr3)
{
    const struct vmmap_root root = {.kind = kind};
    fixture->machine.config.x86.cr3 = cr3;
    return vmmap_machine_use_root(&fixture->machine, &root, fixture->notes);
}

static const char not_isolated[] =
    "The kernel does not isolate the page tables of this process, as far as can be seen (0x2000 "
    "and 0x3000 are not two halves of one): there is no \"--root kernel\".";

START_TEST(halves_of_isolated_tables)
{
    struct fixture fixture;
    set_up(&fixture, x86());
    put_halves(&fixture.ram);
    for (uint64_t cr3 = 0x2006; cr3 <= 0x3006; cr3 += 0x1000) {
        assert_ok(use_half(&fixture, VMMAP_ROOT_KERNEL, cr3));
        ck_assert_uint_eq(fixture.machine.config.x86.cr3, 0x2000);
        assert_ok(use_half(&fixture, VMMAP_ROOT_USER, cr3));
        ck_assert_uint_eq(fixture.machine.config.x86.cr3, 0x3000);
    }
    /* Each thing that does not fit. */
    put_entry_64(&fixture.ram, 0x3000, 0, 0x8007); /* another table */
    assert_error(use_half(&fixture, VMMAP_ROOT_KERNEL, 0x2000), VMMAP_ERROR_INVALID, not_isolated);
    put_entry_64(&fixture.ram, 0x3000, 0, 0);
    put_entry_64(&fixture.ram, 0x2000, 0, 0); /* a kernel thread: nothing to compare */
    assert_error(use_half(&fixture, VMMAP_ROOT_KERNEL, 0x2000), VMMAP_ERROR_INVALID, not_isolated);
    put_halves(&fixture.ram);
    put_entry_64(&fixture.ram, 0x3000, 511, 0); /* nothing of the kernel */
    assert_error(use_half(&fixture, VMMAP_ROOT_KERNEL, 0x2000), VMMAP_ERROR_INVALID, not_isolated);
    assert_error(use_half(&fixture, VMMAP_ROOT_USER, RAM_SIZE), VMMAP_ERROR_INVALID,
                 "The kernel does not isolate the page tables of this process, as far as can be "
                 "seen (0x10000 and 0x11000 are not two halves of one): there is no \"--root "
                 "user\".");
    tear_down(&fixture);
}
END_TEST

/* Each read is interrupted in turn, and each allocation fails in turn. */
START_TEST(failures)
{
    struct fixture fixture;
    set_up(&fixture, x86());
    put_halves(&fixture.ram);
    struct vmmap_error *error;
    unsigned int failed = 0;
    for (size_t read = 1; read <= 3; read++) {
        fixture.ram.reads = 0;
        fixture.ram.fail_read = read;
        error = use_half(&fixture, VMMAP_ROOT_USER, 0x2000);
        ck_assert_ptr_nonnull(error);
        vmmap_error_destroy(error);
    }
    fixture.ram.fail_read = 0;
    bool more = true;
    for (unsigned int at = 1; more; at++) {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = at};
        vmmap_map_destroy(fixture.notes);
        assert_ok(vmmap_map_create(&fixture.notes));
        fault_begin(&plan);
        error = use_half(&fixture, VMMAP_ROOT_USER, 0x2000);
        const struct fault_report report = fault_end();
        more = report.calls[FAULT_ALLOCATION] >= at;
        ck_assert(!more || error == &vmmap_error_no_memory);
        failed += error != NULL;
    }
    ck_assert_uint_gt(failed, 0);
    tear_down(&fixture);
}
END_TEST

int main(void)
{
    return RUN_TESTS("space", own, roots_of_x86, nested_tables, roots_of_riscv, roots_of_arm,
                     roots_of_a_guest, halves_of_isolated_tables, failures);
}
