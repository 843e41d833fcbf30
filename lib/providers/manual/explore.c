/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/explore.h"

#include <inttypes.h>

#include "explore/explorer.h"
#include "formats/gdb_memory.h"
#include "protection/pmsa.h"
#include "providers/machine/cpu.h"
#include "providers/manual/cortex_m.h"
#include "providers/settings.h"

enum {
    PAGE = 0x1000,
    SMALL_PAGE = 0x400, /* of microcontrollers: some have 6 KiB of RAM */
    BUDGET_MS = 10000,
    BUDGET_PACKETS = 1 << 14,
    MAX_REGISTERS = 40,
};

/* The addresses around one that may be read, and why not more. */
struct fence {
    uint64_t address;
    uint64_t first;
    uint64_t last;
};

static void narrow(struct fence *fence, uint64_t first, uint64_t last)
{
    fence->first = first > fence->first ? first : fence->first;
    fence->last = last < fence->last ? last : fence->last;
}

static struct vmmap_error *refuse(const struct fence *fence, const char *why)
{
    return vmmap_error_create(VMMAP_ERROR_INVALID, "0x%" PRIx64 " is not read: %s", fence->address,
                              why);
}

/* Rows are known already, but for those that only say that there may be memory. */
static struct vmmap_error *keep_off_rows(const struct vmmap_map *known, struct fence *fence)
{
    for (size_t i = 0; i < known->count; i++) {
        const struct vmmap_region *region = &known->regions[i];
        if (region->origin == VMMAP_ORIGIN_ASSUMED || region->origin == VMMAP_ORIGIN_PROBED)
            continue;
        if (vmmap_region_contains(region, fence->address))
            return refuse(fence, "the page that holds it is in the map already.");
        if (region->last < fence->address)
            narrow(fence, region->last + 1, UINT64_MAX);
        else
            narrow(fence, 0, region->start - 1);
    }
    return NULL;
}

static struct vmmap_error *stay_in_entry(const struct vmmap_buffer *text, struct fence *fence)
{
    struct vmmap_gdb_memory regions;
    struct vmmap_gdb_memory_entry entry;
    bool any = false;
    vmmap_gdb_memory_init(&regions, text->data, text->size);
    while (vmmap_gdb_memory_next(&regions, &entry)) {
        any = true;
        if (fence->address < entry.start || fence->address > entry.last)
            continue;
        if (entry.kind == VMMAP_GDB_MEMORY_WO || entry.has_width)
            return refuse(fence, "GDB's memory regions (\"info mem\") have a device there.");
        narrow(fence, entry.start, entry.last);
        return NULL;
    }
    return any ? refuse(fence, "none of GDB's memory regions (\"info mem\") holds it.") : NULL;
}

static struct vmmap_error *stay_in_regions(const struct vmmap_target *target, struct fence *fence)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    if (target->debugger_text)
        error = target->debugger_text(target->context, VMMAP_TEXT_MEMORY_REGIONS, &text);
    if (!error)
        error = stay_in_entry(&text, fence);
    vmmap_buffer_deinit(&text);
    return error;
}

static struct vmmap_error *stay_in_area(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, struct fence *fence)
{
    bool is_cortex_m = false;
    size_t count;
    const struct vmmap_pmsa_area *areas = vmmap_pmsa_areas(&count);
    struct vmmap_error *error = vmmap_cpu_kind(info) == VMMAP_CPU_ARM
                                    ? vmmap_cortex_m_recognise(target, &is_cortex_m)
                                    : NULL;
    for (size_t i = 0; i < count && is_cortex_m && !error; i++) {
        if (fence->address < areas[i].start || fence->address > areas[i].last)
            continue;
        if (areas[i].is_device)
            return refuse(fence, "a Cortex-M has devices there.");
        narrow(fence, areas[i].start, areas[i].last);
    }
    return error;
}

static struct vmmap_error *find_fence(const struct vmmap_exploration *exploration,
                                      struct fence *fence)
{
    const struct vmmap_target_info *info = exploration->info;
    fence->first = 0;
    fence->last = info->address_bits == 32 ? UINT32_MAX : UINT64_MAX;
    if (info->kind == VMMAP_TARGET_QEMU_SYSTEM)
        return refuse(fence, "a machine under QEMU tells what memory it has, and what else can be "
                             "read are devices.");
    if (fence->address > fence->last)
        return refuse(fence, "it is beyond the address space.");
    struct vmmap_error *error = keep_off_rows(exploration->known, fence);
    if (!error)
        error = stay_in_regions(exploration->target, fence);
    return error ? error : stay_in_area(exploration->target, info, fence);
}

/* Whether a byte takes its complement; it is put back whatever happens. A write that is refused is
 * an answer. */
static struct vmmap_error *test_write(const struct vmmap_target *target, uint64_t address,
                                      bool *writable)
{
    unsigned char before, now = 0, inverted;
    size_t done = 0;
    *writable = false;
    struct vmmap_error *error = vmmap_target_poll(target);
    if (!error)
        error = target->read_memory(target->context, address, &before, 1, &done);
    if (error || done == 0)
        return error;
    inverted = (unsigned char)~before;
    error = target->write_memory(target->context, address, &inverted, 1);
    if (error && !vmmap_error_is_fatal(error)) {
        vmmap_error_destroy(error);
        return NULL;
    }
    if (!error)
        error = target->read_memory(target->context, address, &now, 1, &done);
    *writable = !error && done == 1 && now == inverted;
    vmmap_error_keep(&error, target->write_memory(target->context, address, &before, 1));
    return error;
}

static struct vmmap_error *add_run(struct vmmap_map *found, uint64_t start, uint64_t last,
                                   struct vmmap_perms perms)
{
    const struct vmmap_region region = {
        .start = start,
        .last = last,
        .perms = perms,
        .name = "<explored>",
        .origin = VMMAP_ORIGIN_PROBED,
    };
    return vmmap_map_add(found, &region);
}

/* Page by page, joined where they agree. */
static struct vmmap_error *add_written(const struct vmmap_exploration *exploration,
                                       const struct vmmap_extent *extent, uint64_t page,
                                       struct vmmap_map *found)
{
    const struct vmmap_perms perms[] = {
        {VMMAP_PERM_READ, VMMAP_PERM_READ | VMMAP_PERM_WRITE},
        {VMMAP_PERM_READ | VMMAP_PERM_WRITE, VMMAP_PERM_READ | VMMAP_PERM_WRITE},
    };
    bool before = false, now;
    uint64_t start = extent->start;
    for (uint64_t at = extent->start;; at += page) {
        struct vmmap_error *error = test_write(exploration->target, at, &now);
        if (!error && at > extent->start && now != before) {
            error = add_run(found, start, at - 1, perms[before]);
            start = at;
        }
        before = now;
        if (error)
            return error;
        if (extent->last - at < page)
            return add_run(found, start, extent->last, perms[before]);
    }
}

static struct vmmap_error *add_extents(struct vmmap_exploration *exploration,
                                       const struct vmmap_explorer *explorer,
                                       struct vmmap_map *found)
{
    const struct vmmap_perms readable = {VMMAP_PERM_READ, VMMAP_PERM_READ};
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < explorer->count && !error; i++) {
        const struct vmmap_extent *extent = &explorer->extents[i];
        exploration->is_exact = exploration->is_exact && extent->is_exact;
        error = exploration->writes && extent->is_exact
                    ? add_written(exploration, extent, explorer->page_size, found)
                    : add_run(found, extent->start, extent->last, readable);
    }
    vmmap_map_finish(found, NULL);
    return error;
}

static struct vmmap_error *run(struct vmmap_exploration *exploration, const struct fence *fence,
                               struct vmmap_explorer *explorer, struct vmmap_map *found)
{
    vmmap_explorer_set_budget(explorer, BUDGET_MS, BUDGET_PACKETS);
    vmmap_explorer_set_bounds(explorer, fence->first, fence->last);
    struct vmmap_error *error = vmmap_explorer_visit(explorer, fence->address);
    if (!error)
        error = vmmap_explorer_confirm(explorer);
    exploration->packets += explorer->packet_count;
    return error ? error : add_extents(exploration, explorer, found);
}

struct vmmap_error *vmmap_explore(struct vmmap_exploration *exploration, uint64_t address,
                                  struct vmmap_map *found)
{
    const struct vmmap_target *target = exploration->target;
    struct fence fence = {.address = address};
    exploration->is_exact = true;
    if (!target->read_memory || (exploration->writes && !target->write_memory))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "The target's memory can not be %s.",
                                  target->read_memory ? "written" : "read");
    struct vmmap_error *error = find_fence(exploration, &fence);
    if (error)
        return error;
    const bool is_small = exploration->info->kind == VMMAP_TARGET_REMOTE ||
                          exploration->info->kind == VMMAP_TARGET_OTHER;
    struct vmmap_explorer explorer;
    error = vmmap_explorer_init(target, is_small ? SMALL_PAGE : PAGE, fence.last, &explorer);
    if (!error)
        error = run(exploration, &fence, &explorer, found);
    vmmap_explorer_deinit(&explorer);
    return error;
}

const char *vmmap_explore_when_name(unsigned int when)
{
    static const char *const names[] = {
        [VMMAP_EXPLORE_OFF] = "off",
        [VMMAP_EXPLORE_ASK] = "ask",
        [VMMAP_EXPLORE_ON] = "on",
    };
    return when < sizeof(names) / sizeof(names[0]) ? names[when] : NULL;
}

static struct vmmap_error *explore_value(struct vmmap_exploration *exploration, uint64_t value,
                                         struct vmmap_map *found)
{
    struct vmmap_map *run;
    if (vmmap_map_find(found, value) != VMMAP_NO_REGION)
        return NULL;
    struct vmmap_error *error = vmmap_map_create(&run);
    if (error)
        return error;
    error = vmmap_explore(exploration, value, run);
    if (!error)
        error = vmmap_map_overlay(found, run);
    vmmap_map_destroy(run);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error); /* a register may hold anything */
    return NULL;
}

struct vmmap_error *vmmap_explore_registers(struct vmmap_exploration *exploration,
                                            struct vmmap_map *found)
{
    const struct vmmap_target *target = exploration->target;
    struct vmmap_register registers[MAX_REGISTERS];
    size_t count = 0;
    if (!target->registers)
        return NULL;
    struct vmmap_error *error =
        target->registers(target->context, registers, MAX_REGISTERS, &count);
    for (size_t i = 0; i < count && !error && exploration->packets < BUDGET_PACKETS; i++)
        error = explore_value(exploration, registers[i].value, found);
    return error;
}
