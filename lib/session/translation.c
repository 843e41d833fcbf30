/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/translation.h"

#include <inttypes.h>

#include "providers/machine/guard.h"
#include "providers/machine/kernel_names.h"
#include "render/text.h"

static const char *entry_words(enum vmmap_paging_entry_kind kind)
{
    static const char *const words[] = {
        [VMMAP_PAGING_ENTRY_ABSENT] = "not present",
        [VMMAP_PAGING_ENTRY_TABLE] = "table",
        [VMMAP_PAGING_ENTRY_PAGE] = "page",
        [VMMAP_PAGING_ENTRY_INVALID] = "breaks the rules of the format: the CPU faults",
        [VMMAP_PAGING_ENTRY_UNREADABLE] = "can not be read",
    };
    return words[kind];
}

/* "  PML4E    0x1000[511] at 0x1ff8 = 0x2003  table" */
static void append_step(struct vmmap_buffer *ret, const struct vmmap_paging_step *step)
{
    vmmap_buffer_printf(ret, "  %-8s 0x%" PRIx64 "[%" PRIu64 "] at 0x%" PRIx64, step->name,
                        step->table, step->index, step->entry);
    if (step->kind != VMMAP_PAGING_ENTRY_UNREADABLE)
        vmmap_buffer_printf(ret, " = 0x%" PRIx64, step->value);
    vmmap_buffer_printf(ret, "  %s\n", entry_words(step->kind));
}

/* `where` says what the address of the page is: "" for physical. */
static void append_page(struct vmmap_buffer *ret, const struct vmmap_paging_run *page,
                        const char *where)
{
    char user[4], kernel[4];
    vmmap_access_format(page->user, user);
    vmmap_access_format(page->kernel, kernel);
    vmmap_buffer_printf(ret,
                        "  a page of 0x%" PRIx64 " bytes at %s0x%" PRIx64
                        ", user %s, kernel %s, attributes 0x%" PRIx32 "\n",
                        page->page_size, where, page->physical, user, kernel, page->attributes);
}

/* How the second stage went on from what the first one made of the address, or from a table of the
 * first. */
static void append_stage2(struct vmmap_buffer *ret,
                          const struct vmmap_paging_translation *translation)
{
    char user[4], kernel[4];
    if (translation->stage2.guest_page.page_size)
        append_page(ret, &translation->stage2.guest_page, "guest-physical ");
    vmmap_buffer_printf(ret, "%s, of guest-physical 0x%" PRIx64 ":\n", translation->stage2.mode,
                        translation->stage2.guest_physical);
    for (size_t i = 0; i < translation->stage2.step_count; i++)
        append_step(ret, &translation->stage2.steps[i]);
    if (translation->outcome != VMMAP_PAGING_MAPPED)
        return;
    vmmap_access_format(translation->stage2.user, user);
    vmmap_access_format(translation->stage2.kernel, kernel);
    vmmap_buffer_printf(ret, "  allows user %s, kernel %s; both stages together:\n", user, kernel);
}

static void append_outcome(struct vmmap_buffer *ret, uint64_t address,
                           const struct vmmap_paging_translation *translation)
{
    switch (translation->outcome) {
    case VMMAP_PAGING_MAPPED:
        append_page(ret, &translation->page, "");
        vmmap_buffer_printf(ret, "0x%" PRIx64 " is at physical address 0x%" PRIx64 ".\n", address,
                            translation->physical);
        break;
    case VMMAP_PAGING_IDENTITY:
        vmmap_buffer_printf(
            ret, "0x%" PRIx64 " is at physical address 0x%" PRIx64 ": translation is off.\n",
            address, translation->physical);
        break;
    case VMMAP_PAGING_NOT_MAPPED:
        vmmap_buffer_printf(ret, "0x%" PRIx64 " %s.\n", address,
                            vmmap_paging_translation_is_unread(translation)
                                ? "may be mapped: that entry is not in memory that can be read"
                                : "is not mapped");
        break;
    case VMMAP_PAGING_NOT_MAPPED_BY_STAGE2:
        vmmap_buffer_printf(ret,
                            "0x%" PRIx64 " is guest-physical 0x%" PRIx64
                            ", which the second stage does not map.\n",
                            address, translation->stage2.guest_physical);
        break;
    case VMMAP_PAGING_OUTSIDE:
        vmmap_buffer_printf(
            ret, "0x%" PRIx64 " is not mapped: no page table is responsible for it.\n", address);
        break;
    }
}

static void append_notes(struct vmmap_buffer *ret, const struct vmmap_map *notes)
{
    for (size_t i = 0; i < notes->note_count; i++) {
        vmmap_buffer_append_string(ret, "note: ");
        vmmap_text_append_escaped(ret, notes->notes[i]);
        vmmap_buffer_append(ret, "\n", 1);
    }
}

static struct vmmap_error *translate(const struct vmmap_target *target,
                                     const struct vmmap_target_info *info,
                                     const struct vmmap_root *root, uint64_t address,
                                     struct vmmap_map *notes, struct vmmap_paging_translation *ret)
{
    struct vmmap_machine machine;
    bool is_linux = false;
    struct vmmap_error *error = vmmap_machine_init(&machine, target, info, notes);
    if (!error)
        error = vmmap_machine_use_root(&machine, root, notes);
    if (!error)
        error = vmmap_paging_translate(&machine.config, &machine.memory, address, ret);
    if (!error)
        error = vmmap_machine_status(&machine);
    const bool is_own = root->kind == VMMAP_ROOT_CPU && !machine.is_apart;
    if (!error && is_own)
        error = vmmap_kernel_names_recall(&machine, info, &is_linux);
    if (!error && is_own)
        error = vmmap_machine_guard(&machine, target, info, is_linux, notes);
    vmmap_machine_deinit(&machine);
    return error;
}

/* Whether there are page tables at all; an error says why not. */
static struct vmmap_error *find_machine(struct vmmap_session *session,
                                        const struct vmmap_target_info **ret)
{
    struct vmmap_error *error = vmmap_session_describe(session, ret);
    if (error)
        return error;
    const struct vmmap_target_info *info = *ret;
    if (info->kind == VMMAP_TARGET_NONE || info->running)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  info->running ? "The program is running: stop it first, with "
                                                  "Ctrl-C or \"interrupt\"."
                                                : "There is nothing to translate for: connect to "
                                                  "a machine with \"target remote\".");
    if (!vmmap_target_is_machine(info))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "There are no page tables to see: the target is no machine under "
                                  "QEMU (it is %s).",
                                  vmmap_target_kind_name(info->kind));
    return NULL;
}

struct vmmap_error *vmmap_session_translate(struct vmmap_session *session,
                                            const struct vmmap_root *root, uint64_t address,
                                            struct vmmap_buffer *ret)
{
    const struct vmmap_target_info *info;
    struct vmmap_map *notes;
    struct vmmap_paging_translation translation;
    struct vmmap_error *error = find_machine(session, &info);
    if (!error)
        error = vmmap_map_create(&notes);
    if (error)
        return error;
    error = translate(vmmap_session_target(session), info, root, address, notes, &translation);
    if (!error) {
        vmmap_buffer_printf(ret, "%s:\n", translation.mode);
        for (size_t i = 0; i < translation.step_count; i++)
            append_step(ret, &translation.steps[i]);
        if (translation.stage2.mode)
            append_stage2(ret, &translation);
        append_outcome(ret, address, &translation);
        append_notes(ret, notes);
        error = vmmap_buffer_status(ret);
    }
    vmmap_map_destroy(notes);
    return error;
}

struct vmmap_error *vmmap_session_find_physical(struct vmmap_session *session, uint64_t address,
                                                struct vmmap_paging_translation *ret, bool *found)
{
    const struct vmmap_target_info *info;
    struct vmmap_map *notes;
    const struct vmmap_root own = {.kind = VMMAP_ROOT_CPU};
    struct vmmap_error *error = vmmap_session_describe(session, &info);
    *found = false;
    if (error || !vmmap_target_is_machine(info) || info->running)
        return error;
    error = vmmap_map_create(&notes);
    if (error)
        return error;
    error = translate(vmmap_session_target(session), info, &own, address, notes, ret);
    *found =
        !error && (ret->outcome == VMMAP_PAGING_MAPPED || ret->outcome == VMMAP_PAGING_IDENTITY);
    vmmap_map_destroy(notes);
    return error;
}
