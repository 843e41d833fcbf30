/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/x86_state.h"

#include <inttypes.h>

#include "providers/machine/cpu.h"
#include "providers/machine/monitor_cpu.h"

enum { CR0_PE = 1, SELECTOR = 0xffff, PARAGRAPH = 16, MAX_LINES = 100 };

static const char *const selector_names[] = {[VMMAP_X86_CODE] = "cs", [VMMAP_X86_STACK] = "ss"};

struct vmmap_error *vmmap_x86_state_read(const struct vmmap_target *target,
                                         const struct vmmap_target_info *info,
                                         struct vmmap_qemu_x86_state *ret, bool *found)
{
    bool selected = false;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    *found = false;
    if (!target->monitor)
        return NULL;
    struct vmmap_error *error = vmmap_monitor_cpu_check(target, info, MAX_LINES, &selected);
    if (!error && selected)
        error = target->monitor(target->context, "info registers", &text);
    if (!error)
        error = vmmap_buffer_status(&text);
    *found = !error && vmmap_qemu_x86_state_parse(text.data, text.size, ret);
    vmmap_buffer_deinit(&text);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

bool vmmap_x86_is_in_real_mode(const struct vmmap_paging_config *config)
{
    return config->architecture == VMMAP_PAGING_X86 && !(config->x86.cr0 & CR0_PE);
}

/* A register, 0 where there is none. */
static struct vmmap_error *read_register(const struct vmmap_target *target, const char *name,
                                         uint64_t *ret, bool *found)
{
    struct vmmap_error *error =
        target->read_register ? target->read_register(target->context, name, ret, found) : NULL;
    if (error || !*found)
        *ret = 0;
    return error;
}

static uint64_t base_of(const struct vmmap_qemu_x86_state *state, enum vmmap_x86_segment segment)
{
    return segment == VMMAP_X86_CODE ? state->code_base : state->stack_base;
}

struct vmmap_error *vmmap_x86_linear(const struct vmmap_target *target,
                                     const struct vmmap_target_info *info,
                                     enum vmmap_x86_segment segment, uint64_t offset, uint64_t *ret)
{
    struct vmmap_qemu_x86_state state;
    uint64_t cr0, selector, base;
    bool found = false;
    *ret = offset;
    if (vmmap_cpu_kind(info) != VMMAP_CPU_X86)
        return NULL;
    struct vmmap_error *error = read_register(target, "cr0", &cr0, &found);
    if (error || !found || cr0 & CR0_PE)
        return error;
    error = vmmap_x86_state_read(target, info, &state, &found);
    if (error)
        return error;
    if (found) {
        base = base_of(&state, segment);
    } else {
        error = read_register(target, selector_names[segment], &selector, &found);
        base = (selector & SELECTOR) * PARAGRAPH;
    }
    *ret = (base + offset) & UINT32_MAX;
    return error;
}

/* The sentence for a segment that does not begin where its number says. */
static struct vmmap_error *note_base(const char *name, uint64_t selector, uint64_t base,
                                     struct vmmap_map *notes)
{
    return vmmap_map_add_note(notes,
                              "The CPU is in real mode, and the segment in %s (0x%" PRIx64
                              ") begins at 0x%" PRIx64 ", not at 16 times its number.",
                              name, selector, base);
}

struct vmmap_error *vmmap_x86_note_real_mode(const struct vmmap_target *target,
                                             const struct vmmap_target_info *info,
                                             struct vmmap_map *notes)
{
    static const char *const names[] = {[VMMAP_X86_CODE] = "CS", [VMMAP_X86_STACK] = "SS"};
    struct vmmap_qemu_x86_state state = {.smm = false};
    bool found, is_plain = true;
    struct vmmap_error *error = vmmap_x86_state_read(target, info, &state, &found);
    for (unsigned int i = VMMAP_X86_CODE; !error && found && i <= VMMAP_X86_STACK; i++) {
        uint64_t selector;
        bool known = false;
        error = read_register(target, selector_names[i], &selector, &known);
        if (error || !known || base_of(&state, i) == (selector & SELECTOR) * PARAGRAPH)
            continue;
        is_plain = false;
        error = note_base(names[i], selector & SELECTOR, base_of(&state, i), notes);
    }
    if (!error && state.smm)
        error = vmmap_x86_note_smm(notes);
    if (error || !is_plain)
        return error;
    return vmmap_map_add_note(notes,
                              "The CPU is in real mode: an address is a segment times 16 plus an "
                              "offset, below 0x110000%s.",
                              found ? "" : ", except after a reset and in system management mode");
}

struct vmmap_error *vmmap_x86_note_smm(struct vmmap_map *notes)
{
    return vmmap_map_add_note(notes,
                              "The CPU is in system management mode (SMM): its code and tables may "
                              "be in memory that only this mode can see, which can not be read.");
}
