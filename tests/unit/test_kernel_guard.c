/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/guard.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fault.h"
#include "kernel_support.h"

#define STACK UINT64_C(0xffffc90000000000)

enum { CODE = 0x400000, DATA = 0x600000, PROGRAM = 0x800000, KERNEL_CS = 0x10, USER_CS = 0x33 };

/* An x86-64 machine whose monitor knows its RAM and, if `registers` is set, its state. */
struct fixture {
    struct kernel kernel;
    struct vmmap_machine machine;
    struct vmmap_target target;
    struct vmmap_target_info info;
    struct vmmap_map *map;
    uint64_t pc, sp, cs;
    const char *registers; /* the answer to `info registers` */
    unsigned int calls;
    unsigned int fail_at; /* the call of the target that fails, from 1; 0 for none */
};

static struct vmmap_error *begin(struct fixture *fixture)
{
    return ++fixture->calls == fixture->fail_at
               ? vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit")
               : NULL;
}

static struct vmmap_error *read_register(void *context, const char *name, uint64_t *ret,
                                         bool *found)
{
    struct fixture *fixture = context;
    *found = true;
    *ret = 0;
    if (strcmp(name, "pc") == 0)
        *ret = fixture->pc;
    else if (strcmp(name, "sp") == 0)
        *ret = fixture->sp;
    else if (strcmp(name, "cs") == 0)
        *ret = fixture->cs;
    else if (strcmp(name, "cr0") == 0)
        *ret = fixture->machine.config.x86.cr0;
    else
        *found = false;
    return begin(fixture);
}

static struct vmmap_error *monitor(void *context, const char *command, struct vmmap_buffer *ret)
{
    struct fixture *fixture = context;
    uint64_t physical;
    if (strcmp(command, "info registers") == 0) {
        vmmap_buffer_append_string(ret, fixture->registers ? fixture->registers : "what?\n");
    } else if (sscanf(command, "gpa2hva 0x%" SCNx64, &physical) == 1) {
        if (physical < KERNEL_RAM_SIZE)
            vmmap_buffer_append_string(ret, "Host virtual address for 0 (ram) is 0x7f0000000000\n");
        else
            vmmap_buffer_append_string(ret, "Memory at address 0 is not RAM\n");
    }
    return begin(fixture);
}

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){.pc = CODE, .sp = STACK + 0x800, .cs = KERNEL_CS};
    kernel_init(&fixture->kernel, VMMAP_PAGING_X86, 4, 0);
    kernel_map(&fixture->kernel, CODE, CODE, 0x1000, "r-x");
    kernel_map(&fixture->kernel, DATA, DATA, 0x1000, "rw-");
    kernel_map(&fixture->kernel, DATA + 0x1000, KERNEL_RAM_SIZE, 0x1000, "rwx");
    kernel_map(&fixture->kernel, PROGRAM, PROGRAM, 0x1000, "r-xu");
    kernel_map(&fixture->kernel, STACK, DATA, 0x1000, "rw-");
    fixture->machine.config = fixture->kernel.config;
    fixture->machine.memory = fixture->kernel.memory;
    fixture->target = (struct vmmap_target){
        .context = fixture, .read_register = read_register, .monitor = monitor};
    fixture->info =
        (struct vmmap_target_info){.kind = VMMAP_TARGET_QEMU_SYSTEM, .architecture = "i386:x86-64"};
}

static void tear_down(struct fixture *fixture)
{
    kernel_deinit(&fixture->kernel);
}

static struct vmmap_error *guard(struct fixture *fixture, bool is_linux)
{
    vmmap_guest_ram_init(&fixture->machine.physical.ram, &fixture->target, &fixture->info);
    assert_ok(vmmap_map_create(&fixture->map));
    fixture->map->exact = true;
    struct vmmap_error *error = vmmap_machine_guard(&fixture->machine, &fixture->target,
                                                    &fixture->info, is_linux, fixture->map);
    vmmap_guest_ram_deinit(&fixture->machine.physical.ram);
    return error;
}

/* The notes have to be `wanted`, and the map exact only without any. */
static void check(struct fixture *fixture, bool is_linux, const char *wanted)
{
    assert_ok(guard(fixture, is_linux));
    assert_notes(fixture->map, wanted);
    ck_assert(fixture->map->exact == (*wanted == '\0'));
    vmmap_map_destroy(fixture->map);
}

#define SEEN  "This is not all that the CPU sees, or not what it sees: it could not "
#define FETCH SEEN "fetch its next instruction, for "
#define PUSH  SEEN "use its kernel's stack, for "
#define SMM                                                                                        \
    "The CPU is in system management mode (SMM): its code and tables may be in memory that only "  \
    "this mode can see, which can not be read.\n"

#define HYPERVISOR(bit)                                                                            \
    "Virtualization is switched on (" bit "): where the CPU is in a guest of the machine's own, "  \
    "its page tables go through another translation, which can not be seen, and this is not what " \
    "it sees.\n"

START_TEST(the_next_instruction)
{
    struct fixture fixture;
    set_up(&fixture);
    check(&fixture, false, "");
    fixture.pc = CODE + 0x1000;
    check(&fixture, false, FETCH "$pc (0x401000) is not mapped.\n");
    fixture.pc = UINT64_C(0x8000000000000000);
    check(&fixture, false, FETCH "$pc (0x8000000000000000) is not mapped.\n");
    fixture.pc = DATA;
    check(&fixture, false, FETCH "$pc (0x600000) is not executable in the kernel's mode.\n");
    fixture.pc = DATA + 0x1000;
    check(&fixture, false, FETCH "$pc (0x601000) is neither RAM nor ROM.\n");
    fixture.pc = PROGRAM;
    check(&fixture, false, "");
    fixture.cs = USER_CS;
    check(&fixture, false, "");
    fixture.pc = CODE;
    check(&fixture, false, FETCH "$pc (0x400000) is not executable in user mode.\n");
    fixture.machine.config.x86.cr3 = UINT64_C(0x100000000);
    check(&fixture, false, FETCH "$pc (0x400000) is translated by a table that can not be read.\n");
    tear_down(&fixture);
}
END_TEST

/* A stack that is empty ends where $sp is; a program has one of its own. */
START_TEST(the_stack_of_a_kernel)
{
    struct fixture fixture;
    set_up(&fixture);
    check(&fixture, true, "");
    fixture.sp = STACK + 0x1000;
    check(&fixture, true, "");
    fixture.sp = STACK + 0x1008;
    check(&fixture, false, "");
    check(&fixture, true, PUSH "$sp (0xffffc90000001008) is not mapped.\n");
    fixture.sp = CODE + 0x100;
    check(&fixture, true, PUSH "$sp (0x400100) is not writable in the kernel's mode.\n");
    fixture.sp = DATA + 0x1100;
    check(&fixture, true, PUSH "$sp (0x601100) is neither RAM nor ROM.\n");
    fixture.pc = PROGRAM;
    fixture.cs = USER_CS;
    check(&fixture, true, "");
    tear_down(&fixture);
}
END_TEST

/* The monitor knows what GDB does not: where the code's segment begins, and the mode. */
START_TEST(segments_and_system_management_mode)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.pc = 0x123;
    fixture.registers = "RIP=123 RFL=2 [-------] CPL=0 II=0 A20=1 SMM=0 HLT=0\n"
                        "CS =0008 0000000000400000 0000ffff 00009b00\n"
                        "SS =0010 0000000000000000 0000ffff 00009300\n";
    check(&fixture, false, "");
    fixture.pc = 0x1000;
    check(&fixture, false, FETCH "$pc (0x401000) is not mapped.\n");
    fixture.registers = "RIP=123 RFL=2 [-------] CPL=0 II=0 A20=1 SMM=1 HLT=0\n"
                        "CS =0008 0000000000000000 0000ffff 00009b00\n"
                        "SS =0010 0000000000000000 0000ffff 00009300\n";
    check(&fixture, false, FETCH "$pc (0x1000) is not mapped.\n" SMM);
    fixture.registers = NULL;
    check(&fixture, false, FETCH "$pc (0x1000) is not mapped.\n");
    tear_down(&fixture);
}
END_TEST

START_TEST(hypervisors)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.machine.config.x86.efer |= 0x1000;
    check(&fixture, false, HYPERVISOR("EFER.SVME"));
    fixture.machine.config.x86.efer &= ~UINT64_C(0x1000);
    fixture.machine.config.x86.cr4 |= 0x2000;
    check(&fixture, false, HYPERVISOR("CR4.VMXE"));
    fixture.pc = 0x1000;
    check(&fixture, false, HYPERVISOR("CR4.VMXE") FETCH "$pc (0x1000) is not mapped.\n");
    tear_down(&fixture);
}
END_TEST

START_TEST(failures)
{
    struct fixture fixture;
    set_up(&fixture);
    fixture.pc = 0x1000;
    fixture.sp = 0x1000;
    for (fixture.fail_at = 1;; fixture.fail_at++) {
        fixture.calls = 0;
        struct vmmap_error *error = guard(&fixture, true);
        const bool failed = error != NULL;
        ck_assert(failed == (fixture.calls >= fixture.fail_at));
        vmmap_error_destroy(error);
        vmmap_map_destroy(fixture.map);
        if (!failed)
            break;
    }
    ck_assert_uint_gt(fixture.fail_at, 4);
    tear_down(&fixture);
}
END_TEST

START_TEST(memory_runs_out)
{
    struct fixture fixture;
    struct fault_report faults;
    set_up(&fixture);
    fixture.pc = 0x1000;
    vmmap_guest_ram_init(&fixture.machine.physical.ram, &fixture.target, &fixture.info);
    for (unsigned int at = 1;; at++) {
        assert_ok(vmmap_map_create(&fixture.map));
        fault_begin(&(struct fault_plan){.kind = FAULT_ALLOCATION, .at = at});
        struct vmmap_error *error = vmmap_machine_guard(&fixture.machine, &fixture.target,
                                                        &fixture.info, true, fixture.map);
        faults = fault_end();
        ck_assert(!error || error == &vmmap_error_no_memory);
        vmmap_map_destroy(fixture.map);
        ck_assert_int_eq(faults.descriptors, 0);
        if (faults.calls[FAULT_ALLOCATION] < at)
            break;
    }
    vmmap_guest_ram_deinit(&fixture.machine.physical.ram);
    tear_down(&fixture);
}
END_TEST

int main(void)
{
    return RUN_TESTS("kernel_guard", the_next_instruction, the_stack_of_a_kernel,
                     segments_and_system_management_mode, hypervisors, failures, memory_runs_out);
}
