/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a machine under QEMU as QEMU's monitor tells it (`info mem`): what is left where the
 * page tables are not to be read.
 *
 * The stub hangs for good on a long answer, so the page tables are walked all the same, to count
 * the rows that the answer will have; only a short one is asked for. QEMU's walk of 5-level tables
 * visits every page that could be there and takes minutes: never asked for.
 */

#include <inttypes.h>

#include "formats/qemu_monitor.h"
#include "paging/x86_mode.h"
#include "providers/machine/cpu.h"
#include "providers/machine/machine.h"
#include "providers/machine/monitor_cpu.h"
#include "providers/machine/physical_map.h"
#include "providers/provider.h"

static bool monitor_applies(const struct vmmap_target *target, const struct vmmap_target_info *info)
{
    return info->kind == VMMAP_TARGET_QEMU_SYSTEM && target->monitor;
}

static struct vmmap_error *count_run(void *context, const struct vmmap_paging_run *run)
{
    uint64_t *count = context;
    (void)run;
    ++*count;
    return NULL;
}

/* At most how many rows `info mem` will print. x86's merges what agrees in fewer respects than our
 * runs; RISC-V's merges what is contiguous in physical memory only. */
static struct vmmap_error *count_rows(const struct vmmap_machine *machine, uint64_t *ret)
{
    const struct vmmap_paging_request everything = VMMAP_PAGING_REQUEST_ALL;
    const struct vmmap_paging_visitor visitor = {ret, count_run};
    struct vmmap_paging_report report;
    *ret = 0;
    struct vmmap_error *error =
        vmmap_paging_walk(&machine->config, &machine->memory, &everything, &visitor, &report);
    if (!error && machine->config.architecture == VMMAP_PAGING_RISCV)
        *ret = report.pages;
    if (!error && (report.exhausted || report.unreadable > 0))
        *ret = UINT64_MAX;
    return error;
}

/* What else to do, said after a refusal; nothing if the page tables have been tried. */
static const char *hint(const struct vmmap_target_info *info)
{
    return info->settings->no_page_tables ? "; turn \"set kernel-vmmap-via-page-tables\" on" : "";
}

/* It has to be the selected thread: its tables tell nothing of another CPU's rows, nor how many
 * those are. */
static struct vmmap_error *check_cpu(const struct vmmap_target *target,
                                     const struct vmmap_target_info *info, uint64_t max_lines)
{
    bool selected;
    struct vmmap_error *error = vmmap_monitor_cpu_check(target, info, max_lines, &selected);
    if (error || selected)
        return error;
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "QEMU's \"info mem\" does not speak of the selected CPU, so it is "
                              "not asked; say \"monitor cpu %" PRIu64 "\"%s.",
                              vmmap_monitor_cpu_number(info), hint(info));
}

/* Whether it is safe to ask: an error says why not. */
static struct vmmap_error *check(const struct vmmap_target *target,
                                 const struct vmmap_target_info *info,
                                 const struct vmmap_machine *machine)
{
    uint64_t rows = 0;
    const struct vmmap_paging_config *config = &machine->config;
    if (config->architecture != VMMAP_PAGING_X86 && config->architecture != VMMAP_PAGING_RISCV)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "QEMU's monitor has no \"info mem\" for this architecture%s.",
                                  hint(info));
    if (config->architecture == VMMAP_PAGING_X86 &&
        vmmap_x86_mode(&config->x86) == VMMAP_X86_5_LEVEL)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "QEMU's \"info mem\" takes minutes with 5-level page tables, so "
                                  "it is not asked%s.",
                                  hint(info));
    struct vmmap_error *error = count_rows(machine, &rows);
    const uint64_t max_lines = vmmap_physical_monitor_lines(&machine->physical);
    if (!error)
        error = check_cpu(target, info, max_lines);
    if (!error && rows > max_lines)
        error = vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                   "QEMU's \"info mem\" may print more than %" PRIu64
                                   " rows here, and a long answer hangs GDB and QEMU for good, so "
                                   "it is not asked%s.",
                                   max_lines, hint(info));
    return error;
}

static struct vmmap_error *check_machine(const struct vmmap_target *target,
                                         const struct vmmap_target_info *info,
                                         struct vmmap_map *map)
{
    struct vmmap_machine machine;
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, map);
    if (!error) {
        vmmap_machine_remember(&machine, info);
        error = check(target, info, &machine);
    }
    if (!error)
        error = vmmap_physical_status(&machine.physical);
    vmmap_machine_deinit(&machine);
    return error;
}

static struct vmmap_error *add_entry(struct vmmap_map *map,
                                     const struct vmmap_qemu_mem_entry *entry)
{
    const uint8_t exec = entry->has_exec ? VMMAP_PERM_EXEC : 0;
    const struct vmmap_region region = {
        .start = entry->start,
        .last = entry->last,
        .perms = {(uint8_t)(entry->access | (entry->user ? VMMAP_PERM_USER : 0)),
                  (uint8_t)(VMMAP_PERM_READ | VMMAP_PERM_WRITE | VMMAP_PERM_USER | exec)},
        .origin = VMMAP_ORIGIN_MONITOR,
        .physical = entry->physical,
        .has_physical = entry->has_physical,
    };
    return vmmap_map_add(map, &region);
}

static struct vmmap_error *add_entries(const struct vmmap_buffer *text, struct vmmap_map *map)
{
    struct vmmap_qemu_mem mem;
    struct vmmap_qemu_mem_entry entry;
    struct vmmap_error *error = NULL;
    vmmap_qemu_mem_init(&mem, text->data, text->size);
    while (!error && vmmap_qemu_mem_next(&mem, &entry))
        error = add_entry(map, &entry);
    if (error)
        return error;
    vmmap_map_finish(map, NULL);
    if (mem.off)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "QEMU's \"info mem\" says that address translation is off: "
                                  "virtual addresses are physical addresses.");
    if (map->count == 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "QEMU's \"info mem\" has no row in it.");
    return vmmap_map_add_note(map, "These rows are QEMU's \"info mem\", which knows less than the "
                                   "page tables do.");
}

static struct vmmap_error *fill_physical(const struct vmmap_target *target,
                                         const struct vmmap_target_info *info,
                                         struct vmmap_map *map)
{
    struct vmmap_error *error = vmmap_physical_map_fill(target, info, map);
    if (error)
        return error;
    map->exact = false;
    return vmmap_map_add_note(map, "This is what is in physical memory; where this CPU translates "
                                   "addresses, or forbids some, it sees something else.");
}

static struct vmmap_error *monitor_fill(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, struct vmmap_map *map)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    if (vmmap_cpu_kind(info) == VMMAP_CPU_OTHER)
        return fill_physical(target, info, map);
    struct vmmap_error *error = check_machine(target, info, map);
    if (!error)
        error = target->monitor(target->context, "info mem", &text);
    if (!error)
        error = vmmap_buffer_status(&text);
    if (!error)
        error = add_entries(&text, map);
    vmmap_buffer_deinit(&text);
    return error;
}

const struct vmmap_provider vmmap_provider_monitor = {
    .name = "monitor",
    .applies = monitor_applies,
    .fill = monitor_fill,
};
