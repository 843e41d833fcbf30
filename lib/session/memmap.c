/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/memmap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/regex.h"
#include "paging/leaves.h"
#include "paging/notes.h"
#include "render/json_parts.h"
#include "render/text.h"
#include "session/guest_session.h"

/* Tables of one address space: with the smallest pages 256 MiB of them map 128 GiB. */
#define TABLE_BYTES (UINT64_C(256) << 20)

#define KERNEL_HALF (UINT64_C(1) << 63)

/* Which processes are meant. */

static struct vmmap_error *compile(const char *pattern, struct vmmap_regex **ret)
{
    struct vmmap_regex *alone;
    char *anchored;
    struct vmmap_error *error = vmmap_regex_create(pattern, &alone); /* for what is wrong with it */
    if (error)
        return error;
    vmmap_regex_destroy(alone);
    if (asprintf(&anchored, "^(%s)", pattern) < 0)
        return &vmmap_error_no_memory;
    error = vmmap_regex_create(anchored, ret);
    free(anchored);
    return error;
}

static bool holds(const uint64_t *numbers, size_t count, uint64_t wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == wanted)
            return true;
    }
    return false;
}

static bool is_meant(const struct vmmap_process_choice *choice, const struct vmmap_regex *regex,
                     const struct vmmap_guest_process *process)
{
    if (choice->methods && !(choice->methods & process->seen))
        return false;
    if (choice->address_count)
        return holds(choice->addresses, choice->address_count, process->address);
    if (choice->pid_count)
        return holds(choice->pids, choice->pid_count, process->pid);
    return !regex || vmmap_regex_matches(regex, process->name);
}

static bool is_filtered(const struct vmmap_process_choice *choice)
{
    return choice->address_count || choice->pid_count || choice->name;
}

/* Takes the others out of the list. */
static struct vmmap_error *keep_meant(const struct vmmap_process_choice *choice,
                                      struct vmmap_guest_processes *list)
{
    struct vmmap_regex *regex = NULL;
    struct vmmap_error *error = choice->name ? compile(choice->name, &regex) : NULL;
    size_t kept = 0;
    for (size_t i = 0; !error && i < list->count; i++) {
        if (is_meant(choice, regex, &list->items[i]))
            list->items[kept++] = list->items[i];
    }
    vmmap_regex_destroy(regex);
    if (!error)
        list->count = kept;
    return error;
}

/* Methods that were asked for by name have to be possible. */
static struct vmmap_error *check_methods(uint32_t methods)
{
    for (enum vmmap_process_method i = 0; i < VMMAP_METHOD_COUNT; i++) {
        if (methods >> i & 1 && i != VMMAP_METHOD_TASKS)
            return vmmap_error_create(
                VMMAP_ERROR_UNSUPPORTED,
                "The method %s is for Windows; this machine runs Linux, whose "
                "processes are told by \"tasks\".",
                vmmap_process_method_name(i));
    }
    return NULL;
}

/* Rows. */

struct listing {
    const struct vmmap_memmap_query *query;
    struct vmmap_guest_session *guest;
    struct vmmap_buffer *ret;
    struct vmmap_paging_run row; /* not printed yet, if has_row */
    bool has_row;
    bool is_software;
    size_t rows;                    /* printed of this address space */
    size_t unsaved;                 /* of all, that are not in the image */
    struct vmmap_image_range range; /* the last that was asked for */
};

/* Whether the image has the page; every page of a live machine is there. */
static bool is_saved(struct listing *listing, uint64_t physical)
{
    struct vmmap_image_range *range = &listing->range;
    struct vmmap_image *image = listing->guest->machine.image;
    if (!image)
        return true;
    if (physical < range->start || physical > range->last || range->presence == 0) {
        const bool found = vmmap_image_next_range(image, physical, range);
        if (!found || range->start > physical) {
            range->presence = VMMAP_IMAGE_NO_MEMORY;
            return false;
        }
    }
    return range->presence == VMMAP_IMAGE_SAVED;
}

static void append_json_row(struct listing *listing, bool saved)
{
    const struct vmmap_paging_run *row = &listing->row;
    struct vmmap_buffer *ret = listing->ret;
    char user[4], kernel[4];
    vmmap_access_format(row->user, user);
    vmmap_access_format(row->kernel, kernel);
    vmmap_buffer_append_string(ret, listing->rows ? ",\n   {\"virtual\": \"0x"
                                                  : "\n   {\"virtual\": \"0x");
    vmmap_buffer_append_hex(ret, row->start, 1, '0');
    vmmap_buffer_append_string(ret, "\", \"physical\": \"0x");
    vmmap_buffer_append_hex(ret, row->physical, 1, '0');
    vmmap_buffer_append_string(ret, "\", \"size\": \"0x");
    vmmap_buffer_append_hex(ret, row->last - row->start + 1, 1, '0');
    vmmap_buffer_printf(ret, "\", \"user\": \"%s\", \"kernel\": \"%s\"%s%s}", user, kernel,
                        listing->is_software ? ", \"state\": \"PROT_NONE\"" : "",
                        saved ? "" : ", \"saved\": false");
}

static void append_text_row(struct listing *listing)
{
    enum { DIGITS = 12 };
    const struct vmmap_paging_run *row = &listing->row;
    struct vmmap_buffer *ret = listing->ret;
    vmmap_buffer_append_string(ret, "0x");
    vmmap_buffer_append_hex(ret, row->start, DIGITS, '0');
    vmmap_buffer_append_string(ret, " 0x");
    vmmap_buffer_append_hex(ret, row->physical, DIGITS, '0');
    vmmap_buffer_append_string(ret, " 0x");
    vmmap_buffer_append_hex(ret, row->last - row->start + 1, 1, '0');
    vmmap_buffer_append_string(ret, listing->is_software ? " PROT_NONE\n" : "\n");
}

static struct vmmap_error *flush_row(struct listing *listing)
{
    if (!listing->has_row)
        return NULL;
    const bool saved = is_saved(listing, listing->row.physical);
    listing->has_row = false;
    listing->unsaved += !saved;
    if (listing->query->json)
        append_json_row(listing, saved);
    else
        append_text_row(listing);
    listing->rows++;
    vmmap_buffer_end_line(listing->ret);
    return vmmap_buffer_status(listing->ret);
}

/* Adjacent in both, whatever the rights; and both of them or neither in the image. */
static bool joins(struct listing *listing, const struct vmmap_paging_run *page, bool is_software)
{
    const struct vmmap_paging_run *row = &listing->row;
    return listing->query->coalesce && listing->has_row && listing->is_software == is_software &&
           page->start == row->last + 1 &&
           page->physical == row->physical + (row->last - row->start) + 1 &&
           is_saved(listing, page->physical) == is_saved(listing, row->physical);
}

static struct vmmap_error *take_page(void *context, const struct vmmap_paging_run *page,
                                     bool is_software)
{
    struct listing *listing = context;
    if (joins(listing, page, is_software)) {
        listing->row.last = page->last;
        return NULL;
    }
    struct vmmap_error *error = flush_row(listing);
    listing->row = *page;
    listing->is_software = is_software;
    listing->has_row = true;
    return error;
}

static bool decode_software(void *context, uint64_t value, unsigned int shift, uint64_t *physical)
{
    const struct listing *listing = context;
    return vmmap_linux_guest_software(&listing->guest->guest->system, value, shift, physical);
}

static struct vmmap_error *walk(struct listing *listing, const struct vmmap_paging_config *config,
                                bool is_kernel)
{
    const bool all = listing->query->all;
    const struct vmmap_paging_leaves leaves = {
        .first = is_kernel && !all ? KERNEL_HALF : 0,
        .last = is_kernel || all ? UINT64_MAX : KERNEL_HALF - 1,
        .table_bytes = TABLE_BYTES,
        .context = listing,
        .visit = take_page,
        .software = decode_software,
    };
    struct vmmap_paging_report report;
    listing->rows = 0;
    struct vmmap_error *error =
        vmmap_paging_walk_leaves(config, &listing->guest->machine.memory, &leaves, &report);
    if (!error)
        error = flush_row(listing);
    if (!error)
        error = vmmap_machine_status(&listing->guest->machine);
    if (!error && !vmmap_paging_report_is_complete(&report))
        listing->guest->notes->exact = false;
    return error ? error : vmmap_paging_report_add_notes(&report, listing->guest->notes);
}

/* Of a process, or for NULL of the kernel. */
static uint64_t root_of(const struct vmmap_paging_config *config,
                        const struct vmmap_guest_process *process)
{
    if (process)
        return process->root;
    if (config->architecture == VMMAP_PAGING_X86)
        return config->x86.cr3;
    return config->architecture == VMMAP_PAGING_AARCH64
               ? config->aarch64.ttbr1
               : (config->riscv.satp & ((UINT64_C(1) << 44) - 1)) << 12;
}

static void append_text_head(struct vmmap_buffer *ret, uint64_t root,
                             const struct vmmap_guest_process *process)
{
    vmmap_buffer_append_string(ret, "**************************************************\n");
    if (process) {
        vmmap_buffer_append_string(ret, "Process: '");
        vmmap_text_append_escaped(ret, process->name);
        vmmap_buffer_printf(ret, "' pid: %6" PRIu64 "\n\n", process->pid);
    }
    vmmap_buffer_printf(ret, "Dumping address space at DTB 0x%" PRIx64 "\n\n", root);
    vmmap_buffer_append_string(ret, "Virtual        Physical       Size\n");
}

static void append_json_head(struct vmmap_buffer *ret, bool is_first, uint64_t root,
                             const struct vmmap_guest_process *process)
{
    vmmap_buffer_append_string(ret, is_first ? "\n  {" : ",\n  {");
    if (process) {
        vmmap_buffer_printf(ret, "\"pid\": %" PRIu64 ", \"name\": ", process->pid);
        vmmap_text_append_json(ret, process->name);
        vmmap_buffer_printf(ret, ", \"address\": \"0x%" PRIx64 "\", ", process->address);
    } else {
        vmmap_buffer_append_string(ret, "\"pid\": null, \"name\": \"kernel\", \"address\": null, ");
    }
    vmmap_buffer_printf(ret, "\"dtb\": \"0x%" PRIx64 "\", \"pages\": [", root);
}

static struct vmmap_error *show_space(struct listing *listing, bool is_first,
                                      const struct vmmap_guest_process *process)
{
    const struct vmmap_paging_config config = vmmap_guest_config(listing->guest->guest, process);
    const uint64_t root = root_of(&config, process);
    if (listing->query->json)
        append_json_head(listing->ret, is_first, root, process);
    else
        append_text_head(listing->ret, root, process);
    struct vmmap_error *error = walk(listing, &config, process == NULL);
    vmmap_buffer_append_string(listing->ret, listing->query->json ? "]}" : "");
    return error;
}

static struct vmmap_error *show_spaces(struct listing *listing)
{
    const struct vmmap_guest_processes *list = &listing->guest->processes;
    struct vmmap_error *error = NULL;
    bool is_first = true;
    if (!is_filtered(&listing->query->choice))
        return show_space(listing, true, NULL);
    for (size_t i = 0; !error && i < list->count; i++) {
        if (!list->items[i].root)
            continue; /* a thread of the kernel */
        error = show_space(listing, is_first, &list->items[i]);
        is_first = false;
    }
    if (!error && is_first && !listing->query->json)
        vmmap_buffer_append_string(listing->ret,
                                   list->count ? "No process that is meant has memory of its own.\n"
                                               : "No process of the guest is meant by that.\n");
    return error;
}

/* The list of processes. */

static void append_methods(struct vmmap_buffer *ret, uint32_t seen, const char *quote)
{
    const char *separator = "";
    for (enum vmmap_process_method i = 0; i < VMMAP_METHOD_COUNT; i++) {
        if (!(seen >> i & 1))
            continue;
        vmmap_buffer_printf(ret, "%s%s%s%s", separator, quote, vmmap_process_method_name(i), quote);
        separator = *quote ? ", " : ",";
    }
}

static void append_json_process(struct vmmap_buffer *ret, bool is_first,
                                const struct vmmap_guest_process *process)
{
    vmmap_buffer_printf(ret, "%s  {\"pid\": %" PRIu64 ", \"parent\": %" PRIu64 ", \"name\": ",
                        is_first ? "\n" : ",\n", process->pid, process->parent);
    vmmap_text_append_json(ret, process->name);
    vmmap_buffer_printf(ret, ", \"address\": \"0x%" PRIx64 "\", \"dtb\": ", process->address);
    if (process->root)
        vmmap_buffer_printf(ret, "\"0x%" PRIx64 "\"", process->root);
    else
        vmmap_buffer_append_string(ret, "null");
    vmmap_buffer_append_string(ret, ", \"methods\": [");
    append_methods(ret, process->seen, "\"");
    vmmap_buffer_append_string(ret, "]}");
}

static void append_text_process(struct vmmap_buffer *ret, const struct vmmap_guest_process *process)
{
    vmmap_buffer_printf(ret, "%7" PRIu64 " %7" PRIu64 " 0x%016" PRIx64 " ", process->pid,
                        process->parent, process->address);
    if (process->root)
        vmmap_buffer_printf(ret, "0x%012" PRIx64 " ", process->root);
    else
        vmmap_buffer_printf(ret, "%-14s ", "-");
    vmmap_text_append_escaped(ret, process->name);
    vmmap_buffer_append_string(ret, " (");
    append_methods(ret, process->seen, "");
    vmmap_buffer_append_string(ret, ")\n");
}

static struct vmmap_error *show_list(struct listing *listing)
{
    const struct vmmap_guest_processes *list = &listing->guest->processes;
    if (!listing->query->json)
        vmmap_buffer_append_string(
            listing->ret, list->count ? "    PID  Parent Address            DTB            "
                                        "Name (methods)\n"
                                      : "No process of the guest is meant by that.\n");
    for (size_t i = 0; i < list->count; i++) {
        if (listing->query->json)
            append_json_process(listing->ret, i == 0, &list->items[i]);
        else
            append_text_process(listing->ret, &list->items[i]);
        vmmap_buffer_end_line(listing->ret);
    }
    return vmmap_buffer_status(listing->ret);
}

static struct vmmap_error *note_unsaved(const struct listing *listing)
{
    if (listing->unsaved == 0)
        return NULL;
    return vmmap_map_add_note(listing->guest->notes,
                              "The bytes of %zu row%s are not in the image: left out when it was "
                              "written, or cut off.",
                              listing->unsaved, listing->unsaved == 1 ? "" : "s");
}

static void append_end(const struct listing *listing)
{
    const struct vmmap_map *notes = listing->guest->notes;
    if (listing->query->json) {
        vmmap_buffer_append_string(listing->ret, "],\n ");
        const struct vmmap_view view = {.map = notes};
        vmmap_json_append_state(listing->ret, &view);
        vmmap_buffer_append_string(listing->ret, "}\n");
        return;
    }
    for (size_t i = 0; i < notes->note_count; i++) {
        vmmap_buffer_append_string(listing->ret, "note: ");
        vmmap_text_append_escaped(listing->ret, notes->notes[i]);
        vmmap_buffer_append(listing->ret, "\n", 1);
    }
}

static struct vmmap_error *answer(const struct vmmap_memmap_query *query,
                                  struct vmmap_guest_session *guest, struct vmmap_buffer *ret)
{
    struct listing listing = {.query = query, .guest = guest, .ret = ret};
    struct vmmap_error *error = keep_meant(&query->choice, &guest->processes);
    if (error)
        return error;
    if (query->json)
        vmmap_buffer_printf(ret, "{\"target\": \"%s\", \"provider\": \"%s\", \"processes\": [",
                            guest->notes->target, guest->notes->provider);
    error = query->list ? show_list(&listing) : show_spaces(&listing);
    if (!error)
        error = note_unsaved(&listing);
    if (error)
        return error;
    append_end(&listing);
    vmmap_buffer_drain(ret);
    return vmmap_buffer_status(ret);
}

struct vmmap_error *vmmap_session_memmap(struct vmmap_session *session,
                                         const struct vmmap_memmap_query *query,
                                         struct vmmap_buffer *ret)
{
    struct vmmap_guest_session guest;
    struct vmmap_error *error = vmmap_guest_session_init(session, &guest);
    if (!error)
        error = check_methods(query->choice.methods);
    if (!error)
        error = answer(query, &guest, ret);
    vmmap_guest_session_deinit(&guest);
    return error;
}

/* Choosing one. */

static void tell(const struct vmmap_guest *guest, struct vmmap_buffer *ret)
{
    const struct vmmap_guest_process *chosen = &guest->chosen;
    if (!guest->has_chosen) {
        vmmap_buffer_append_string(ret, "No process of the guest is chosen: answers are about the "
                                        "CPU, or the kernel of an image.\n");
        return;
    }
    vmmap_buffer_printf(ret, "Answers are about process %" PRIu64 " (", chosen->pid);
    vmmap_text_append_escaped(ret, chosen->name);
    vmmap_buffer_printf(ret, ") of the guest, at 0x%" PRIx64 ", DTB 0x%" PRIx64 ".\n",
                        chosen->address, chosen->root);
}

struct vmmap_error *vmmap_session_tell_process(struct vmmap_session *session,
                                               struct vmmap_buffer *ret)
{
    const struct vmmap_target_info *info;
    struct vmmap_error *error = vmmap_session_describe(session, &info);
    if (error)
        return error;
    tell(info->guest, ret);
    return vmmap_buffer_status(ret);
}

static struct vmmap_error *choose(const struct vmmap_process_choice *choice,
                                  struct vmmap_guest_session *guest)
{
    const struct vmmap_guest_processes *list = &guest->processes;
    struct vmmap_error *error = keep_meant(choice, &guest->processes);
    if (error)
        return error;
    if (list->count == 0)
        return vmmap_error_create(VMMAP_ERROR_INVALID, "No process of the guest is meant by that: "
                                                       "\"memmap --list\" lists them.");
    if (list->count > 1)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "%zu processes of the guest are meant by that, the first two are "
                                  "%" PRIu64 " and %" PRIu64 ": name one by its number.",
                                  list->count, list->items[0].pid, list->items[1].pid);
    if (!list->items[0].root)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "Process %" PRIu64
                                  " is a thread of the kernel, or has exited: it "
                                  "has no memory of its own.",
                                  list->items[0].pid);
    guest->guest->chosen = list->items[0];
    guest->guest->has_chosen = true;
    return NULL;
}

struct vmmap_error *vmmap_session_choose_process(struct vmmap_session *session,
                                                 const struct vmmap_process_choice *choice,
                                                 bool kernel, struct vmmap_buffer *ret)
{
    struct vmmap_guest_session guest;
    struct vmmap_error *error = vmmap_guest_session_init(session, &guest);
    if (!error && kernel)
        guest.guest->has_chosen = false;
    else if (!error)
        error = choose(choice, &guest);
    if (!error) {
        vmmap_session_invalidate(session);
        tell(guest.guest, ret);
        error = vmmap_buffer_status(ret);
    }
    vmmap_guest_session_deinit(&guest);
    return error;
}
