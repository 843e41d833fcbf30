/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A machine under QEMU as a whole, from registers, monitor and packets to rows: an x86-64 whose RAM
 * is in a child of this process, in QEMU's place. Every allocation, system call and request fails
 * once.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "providers/kept.h"
#include "providers/provider.h"
#include "providers/settings.h"
#include "support.h"

enum { RAM_SIZE = 0x40000, RAM_START = 0x100000, ROOT = 0x101000 };

static struct machine {
    unsigned char *ram; /* the child has it at the same address */
    pid_t child;
    char mode;
    unsigned int requests;
    unsigned int fail_at;
    enum vmmap_error_code fail_code;
    size_t cpus;
    unsigned int current_cpu;
    size_t devices;
    bool is_nonsense; /* what the monitor says */
    const char *info_mem;
    uint64_t cr0, cr3, cr4, efer;
} machine;

static struct vmmap_settings settings;
static struct vmmap_kept kept;
static struct vmmap_target_info info;

static struct vmmap_error *begin(void)
{
    if (++machine.requests != machine.fail_at)
        return NULL;
    return vmmap_error_create(machine.fail_code, "It failed.");
}

static bool is_ram(uint64_t address)
{
    return address >= RAM_START && address < RAM_START + RAM_SIZE;
}

static void answer_xp(unsigned int count, uint64_t address, struct vmmap_buffer *ret)
{
    for (unsigned int i = 0; i < count; i++) {
        uint64_t value;
        memcpy(&value, machine.ram + (address - RAM_START) + i * sizeof(value), sizeof(value));
        if (i % 2 == 0)
            vmmap_buffer_printf(ret, "%016" PRIx64 ":", address + i * sizeof(value));
        vmmap_buffer_printf(ret, " 0x%016" PRIx64 "%s", value, i % 2 ? "\r\n" : "");
    }
}

static struct vmmap_error *answer_monitor(void *context, const char *command,
                                          struct vmmap_buffer *ret)
{
    unsigned int count;
    uint64_t address;
    (void)context;
    struct vmmap_error *error = begin();
    if (error)
        return error;
    if (machine.is_nonsense) {
        vmmap_buffer_append_string(ret, "unknown command\r\n");
    } else if (sscanf(command, "gpa2hva 0x%" SCNx64, &address) == 1) {
        if (is_ram(address))
            vmmap_buffer_printf(ret, "Host virtual address for 0x%" PRIx64 " (ram) is 0x%" PRIxPTR,
                                address, (uintptr_t)machine.ram + (uintptr_t)(address - RAM_START));
        else
            vmmap_buffer_printf(ret, "Memory at address 0x%" PRIx64 " is not RAM", address);
    } else if (sscanf(command, "xp /%uxg 0x%" SCNx64, &count, &address) == 2) {
        answer_xp(count, address, ret);
    } else if (strcmp(command, "info mtree -f") == 0) {
        vmmap_buffer_printf(
            ret,
            "FlatView #0\n AS \"cpu-memory-0\", root: system\n"
            "  %016x-%016x (prio 0, ram): ram\n  f0000000-f0000fff (prio 0, i/o): x\n",
            RAM_START, RAM_START + RAM_SIZE - 1);
    } else if (strncmp(command, "qom-list", 8) == 0) {
        vmmap_buffer_append_string(ret, "type (string)\n");
        for (size_t i = 0; i < machine.devices; i++)
            vmmap_buffer_append_string(ret, "device[0] (child<virtio-net-pci>)\n");
    } else if (strcmp(command, "info cpus") == 0) {
        for (unsigned int i = 0; i < machine.cpus; i++)
            vmmap_buffer_printf(ret, "%c CPU #%u: thread_id=1\n", "* "[i != machine.current_cpu],
                                i);
    } else if (strcmp(command, "info mem") == 0) {
        vmmap_buffer_append_string(ret, machine.info_mem);
    }
    return NULL;
}

static struct vmmap_error *answer_packet(void *context, const char *packet,
                                         struct vmmap_buffer *ret)
{
    uint64_t address;
    unsigned int size;
    (void)context;
    struct vmmap_error *error = begin();
    if (error)
        return error;
    if (strcmp(packet, "qqemu.PhyMemMode") == 0) {
        vmmap_buffer_append(ret, &machine.mode, 1);
    } else if (strncmp(packet, "Qqemu.PhyMemMode:", 17) == 0) {
        machine.mode = packet[17];
        vmmap_buffer_append_string(ret, "OK");
    } else if (sscanf(packet, "m%" SCNx64 ",%x", &address, &size) == 2 && is_ram(address)) {
        for (unsigned int i = 0; i < size; i++)
            vmmap_buffer_printf(ret, "%02x", machine.ram[address - RAM_START + i]);
    }
    return NULL;
}

static struct vmmap_error *read_register(void *context, const char *name, uint64_t *ret,
                                         bool *found)
{
    const struct {
        const char *name;
        uint64_t value;
    } registers[] = {{"cr0", machine.cr0},   {"cr3", machine.cr3}, {"cr4", machine.cr4},
                     {"efer", machine.efer}, {"cs", 0x10},         {"eflags", 2}};
    (void)context;
    *found = false;
    struct vmmap_error *error = begin();
    for (size_t i = 0; !error && i < sizeof(registers) / sizeof(registers[0]); i++) {
        if (strcmp(registers[i].name, name) == 0) {
            *ret = registers[i].value;
            *found = true;
        }
    }
    return error;
}

static struct vmmap_error *count_threads(void *context, size_t *ret)
{
    (void)context;
    *ret = machine.cpus;
    return begin();
}

static const struct vmmap_target target = {
    .monitor = answer_monitor,
    .send_packet = answer_packet,
    .read_register = read_register,
    .count_threads = count_threads,
};

static void put(unsigned int table, unsigned int index, uint64_t value)
{
    memcpy(machine.ram + (table - RAM_START) + index * sizeof(value), &value, sizeof(value));
}

/* 0x1000 rw user, 0x3000 r-x kernel, and so many pages two pages apart from 0x200000 on, each of
 * which is in a table of its own. */
static void make_tables(unsigned int far_pages)
{
    put(ROOT, 0, 0x102000 | 7);
    put(0x102000, 0, 0x103000 | 7);
    put(0x103000, 0, 0x104000 | 7);
    put(0x104000, 1, 0x100000 | 7 | 1ULL << 63);
    put(0x104000, 3, 0x110000 | 1);
    for (unsigned int i = 0; i < far_pages; i++) {
        put(0x103000, 1 + i, (0x105000 + i * 0x1000) | 7);
        put(0x105000 + i * 0x1000, 0, 0x100000 | 7);
    }
}

static void start(enum vmmap_phys_via via, unsigned int far_pages)
{
    machine = (struct machine){.mode = '0',
                               .cpus = 1,
                               .info_mem = "",
                               .cr0 = 0x80000011,
                               .cr3 = ROOT,
                               .cr4 = 0x20,
                               .efer = 0xd00};
    machine.ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(machine.ram != MAP_FAILED);
    for (size_t i = 0; i < 0x1000; i++)
        machine.ram[i] = (unsigned char)(i * 7 + 1);
    make_tables(far_pages);
    machine.child = fork();
    if (machine.child == 0) {
        for (;;)
            pause();
    }
    settings = (struct vmmap_settings){.phys_via = via, .qemu_pid = (uint64_t)machine.child};
    kept = (struct vmmap_kept){.far_proc_pid = 0};
    info = (struct vmmap_target_info){.kind = VMMAP_TARGET_QEMU_SYSTEM,
                                      .tid = 1,
                                      .address_bits = 64,
                                      .architecture = "i386:x86-64",
                                      .settings = &settings,
                                      .kept = &kept};
}

static void stop(void)
{
    kill(machine.child, SIGKILL);
    waitpid(machine.child, NULL, 0);
    munmap(machine.ram, RAM_SIZE);
}

/* The rows, or the message of the error. */
static char *fill_text(const struct vmmap_provider *provider)
{
    struct vmmap_map *map;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    assert_ok(vmmap_map_create(&map));
    struct vmmap_error *error = provider->fill(&target, &info, map);
    if (error) {
        vmmap_buffer_append_string(&text, error->message);
        vmmap_error_destroy(error);
    } else {
        char *rows = rows_text(map);
        vmmap_buffer_append_string(&text, rows);
        free(rows);
    }
    vmmap_map_destroy(map);
    return take_text(&text);
}

#define assert_filled(provider, wanted)                                                            \
    do {                                                                                           \
        char *text_ = fill_text(provider);                                                         \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

#define ROWS "1000-1fff rw-u ? -\n3000-3fff r-xk ? -\n"

START_TEST(each_way_has_the_same_rows)
{
    for (unsigned int via = VMMAP_PHYS_VIA_AUTO; via <= VMMAP_PHYS_VIA_MONITOR; via++) {
        start(via, 0);
        assert_filled(&vmmap_provider_page_tables, ROWS);
        ck_assert_int_eq(machine.mode, '0');
        bool holds;
        assert_ok(vmmap_provider_page_tables.check(&target, &info, &holds));
        ck_assert(holds);
        machine.cr3 += 0x1000;
        assert_ok(vmmap_provider_page_tables.check(&target, &info, &holds));
        ck_assert(!holds);
        stop();
    }
}
END_TEST

/* After some pages the list of RAM is fetched, if it is short. */
START_TEST(many_tables_with_a_list_and_without)
{
    for (size_t devices = 0; devices < 200; devices += 100) {
        start(VMMAP_PHYS_VIA_PROC_MEM, 30);
        machine.devices = devices;
        machine.cpus = 2;
        char *text = fill_text(&vmmap_provider_page_tables);
        ck_assert_int_eq(strncmp(text, ROWS, strlen(ROWS)), 0);
        size_t rows = 0;
        for (const char *at = text; (at = strchr(at, '\n')); at++)
            rows++;
        ck_assert_uint_eq(rows, 32);
        free(text);
        stop();
    }
}
END_TEST

START_TEST(one_address)
{
    const struct vmmap_lookup lookup = {.address = 0x3456, .before = 1, .after = 1};
    struct vmmap_map *map;
    start(VMMAP_PHYS_VIA_PROC_MEM, 0);
    assert_ok(vmmap_map_create(&map));
    assert_ok(vmmap_provider_page_tables.lookup(&target, &info, &lookup, map));
    assert_rows(map, ROWS);
    vmmap_map_destroy(map);
    stop();
}
END_TEST

START_TEST(what_the_monitor_lists)
{
    start(VMMAP_PHYS_VIA_PROC_MEM, 0);
    machine.info_mem = "0000000000001000-0000000000002000 0000000000001000 urw\n"
                       "0000000000003000-0000000000004000 0000000000001000 -r-\n";
    assert_filled(&vmmap_provider_monitor, "1000-1fff rw?u ? -\n3000-3fff r-?k ? -\n");
    machine.info_mem = "PG disabled\n";
    assert_filled(&vmmap_provider_monitor, "QEMU's \"info mem\" says that address translation is "
                                           "off: virtual addresses are physical addresses.");
    machine.info_mem = "unknown command: 'info mem'\n";
    assert_filled(&vmmap_provider_monitor, "QEMU's \"info mem\" has no row in it.");
    machine.info_mem = "";
    machine.cpus = 2;
    machine.current_cpu = 1;
    assert_filled(&vmmap_provider_monitor,
                  "QEMU's \"info mem\" does not speak of the selected CPU, so it is not asked; say "
                  "\"monitor cpu 0\".");
    settings.no_page_tables = true;
    assert_filled(&vmmap_provider_monitor,
                  "QEMU's \"info mem\" does not speak of the selected CPU, so it is not asked; say "
                  "\"monitor cpu 0\"; turn \"set kernel-vmmap-via-page-tables\" on.");
    machine.current_cpu = 0;
    machine.cr4 |= 1 << 12;
    assert_filled(&vmmap_provider_monitor,
                  "QEMU's \"info mem\" takes minutes with 5-level page tables, so it is not asked; "
                  "turn \"set kernel-vmmap-via-page-tables\" on.");
    stop();
}
END_TEST

START_TEST(a_monitor_that_talks_nonsense)
{
    start(VMMAP_PHYS_VIA_AUTO, 0);
    machine.is_nonsense = true;
    char *text = fill_text(&vmmap_provider_page_tables);
    ck_assert_msg(strstr(text, "does not know \"gpa2hva\""), "%s", text);
    free(text);
    stop();
}
END_TEST

/* One fill with a fault: nothing is left of it, and the stub is in its mode. */
static struct fault_report fill_with_fault(const struct vmmap_provider *provider,
                                           const struct fault_plan *plan)
{
    struct vmmap_map *map = NULL;
    machine.requests = 0;
    kept = (struct vmmap_kept){.far_proc_pid = 0};
    fault_begin(plan);
    struct vmmap_error *error = vmmap_map_create(&map);
    if (!error)
        error = provider->fill(&target, &info, map);
    vmmap_map_destroy(map);
    vmmap_error_destroy(error);
    struct fault_report report = fault_end();
    ck_assert_msg(report.blocks == 0, "fault %u: %ld blocks leaked", plan->at, report.blocks);
    ck_assert_msg(report.descriptors == 0, "fault %u: descriptors leaked", plan->at);
    return report;
}

static void check_faults(const struct vmmap_provider *provider)
{
    static const int numbers[] = {EACCES, EIO, EINTR};
    struct fault_plan plan = {.kind = FAULT_ALLOCATION};
    struct fault_report report = fill_with_fault(provider, &plan);
    const unsigned int requests = machine.requests;
    for (plan.at = 1; plan.at <= report.calls[FAULT_ALLOCATION]; plan.at++)
        (void)fill_with_fault(provider, &plan);
    for (size_t i = 0; i < 3; i++) {
        plan = (struct fault_plan){.kind = FAULT_SYSTEM_CALL, .number = numbers[i]};
        for (plan.at = 1; plan.at <= report.calls[FAULT_SYSTEM_CALL]; plan.at++)
            (void)fill_with_fault(provider, &plan);
    }
    plan = (struct fault_plan){.kind = FAULT_ALLOCATION};
    for (unsigned int code = VMMAP_ERROR_INTERRUPTED; code <= VMMAP_ERROR_UNAVAILABLE; code++) {
        machine.fail_code = code;
        for (machine.fail_at = 1; machine.fail_at <= requests; machine.fail_at++) {
            (void)fill_with_fault(provider, &plan);
            ck_assert_int_eq(machine.mode, '0');
        }
        machine.fail_at = 0;
    }
}

START_TEST(everything_fails_once)
{
    for (unsigned int via = VMMAP_PHYS_VIA_AUTO; via <= VMMAP_PHYS_VIA_MONITOR; via++) {
        start(via, 2);
        machine.cpus = 2;
        machine.info_mem = "0000000000001000-0000000000002000 0000000000001000 urw\n";
        check_faults(&vmmap_provider_page_tables);
        check_faults(&vmmap_provider_monitor);
        stop();
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("machine", each_way_has_the_same_rows, many_tables_with_a_list_and_without,
                     one_address, what_the_monitor_lists, a_monitor_that_talks_nonsense,
                     everything_fails_once);
}
