/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a machine under QEMU, as the selected CPU's page tables have it at this moment:
 * docs/qemu-system.md.
 */

#include "paging/notes.h"
#include "providers/machine.h"
#include "providers/provider.h"

/* A point lookup walks a window around the address that grows until it shows enough. */
enum { FIRST_WINDOW_BITS = 21, WINDOW_GROWTH_BITS = 3, LOOKUP_MAX_CONTEXT = 32 };

static bool page_tables_applies(const struct vmmap_target *target,
                                const struct vmmap_target_info *info)
{
    (void)target;
    return info->kind == VMMAP_TARGET_QEMU_SYSTEM && !info->settings->no_page_tables;
}

static struct vmmap_error *add_run(void *context, const struct vmmap_paging_run *run)
{
    struct vmmap_map *map = context;
    const struct vmmap_region region = {
        .start = run->start,
        .last = run->last,
        .perms = {(uint8_t)(run->user ? run->user | VMMAP_PERM_USER : run->kernel),
                  VMMAP_PERM_ACCESS | VMMAP_PERM_USER},
        .origin = VMMAP_ORIGIN_PAGE_TABLE,
        .physical = run->physical,
        .has_physical = run->has_physical,
        .page_size = run->page_size,
        .user = run->user,
        .kernel = run->kernel,
    };
    return vmmap_map_add(map, &region);
}

static struct vmmap_error *walk(const struct vmmap_machine *machine,
                                const struct vmmap_paging_request *request, struct vmmap_map *map,
                                struct vmmap_paging_report *ret)
{
    const struct vmmap_paging_visitor visitor = {map, add_run};
    return vmmap_paging_walk(&machine->config, &machine->memory, request, &visitor, ret);
}

static struct vmmap_error *finish(const struct vmmap_paging_report *report, struct vmmap_map *map)
{
    vmmap_map_finish(map, NULL);
    map->exact = vmmap_paging_report_is_complete(report);
    if (map->count == 0) {
        struct vmmap_error *error =
            vmmap_map_add_note(map, "The page tables (%s) map nothing.", report->mode);
        if (error)
            return error;
    }
    return vmmap_paging_report_add_notes(report, map);
}

static struct vmmap_error *page_tables_fill(const struct vmmap_target *target,
                                            const struct vmmap_target_info *info,
                                            struct vmmap_map *map)
{
    struct vmmap_machine machine;
    const struct vmmap_paging_request everything = VMMAP_PAGING_REQUEST_ALL;
    struct vmmap_paging_report report;
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, map);
    if (!error)
        error = walk(&machine, &everything, map, &report);
    if (!error)
        error = finish(&report, map);
    vmmap_machine_deinit(&machine);
    return error;
}

/* Whether the window shows what the lookup wants. A region at its edge may be cut off there. */
static bool is_enough(const struct vmmap_map *map, const struct vmmap_lookup *lookup,
                      const struct vmmap_paging_request *window)
{
    size_t index = vmmap_map_lower_bound(map, lookup->address);
    bool holds = index < map->count && vmmap_region_contains(&map->regions[index], lookup->address);
    uint64_t below = index;
    uint64_t above = map->count - index - (holds ? 1 : 0);
    /* Beyond the last region that is wanted there must be one more, which may be cut off. */
    return (window->first == 0 || below > lookup->before) &&
           (window->last == UINT64_MAX || above > lookup->after);
}

/* What touches the edge of the window may go on beyond it. */
static void drop_cut(struct vmmap_map *map, const struct vmmap_paging_request *window)
{
    if (map->count > 0 && window->last != UINT64_MAX &&
        map->regions[map->count - 1].last == window->last)
        map->count--;
    if (map->count > 0 && window->first != 0 && map->regions[0].start == window->first) {
        for (size_t i = 1; i < map->count; i++)
            map->regions[i - 1] = map->regions[i];
        map->count--;
    }
}

static void set_window(uint64_t address, unsigned int bits, struct vmmap_paging_request *ret)
{
    if (bits >= 64) {
        ret->first = 0;
        ret->last = UINT64_MAX;
        return;
    }
    /* Centred on the address, as far as that goes. */
    const uint64_t half = UINT64_C(1) << (bits - 1), page = ~UINT64_C(0xfff);
    ret->first = address > half ? (address - half) & page : 0;
    ret->last = UINT64_MAX - address > half ? (address + half) | ~page : UINT64_MAX;
}

static struct vmmap_error *look_around(const struct vmmap_machine *machine,
                                       const struct vmmap_lookup *lookup, struct vmmap_map *map,
                                       struct vmmap_paging_report *report)
{
    struct vmmap_paging_request window = VMMAP_PAGING_REQUEST_ALL;
    for (unsigned int bits = FIRST_WINDOW_BITS;; bits += WINDOW_GROWTH_BITS) {
        set_window(lookup->address, bits, &window);
        map->count = 0;
        struct vmmap_error *error = walk(machine, &window, map, report);
        if (error)
            return error;
        if (report->off && bits < 64)
            bits = 64;
        else if (bits >= 64 || is_enough(map, lookup, &window))
            break;
    }
    drop_cut(map, &window);
    return NULL;
}

static struct vmmap_error *page_tables_lookup(const struct vmmap_target *target,
                                              const struct vmmap_target_info *info,
                                              const struct vmmap_lookup *lookup,
                                              struct vmmap_map *map)
{
    struct vmmap_machine machine;
    struct vmmap_paging_report report;
    if (lookup->before > LOOKUP_MAX_CONTEXT || lookup->after > LOOKUP_MAX_CONTEXT)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "There is too much context for a point lookup.");
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, map);
    if (!error)
        error = look_around(&machine, lookup, map, &report);
    if (!error)
        error = finish(&report, map);
    vmmap_machine_deinit(&machine);
    return error;
}

const struct vmmap_provider vmmap_provider_page_tables = {
    .name = "page-tables",
    .applies = page_tables_applies,
    .fill = page_tables_fill,
    .lookup = page_tables_lookup,
};
