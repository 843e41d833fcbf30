/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/machine.h"

#include <inttypes.h>
#include <string.h>

#include "formats/elf.h"
#include "providers/kept.h"
#include "providers/machine/paging_registers.h"
#include "providers/machine/x86_state.h"

static struct vmmap_error *open_live(struct vmmap_machine *machine,
                                     const struct vmmap_target *target,
                                     const struct vmmap_target_info *info, struct vmmap_map *notes)
{
    machine->memory = (struct vmmap_paging_memory){
        .context = &machine->physical,
        .read = vmmap_physical_read,
        .poll = vmmap_physical_poll,
    };
    machine->peek = machine->memory;
    machine->peek.read = vmmap_physical_peek;
    struct vmmap_error *error = vmmap_physical_init(&machine->physical, target, info, notes);
    if (!error)
        error = vmmap_paging_config_read(target, info, notes, &machine->config);
    if (!error && vmmap_x86_is_in_real_mode(&machine->config))
        error = vmmap_x86_note_real_mode(target, info, notes);
    return error;
}

/* x86, from the registers that QEMU has put into the file. EFER is not among them: what it must be
 * while the code segment is one of 64 bits is taken as set. */
static bool configure_by_cpu(const struct vmmap_image_facts *facts, struct vmmap_paging_config *ret)
{
    enum { EFER_LME_LMA_NXE = 0xd00 };
    const struct vmmap_image_cpu *cpu = facts->cpus;
    if (facts->cpu_count == 0 || !cpu->has_control_registers)
        return false;
    *ret = (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_X86,
        .x86 = {.cr0 = cpu->cr0,
                .cr3 = cpu->cr3,
                .cr4 = cpu->cr4,
                .efer = cpu->is_long_mode ? EFER_LME_LMA_NXE : 0},
    };
    return true;
}

/* The header of a Windows crash dump has the tables of the process that ran. */
static bool configure_by_dump(const struct vmmap_image_facts *facts,
                              struct vmmap_paging_config *ret)
{
    enum { CR4_PAE = 1 << 5, EFER_LME_LMA_NXE = 0xd00 };
    const struct vmmap_image_windows *windows = &facts->windows;
    if (!facts->has_windows || !windows->directory_table_base ||
        (facts->machine != VMMAP_ELF_X86_64 && facts->machine != VMMAP_ELF_386))
        return false;
    *ret = (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_X86,
        .x86 = {.cr0 = UINT64_C(0x80000001),
                .cr3 = windows->directory_table_base,
                .cr4 = windows->is_64 || windows->is_pae ? CR4_PAE : 0,
                .efer = windows->is_64 ? EFER_LME_LMA_NXE : 0},
    };
    return true;
}

static struct vmmap_error *note_image(const struct vmmap_guest *guest, struct vmmap_map *notes)
{
    const struct vmmap_image_facts *facts = vmmap_image_facts(guest->image);
    struct vmmap_error *error = vmmap_map_add_note(notes, "This is about the memory image %s (%s).",
                                                   guest->image_path, facts->format);
    if (!error && facts->is_truncated)
        error = vmmap_map_add_note(notes, "The image is cut off or incomplete: what is missing can "
                                          "not be told.");
    if (!error && facts->cpu_count > 1 && facts->cpus[0].has_control_registers)
        error = vmmap_map_add_note(notes,
                                   "The image has the registers of %zu CPUs, which may have "
                                   "different page tables: these are of the first.",
                                   facts->cpu_count);
    return error;
}

/* The tables of the kernel, where the file does not tell how a CPU translated. */
static struct vmmap_error *configure_by_kernel(struct vmmap_machine *machine,
                                               struct vmmap_guest *guest, struct vmmap_map *notes)
{
    struct vmmap_error *error = vmmap_machine_find_system(machine, guest);
    if (error && vmmap_error_is_fatal(error))
        return error;
    if (error) {
        struct vmmap_error *said = vmmap_error_create(
            VMMAP_ERROR_UNSUPPORTED, "The image %s (%s) does not tell how its CPU translated. %s",
            guest->image_path, vmmap_image_facts(guest->image)->format, error->message);
        vmmap_error_destroy(error);
        return said;
    }
    machine->config = vmmap_guest_config(guest, NULL);
    machine->kernel_code = vmmap_guest_code(guest);
    return vmmap_map_add_note(notes, "The image has no registers of a CPU: these are the kernel's "
                                     "own page tables.");
}

static struct vmmap_error *open_image(struct vmmap_machine *machine, struct vmmap_guest *guest,
                                      struct vmmap_map *notes)
{
    struct vmmap_error *error = vmmap_guest_image_status(guest);
    if (error)
        return error;
    machine->image = guest->image;
    machine->is_apart = true;
    machine->memory = (struct vmmap_paging_memory){
        .context = guest->image,
        .read = vmmap_image_read,
        .poll = vmmap_image_poll,
    };
    machine->peek = machine->memory;
    const struct vmmap_image_facts *facts = vmmap_image_facts(guest->image);
    error = note_image(guest, notes);
    if (error || configure_by_cpu(facts, &machine->config) ||
        configure_by_dump(facts, &machine->config))
        return error;
    return configure_by_kernel(machine, guest, notes);
}

/* The process that the user chose has tables of its own. */
static struct vmmap_error *use_chosen(struct vmmap_machine *machine, struct vmmap_guest *guest,
                                      struct vmmap_map *notes)
{
    struct vmmap_error *error = vmmap_machine_find_system(machine, guest);
    if (!error)
        error = vmmap_guest_refresh_chosen(guest);
    if (error)
        return error;
    const struct vmmap_guest_process *chosen = &guest->chosen;
    machine->config = vmmap_guest_config(guest, chosen);
    machine->is_apart = true;
    notes->process = (struct vmmap_map_process){chosen->pid, chosen->address, chosen->root, ""};
    memcpy(notes->process.name, chosen->name, sizeof(notes->process.name));
    return vmmap_map_add_note(notes,
                              "This is about process %" PRIu64 " (%s) of the guest; \"cc kernel\" "
                              "goes back.",
                              chosen->pid, chosen->name);
}

struct vmmap_error *vmmap_machine_init(struct vmmap_machine *machine,
                                       const struct vmmap_target *target,
                                       const struct vmmap_target_info *info,
                                       struct vmmap_map *notes)
{
    *machine = VMMAP_MACHINE_INIT;
    struct vmmap_error *error = info->kind == VMMAP_TARGET_IMAGE
                                    ? open_image(machine, info->guest, notes)
                                    : open_live(machine, target, info, notes);
    if (!error && info->guest && info->guest->has_chosen)
        error = use_chosen(machine, info->guest, notes);
    return error;
}

void vmmap_machine_deinit(struct vmmap_machine *machine)
{
    if (!machine->image)
        vmmap_physical_deinit(&machine->physical);
}

struct vmmap_error *vmmap_machine_status(const struct vmmap_machine *machine)
{
    return machine->image ? NULL : vmmap_physical_status(&machine->physical);
}

/* Page-table isolation: the kernel's own tables are the page before those for user mode
 * (arch/x86/entry/calling.h). */
static struct vmmap_paging_config kernel_config(const struct vmmap_paging_config *cpu)
{
    enum { PTI_BIT = 0x1000 };
    struct vmmap_paging_config config = *cpu;
    if (config.architecture == VMMAP_PAGING_X86)
        config.x86.cr3 &= ~(uint64_t)PTI_BIT;
    return config;
}

struct vmmap_error *vmmap_machine_find_system(const struct vmmap_machine *machine,
                                              struct vmmap_guest *guest)
{
    const struct vmmap_paging_config kernel = kernel_config(&machine->config);
    return vmmap_guest_find_system(guest, &machine->memory, machine->image ? NULL : &kernel);
}

void vmmap_machine_remember(const struct vmmap_machine *machine,
                            const struct vmmap_target_info *info)
{
    info->kept->translation = machine->config;
}

struct vmmap_error *vmmap_machine_check(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, bool *same)
{
    struct vmmap_paging_config config;
    struct vmmap_map *ignored;
    /* A file does not change; a process of a live machine is looked up each time. */
    *same = info->kind == VMMAP_TARGET_IMAGE;
    if (*same || (info->guest && info->guest->has_chosen))
        return NULL;
    struct vmmap_error *error = vmmap_map_create(&ignored);
    if (error)
        return error;
    error = vmmap_paging_config_read(target, info, ignored, &config);
    *same = !error && vmmap_paging_config_equals(&config, &info->kept->translation) &&
            !info->kept->has_just_told;
    info->kept->has_just_told = false;
    vmmap_map_destroy(ignored);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}
