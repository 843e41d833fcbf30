/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/physical_map.h"

#include <string.h>

#include "fault.h"
#include "providers/kept.h"
#include "providers/settings.h"
#include "support.h"

/* A machine of an architecture that is not known; its monitor may fail at any command. */
struct machine {
    struct vmmap_target target;
    struct vmmap_settings settings;
    struct vmmap_kept kept;
    struct vmmap_target_info info;
    const char *mtree;
    size_t cpus;
    unsigned int calls;
    unsigned int fail_at;
    enum vmmap_error_code fail_code;
};

static struct vmmap_error *monitor(void *context, const char *command, struct vmmap_buffer *ret)
{
    struct machine *machine = context;
    if (++machine->calls == machine->fail_at)
        return make_error(machine->fail_code, "It failed.");
    if (strcmp(command, "info mtree -f") == 0)
        vmmap_buffer_append_string(ret, machine->mtree);
    else
        vmmap_buffer_append_string(ret, "type (string)\r\n");
    return NULL;
}

static struct vmmap_error *count_threads(void *context, size_t *ret)
{
    const struct machine *machine = context;
    *ret = machine->cpus;
    return NULL;
}

static void set_up(struct machine *machine, const char *mtree)
{
    *machine = (struct machine){
        .target = {.context = machine, .monitor = monitor, .count_threads = count_threads},
        .info = {.kind = VMMAP_TARGET_QEMU_SYSTEM, .address_bits = 64, .architecture = "m68k"},
        .mtree = mtree,
        .cpus = 1,
    };
    machine->info.settings = &machine->settings;
    machine->info.kept = &machine->kept;
}

static struct vmmap_error *fill(struct machine *machine, struct vmmap_map **ret)
{
    assert_ok(vmmap_map_create(ret));
    return vmmap_physical_map_fill(&machine->target, &machine->info, *ret);
}

static const char two_views[] =
    "FlatView #0\r\n"
    " AS \"memory\", root: system\r\n"
    " AS \"cpu-memory-0\", root: system\r\n"
    " Root memory region: system\r\n"
    "  0000000000000000-00000000000fffff (prio 0, rom): boot\r\n"
    "  0000000000100000-00000000001fffff (prio 0, ram): ram @0000000000001000\r\n"
    "  00000000ff000000-00000000ff000fff (prio 0, i/o): goldfish_tty\r\n"
    "\r\n"
    "FlatView #1\r\n"
    " AS \"cpu-memory-1\", root: system\r\n"
    "  0000000000000000-000000000fffffff (prio 0, ram): other\r\n";

START_TEST(what_the_first_cpu_sees)
{
    struct machine machine;
    struct vmmap_map *map;
    set_up(&machine, two_views);
    assert_ok(fill(&machine, &map));
    ck_assert_str_eq(map->provider, "monitor");
    ck_assert(!map->exact);
    assert_notes(map, "The CPUs see different things in physical memory: this is what the first "
                      "one sees.\n");
    static const struct {
        uint64_t start;
        uint64_t last;
        const char *perms;
        const char *name;
        const char *label;
        uint64_t offset;
    } rows[] = {
        {0, 0xfffff, "r-x?", "boot", "ROM", 0},
        {0x100000, 0x1fffff, "rwx?", "ram", "RAM", 0x1000},
        {0xff000000, 0xff000fff, "????", "goldfish_tty", "device", 0},
    };
    ck_assert_uint_eq(map->count, 3);
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *region = &map->regions[i];
        char perms[5];
        vmmap_perms_format(region->perms, perms);
        ck_assert_uint_eq(region->start, rows[i].start);
        ck_assert_uint_eq(region->last, rows[i].last);
        ck_assert_str_eq(perms, rows[i].perms);
        ck_assert_str_eq(region->name, rows[i].name);
        ck_assert_str_eq(region->label, rows[i].label);
        ck_assert(region->has_offset && region->offset == rows[i].offset);
        ck_assert(region->has_physical && region->physical == rows[i].start);
        ck_assert_int_eq(region->origin, VMMAP_ORIGIN_MONITOR);
    }
    vmmap_map_destroy(map);
}
END_TEST

static void check_refused(struct machine *machine, enum vmmap_error_code code, const char *message)
{
    struct vmmap_map *map;
    assert_error(fill(machine, &map), code, message);
    vmmap_map_destroy(map);
}

START_TEST(what_there_is_to_say_instead)
{
    struct machine machine;
    set_up(&machine, "unknown command: 'info mtree'\r\n");
    check_refused(&machine, VMMAP_ERROR_UNAVAILABLE,
                  "QEMU's monitor lists nothing in physical memory (\"info mtree -f\" is known "
                  "since QEMU 2.10).");
    set_up(&machine, two_views);
    machine.cpus = 100;
    check_refused(&machine, VMMAP_ERROR_UNSUPPORTED,
                  "The machine has so many devices or CPUs that QEMU's answer to \"info mtree -f\" "
                  "could be too long for this connection, on which a long one hangs QEMU and GDB "
                  "for good; connect to QEMU itself by TCP.");
    set_up(&machine, two_views);
    machine.target.monitor = NULL;
    check_refused(&machine, VMMAP_ERROR_UNSUPPORTED,
                  "There is no way to QEMU's monitor, which alone can tell what is in physical "
                  "memory.");
}
END_TEST

/* Each command and each allocation fails in turn. */
START_TEST(failures)
{
    static const enum vmmap_error_code codes[] = {VMMAP_ERROR_NO_MEMORY, VMMAP_ERROR_INTERRUPTED,
                                                  VMMAP_ERROR_UNAVAILABLE};
    struct machine machine;
    struct vmmap_map *map;
    for (unsigned int at = 1; at <= 3; at++) {
        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
            set_up(&machine, two_views);
            machine.fail_at = at;
            machine.fail_code = codes[i];
            struct vmmap_error *error = fill(&machine, &map);
            ck_assert_ptr_nonnull(error);
            ck_assert_int_eq(error->code, codes[i]);
            vmmap_error_destroy(error);
            vmmap_map_destroy(map);
        }
    }
    bool more = true;
    for (unsigned int at = 1; more; at++) {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = at};
        set_up(&machine, two_views);
        assert_ok(vmmap_map_create(&map));
        fault_begin(&plan);
        struct vmmap_error *error = vmmap_physical_map_fill(&machine.target, &machine.info, map);
        more = fault_end().calls[FAULT_ALLOCATION] >= at;
        ck_assert(more || !error);
        vmmap_error_destroy(error);
        vmmap_map_destroy(map);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("physical_map", what_the_first_cpu_sees, what_there_is_to_say_instead,
                     failures);
}
