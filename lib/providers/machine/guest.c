/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/guest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void forget_system(struct vmmap_guest *guest)
{
    vmmap_linux_guest_close(&guest->system);
    guest->has_system = false;
}

static void close_image(struct vmmap_guest *guest)
{
    forget_system(guest);
    guest->has_chosen = false;
    vmmap_image_close(guest->image);
    guest->image = NULL;
    vmmap_error_destroy(guest->image_error);
    guest->image_error = NULL;
    free(guest->image_path);
    guest->image_path = NULL;
}

void vmmap_guest_deinit(struct vmmap_guest *guest)
{
    close_image(guest);
    vmmap_paging_runs_deinit(&guest->ranges);
}

static bool is_in_use(const struct vmmap_guest *guest, const char *path, uint64_t base)
{
    if (!path || !guest->image_path)
        return path == guest->image_path;
    return strcmp(path, guest->image_path) == 0 && base == guest->image_base && guest->image;
}

struct vmmap_error *vmmap_guest_use_image(struct vmmap_guest *guest,
                                          const struct vmmap_target *target, const char *path,
                                          uint64_t base)
{
    const struct vmmap_image_options options = {.raw_base = base};
    if (is_in_use(guest, path, base))
        return NULL;
    close_image(guest);
    if (!path)
        return NULL;
    guest->image_path = strdup(path);
    guest->image_base = base;
    if (!guest->image_path)
        return &vmmap_error_no_memory;
    struct vmmap_error *error = vmmap_image_open(target, path, &options, &guest->image);
    if (error && vmmap_error_is_fatal(error))
        return error;
    guest->image_error = error;
    return NULL;
}

struct vmmap_error *vmmap_guest_image_status(const struct vmmap_guest *guest)
{
    const struct vmmap_error *error = guest->image_error;
    return guest->image ? NULL : vmmap_error_create(error->code, "%s", error->message);
}

/* The physical memory of a live machine is what its kernel maps. */

static struct vmmap_error *take_range(void *context, const struct vmmap_paging_run *run)
{
    struct vmmap_paging_runs *list = context;
    const struct vmmap_paging_run range = {
        .start = run->physical,
        .last = run->physical + (run->last - run->start),
    };
    return run->has_physical ? vmmap_paging_runs_push(list, &range) : NULL;
}

static int compare_ranges(const void *left, const void *right)
{
    const struct vmmap_paging_run *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (a->last < b->last) - (a->last > b->last);
}

/* Sorts, and leaves out what lies within an earlier one: the image, modules, user memory. */
static void arrange_ranges(struct vmmap_paging_runs *list)
{
    size_t kept = 0;
    if (list->count > 0)
        qsort(list->runs, list->count, sizeof(*list->runs), compare_ranges);
    for (size_t i = 0; i < list->count; i++) {
        struct vmmap_paging_run range = list->runs[i];
        if (kept > 0 && range.last <= list->runs[kept - 1].last)
            continue;
        if (kept > 0 && range.start <= list->runs[kept - 1].last)
            range.start = list->runs[kept - 1].last + 1;
        list->runs[kept++] = range;
    }
    list->count = kept;
}

static struct vmmap_error *find_ranges(struct vmmap_guest *guest,
                                       const struct vmmap_paging_config *kernel)
{
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    const struct vmmap_paging_visitor visitor = {&guest->ranges, take_range};
    struct vmmap_paging_report report;
    guest->ranges.count = 0;
    request.first = UINT64_C(1) << 63; /* the kernel's half */
    request.contiguous = true;
    struct vmmap_error *error =
        vmmap_paging_walk(kernel, &guest->memory, &request, &visitor, &report);
    arrange_ranges(&guest->ranges);
    return error;
}

static bool next_range(void *context, uint64_t from, uint64_t *first, uint64_t *last)
{
    const struct vmmap_guest *guest = context;
    for (size_t i = 0; i < guest->ranges.count; i++) {
        const struct vmmap_paging_run *range = &guest->ranges.runs[i];
        if (range->last >= from) {
            *first = range->start;
            *last = range->last;
            return true;
        }
    }
    return false;
}

static bool next_saved_range(void *context, uint64_t from, uint64_t *first, uint64_t *last)
{
    const struct vmmap_guest *guest = context;
    struct vmmap_image_range range;
    while (vmmap_image_next_range(guest->image, from, &range)) {
        *first = range.start;
        *last = range.last;
        if (range.presence == VMMAP_IMAGE_SAVED)
            return true;
        if (range.last == UINT64_MAX)
            return false;
        from = range.last + 1;
    }
    return false;
}

static struct vmmap_error *peek(void *context, uint64_t physical, void *bytes, size_t size)
{
    const struct vmmap_guest *guest = context;
    return guest->memory.read(guest->memory.context, physical, bytes, size);
}

static struct vmmap_error *open_linux(struct vmmap_guest *guest)
{
    struct vmmap_linux_source source = {
        .memory = &guest->memory,
        .peek = peek,
        .next_range = guest->image ? next_saved_range : next_range,
        .context = guest,
    };
    if (guest->image) {
        source.vmcoreinfo = vmmap_image_facts(guest->image)->vmcoreinfo;
        source.vmcoreinfo_size = vmmap_image_facts(guest->image)->vmcoreinfo_size;
    }
    struct vmmap_error *error = vmmap_linux_guest_open(&source, &guest->system);
    guest->has_system = !error;
    if (error)
        vmmap_linux_guest_close(&guest->system);
    return error;
}

struct vmmap_error *vmmap_guest_find_system(struct vmmap_guest *guest,
                                            const struct vmmap_paging_memory *memory,
                                            const struct vmmap_paging_config *kernel)
{
    bool holds = false;
    struct vmmap_error *error = NULL;
    guest->memory = *memory;
    if (guest->has_system)
        error = vmmap_linux_guest_check(&guest->system, &holds);
    if (error || holds)
        return error;
    forget_system(guest);
    if (kernel)
        error = find_ranges(guest, kernel);
    return error ? error : open_linux(guest);
}

struct vmmap_error *vmmap_guest_list(struct vmmap_guest *guest, struct vmmap_guest_processes *ret,
                                     bool *complete)
{
    return vmmap_linux_guest_processes(&guest->system, ret, complete);
}

struct vmmap_error *vmmap_guest_refresh_chosen(struct vmmap_guest *guest)
{
    struct vmmap_guest_processes list;
    bool complete;
    struct vmmap_error *error = vmmap_guest_list(guest, &list, &complete);
    const struct vmmap_guest_process *now =
        vmmap_guest_processes_find(&list, guest->chosen.address);
    if (!error && (!now || now->pid != guest->chosen.pid))
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                   "Process %" PRIu64 " of the guest has gone: \"cc\" chooses "
                                   "another one, \"cc kernel\" none.",
                                   guest->chosen.pid);
    else if (!error)
        guest->chosen = *now;
    vmmap_guest_processes_deinit(&list);
    return error;
}

struct vmmap_paging_config vmmap_guest_config(const struct vmmap_guest *guest,
                                              const struct vmmap_guest_process *process)
{
    return process ? vmmap_linux_guest_config(&guest->system, process)
                   : guest->system.vmcore.config;
}

uint64_t vmmap_guest_code(const struct vmmap_guest *guest)
{
    uint64_t address;
    return vmmap_linux_vmcore_symbol(&guest->system.vmcore, "_stext", &address) ? address : 0;
}
