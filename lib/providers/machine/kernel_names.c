/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/kernel_names.h"

#include <inttypes.h>

#include "os/linux_sections.h"
#include "providers/kept.h"

/* The image of a big kernel; reading it takes some 6 ms. */
#define SEARCH_BYTES (UINT64_C(48) << 20)

/* The address of a symbol, 0 without one. */
static struct vmmap_error *find_symbol(const struct vmmap_target *target, const char *name,
                                       uint64_t *ret)
{
    *ret = 0;
    if (!target->symbol_address)
        return NULL;
    struct vmmap_error *error = target->symbol_address(target->context, name, ret);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    *ret = 0;
    vmmap_error_destroy(error);
    return NULL;
}

/* `*found` if there are symbols of a kernel at all. */
static struct vmmap_error *find_symbols(const struct vmmap_target *target,
                                        struct vmmap_linux_places *ret, bool *found)
{
    const struct {
        const char *name;
        uint64_t *address;
    } symbols[] = {
        {"linux_banner", &ret->banner},
        {"page_offset_base", &ret->page_offset_base},
        {"vmalloc_base", &ret->vmalloc_base},
        {"vmemmap_base", &ret->vmemmap_base},
        {"vmcoreinfo_data", &ret->vmcoreinfo_data},
        {"_text", &ret->text},
        {"_end", &ret->end},
    };
    struct vmmap_error *error = NULL;
    *ret = (struct vmmap_linux_places){.banner = 0};
    for (size_t i = 0; !error && i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        error = find_symbol(target, symbols[i].name, symbols[i].address);
        if (i == 0 && !ret->banner)
            break;
    }
    *found = ret->banner != 0;
    return error;
}

/* Any address in the kernel's code: its exception vectors. A Linux at EL2 (VHE) has left those of
 * EL1 where they were when it began. */
static struct vmmap_error *find_code(const struct vmmap_target *target,
                                     const struct vmmap_paging_config *config, uint64_t *ret)
{
    static const char *const names[] = {"VBAR_EL1", "VBAR", "stvec"};
    bool found = false;
    *ret = 0;
    struct vmmap_error *error = NULL;
    if (config->architecture == VMMAP_PAGING_X86 || !target->read_register)
        return NULL;
    for (size_t i = 0; !error && !found && i < sizeof(names) / sizeof(names[0]); i++)
        error = target->read_register(target->context, names[i], ret, &found);
    if (error || !found)
        *ret = 0;
    return error;
}

/* By searching, where that is quick; else nothing is found. */
static struct vmmap_error *search(const struct vmmap_kernel_memory *known,
                                  const struct vmmap_machine *machine,
                                  const struct vmmap_target *target, uint64_t *searched,
                                  struct vmmap_linux_places *ret)
{
    struct vmmap_kernel_memory kernel = *known;
    uint64_t code = machine->kernel_code;
    struct vmmap_error *error = NULL;
    *ret = (struct vmmap_linux_places){.banner = 0};
    if (!machine->image && machine->physical.via != VMMAP_PHYS_VIA_PROC_MEM)
        return NULL;
    kernel.search = &machine->peek;
    kernel.search_bytes = SEARCH_BYTES;
    if (!machine->image)
        error = find_code(target, kernel.config, &code);
    return error ? error : vmmap_linux_places_search(&kernel, code, searched, ret);
}

/* Whether symbols are where the proofs of the layout were found. */
static bool agree(const struct vmmap_linux_places *symbols, const struct vmmap_linux_places *proven)
{
    const uint64_t pairs[][2] = {
        {symbols->banner, proven->banner},
        {symbols->page_offset_base, proven->page_offset_base},
        {symbols->vmalloc_base, proven->vmalloc_base},
        {symbols->vmemmap_base, proven->vmemmap_base},
        {symbols->vmcoreinfo_data, proven->vmcoreinfo_data},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (pairs[i][1] && pairs[i][0] != pairs[i][1])
            return false;
        any = any || pairs[i][1];
    }
    return any;
}

/* Adds the image's sections to a layout that was found, if the debugger has symbols of that kernel
 * by now. */
static struct vmmap_error *add_sections(const struct vmmap_target *target, struct vmmap_kept *kept)
{
    struct vmmap_linux_section_bounds bounds[VMMAP_LINUX_SECTION_COUNT];
    struct vmmap_linux_places places;
    bool found;
    if (vmmap_linux_sections_are_in(&kept->layout))
        return NULL;
    struct vmmap_error *error = find_symbols(target, &places, &found);
    if (error || !found || !agree(&places, &kept->linux_places))
        return error;
    for (size_t i = 0; i < VMMAP_LINUX_SECTION_COUNT && !error; i++) {
        error = find_symbol(target, vmmap_linux_sections[i].start, &bounds[i].start);
        if (!error)
            error = find_symbol(target, vmmap_linux_sections[i].end, &bounds[i].end);
    }
    if (!error)
        vmmap_linux_sections_add(bounds, &kept->layout);
    return error;
}

/* From where it was last time, from symbols, or by searching. What a search found is kept even if
 * it is no proof yet: a kernel that is still at its beginning has the words before it has a direct
 * map, and the same image is not searched again. */
static struct vmmap_error *find_layout(const struct vmmap_kernel_memory *kernel,
                                       const struct vmmap_machine *machine,
                                       const struct vmmap_target *target, struct vmmap_kept *kept,
                                       uint64_t *searched, bool *found)
{
    struct vmmap_linux_places places;
    bool is_worth_keeping = false;
    struct vmmap_error *error =
        vmmap_linux_layout_read(kernel, &kept->linux_places, &kept->layout, found);
    if (error || *found)
        return error;
    error = find_symbols(target, &places, found);
    if (!error && *found)
        error = vmmap_linux_layout_read(kernel, &places, &kept->layout, found);
    if (!error && !*found) {
        error = search(kernel, machine, target, searched, &places);
        is_worth_keeping = !error && (places.banner || places.vmcoreinfo_data);
    }
    if (!error && !*found)
        error = vmmap_linux_layout_read(kernel, &places, &kept->layout, found);
    if (!error && (*found || is_worth_keeping))
        kept->linux_places = places;
    return error;
}

/* Page-table isolation: the kernel's own tables are the page before those for user mode, which lack
 * most of it (arch/x86/entry/calling.h). */
static bool take_kernel_tables(struct vmmap_paging_config *config)
{
    enum { PTI_BIT = 0x1000 };
    if (config->architecture != VMMAP_PAGING_X86 || !(config->x86.cr3 & PTI_BIT))
        return false;
    config->x86.cr3 &= ~(uint64_t)PTI_BIT;
    return true;
}

/* The kernel switches tables a few instructions after it was entered, and before it returns. In
 * user mode it has been said already (paging_registers.c), without this proof. */
static struct vmmap_error *note_entry(const struct vmmap_target *target,
                                      const struct vmmap_paging_config *own, struct vmmap_map *map)
{
    enum { RPL = 3 };
    uint64_t cs;
    bool found = false;
    struct vmmap_error *error = NULL;
    if (target->read_register)
        error = target->read_register(target->context, "cs", &cs, &found);
    if (error || !found || (cs & RPL) == RPL)
        return error;
    return vmmap_map_add_note(map,
                              "The CPU is in the kernel, but has the page tables for user mode "
                              "(KPTI) at the moment: most of the kernel is not mapped, and the "
                              "kernel's own tables are at 0x%" PRIx64 ".",
                              own->x86.cr3 & ~UINT64_C(0xfff));
}

/* Brings `kept->layout` up to date. `*isolated` is whether only the kernel's own tables told it. */
static struct vmmap_error *update_layout(const struct vmmap_machine *machine,
                                         const struct vmmap_target *target,
                                         const struct vmmap_paging_config *own,
                                         struct vmmap_kept *kept, bool *isolated, bool *found)
{
    const struct vmmap_kernel_memory selected = {.config = &machine->config,
                                                 .memory = &machine->memory};
    const struct vmmap_kernel_memory kernels = {.config = own, .memory = &machine->memory};
    *isolated = false;
    struct vmmap_error *error = vmmap_linux_layout_check(&selected, &kept->layout, found);
    if (!error && !*found && own) {
        error = vmmap_linux_layout_check(&kernels, &kept->layout, found);
        *isolated = !error && *found;
    }
    if (!error && !*found)
        error = find_layout(&selected, machine, target, kept, &kept->linux_searched[0], found);
    if (!error && !*found && own) {
        error = find_layout(&kernels, machine, target, kept, &kept->linux_searched[1], found);
        *isolated = !error && *found;
    }
    return error;
}

struct vmmap_error *vmmap_kernel_names_add(const struct vmmap_machine *machine,
                                           const struct vmmap_target *target,
                                           const struct vmmap_target_info *info,
                                           struct vmmap_map *map, bool *is_linux)
{
    struct vmmap_paging_config own = machine->config;
    const struct vmmap_paging_config *tables = take_kernel_tables(&own) ? &own : NULL;
    bool isolated, found = false;
    struct vmmap_error *error =
        update_layout(machine, target, tables, info->kept, &isolated, &found);
    *is_linux = !error && found;
    if (!error && found)
        error = add_sections(target, info->kept);
    if (!error && found)
        error = vmmap_kernel_layout_name_regions(&info->kept->layout, map);
    if (!error && isolated)
        error = note_entry(target, &own, map);
    if (error && !vmmap_error_is_fatal(error)) {
        vmmap_error_destroy(error);
        error = NULL;
    }
    return error;
}

struct vmmap_error *vmmap_kernel_names_recall(const struct vmmap_machine *machine,
                                              const struct vmmap_target_info *info, bool *is_linux)
{
    const struct vmmap_kernel_memory selected = {.config = &machine->config,
                                                 .memory = &machine->memory};
    return vmmap_linux_layout_check(&selected, &info->kept->layout, is_linux);
}
