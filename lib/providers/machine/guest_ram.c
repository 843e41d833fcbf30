/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/guest_ram.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/qemu_monitor.h"
#include "providers/machine/cpu.h"

enum {
    PAGE_SIZE = 0x1000,
    MAX_SINGLE_PAGES = 20,        /* what the list costs */
    MAX_SINGLE_PAGES_OF_MANY = 3, /* tables of a machine without an operating system */
    FIRST_CAPACITY = 16,
    MAX_BLOCKS = 1 << 16,
    LIST_SHORT_LINES = 400,  /* a list of so many is asked for at once */
    LIST_LINES_OF_PAGE = 15, /* what takes as long as asking for one page */
    /* Lines of `info mtree -f`, measured with QEMU 7.2 and 10: tests/matrix/qemu_lines.py. */
    LIST_LINES_OF_MACHINE = 180, /* I/O ports, buses, what is secure */
    LIST_LINES_OF_CPU = 4,
    LIST_LINES_OF_VIEW = 40, /* the memory and built-in devices */
    LIST_LINES_OF_DEVICE = 16,
};

void vmmap_guest_ram_init(struct vmmap_guest_ram *ram, const struct vmmap_target *target,
                          const struct vmmap_target_info *info)
{
    *ram = (struct vmmap_guest_ram){
        .target = target,
        .info = info,
        .max_pages = MAX_SINGLE_PAGES,
    };
}

void vmmap_guest_ram_expect_many(struct vmmap_guest_ram *ram)
{
    ram->max_pages = MAX_SINGLE_PAGES_OF_MANY;
}

void vmmap_guest_ram_deinit(struct vmmap_guest_ram *ram)
{
    free(ram->blocks);
    ram->blocks = NULL;
}

static struct vmmap_error *ask(const struct vmmap_guest_ram *ram, const char *command,
                               struct vmmap_buffer *ret)
{
    if (!ram->target->monitor)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "There is no way to QEMU's monitor, which alone can tell RAM "
                                  "from devices.");
    struct vmmap_error *error = ram->target->monitor(ram->target->context, command, ret);
    if (!error)
        error = vmmap_buffer_status(ret);
    if (!error || vmmap_error_is_fatal(error))
        return error;
    struct vmmap_error *longer = vmmap_error_create(
        VMMAP_ERROR_UNAVAILABLE,
        "QEMU's monitor, which alone can tell RAM from devices, does not answer \"%s\": %s",
        command, error->message);
    vmmap_error_destroy(error);
    return longer;
}

static struct vmmap_error *add_block(struct vmmap_guest_ram *ram, struct vmmap_guest_block block)
{
    if (ram->count == ram->capacity) {
        size_t capacity = ram->capacity ? 2 * ram->capacity : FIRST_CAPACITY;
        struct vmmap_guest_block *blocks =
            reallocarray(ram->blocks, capacity, sizeof(*ram->blocks));
        if (!blocks)
            return &vmmap_error_no_memory;
        ram->blocks = blocks;
        ram->capacity = capacity;
    }
    ram->blocks[ram->count++] = block;
    return NULL;
}

static struct vmmap_guest_block *find_block(const struct vmmap_guest_ram *ram, uint64_t physical)
{
    for (size_t i = ram->count; i-- > 0;) {
        struct vmmap_guest_block *block = &ram->blocks[i];
        if (physical >= block->start && physical <= block->last &&
            block->last - physical >= PAGE_SIZE - 1)
            return block;
    }
    return NULL;
}

static struct vmmap_error *ask_host(struct vmmap_guest_ram *ram, uint64_t physical, uint64_t *host,
                                    bool *found)
{
    char command[48];
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    snprintf(command, sizeof(command), "gpa2hva 0x%" PRIx64, physical);
    struct vmmap_error *error = ask(ram, command, &text);
    enum vmmap_qemu_hva answer = VMMAP_QEMU_HVA_NOT_RAM;
    if (!error)
        answer = vmmap_qemu_hva_parse(text.data, text.size, host);
    vmmap_buffer_deinit(&text);
    *found = answer == VMMAP_QEMU_HVA_RAM;
    if (answer == VMMAP_QEMU_HVA_UNKNOWN)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "QEMU's monitor does not know \"gpa2hva\" (QEMU 2.10 and later "
                                  "do), without which RAM can not be told from devices.");
    return error;
}

/* How many devices were added to the machine, those with a name or those without. The first line of
 * the answer is "type (string)". */
static struct vmmap_error *count_devices(struct vmmap_guest_ram *ram, const char *folder,
                                         size_t *count)
{
    char command[64];
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    snprintf(command, sizeof(command), "qom-list /machine/%s", folder);
    struct vmmap_error *error = ask(ram, command, &text);
    struct vmmap_scan rest = vmmap_scan_over(text.data, text.size), line;
    while (!error && vmmap_scan_line(&rest, &line)) {
        static const char child[] = "(child<";
        *count += memmem(line.at, (size_t)(line.end - line.at), child, sizeof(child) - 1) != NULL;
    }
    vmmap_buffer_deinit(&text);
    return error;
}

/* In how many views all of memory is listed: one, and without KVM one more for the system
 * management mode of each x86 CPU (tcg_cpu_realizefn(), target/i386/tcg/sysemu/tcg-cpu.c). */
static size_t count_views(const struct vmmap_guest_ram *ram, size_t cpus)
{
    return vmmap_cpu_kind(ram->info) == VMMAP_CPU_X86 ? 1 + cpus : 1;
}

/* Every CPU is a thread. */
static struct vmmap_error *measure_list(struct vmmap_guest_ram *ram)
{
    size_t devices = 0, cpus = 0;
    ram->list_is_measured = true;
    if (!ram->target->count_threads)
        return NULL;
    struct vmmap_error *error = ram->target->count_threads(ram->target->context, &cpus);
    if (!error)
        error = count_devices(ram, "peripheral", &devices);
    if (!error)
        error = count_devices(ram, "peripheral-anon", &devices);
    if (error)
        return error;
    const uint64_t lines =
        LIST_LINES_OF_MACHINE + LIST_LINES_OF_CPU * cpus +
        count_views(ram, cpus) * (LIST_LINES_OF_VIEW + LIST_LINES_OF_DEVICE * devices);
    ram->may_list = lines <= ram->max_lines;
    /* A long one waits until as much was spent on pages. */
    if (lines > LIST_SHORT_LINES)
        ram->max_pages = (unsigned int)(lines / LIST_LINES_OF_PAGE);
    return NULL;
}

static struct vmmap_error *read_list(struct vmmap_guest_ram *ram)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = ask(ram, "info mtree -f", &text);
    struct vmmap_qemu_mtree mtree;
    struct vmmap_qemu_ram range;
    vmmap_qemu_mtree_init(&mtree, text.data, text.size);
    while (!error && ram->count < MAX_BLOCKS && vmmap_qemu_mtree_next(&mtree, &range)) {
        ram->listed = true;
        error = add_block(ram, (struct vmmap_guest_block){range.start, range.last, 0});
    }
    vmmap_buffer_deinit(&text);
    return error;
}

static struct vmmap_error *ask_page(struct vmmap_guest_ram *ram, uint64_t physical, uint64_t *host,
                                    bool *found)
{
    ram->pages_asked++;
    struct vmmap_error *error = ask_host(ram, physical, host, found);
    if (error || !*found)
        return error;
    return add_block(ram, (struct vmmap_guest_block){physical, physical + (PAGE_SIZE - 1), *host});
}

static struct vmmap_error *use_block(struct vmmap_guest_ram *ram, struct vmmap_guest_block *block,
                                     uint64_t physical, uint64_t *host, bool *found)
{
    *found = true;
    struct vmmap_error *error = NULL;
    if (block->host == 0)
        error = ask_host(ram, block->start, &block->host, found);
    *host = block->host + (physical - block->start);
    return error;
}

/* The list, as soon as it is worth its price. */
static struct vmmap_error *try_list(struct vmmap_guest_ram *ram)
{
    struct vmmap_error *error = NULL;
    if (ram->list_tried || ram->pages_asked < ram->max_pages)
        return NULL;
    if (!ram->list_is_measured)
        error = measure_list(ram);
    ram->list_tried = error || !ram->may_list || ram->pages_asked >= ram->max_pages;
    return error || !ram->may_list || !ram->list_tried ? error : read_list(ram);
}

struct vmmap_error *vmmap_guest_ram_list(struct vmmap_guest_ram *ram)
{
    struct vmmap_error *error = ram->list_is_measured ? NULL : measure_list(ram);
    if (error || ram->list_tried || !ram->may_list)
        return error;
    ram->list_tried = true;
    return read_list(ram);
}

struct vmmap_error *vmmap_guest_ram_read_text(struct vmmap_guest_ram *ram, struct vmmap_buffer *ret,
                                              bool *allowed)
{
    struct vmmap_error *error = ram->list_is_measured ? NULL : measure_list(ram);
    *allowed = !error && ram->may_list;
    return *allowed ? ask(ram, "info mtree -f", ret) : error;
}

struct vmmap_error *vmmap_guest_ram_find(struct vmmap_guest_ram *ram, uint64_t physical,
                                         uint64_t *host, bool *found)
{
    *found = false;
    struct vmmap_guest_block *block = find_block(ram, physical);
    if (!block) {
        struct vmmap_error *error = try_list(ram);
        if (error)
            return error;
        block = find_block(ram, physical);
    }
    if (block)
        return use_block(ram, block, physical, host, found);
    return ram->listed ? NULL : ask_page(ram, physical, host, found);
}
