/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a machine as page tables have it: of the selected CPU of a machine under QEMU at this
 * moment (docs/qemu-system.md), of a CPU in a memory image (docs/images.md), of a chosen process.
 */

#include "providers/machine/page_tables.h"

#include <inttypes.h>
#include <stdio.h>

#include "paging/notes.h"
#include "providers/machine/guard.h"
#include "providers/machine/kernel_names.h"
#include "providers/machine/machine.h"
#include "providers/provider.h"

/* Some 2 ms, about what a walk of everything takes. */
enum { LOOKUP_MAX_TABLES = 512 };

static bool page_tables_applies(const struct vmmap_target *target,
                                const struct vmmap_target_info *info)
{
    (void)target;
    return info->kind == VMMAP_TARGET_IMAGE ||
           (info->kind == VMMAP_TARGET_QEMU_SYSTEM && !info->settings->no_page_tables);
}

/* Where the rows go, and who is to see them. */
struct rows {
    struct vmmap_map *map;
    const struct vmmap_space *space;
};

enum { LABEL_SIZE = 64 };

/* What the modes that look may do. */
static struct vmmap_perms perms_of(const struct vmmap_paging_run *run, enum vmmap_space_mode mode)
{
    return vmmap_perms_of_modes(mode == VMMAP_SPACE_KERNEL ? 0 : run->user,
                                mode == VMMAP_SPACE_USER ? 0 : run->kernel);
}

static bool is_hidden(const struct vmmap_paging_run *run, enum vmmap_space_mode mode)
{
    return (mode == VMMAP_SPACE_USER && !run->user) || (mode == VMMAP_SPACE_KERNEL && !run->kernel);
}

/* Where in a row a physical address is mapped. */
static const char *alias_label(const struct vmmap_space *space, const struct vmmap_paging_run *run,
                               char scratch[LABEL_SIZE])
{
    const uint64_t inside = space->physical & (VMMAP_PHYSICAL_PAGE - 1);
    const uint64_t pages = (run->last - run->start) / VMMAP_PHYSICAL_PAGE;
    if (pages == 0)
        snprintf(scratch, LABEL_SIZE, "0x%" PRIx64, run->start + inside);
    else
        snprintf(scratch, LABEL_SIZE, "each of its pages at +0x%" PRIx64, inside);
    return scratch;
}

static struct vmmap_error *add_run(void *context, const struct vmmap_paging_run *run)
{
    const struct rows *rows = context;
    const enum vmmap_space_mode mode = rows->space->mode;
    char label[LABEL_SIZE];
    struct vmmap_region region = {
        .start = run->start,
        .last = run->last,
        .label = rows->space->has_physical ? alias_label(rows->space, run, label) : NULL,
        .one_mode = mode != VMMAP_SPACE_BOTH,
        .origin = VMMAP_ORIGIN_PAGE_TABLE,
        .physical = run->physical,
        .has_physical = run->has_physical,
        .page_size = run->page_size,
    };
    vmmap_region_set_access(&region, run->user, run->kernel);
    if (mode != VMMAP_SPACE_BOTH)
        region.perms = perms_of(run, mode);
    return is_hidden(run, mode) ? NULL : vmmap_map_add(rows->map, &region);
}

static struct vmmap_error *note_cpus(const struct vmmap_target *target, struct vmmap_map *map)
{
    size_t count = 0;
    struct vmmap_error *error =
        target->count_threads ? target->count_threads(target->context, &count) : NULL;
    if (error || count < 2)
        return error;
    return vmmap_map_add_note(map,
                              "The machine has %zu CPUs, which may have different page tables: "
                              "these are of the one that is selected (\"thread N\" selects).",
                              count);
}

static struct vmmap_error *finish(const struct vmmap_paging_report *report, struct vmmap_map *map)
{
    vmmap_map_finish(map, NULL);
    map->exact = vmmap_paging_report_is_complete(report);
    return vmmap_paging_report_add_notes(report, map);
}

static struct vmmap_error *name_and_guard(struct vmmap_machine *machine,
                                          const struct vmmap_target *target,
                                          const struct vmmap_target_info *info,
                                          struct vmmap_map *map)
{
    bool is_linux = false;
    struct vmmap_error *error = machine->is_apart ? NULL : note_cpus(target, map);
    if (!error)
        error = vmmap_kernel_names_add(machine, target, info, map, &is_linux);
    if (error || machine->is_apart)
        return error;
    return vmmap_machine_guard(machine, target, info, is_linux, map);
}

/* What is said of the CPU holds for its own tables only. */
static struct vmmap_error *name_space(struct vmmap_machine *machine,
                                      const struct vmmap_target *target,
                                      const struct vmmap_target_info *info,
                                      const struct vmmap_space *space, struct vmmap_map *map)
{
    bool is_linux;
    if (space->root.kind == VMMAP_ROOT_CPU)
        return name_and_guard(machine, target, info, map);
    return vmmap_kernel_names_add(machine, target, info, map, &is_linux);
}

static struct vmmap_error *note_nothing(const struct vmmap_space *space, const char *mode,
                                        struct vmmap_map *map)
{
    const char *who = space->mode == VMMAP_SPACE_USER ? " for user mode" : "";
    if (space->has_physical)
        return vmmap_map_add_note(map, "Nothing maps the physical address 0x%" PRIx64 "%s.",
                                  space->physical, who);
    return vmmap_map_add_note(map, "The page tables (%s) map nothing%s.", mode, who);
}

struct vmmap_error *vmmap_page_tables_fill(const struct vmmap_target *target,
                                           const struct vmmap_target_info *info,
                                           const struct vmmap_space *space, struct vmmap_map *map)
{
    struct vmmap_machine machine;
    struct rows rows = {map, space};
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    const struct vmmap_paging_visitor visitor = {&rows, add_run};
    struct vmmap_paging_report report;
    request.has_physical = space->has_physical;
    request.physical = space->physical;
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, map);
    vmmap_guest_ram_expect_many(&machine.physical.ram);
    if (!error && vmmap_space_is_own(space))
        vmmap_machine_remember(&machine, info);
    if (!error)
        error = vmmap_machine_use_root(&machine, &space->root, map);
    if (!error)
        error = vmmap_paging_walk(&machine.config, &machine.memory, &request, &visitor, &report);
    if (!error)
        error = vmmap_machine_status(&machine);
    if (!error)
        error = finish(&report, map);
    if (!error)
        error = name_space(&machine, target, info, space, map);
    if (!error && map->count == 0 && report.unreadable == 0)
        error = note_nothing(space, report.mode, map);
    vmmap_machine_deinit(&machine);
    return error;
}

static struct vmmap_error *page_tables_fill(const struct vmmap_target *target,
                                            const struct vmmap_target_info *info,
                                            struct vmmap_map *map)
{
    const struct vmmap_space own = {.mode = VMMAP_SPACE_BOTH};
    return vmmap_page_tables_fill(target, info, &own, map);
}

static struct vmmap_error *page_tables_lookup(const struct vmmap_target *target,
                                              const struct vmmap_target_info *info,
                                              const struct vmmap_lookup *lookup,
                                              struct vmmap_map *map)
{
    struct vmmap_machine machine;
    const struct vmmap_paging_surroundings wanted = {lookup->address, lookup->before, lookup->after,
                                                     LOOKUP_MAX_TABLES};
    const struct vmmap_space own = {.mode = VMMAP_SPACE_BOTH};
    struct rows rows = {map, &own};
    const struct vmmap_paging_visitor visitor = {&rows, add_run};
    struct vmmap_paging_report report;
    bool complete = false;
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, map);
    if (!error)
        error = vmmap_paging_look_around(&machine.config, &machine.memory, &wanted, &visitor,
                                         &report, &complete);
    if (!error)
        error = vmmap_machine_status(&machine);
    if (!error && complete)
        error = finish(&report, map);
    if (!error && complete)
        error = name_and_guard(&machine, target, info, map);
    else if (!error)
        error = vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                   "The whole map is cheaper than these surroundings.");
    vmmap_machine_deinit(&machine);
    return error;
}

const struct vmmap_provider vmmap_provider_page_tables = {
    .name = "page-tables",
    .applies = page_tables_applies,
    .fill = page_tables_fill,
    .lookup = page_tables_lookup,
    .check = vmmap_machine_check,
};
