/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/physical.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "providers/kept.h"
#include "support.h"

enum { RAM_SIZE = 0x8000 };

/* A machine with RAM at 0 and no process on this machine, whose stub may fail at any request. */
struct machine {
    unsigned char ram[RAM_SIZE];
    char mode; /* of the stub: '0' or '1' */
    unsigned int requests;
    unsigned int fail_at; /* the request that fails; 0 for none */
    enum vmmap_error_code fail_code;
    bool has_mode;
    bool is_secure;             /* the monitor can not read it */
    unsigned int virtual_reads; /* reads while the stub was not in its physical mode */
};

static struct vmmap_error *begin(struct machine *machine)
{
    machine->requests++;
    if (machine->requests != machine->fail_at)
        return NULL;
    return make_error(machine->fail_code, "It failed.");
}

/* "gpa2hva 0x1000", "xp /64xg 0x1000" and nothing else. */
static struct vmmap_error *answer_monitor(void *context, const char *command,
                                          struct vmmap_buffer *ret)
{
    struct machine *machine = context;
    unsigned int count;
    uint64_t address;
    struct vmmap_error *error = begin(machine);
    if (error)
        return error;
    if (sscanf(command, "gpa2hva 0x%" SCNx64, &address) == 1) {
        if (address < RAM_SIZE)
            vmmap_buffer_printf(ret,
                                "Host virtual address for 0x%" PRIx64 " (ram) is 0x%" PRIx64 "\r\n",
                                address, address + 0x10000);
        else
            vmmap_buffer_printf(ret, "Memory at address 0x%" PRIx64 " is not RAM\r\n", address);
    } else if (machine->is_secure) {
        vmmap_buffer_append_string(ret, "0000000000001000: Cannot access memory\r\n");
    } else if (sscanf(command, "xp /%uxg 0x%" SCNx64, &count, &address) == 2) {
        for (unsigned int i = 0; i < count; i++) {
            uint64_t value;
            memcpy(&value, machine->ram + address + i * sizeof(value), sizeof(value));
            if (i % 2 == 0)
                vmmap_buffer_printf(ret, "%016" PRIx64 ":", address + i * sizeof(value));
            vmmap_buffer_printf(ret, " 0x%016" PRIx64 "%s", value, i % 2 ? "\r\n" : "");
        }
    }
    return NULL;
}

static struct vmmap_error *answer_packet(void *context, const char *packet,
                                         struct vmmap_buffer *ret)
{
    struct machine *machine = context;
    uint64_t address;
    unsigned int size;
    struct vmmap_error *error = begin(machine);
    if (error || !machine->has_mode)
        return error;
    if (strcmp(packet, "qqemu.PhyMemMode") == 0) {
        vmmap_buffer_append(ret, &machine->mode, 1);
    } else if (strncmp(packet, "Qqemu.PhyMemMode:", 17) == 0) {
        machine->mode = packet[17];
        vmmap_buffer_append_string(ret, "OK");
    } else if (sscanf(packet, "m%" SCNx64 ",%x", &address, &size) == 2) {
        machine->virtual_reads += machine->mode == '0';
        for (unsigned int i = 0; i < size; i++)
            vmmap_buffer_printf(ret, "%02x", machine->ram[address + i]);
    }
    return NULL;
}

/* What a test reads with. */
struct fixture {
    struct machine machine;
    struct vmmap_target target;
    struct vmmap_settings settings;
    struct vmmap_kept kept;
    struct vmmap_target_info info;
    struct vmmap_map *notes;
    struct vmmap_physical physical;
};

static void set_up(struct fixture *fixture, enum vmmap_phys_via via)
{
    *fixture = (struct fixture){.machine = {.mode = '0', .has_mode = true}};
    for (size_t i = 0; i < RAM_SIZE; i++)
        fixture->machine.ram[i] = (unsigned char)(i * 7 + i / 256);
    fixture->target = (struct vmmap_target){
        .context = &fixture->machine, .monitor = answer_monitor, .send_packet = answer_packet};
    fixture->settings.phys_via = via;
    fixture->info = (struct vmmap_target_info){
        .kind = VMMAP_TARGET_QEMU_SYSTEM, .settings = &fixture->settings, .kept = &fixture->kept};
    assert_ok(vmmap_map_create(&fixture->notes));
    assert_ok(
        vmmap_physical_init(&fixture->physical, &fixture->target, &fixture->info, fixture->notes));
}

static void tear_down(struct fixture *fixture)
{
    vmmap_physical_deinit(&fixture->physical);
    vmmap_map_destroy(fixture->notes);
}

/* Across the end of a page; NULL if the bytes are right. */
static struct vmmap_error *read_some(struct fixture *fixture)
{
    unsigned char bytes[0x1800];
    struct vmmap_error *error =
        vmmap_physical_read(&fixture->physical, 0x1f00, bytes, sizeof(bytes));
    if (!error)
        ck_assert_mem_eq(bytes, fixture->machine.ram + 0x1f00, sizeof(bytes));
    return error;
}

START_TEST(each_way_reads_the_same)
{
    for (unsigned int via = VMMAP_PHYS_VIA_PACKET; via <= VMMAP_PHYS_VIA_MONITOR; via++) {
        struct fixture fixture;
        set_up(&fixture, via);
        assert_ok(read_some(&fixture));
        ck_assert_uint_eq(fixture.physical.page_reads, 3);
        const unsigned int requests = fixture.machine.requests;
        assert_ok(read_some(&fixture));
        ck_assert_uint_eq(fixture.machine.requests, requests); /* from the cache */
        tear_down(&fixture);
        ck_assert_int_eq(fixture.machine.mode, '0');
        ck_assert_uint_eq(fixture.machine.virtual_reads, 0);
    }
}
END_TEST

START_TEST(devices_are_not_read)
{
    struct fixture fixture;
    unsigned char byte;
    set_up(&fixture, VMMAP_PHYS_VIA_PACKET);
    assert_error(vmmap_physical_read(&fixture.physical, RAM_SIZE, &byte, 1),
                 VMMAP_ERROR_UNAVAILABLE, "There is no RAM at physical address 0x8000.");
    ck_assert_uint_eq(fixture.physical.page_reads, 0);
    assert_ok(vmmap_physical_status(&fixture.physical));
    tear_down(&fixture);
}
END_TEST

/* Zeros are what a stub answers where it reads nothing. */
START_TEST(zeros_that_the_monitor_can_not_read)
{
    struct fixture fixture;
    unsigned char bytes[16];
    for (unsigned int secure = 0; secure < 2; secure++) {
        set_up(&fixture, VMMAP_PHYS_VIA_PACKET);
        memset(fixture.machine.ram + 0x2000, 0, 0x1000);
        fixture.machine.is_secure = secure;
        assert_ok(vmmap_physical_read(&fixture.physical, 0x1000, bytes, sizeof(bytes)));
        ck_assert_mem_eq(bytes, fixture.machine.ram + 0x1000, sizeof(bytes));
        struct vmmap_error *error =
            vmmap_physical_read(&fixture.physical, 0x2ff0, bytes, sizeof(bytes));
        if (secure)
            assert_error(error, VMMAP_ERROR_UNAVAILABLE,
                         "There is no RAM at physical address 0x2ff0.");
        else
            assert_ok(error);
        assert_ok(vmmap_physical_status(&fixture.physical));
        tear_down(&fixture);
    }
}
END_TEST

/* Ctrl-C and lost connections, at each request: the stub is in its old mode afterwards. */
START_TEST(the_mode_is_always_restored)
{
    static const enum vmmap_error_code codes[] = {VMMAP_ERROR_UNAVAILABLE, VMMAP_ERROR_INTERRUPTED,
                                                  VMMAP_ERROR_NO_MEMORY};
    for (size_t code = 0; code < sizeof(codes) / sizeof(codes[0]); code++) {
        for (unsigned int fail_at = 1;; fail_at++) {
            struct fixture fixture;
            set_up(&fixture, VMMAP_PHYS_VIA_PACKET);
            fixture.machine.fail_at = fail_at;
            fixture.machine.fail_code = codes[code];
            struct vmmap_error *error = read_some(&fixture);
            if (error)
                ck_assert_int_eq(error->code, codes[code]);
            vmmap_error_destroy(error);
            vmmap_physical_deinit(&fixture.physical);
            ck_assert_int_eq(fixture.machine.mode, '0');
            ck_assert_uint_eq(fixture.machine.virtual_reads, 0);
            ck_assert_uint_eq(fixture.notes->note_count, 0);
            vmmap_map_destroy(fixture.notes);
            if (fixture.machine.requests < fail_at)
                break;
        }
    }
}
END_TEST

START_TEST(a_mode_that_the_user_set_stays)
{
    struct fixture fixture;
    set_up(&fixture, VMMAP_PHYS_VIA_PACKET);
    fixture.machine.mode = '1';
    assert_ok(read_some(&fixture));
    tear_down(&fixture);
    ck_assert_int_eq(fixture.machine.mode, '1');
}
END_TEST

START_TEST(a_stub_without_the_mode)
{
    struct fixture fixture;
    set_up(&fixture, VMMAP_PHYS_VIA_PACKET);
    fixture.machine.has_mode = false;
    assert_error(read_some(&fixture), VMMAP_ERROR_UNSUPPORTED,
                 "QEMU's stub has no physical memory mode (QEMU 4.1 and later do).");
    assert_error(read_some(&fixture), VMMAP_ERROR_UNSUPPORTED,
                 "QEMU's stub has no physical memory mode (QEMU 4.1 and later do).");
    tear_down(&fixture);
    ck_assert_uint_eq(fixture.machine.virtual_reads, 0);

    set_up(&fixture, VMMAP_PHYS_VIA_AUTO); /* no process holds that memory either */
    fixture.machine.has_mode = false;
    assert_ok(read_some(&fixture));
    ck_assert_uint_eq(fixture.notes->note_count, 2);
    ck_assert_int_eq(fixture.physical.via, VMMAP_PHYS_VIA_MONITOR);
    tear_down(&fixture);
}
END_TEST

int main(void)
{
    return RUN_TESTS("physical", each_way_reads_the_same, devices_are_not_read,
                     zeros_that_the_monitor_can_not_read, the_mode_is_always_restored,
                     a_mode_that_the_user_set_stays, a_stub_without_the_mode);
}
