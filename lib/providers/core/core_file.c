/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/core/core_file.h"

#include <stdlib.h>
#include <string.h>

#include "formats/compression.h"

enum {
    HEADERS_PER_POLL = 1 << 14,
    /* The kernel's default is 65,530 mappings (vm.max_map_count). A header that claims billions
     * in a sparse file is not followed to the end. */
    HEADERS_MAX = 1 << 23,
};

/* Why a file without a usable ELF header is no core file. */
static struct vmmap_error *format_error(struct vmmap_core *core, const char *path)
{
    enum { MAGIC_SIZE = 6 };
    if (core->file.read_error)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The core file %s can not be read: %s.",
                                  path, strerror(core->file.read_error));
    const unsigned char *magic = vmmap_window_at(&core->window, 0, MAGIC_SIZE);
    const struct vmmap_compression *compression =
        magic ? vmmap_compression_detect(magic, MAGIC_SIZE) : NULL;
    if (compression) {
        return vmmap_error_create(
            VMMAP_ERROR_UNAVAILABLE,
            "The core file %s is compressed (%s), which GDB does not read either: unpack it with "
            "\"%s < FILE > core\", or with \"coredumpctl dump -o core\", and load it with "
            "\"core-file core\".",
            path, compression->name, compression->command);
    }
    return vmmap_error_create(
        VMMAP_ERROR_UNAVAILABLE,
        core->file.reader.size == 0
            ? "The core file %s is empty."
            : "The core file %s is no ELF core file, or its header is broken.",
        path);
}

static struct vmmap_error *append_segment(struct vmmap_elf_segment **segments, size_t *count,
                                          const struct vmmap_elf_segment *segment)
{
    /* Grows at powers of two: there is no number in the file to trust. */
    if ((*count & (*count - 1)) == 0) {
        struct vmmap_elf_segment *grown =
            reallocarray(*segments, *count ? *count * 2 : 1, sizeof(*grown));
        if (!grown)
            return &vmmap_error_no_memory;
        *segments = grown;
    }
    (*segments)[(*count)++] = *segment;
    return NULL;
}

static void note_end(struct vmmap_core *core, const struct vmmap_elf_segment *segment)
{
    uint64_t end;
    if (__builtin_add_overflow(segment->offset, segment->file_size, &end))
        end = UINT64_MAX;
    if (end > core->described_size)
        core->described_size = end;
}

/* Makes a PT_LOAD fit the address space. False when nothing is left of it. */
static bool clamp_load(struct vmmap_core *core, struct vmmap_elf_segment *load)
{
    const uint64_t top = core->elf.is_64 ? UINT64_MAX : UINT32_MAX;
    if (load->file_size > load->memory_size) {
        core->fault_count++;
        load->file_size = load->memory_size;
    }
    if (load->memory_size == 0)
        return false;
    if (load->memory_size - 1 > top - load->address) {
        core->fault_count++;
        load->memory_size = top - load->address + 1;
        if (load->memory_size == 0)
            return false; /* the whole space: no process has that */
        if (load->file_size > load->memory_size)
            load->file_size = load->memory_size;
    }
    return true;
}

static struct vmmap_error *add_segment(struct vmmap_core *core, struct vmmap_elf_segment *segment)
{
    if (segment->type != VMMAP_ELF_SEGMENT_LOAD && segment->type != VMMAP_ELF_SEGMENT_NOTE)
        return NULL;
    note_end(core, segment);
    if (segment->type == VMMAP_ELF_SEGMENT_NOTE)
        return append_segment(&core->notes, &core->note_count, segment);
    return clamp_load(core, segment) ? append_segment(&core->loads, &core->load_count, segment)
                                     : NULL;
}

static struct vmmap_error *read_segments(const struct vmmap_target *target, struct vmmap_core *core)
{
    struct vmmap_error *error = NULL;
    uint64_t index = 0;
    for (; !error && index < core->elf.segment_count && index < HEADERS_MAX; index++) {
        struct vmmap_elf_segment segment;
        if (!vmmap_elf_read_segment(&core->elf, &core->window, index, &segment))
            break;
        error = add_segment(core, &segment);
        if (!error && index % HEADERS_PER_POLL == HEADERS_PER_POLL - 1)
            error = vmmap_target_poll(target);
    }
    core->missing_count = core->elf.segment_count - index;
    return error;
}

static int compare_segments(const void *left, const void *right)
{
    const struct vmmap_elf_segment *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

static uint64_t last_address(const struct vmmap_elf_segment *load)
{
    return load->address + load->memory_size - 1;
}

/* The part of a segment from `address` on. */
static struct vmmap_elf_segment segment_from(struct vmmap_elf_segment load, uint64_t address)
{
    uint64_t skipped = address - load.address;
    uint64_t in_file = skipped < load.file_size ? skipped : load.file_size;
    load.address = address;
    load.memory_size -= skipped;
    load.file_size -= in_file;
    load.offset += in_file;
    return load;
}

/* Sorts the loads and cuts what an earlier one covers off the later one. */
static void order_loads(struct vmmap_core *core)
{
    bool is_ordered = true;
    for (size_t i = 1; i < core->load_count && is_ordered; i++)
        is_ordered = core->loads[i].address > last_address(&core->loads[i - 1]);
    if (is_ordered)
        return;
    qsort(core->loads, core->load_count, sizeof(*core->loads), compare_segments);
    size_t kept = 0;
    for (size_t i = 0; i < core->load_count; i++) {
        struct vmmap_elf_segment load = core->loads[i];
        if (kept > 0 && load.address <= last_address(&core->loads[kept - 1])) {
            core->fault_count++;
            if (last_address(&load) <= last_address(&core->loads[kept - 1]))
                continue;
            load = segment_from(load, last_address(&core->loads[kept - 1]) + 1);
        }
        core->loads[kept++] = load;
    }
    core->load_count = kept;
}

/*
 * What fill_note_info() of fs/binfmt_elf.c writes first, in this order, since Linux 3.7. gcore
 * begins with NT_PRPSINFO, QEMU's user mode writes neither NT_SIGINFO nor NT_FILE.
 */
static const uint32_t kernel_order[] = {VMMAP_NOTE_PRSTATUS, VMMAP_NOTE_PRPSINFO,
                                        VMMAP_NOTE_SIGINFO, VMMAP_NOTE_AUXV, VMMAP_NOTE_FILE};

enum { KERNEL_ORDER_COUNT = sizeof(kernel_order) / sizeof(kernel_order[0]) };

/* `in_order` counts the notes so far that were as in kernel_order. */
static void take_note(struct vmmap_core *core, const struct vmmap_elf_note *note, size_t index,
                      size_t *in_order)
{
    if (strcmp(note->owner, "VMCOREINFO") == 0 || strcmp(note->owner, "QEMU") == 0)
        core->writer = VMMAP_CORE_OF_MACHINE;
    if (strcmp(note->owner, "CORE") != 0)
        return;
    if (index == *in_order && index < KERNEL_ORDER_COUNT && note->type == kernel_order[index])
        ++*in_order;
    if (note->type == VMMAP_NOTE_AUXV && core->auxv.size == 0)
        core->auxv = *note;
    if (note->type == VMMAP_NOTE_FILE && core->files.size == 0)
        core->files = *note;
}

static struct vmmap_error *read_notes(const struct vmmap_target *target, struct vmmap_core *core)
{
    size_t index = 0, in_order = 0;
    for (size_t i = 0; i < core->note_count; i++) {
        struct vmmap_elf_notes notes;
        struct vmmap_elf_note note;
        vmmap_elf_notes_init(&notes, &core->elf, &core->window, &core->notes[i]);
        for (; vmmap_elf_notes_next(&notes, &note); index++) {
            take_note(core, &note, index, &in_order);
            struct vmmap_error *error =
                index % HEADERS_PER_POLL == HEADERS_PER_POLL - 1 ? vmmap_target_poll(target) : NULL;
            if (error)
                return error;
        }
        core->has_broken_notes = core->has_broken_notes || notes.is_broken;
    }
    /* The kernel's cores have no section table, but for the one entry that PN_XNUM takes. */
    if (core->writer == VMMAP_CORE_BY_OTHER && core->elf.section_count > 1)
        core->writer = VMMAP_CORE_BY_GCORE;
    else if (core->writer == VMMAP_CORE_BY_OTHER && in_order == KERNEL_ORDER_COUNT)
        core->writer = VMMAP_CORE_BY_KERNEL;
    return NULL;
}

static struct vmmap_error *load_core(const struct vmmap_target *target, const char *path,
                                     struct vmmap_core *core)
{
    struct vmmap_error *error = vmmap_file_open("The core file", path, &core->file);
    if (error)
        return error;
    vmmap_window_init(&core->window, &core->file.reader);
    if (!vmmap_elf_parse(&core->window, &core->elf) || core->elf.type != VMMAP_ELF_TYPE_CORE)
        return format_error(core, path);
    error = read_segments(target, core);
    if (error)
        return error;
    order_loads(core);
    return read_notes(target, core);
}

struct vmmap_error *vmmap_core_open(const struct vmmap_target *target, const char *path,
                                    struct vmmap_core **ret)
{
    struct vmmap_core *core = calloc(1, sizeof(*core));
    if (!core)
        return &vmmap_error_no_memory;
    core->file.fd = -1;
    struct vmmap_error *error = load_core(target, path, core);
    if (error) {
        vmmap_core_close(core);
        return error;
    }
    *ret = core;
    return NULL;
}

void vmmap_core_close(struct vmmap_core *core)
{
    if (!core)
        return;
    vmmap_file_close(&core->file);
    free(core->loads);
    free(core->notes);
    free(core);
}

uint64_t vmmap_core_saved_size(const struct vmmap_core *core,
                               const struct vmmap_elf_segment *segment)
{
    if (segment->offset >= core->file.reader.size)
        return 0;
    uint64_t left = core->file.reader.size - segment->offset;
    return segment->file_size < left ? segment->file_size : left;
}

static const struct vmmap_elf_segment *find_load(const struct vmmap_core *core, uint64_t address)
{
    size_t low = 0, high = core->load_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (last_address(&core->loads[middle]) < address)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < core->load_count && core->loads[low].address <= address;
    return found ? &core->loads[low] : NULL;
}

size_t vmmap_core_read_memory(const struct vmmap_core *core, uint64_t address, void *ret,
                              size_t size)
{
    const struct vmmap_elf_segment *load = find_load(core, address);
    if (!load)
        return 0;
    uint64_t skipped = address - load->address, saved = vmmap_core_saved_size(core, load);
    if (skipped >= saved)
        return 0;
    size_t wanted = saved - skipped < size ? (size_t)(saved - skipped) : size;
    return core->file.reader.read(core->file.reader.context, load->offset + skipped, ret, wanted);
}

void vmmap_core_threads_init(struct vmmap_core_threads *threads, struct vmmap_core *core)
{
    *threads = (struct vmmap_core_threads){.core = core};
    if (core->note_count > 0)
        vmmap_elf_notes_init(&threads->notes, &core->elf, &core->window, &core->notes[0]);
}

/* The next note of any segment. */
static bool next_note(struct vmmap_core_threads *threads, struct vmmap_elf_note *ret)
{
    struct vmmap_core *core = threads->core;
    while (threads->segment < core->note_count) {
        if (vmmap_elf_notes_next(&threads->notes, ret))
            return true;
        threads->segment++;
        if (threads->segment < core->note_count)
            vmmap_elf_notes_init(&threads->notes, &core->elf, &core->window,
                                 &core->notes[threads->segment]);
    }
    return false;
}

bool vmmap_core_threads_next(struct vmmap_core_threads *threads, struct vmmap_core_thread *ret)
{
    struct vmmap_core *core = threads->core;
    struct vmmap_elf_note note;
    while (next_note(threads, &note)) {
        struct vmmap_core_thread thread;
        if (note.type != VMMAP_NOTE_PRSTATUS || strcmp(note.owner, "CORE") != 0) {
            if (threads->has_next)
                vmmap_core_add_tls(&core->elf, &core->window, &note, &threads->next);
        } else if (vmmap_core_read_prstatus(&core->elf, &core->window, &note, &thread)) {
            bool has_one = threads->has_next;
            *ret = threads->next;
            threads->next = thread;
            threads->has_next = true;
            if (has_one)
                return true;
        }
    }
    bool has_last = threads->has_next;
    *ret = threads->next;
    threads->has_next = false;
    return has_last;
}
