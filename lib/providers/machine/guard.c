/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/guard.h"

#include <inttypes.h>

#include "map/region.h"
#include "providers/machine/cpu.h"
#include "providers/machine/x86_state.h"

/* What is asked of one register. */
struct question {
    struct vmmap_machine *machine;
    const char *name; /* "$pc" */
    uint64_t address;
    uint8_t access; /* what the CPU does there: VMMAP_PERM_EXEC, or WRITE */
    enum vmmap_cpu_mode mode;
    struct vmmap_map *map;
};

/* Why the CPU could not do it; NULL if it could. */
static const char *find_obstacle(const struct question *question,
                                 const struct vmmap_paging_translation *translation)
{
    if (vmmap_paging_translation_is_unread(translation))
        return "is translated by a table that can not be read";
    if (translation->outcome != VMMAP_PAGING_MAPPED &&
        translation->outcome != VMMAP_PAGING_IDENTITY)
        return "is not mapped";
    const uint8_t user = translation->page.user, kernel = translation->page.kernel;
    const bool is_code = question->access == VMMAP_PERM_EXEC;
    if (question->mode != VMMAP_CPU_MODE_KERNEL && user & question->access)
        return NULL;
    if (question->mode != VMMAP_CPU_MODE_USER && kernel & question->access)
        return NULL;
    if (question->mode == VMMAP_CPU_MODE_USER)
        return is_code ? "is not executable in user mode" : "is not writable in user mode";
    return is_code ? "is not executable in the kernel's mode"
                   : "is not writable in the kernel's mode";
}

/* The page has to be RAM or ROM. Where the monitor does not tell, it may be. */
static struct vmmap_error *check_memory(const struct question *question, uint64_t physical,
                                        const char **obstacle)
{
    uint64_t host;
    bool found = false;
    struct vmmap_error *error =
        vmmap_guest_ram_find(&question->machine->physical.ram,
                             physical & ~(uint64_t)(VMMAP_PHYSICAL_PAGE - 1), &host, &found);
    if (!error && !found)
        *obstacle = "is neither RAM nor ROM";
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

/* `*obstacle` is NULL where there is none. */
static struct vmmap_error *ask(const struct question *question, const char **obstacle)
{
    struct vmmap_machine *machine = question->machine;
    struct vmmap_paging_translation translation;
    *obstacle = NULL;
    struct vmmap_error *error =
        vmmap_paging_translate(&machine->config, &machine->memory, question->address, &translation);
    if (!error)
        error = vmmap_physical_status(&machine->physical);
    if (error)
        return error;
    *obstacle = find_obstacle(question, &translation);
    return *obstacle ? NULL : check_memory(question, translation.physical, obstacle);
}

static struct vmmap_error *note_obstacle(const struct question *question, const char *obstacle)
{
    question->map->exact = false;
    return vmmap_map_add_note(question->map,
                              "This is not all that the CPU sees, or not what it sees: it could "
                              "not %s, for %s (0x%" PRIx64 ") %s.",
                              question->access == VMMAP_PERM_EXEC ? "fetch its next instruction"
                                                                  : "use its kernel's stack",
                              question->name, question->address, obstacle);
}

/* An x86 CPU may have segments that do not begin at 0, and be in a mode that GDB does not show:
 * then asks once more with what the monitor says. `*smm` is whether it is in system management
 * mode. */
static struct vmmap_error *ask_x86(struct question *question, const struct vmmap_target *target,
                                   const struct vmmap_target_info *info, bool *smm,
                                   const char **obstacle)
{
    struct vmmap_qemu_x86_state state;
    bool found;
    struct vmmap_error *error = vmmap_x86_state_read(target, info, &state, &found);
    if (error || !found)
        return error;
    *smm = state.smm && !vmmap_x86_is_in_real_mode(&question->machine->config);
    question->mode = state.level == 3 ? VMMAP_CPU_MODE_USER : VMMAP_CPU_MODE_KERNEL;
    if (state.code_base == 0)
        return NULL;
    question->address = (state.code_base + question->address) & UINT32_MAX;
    return ask(question, obstacle);
}

static struct vmmap_error *guard_code(struct question *question, const struct vmmap_target *target,
                                      const struct vmmap_target_info *info)
{
    const char *obstacle;
    bool smm = false;
    const uint64_t offset = question->address;
    struct vmmap_error *error =
        vmmap_x86_linear(target, info, VMMAP_X86_CODE, offset, &question->address);
    if (!error)
        error = ask(question, &obstacle);
    if (!error && obstacle && vmmap_cpu_kind(info) == VMMAP_CPU_X86) {
        question->address = offset;
        error = ask_x86(question, target, info, &smm, &obstacle);
    }
    if (!error && obstacle)
        error = note_obstacle(question, obstacle);
    if (!error && smm)
        error = vmmap_x86_note_smm(question->map);
    return error;
}

/* An empty stack ends where $sp points to, and may be followed by nothing. */
static struct vmmap_error *guard_stack(struct question *question)
{
    const char *obstacle, *below;
    struct vmmap_error *error = ask(question, &obstacle);
    if (error || !obstacle)
        return error;
    const uint64_t address = question->address--;
    error = ask(question, &below);
    question->address = address;
    return error || !below ? error : note_obstacle(question, obstacle);
}

/* What a hypervisor switches on before it runs guests: EFER.SVME (AMD APM volume 2, section 15.4)
 * and CR4.VMXE (Intel SDM volume 3, section 24.7). In a guest, CR3 holds an address that goes
 * through nested tables, and no register tells whether the CPU is in one. */
static struct vmmap_error *note_hypervisor(const struct vmmap_paging_config *config,
                                           struct vmmap_map *map)
{
    enum { EFER_SVME = 1 << 12, CR4_VMXE = 1 << 13 };
    if (config->architecture != VMMAP_PAGING_X86)
        return NULL;
    const bool svm = config->x86.efer & EFER_SVME, vmx = config->x86.cr4 & CR4_VMXE;
    if (!svm && !vmx)
        return NULL;
    map->exact = false;
    return vmmap_map_add_note(map,
                              "Virtualization is switched on (%s): where the CPU is in a guest of "
                              "the machine's own, its page tables go through another translation, "
                              "which can not be seen, and this is not what it sees.",
                              svm ? "EFER.SVME" : "CR4.VMXE");
}

struct vmmap_error *vmmap_machine_guard(struct vmmap_machine *machine,
                                        const struct vmmap_target *target,
                                        const struct vmmap_target_info *info, bool is_linux,
                                        struct vmmap_map *map)
{
    struct question code = {machine, "$pc", 0, VMMAP_PERM_EXEC, VMMAP_CPU_MODE_UNKNOWN, map};
    struct question stack = {machine, "$sp", 0, VMMAP_PERM_WRITE, VMMAP_CPU_MODE_KERNEL, map};
    bool has_code = false, has_stack = false;
    if (!target->read_register)
        return NULL;
    struct vmmap_error *error = note_hypervisor(&machine->config, map);
    if (!error)
        error = vmmap_cpu_mode(target, info, &code.mode);
    if (!error)
        error = target->read_register(target->context, "pc", &code.address, &has_code);
    if (!error && has_code)
        error = guard_code(&code, target, info);
    if (error || !is_linux || code.mode != VMMAP_CPU_MODE_KERNEL)
        return error;
    error = target->read_register(target->context, "sp", &stack.address, &has_stack);
    return error || !has_stack ? error : guard_stack(&stack);
}
