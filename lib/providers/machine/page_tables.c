/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a machine under QEMU, as the selected CPU's page tables have it at this moment:
 * docs/qemu-system.md.
 */

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
    return info->kind == VMMAP_TARGET_QEMU_SYSTEM && !info->settings->no_page_tables;
}

static struct vmmap_error *add_run(void *context, const struct vmmap_paging_run *run)
{
    struct vmmap_map *map = context;
    struct vmmap_region region = {
        .start = run->start,
        .last = run->last,
        .origin = VMMAP_ORIGIN_PAGE_TABLE,
        .physical = run->physical,
        .has_physical = run->has_physical,
        .page_size = run->page_size,
    };
    vmmap_region_set_access(&region, run->user, run->kernel);
    return vmmap_map_add(map, &region);
}

static struct vmmap_error *walk(const struct vmmap_machine *machine,
                                const struct vmmap_paging_request *request, struct vmmap_map *map,
                                struct vmmap_paging_report *ret)
{
    const struct vmmap_paging_visitor visitor = {map, add_run};
    return vmmap_paging_walk(&machine->config, &machine->memory, request, &visitor, ret);
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
    struct vmmap_error *error = note_cpus(target, map);
    if (!error)
        error = vmmap_kernel_names_add(machine, target, info, map, &is_linux);
    return error ? error : vmmap_machine_guard(machine, target, info, is_linux, map);
}

static struct vmmap_error *page_tables_fill(const struct vmmap_target *target,
                                            const struct vmmap_target_info *info,
                                            struct vmmap_map *map)
{
    struct vmmap_machine machine;
    const struct vmmap_paging_request everything = VMMAP_PAGING_REQUEST_ALL;
    struct vmmap_paging_report report;
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, map);
    vmmap_guest_ram_expect_many(&machine.physical.ram);
    if (!error) {
        vmmap_machine_remember(&machine, info);
        error = walk(&machine, &everything, map, &report);
    }
    if (!error)
        error = vmmap_physical_status(&machine.physical);
    if (!error)
        error = finish(&report, map);
    if (!error)
        error = name_and_guard(&machine, target, info, map);
    if (!error && map->count == 0 && report.unreadable == 0)
        error = vmmap_map_add_note(map, "The page tables (%s) map nothing.", report.mode);
    vmmap_machine_deinit(&machine);
    return error;
}

static struct vmmap_error *page_tables_lookup(const struct vmmap_target *target,
                                              const struct vmmap_target_info *info,
                                              const struct vmmap_lookup *lookup,
                                              struct vmmap_map *map)
{
    struct vmmap_machine machine;
    const struct vmmap_paging_surroundings wanted = {lookup->address, lookup->before, lookup->after,
                                                     LOOKUP_MAX_TABLES};
    const struct vmmap_paging_visitor visitor = {map, add_run};
    struct vmmap_paging_report report;
    bool complete = false;
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, map);
    if (!error)
        error = vmmap_paging_look_around(&machine.config, &machine.memory, &wanted, &visitor,
                                         &report, &complete);
    if (!error)
        error = vmmap_physical_status(&machine.physical);
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
