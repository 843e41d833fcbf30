/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a process about which the stub tells no more than its auxiliary vector, found by
 * reading its memory; nothing is written and no code is run.
 *
 *   1. The files that it has loaded (providers/process/loaded.h) claim the ranges of their
 * segments.
 *   2. The auxiliary vector, the registers and the words on the stacks are addresses that the
 *      program works with: around each the explorer finds how far memory can be read.
 *   3. So it does next to the loaded files: the break follows the program.
 *
 * That it can be read is all that reading shows: w, x and whether memory is shared stay unknown;
 * and r too where the stub reads what the program itself may not (QEMU 8.1 and later), or may do so
 * for all that is known: with ptrace() the kernel reads pages that are not readable (FOLL_FORCE).
 * What the headers of a file say of a segment is told in the label: that is how it was loaded.
 *
 * All that is read may be garbage, or made to mislead: each list is bounded, and so are packets and
 * time as a whole.
 */

#include <elf.h>
#include <stdlib.h>

#include "explore/explorer.h"
#include "providers/process/far_proc.h"
#include "providers/process/loaded.h"
#include "providers/process/probe.h"
#include "providers/process/valgrind.h"
#include "providers/remote.h"

/* No process has memory beyond, whatever its architecture: those of 64 bits have 56 or fewer for
 * addresses, and AArch64 ignores the eight above, so that one page would be found many times. */
#define TOP_64 ((UINT64_C(1) << 56) - 1)

enum {
    DEFAULT_PAGE = 0x1000,
    MAX_REGISTERS = 64,
    STACK_BYTES = 4096,       /* of the selected thread, where all words are looked at */
    THREAD_STACK_BYTES = 512, /* likewise of the others */
    MAX_THREADS = 64,
    MAX_PACKETS = 16384,
    EXPLORE_MS = 5000,
    CONFIRM_MS = 2000, /* counted from the beginning as well */
    MAX_ROUNDS = 4,
    /* Half of what the kernel keeps free for a stack at least (MIN_GAP of mmap_base()). */
    STACK_ROOM = 64 << 20,
};

struct probe {
    const struct vmmap_target *target;
    struct vmmap_auxv auxv;
    struct vmmap_explorer explorer;
    struct vmmap_loaded loaded;
    unsigned int address_bits;
    bool is_qemu;
    bool avoids_growth; /* nothing below the stack pointer was read */
    bool reads_all;     /* the stub may read what the program may not */
};

/* Registers that can not be read are no reason to give up. */
static struct vmmap_error *keep_fatal(struct vmmap_error *error)
{
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

/* The lowest stack pointer on the stack that the program was started on, which holds `top`. */
static struct vmmap_error *find_stack_bottom(struct probe *probe, uint64_t top, uint64_t *ret)
{
    struct vmmap_thread *threads;
    size_t count;
    struct vmmap_error *error = keep_fatal(vmmap_target_threads(probe->target, &threads, &count));
    for (size_t i = 0; i < count && !error; i++) {
        const uint64_t pointer = threads[i].stack_pointer;
        if (threads[i].has_stack_pointer && pointer < *ret && top - pointer < STACK_ROOM)
            *ret = pointer;
    }
    free(threads);
    return error;
}

/* To read below the stack would change the program: the kernel enlarges it for a debugger as it
 * does for the program itself (__access_remote_vm() of mm/memory.c, expand_stack()). QEMU's guests
 * have stacks that do not grow. */
static struct vmmap_error *avoid_growth(struct probe *probe)
{
    const uint64_t page = probe->explorer.page_size;
    uint64_t top;
    if (probe->is_qemu || !vmmap_auxv_get(&probe->auxv, AT_RANDOM, &top))
        return NULL;
    uint64_t bottom = top;
    struct vmmap_error *error = find_stack_bottom(probe, top, &bottom);
    bottom -= bottom % page;
    probe->avoids_growth = !error && bottom > 0;
    if (probe->avoids_growth) {
        const uint64_t room = bottom < STACK_ROOM ? bottom : STACK_ROOM;
        vmmap_explorer_avoid(&probe->explorer, bottom - room, bottom - 1);
    }
    return error;
}

static struct vmmap_error *load_files(struct probe *probe)
{
    const struct vmmap_reader reader = vmmap_explorer_reader(&probe->explorer);
    struct vmmap_error *error =
        vmmap_loaded_init(&reader, &probe->auxv, probe->explorer.page_size, &probe->loaded);
    if (!error)
        error = vmmap_explorer_take_error(&probe->explorer);
    for (size_t i = 0; i < probe->loaded.count && !error; i++) {
        const struct vmmap_loaded_elf *image = &probe->loaded.files[i].image;
        for (size_t j = 0; j < image->count && !error; j++)
            error = vmmap_explorer_claim(&probe->explorer, image->segments[j].start,
                                         image->segments[j].last);
    }
    return error;
}

/* The first page is never mapped, and numbers in its range are no addresses. */
static struct vmmap_error *visit_word(struct probe *probe, uint64_t word)
{
    return word < probe->explorer.page_size ? NULL : vmmap_explorer_visit(&probe->explorer, word);
}

static struct vmmap_error *visit_auxv(struct probe *probe)
{
    static const unsigned int types[] = {AT_RANDOM, AT_EXECFN,  AT_PLATFORM,
                                         AT_ENTRY,  AT_SYSINFO, AT_SYSINFO_EHDR};
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && !error; i++) {
        uint64_t value;
        if (vmmap_auxv_get(&probe->auxv, types[i], &value))
            error = visit_word(probe, value);
    }
    return error;
}

static struct vmmap_error *visit_registers(struct probe *probe)
{
    const struct vmmap_target *target = probe->target;
    struct vmmap_register registers[MAX_REGISTERS];
    size_t count = 0;
    struct vmmap_error *error = NULL;
    if (target->registers)
        error = keep_fatal(target->registers(target->context, registers, MAX_REGISTERS, &count));
    for (size_t i = 0; i < count && !error; i++)
        error = visit_word(probe, registers[i].value);
    return error;
}

/* Visits a stack and what the words on it point to; `size` is at most STACK_BYTES. */
static struct vmmap_error *visit_stack(struct probe *probe, uint64_t pointer, size_t size)
{
    unsigned char bytes[STACK_BYTES];
    const size_t width = probe->address_bits / 8;
    size_t done = 0;
    pointer -= pointer % width;
    struct vmmap_error *error = visit_word(probe, pointer);
    if (!error)
        error = vmmap_explorer_read(&probe->explorer, pointer, bytes, size, &done);
    for (size_t at = 0; !error && at + width <= done; at += width)
        error = visit_word(probe, vmmap_elf_load(&probe->loaded.elf, bytes + at, width));
    return error;
}

static struct vmmap_error *visit_selected_stack(struct probe *probe)
{
    const struct vmmap_target *target = probe->target;
    uint64_t pointer;
    bool found = false;
    struct vmmap_error *error = NULL;
    if (target->read_register)
        error = keep_fatal(target->read_register(target->context, "sp", &pointer, &found));
    return error || !found ? error : visit_stack(probe, pointer, STACK_BYTES);
}

static struct vmmap_error *visit_threads(struct probe *probe)
{
    struct vmmap_thread *threads;
    size_t count;
    struct vmmap_error *error = keep_fatal(vmmap_target_threads(probe->target, &threads, &count));
    for (size_t i = 0; i < count && i < MAX_THREADS && !error; i++) {
        if (threads[i].has_thread_pointer)
            error = visit_word(probe, threads[i].thread_pointer);
        if (!error && threads[i].has_stack_pointer)
            error = visit_stack(probe, threads[i].stack_pointer, THREAD_STACK_BYTES);
    }
    free(threads);
    return error;
}

static struct vmmap_error *visit_neighbours(struct probe *probe)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < probe->loaded.count && !error; i++) {
        const struct vmmap_loaded_elf *image = &probe->loaded.files[i].image;
        uint64_t start = image->segments[0].start, last = vmmap_loaded_elf_last(image);
        if (last != UINT64_MAX)
            error = vmmap_explorer_visit(&probe->explorer, last + 1);
        if (!error && start > 0)
            error = vmmap_explorer_visit(&probe->explorer, start - 1);
    }
    return error;
}

static struct vmmap_error *visit_all(struct probe *probe)
{
    static struct vmmap_error *(*const steps[])(struct probe *) = {
        visit_auxv, visit_registers, visit_selected_stack, visit_threads, visit_neighbours};
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !error; i++)
        error = steps[i](probe);
    return error;
}

/* Galloping may have passed over several regions and the holes between them. Confirmation finds the
 * holes, and what lies between them can then be visited. */
static struct vmmap_error *explore(struct probe *probe)
{
    struct vmmap_explorer *explorer = &probe->explorer;
    size_t count = 0;
    vmmap_explorer_set_budget(explorer, EXPLORE_MS, MAX_PACKETS);
    struct vmmap_error *error = load_files(probe);
    for (unsigned int round = 0; round < MAX_ROUNDS && !error && !explorer->is_exhausted; round++) {
        vmmap_explorer_set_budget(explorer, EXPLORE_MS, MAX_PACKETS);
        error = visit_all(probe);
        if (error || explorer->count == count)
            break;
        vmmap_explorer_set_budget(explorer, CONFIRM_MS, MAX_PACKETS);
        error = vmmap_explorer_confirm(explorer);
        count = explorer->count;
    }
    return error;
}

/* The file and the segment that hold an address; false when none does. */
static bool find_segment(const struct probe *probe, uint64_t address,
                         const struct vmmap_loaded_file **file,
                         const struct vmmap_loaded_elf_segment **segment)
{
    for (size_t i = 0; i < probe->loaded.count; i++) {
        *file = &probe->loaded.files[i];
        for (size_t j = 0; j < (*file)->image.count; j++) {
            *segment = &(*file)->image.segments[j];
            if (address >= (*segment)->start && address <= (*segment)->last)
                return true;
        }
    }
    return false;
}

static const char *loaded_label(uint8_t perms)
{
    static const char *const labels[] = {"loaded as ---", "loaded as r--", "loaded as -w-",
                                         "loaded as rw-", "loaded as --x", "loaded as r-x",
                                         "loaded as -wx", "loaded as rwx"};
    return labels[perms & VMMAP_PERM_ACCESS];
}

/* An extent within a segment: what has the file behind it, and what has not. */
static struct vmmap_error *add_segment(struct vmmap_map *map, struct vmmap_region region,
                                       const struct vmmap_loaded_file *file,
                                       const struct vmmap_loaded_elf_segment *segment)
{
    struct vmmap_error *error = NULL;
    const uint64_t last = region.last;
    region.label = loaded_label(segment->perms);
    if (region.start < segment->anonymous || segment->anonymous == 0) {
        region.name = file->name;
        region.has_offset = true;
        region.offset = segment->offset + (region.start - segment->start);
        if (last >= segment->anonymous && segment->anonymous != 0)
            region.last = segment->anonymous - 1;
        error = vmmap_map_add(map, &region);
        region.start = segment->anonymous;
    }
    if (error || region.last == last)
        return error;
    region.last = last;
    region.name = NULL;
    region.has_offset = false;
    region.offset = 0;
    return vmmap_map_add(map, &region);
}

static bool holds(const struct probe *probe, const struct vmmap_region *region, unsigned int type)
{
    uint64_t address;
    return vmmap_auxv_get(&probe->auxv, type, &address) && vmmap_region_contains(region, address);
}

/* Where the program ends its break begins. */
static bool is_break(const struct probe *probe, const struct vmmap_region *region)
{
    const struct vmmap_loaded *loaded = &probe->loaded;
    return loaded->program < loaded->count && region->start > 0 &&
           region->start - 1 == vmmap_loaded_elf_last(&loaded->files[loaded->program].image);
}

static struct vmmap_error *add_extent(const struct probe *probe, const struct vmmap_extent *extent,
                                      struct vmmap_map *map)
{
    const struct vmmap_loaded_file *file;
    const struct vmmap_loaded_elf_segment *segment;
    struct vmmap_region region = {
        .start = extent->start,
        .last = extent->last,
        .origin = VMMAP_ORIGIN_PROBED,
    };
    if (!probe->reads_all)
        region.perms = (struct vmmap_perms){VMMAP_PERM_READ, VMMAP_PERM_READ};
    if (find_segment(probe, extent->start, &file, &segment))
        return add_segment(map, region, file, segment);
    if (holds(probe, &region, AT_RANDOM))
        region.name = "[stack]";
    else if (holds(probe, &region, AT_SYSINFO_EHDR))
        region.name = "[vdso]";
    else if (is_break(probe, &region))
        region.name = "[heap]";
    return vmmap_map_add(map, &region);
}

static struct vmmap_error *add_extents(const struct probe *probe, struct vmmap_map *map)
{
    size_t inexact = 0;
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < probe->explorer.count && !error; i++) {
        inexact += !probe->explorer.extents[i].is_exact;
        error = add_extent(probe, &probe->explorer.extents[i], map);
    }
    if (!error)
        error = vmmap_map_add_note(map,
                                   "These rows were found by reading the target's memory (%zu "
                                   "packets): memory that can not be read, or that nothing was "
                                   "seen to point to, is missing, and %s.",
                                   probe->explorer.packet_count,
                                   probe->reads_all ? "no permission is known, because the stub "
                                                      "may read what the program may not"
                                                    : "only r is known");
    if (!error && probe->avoids_growth)
        error = vmmap_map_add_note(map, "Below the stack pointer nothing was read, because the "
                                        "kernel may enlarge the stack then: it may begin lower.");
    if (!error && inexact > 0)
        error = vmmap_map_add_note(map,
                                   "%zu of them may have holes: there were too many pages to read "
                                   "all of them.",
                                   inexact);
    if (!error && probe->loaded.is_broken)
        error = vmmap_map_add_note(map, "The program's list of loaded files makes no sense; files "
                                        "may be missing.");
    return error;
}

static uint64_t page_size(const struct vmmap_auxv *auxv)
{
    uint64_t size;
    if (vmmap_auxv_get(auxv, AT_PAGESZ, &size) && size >= DEFAULT_PAGE && size <= 0x100000 &&
        (size & (size - 1)) == 0)
        return size;
    return DEFAULT_PAGE;
}

static struct vmmap_error *fill(struct probe *probe, struct vmmap_map *map)
{
    uint64_t entry_size;
    struct vmmap_error *error = keep_fatal(vmmap_remote_auxv(probe->target, &probe->auxv));
    if (error)
        return error;
    if (vmmap_auxv_get(&probe->auxv, AT_PHENT, &entry_size))
        probe->address_bits = entry_size == sizeof(Elf32_Phdr) ? 32 : 64;
    error = vmmap_explorer_init(probe->target, page_size(&probe->auxv),
                                probe->address_bits == 32 ? UINT32_MAX : TOP_64, &probe->explorer);
    if (!error && probe->is_qemu)
        error = vmmap_remote_reads_all(probe->target, &probe->reads_all);
    if (!error)
        error = avoid_growth(probe);
    if (!error)
        error = explore(probe);
    if (!error && probe->explorer.count == 0)
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                   "No memory was found by reading (%zu packets).",
                                   probe->explorer.packet_count);
    return error ? error : add_extents(probe, map);
}

struct vmmap_error *vmmap_probe_fill(const struct vmmap_target *target,
                                     const struct vmmap_target_info *info, struct vmmap_map *map)
{
    if (!target->read_memory)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "The target's memory can not be read.");
    struct probe probe = {
        .target = target,
        .address_bits = info->address_bits == 32 ? 32 : 64,
        .is_qemu = info->kind == VMMAP_TARGET_QEMU_USER,
        .reads_all = info->kind != VMMAP_TARGET_QEMU_USER,
        .loaded = {.program = SIZE_MAX},
    };
    struct vmmap_error *error = fill(&probe, map);
    vmmap_explorer_deinit(&probe.explorer);
    vmmap_loaded_deinit(&probe.loaded);
    if (error) {
        map->count = 0; /* rows that were added before it failed */
        return error;
    }
    vmmap_map_finish(map, NULL);
    map->provider = "probe";
    map->exact = false;
    return NULL;
}

static bool probe_applies(const struct vmmap_target *target, const struct vmmap_target_info *info)
{
    return info->kind == VMMAP_TARGET_REMOTE && target->read_memory && info->pid != 0;
}

/* Valgrind's map is in reach where valgrind is. Only a process has an auxiliary vector. What has
 * none may be a board, on which to read may do something: devices have addresses, too. */
static struct vmmap_error *probe_fill(const struct vmmap_target *target,
                                      const struct vmmap_target_info *info, struct vmmap_map *map)
{
    struct vmmap_auxv auxv;
    struct vmmap_error *error =
        vmmap_far_proc_check(target, info); /* memory comes from /proc too */
    if (!error)
        error = vmmap_map_note_error(map, vmmap_valgrind_fill(target, info, map));
    if (error || map->count > 0)
        return error;
    error = vmmap_remote_auxv(target, &auxv);
    return error ? error : vmmap_probe_fill(target, info, map);
}

const struct vmmap_provider vmmap_provider_probe = {
    .name = "probe",
    .applies = probe_applies,
    .fill = probe_fill,
    .doubt = vmmap_far_proc_doubt,
};
