/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a processor without an operating system, that is, without page tables: what memory is
 * there, and what its protection unit allows. docs/boards.md.
 *
 * What is there, in this order: GDB's memory regions, what QEMU's monitor lists of its machine, the
 * loadable parts of the program. Where none of them says anything, the architecture's own areas
 * are shown as what may be there.
 */

#include "protection/rights.h"
#include "providers/machine/cpu.h"
#include "providers/manual/cortex_m.h"
#include "providers/manual/memory.h"
#include "providers/manual/pmp_registers.h"
#include "providers/provider.h"

/* What kind of processor it is, and its maps. */
struct board {
    const struct vmmap_target *target;
    const struct vmmap_target_info *info;
    struct vmmap_map *map;    /* to be filled; gets the notes */
    struct vmmap_map *memory; /* what is there */
    struct vmmap_map *rights; /* what the processor may do */
    bool is_cortex_m;
    uint64_t top; /* of the address space */
};

static bool bare_metal_applies(const struct vmmap_target *target,
                               const struct vmmap_target_info *info)
{
    (void)target;
    return info->kind == VMMAP_TARGET_REMOTE || info->kind == VMMAP_TARGET_OTHER ||
           info->kind == VMMAP_TARGET_QEMU_SYSTEM;
}

/* In machine mode of RISC-V under QEMU the page tables' provider tells that there is no
 * translation; there is more to say only where memory is protected. */
static struct vmmap_error *is_protected(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, bool *ret)
{
    struct vmmap_pmp pmp;
    struct vmmap_map *ignored;
    bool is_known;
    struct vmmap_error *error = vmmap_map_create(&ignored);
    if (error)
        return error;
    error = vmmap_pmp_read(target, info->address_bits, ignored, &pmp, &is_known);
    *ret = !error && vmmap_pmp_is_on(&pmp);
    vmmap_map_destroy(ignored);
    return error;
}

static struct vmmap_error *bare_metal_suits(const struct vmmap_target *target,
                                            const struct vmmap_target_info *info, bool *ret)
{
    const enum vmmap_cpu cpu = vmmap_cpu_kind(info);
    *ret = false;
    if (info->running || (cpu != VMMAP_CPU_ARM && cpu != VMMAP_CPU_RISCV))
        return NULL;
    if (cpu == VMMAP_CPU_ARM)
        return vmmap_cortex_m_recognise(target, ret);
    struct vmmap_error *error = vmmap_pmp_recognise(target, ret);
    if (!error && *ret && info->kind == VMMAP_TARGET_QEMU_SYSTEM)
        error = is_protected(target, info, ret);
    return error;
}

static struct vmmap_error *add_area(struct vmmap_map *memory, uint64_t start, uint64_t last,
                                    const char *name)
{
    const struct vmmap_region region = {
        .start = start,
        .last = last,
        .name = name,
        .origin = VMMAP_ORIGIN_ASSUMED,
    };
    return vmmap_map_add(memory, &region);
}

/* What the architecture says may be there, under what the program says is. */
static struct vmmap_error *assume_memory(struct board *board)
{
    struct vmmap_map *program;
    struct vmmap_error *error = vmmap_map_create(&program);
    if (error)
        return error;
    error = vmmap_memory_add_program(board->target, program);
    if (!error && board->is_cortex_m) {
        size_t count;
        const struct vmmap_pmsa_area *areas = vmmap_pmsa_areas(&count);
        for (size_t i = 0; i < count && !error; i++)
            error = add_area(board->memory, areas[i].start, areas[i].last, areas[i].name);
    } else if (!error) {
        error = add_area(board->memory, 0, board->top, NULL);
    }
    vmmap_map_finish(board->memory, NULL);
    if (!error)
        error = vmmap_map_overlay(board->memory, program);
    if (!error)
        error = vmmap_map_add_note(
            board->map,
            "Nothing tells what memory there is: rows %sare what the architecture "
            "allows. \"vmmap_add\", GDB's \"mem\" or \"vmmap_load\" say more.",
            program->count > 0 ? "that are not of the program " : "");
    vmmap_map_destroy(program);
    return error;
}

static struct vmmap_error *find_memory(struct board *board)
{
    const bool is_qemu = board->info->kind == VMMAP_TARGET_QEMU_SYSTEM;
    struct vmmap_error *error =
        vmmap_map_note_error(board->map, vmmap_memory_add_regions(board->target, board->memory));
    board->map->provider = "gdb";
    if (error || board->memory->count > 0)
        return error;
    if (is_qemu && board->target->monitor)
        error =
            vmmap_map_note_error(board->map, vmmap_memory_add_machine(board->target, board->info,
                                                                      board->map, board->memory));
    if (error)
        return error;
    if (board->memory->count == 0)
        return assume_memory(board);
    board->map->provider = "monitor";
    board->map->exact = true;
    return NULL;
}

static struct vmmap_error *find_pmp_rights(struct board *board)
{
    struct vmmap_pmp pmp;
    bool is_known;
    struct vmmap_error *error =
        vmmap_pmp_read(board->target, board->info->address_bits, board->map, &pmp, &is_known);
    if (error)
        return error;
    if (!is_known)
        return vmmap_rights_forget(board->rights, 0, board->top);
    error = vmmap_pmp_paint(&pmp, board->top, board->rights);
    return error
               ? error
               : vmmap_map_add_note(board->map,
                                    "The hart is in machine mode, which uses physical addresses; "
                                    "user (u) is what supervisor and user mode may do, by physical "
                                    "memory protection (PMP).");
}

/* Registers that can not be read leave the rights unknown. */
static struct vmmap_error *find_rights(struct board *board)
{
    if (!board->is_cortex_m)
        return find_pmp_rights(board);
    struct vmmap_pmsa pmsa;
    struct vmmap_error *error = vmmap_cortex_m_read(board->target, board->info, board->map, &pmsa);
    if (!error)
        return vmmap_pmsa_paint(&pmsa, board->rights);
    error = vmmap_map_note_error(board->map, error);
    return error ? error : vmmap_rights_forget(board->rights, 0, board->top);
}

static struct vmmap_error *fill_board(struct board *board)
{
    struct vmmap_error *error = vmmap_map_create(&board->memory);
    if (!error)
        error = vmmap_map_create(&board->rights);
    if (!error)
        error = find_memory(board);
    if (!error)
        error = find_rights(board);
    if (!error)
        error = vmmap_rights_apply(board->rights, board->memory, board->map);
    board->map->exact = board->map->exact && !error && vmmap_rights_are_known(board->rights);
    if (board->info->kind != VMMAP_TARGET_QEMU_SYSTEM)
        board->map->target = vmmap_target_kind_name(VMMAP_TARGET_OTHER);
    return error;
}

static struct vmmap_error *bare_metal_fill(const struct vmmap_target *target,
                                           const struct vmmap_target_info *info,
                                           struct vmmap_map *map)
{
    struct board board = {
        .target = target,
        .info = info,
        .map = map,
        .is_cortex_m = vmmap_cpu_kind(info) == VMMAP_CPU_ARM,
        .top = info->address_bits == 32 ? UINT32_MAX : UINT64_MAX,
    };
    struct vmmap_error *error = fill_board(&board);
    vmmap_map_destroy(board.memory);
    vmmap_map_destroy(board.rights);
    return error;
}

const struct vmmap_provider vmmap_provider_bare_metal = {
    .name = "bare-metal",
    .applies = bare_metal_applies,
    .suits = bare_metal_suits,
    .fill = bare_metal_fill,
};
