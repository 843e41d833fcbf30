/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a crashed process, from its ELF core file: ranges and permissions from the program
 * headers, names and offsets from NT_FILE, the kernel's bracket names where the auxiliary vector
 * proves them. docs/core.md tells what each writer of core files leaves out.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "providers/core/core_file.h"
#include "providers/core/core_image.h"
#include "providers/core/core_report.h"
#include "providers/provider.h"

enum {
    RANGES_PER_POLL = 1 << 14,
    IMAGE_RANGES_PER_POLL = 1 << 8, /* each reads up to two times 64 program headers */
};

/* The one page that x86-64 kernels map above the canonical hole (vsyscall(2) of old). */
#define VSYSCALL_ADDRESS UINT64_C(0xffffffffff600000)

static bool core_applies(const struct vmmap_target *target, const struct vmmap_target_info *info)
{
    return info->kind == VMMAP_TARGET_CORE && target->core_path;
}

static struct vmmap_error *open_core(const struct vmmap_target *target, struct vmmap_core **ret)
{
    struct vmmap_buffer path = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = target->core_path(target->context, &path);
    vmmap_buffer_append(&path, "", 1);
    if (!error)
        error = vmmap_buffer_status(&path);
    if (!error)
        error = vmmap_core_open(target, path.data, ret);
    vmmap_buffer_deinit(&path);
    return error;
}

static struct vmmap_perms load_perms(const struct vmmap_core *core,
                                     const struct vmmap_elf_segment *load)
{
    struct vmmap_perms perms = vmmap_elf_segment_perms(load);
    if (core->writer == VMMAP_CORE_BY_GCORE)
        perms.known &= (uint8_t)~VMMAP_PERM_READ; /* gcore.c, make_output_phdrs(): always set */
    if (core->writer == VMMAP_CORE_OF_MACHINE)
        perms.known = 0;
    perms.set &= perms.known;
    return perms;
}

static struct vmmap_error *add_loads(const struct vmmap_target *target,
                                     const struct vmmap_core *core, struct vmmap_map *map)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < core->load_count && !error; i++) {
        const struct vmmap_elf_segment *load = &core->loads[i];
        const struct vmmap_region region = {
            .start = load->address,
            .last = load->address + load->memory_size - 1,
            .perms = load_perms(core, load),
            .saved = vmmap_core_saved_size(core, load),
            .has_saved = true,
            .origin = VMMAP_ORIGIN_CORE_SEGMENT,
        };
        error = vmmap_map_add(map, &region);
        if (!error && i % RANGES_PER_POLL == RANGES_PER_POLL - 1)
            error = vmmap_target_poll(target);
    }
    return error;
}

static struct vmmap_error *add_mapping(struct vmmap_map *files,
                                       const struct vmmap_core_mapping *mapping)
{
    const struct vmmap_region region = {
        .start = mapping->start,
        .last = mapping->last,
        .offset = mapping->offset,
        .has_offset = true,
        .has_saved = true,
        .origin = VMMAP_ORIGIN_CORE_NOTE,
    };
    return vmmap_map_add_named(files, &region, mapping->name, mapping->name_size);
}

/* Reads NT_FILE into a map of its own. */
static struct vmmap_error *read_files(const struct vmmap_target *target, struct vmmap_core *core,
                                      struct vmmap_map *files, struct vmmap_core_findings *findings)
{
    struct vmmap_window names;
    vmmap_window_init(&names, &core->file.reader);
    struct vmmap_core_mappings mappings;
    struct vmmap_core_mapping mapping;
    vmmap_core_mappings_init(&mappings, &core->elf, &core->window, &names, &core->files);
    while (vmmap_core_mappings_next(&mappings, &mapping)) {
        struct vmmap_error *error = add_mapping(files, &mapping);
        if (!error && mappings.left % RANGES_PER_POLL == 0)
            error = vmmap_target_poll(target);
        if (error)
            return error;
    }
    vmmap_map_finish(files, &findings->overlaps);
    findings->has_some = true;
    findings->has_files = !mappings.is_broken;
    return NULL;
}

static struct vmmap_error *add_files(const struct vmmap_target *target, struct vmmap_core *core,
                                     struct vmmap_map *map, struct vmmap_core_findings *findings)
{
    if (core->files.size == 0)
        return NULL;
    struct vmmap_map *files;
    struct vmmap_error *error = vmmap_map_create(&files);
    if (error)
        return error;
    error = read_files(target, core, files, findings);
    if (!error)
        error = vmmap_map_add_files(map, files);
    vmmap_map_destroy(files);
    return error;
}

/* Memory that NT_FILE does not list has no file, so its offset is 0, as in a maps file. It is also
 * private: Linux gives every shared mapping a file, if only "/dev/zero (deleted)" (mm/shmem.c,
 * shmem_zero_setup()). gcore leaves files out whose inode number is 0. */
static void settle_anonymous(const struct vmmap_core *core,
                             const struct vmmap_core_findings *findings, struct vmmap_map *map)
{
    if (!findings->has_files || core->writer != VMMAP_CORE_BY_KERNEL)
        return;
    for (size_t i = 0; i < map->count; i++) {
        if (map->regions[i].name)
            continue;
        map->regions[i].has_offset = true;
        map->regions[i].perms.known |= VMMAP_PERM_SHARED;
    }
}

/* Names the region without a file that holds `address`. */
static struct vmmap_error *name_region(struct vmmap_map *map, uint64_t address, const char *name)
{
    size_t index = vmmap_map_find(map, address);
    if (index == VMMAP_NO_REGION || map->regions[index].name)
        return NULL;
    return vmmap_map_set_name(map, index, name, strlen(name));
}

static struct vmmap_error *name_special(struct vmmap_core *core, struct vmmap_map *map)
{
    uint64_t address;
    struct vmmap_error *error = NULL;
    /* The path that was executed is at the very top of the main thread's stack (fs/exec.c). */
    if (vmmap_core_find_auxv(&core->elf, &core->window, &core->auxv, VMMAP_AUXV_EXECFN, &address))
        error = name_region(map, address, "[stack]");
    if (!error && vmmap_core_find_auxv(&core->elf, &core->window, &core->auxv,
                                       VMMAP_AUXV_SYSINFO_EHDR, &address)) {
        size_t index = vmmap_map_find(map, address);
        if (index != VMMAP_NO_REGION && map->regions[index].start == address)
            error = name_region(map, address, "[vdso]");
    }
    if (!error && core->elf.machine == VMMAP_ELF_X86_64 && core->elf.is_64 &&
        core->writer != VMMAP_CORE_OF_MACHINE)
        error = name_region(map, VSYSCALL_ADDRESS, "[vsyscall]");
    return error;
}

/* Where the program break is, as the C library noted it for sbrk(); glibc and uClibc do. */
static struct vmmap_error *find_break(const struct vmmap_target *target,
                                      const struct vmmap_core *core, uint64_t *ret)
{
    unsigned char bytes[8];
    const size_t word = vmmap_elf_word_size(&core->elf);
    uint64_t address;
    *ret = 0;
    if (!target->symbol_address)
        return NULL;
    struct vmmap_error *error = target->symbol_address(target->context, "__curbrk", &address);
    if (!error && vmmap_core_read_memory(core, address, bytes, word) == word)
        *ret = vmmap_elf_load(&core->elf, bytes, word);
    return error;
}

/* The kernel's own record of the break is in no core file. The page that holds its last byte is
 * the last one of [heap]; only a region that ends there is certainly it. */
static struct vmmap_error *name_heap(const struct vmmap_target *target,
                                     const struct vmmap_core *core,
                                     const struct vmmap_core_findings *findings,
                                     struct vmmap_map *map)
{
    uint64_t end;
    /* Symbols of another build lead to some other word. */
    if (core->writer == VMMAP_CORE_OF_MACHINE || findings->is_other_build)
        return NULL;
    struct vmmap_error *error = find_break(target, core, &end);
    if (error && !vmmap_error_is_fatal(error)) {
        struct vmmap_error *failure = vmmap_map_add_note(
            map, "The heap is not named: that takes the C library's symbols. %s", error->message);
        vmmap_error_destroy(error);
        return failure;
    }
    if (error || end == 0)
        return error;
    size_t index = vmmap_map_find(map, end - 1);
    if (index == VMMAP_NO_REGION)
        return NULL;
    const struct vmmap_region *region = &map->regions[index];
    if (region->name || !(region->perms.set & VMMAP_PERM_WRITE) || region->last - (end - 1) >= 4096)
        return NULL;
    return name_region(map, end - 1, "[heap]");
}

/* Ranges that only NT_FILE tells get the permissions that the file's own headers ask for. */
static struct vmmap_error *add_image_perms(const struct vmmap_target *target,
                                           struct vmmap_core *core, struct vmmap_map *map)
{
    struct vmmap_core_image image;
    uint64_t page_size = 0; /* NT_FILE has one too, but gcore writes offsets in units of 1 there */
    (void)vmmap_core_find_auxv(&core->elf, &core->window, &core->auxv, VMMAP_AUXV_PAGESZ,
                               &page_size);
    struct vmmap_error *error = NULL;
    const char *name = NULL; /* of the file that `image` is about; names are interned */
    size_t first = 0, told = 0, untold = 0;
    for (size_t i = 0; i < map->count && !error; i++) {
        struct vmmap_region *region = &map->regions[i];
        if (region->name && region->has_offset && region->offset == 0)
            first = i;
        if (region->origin != VMMAP_ORIGIN_CORE_NOTE)
            continue;
        const struct vmmap_region *base = &map->regions[first];
        bool is_image = base->name == region->name && base->offset == 0;
        if (is_image && (name != base->name || image.base != base->start))
            name = vmmap_core_image_init(&image, core, base) ? base->name : NULL;
        if (is_image && name)
            region->perms = vmmap_core_image_perms(&image, region, page_size);
        *(region->perms.known ? &told : &untold) += 1;
        if ((told + untold) % IMAGE_RANGES_PER_POLL == 0)
            error = vmmap_target_poll(target);
    }
    if (!error && told > 0)
        error =
            vmmap_map_add_note(map,
                               "The core has no permissions for some mapped file ranges: those "
                               "shown (%zu rows) are what the mapped files' program headers ask "
                               "for, as the core saved them.",
                               told);
    if (!error && untold > 0)
        error = vmmap_map_add_note(
            map,
            "The core has no permissions for some mapped file ranges (%zu rows), "
            "and no program header tells them either.",
            untold);
    return error;
}

static struct vmmap_error *fill_from(const struct vmmap_target *target, struct vmmap_core *core,
                                     struct vmmap_map *map)
{
    struct vmmap_core_findings findings = {.has_files = false};
    map->address_bits = core->elf.is_64 ? 64 : 32;
    struct vmmap_error *error = add_loads(target, core, map);
    if (!error)
        vmmap_map_finish(map, NULL);
    if (!error)
        error = add_files(target, core, map, &findings);
    if (!error && map->count == 0)
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                   "The core file describes no memory: its program headers are "
                                   "empty, damaged, or cut off.");
    if (error)
        return error;
    settle_anonymous(core, &findings, map);
    error = name_special(core, map);
    if (!error)
        error = add_image_perms(target, core, map);
    if (!error)
        error = vmmap_core_report(target, core, &findings, map);
    if (!error)
        error = name_heap(target, core, &findings, map);
    return error ? error : vmmap_core_report_read_error(core, map);
}

static struct vmmap_error *core_fill(const struct vmmap_target *target,
                                     const struct vmmap_target_info *info, struct vmmap_map *map)
{
    (void)info;
    struct vmmap_core *core;
    struct vmmap_error *error = open_core(target, &core);
    if (error)
        return error;
    error = fill_from(target, core, map);
    vmmap_core_close(core);
    return error;
}

static int compare_tids(const void *left, const void *right)
{
    const struct vmmap_thread *const *a = left, *const *b = right;
    return ((*a)->tid > (*b)->tid) - ((*a)->tid < (*b)->tid);
}

static void complete_thread(const struct vmmap_core_thread *saved, struct vmmap_thread **threads,
                            size_t count)
{
    const struct vmmap_thread wanted = {.tid = saved->tid}, *key = &wanted;
    struct vmmap_thread **found = bsearch(&key, threads, count, sizeof(*threads), compare_tids);
    if (!found)
        return;
    if (!(*found)->has_stack_pointer) {
        (*found)->stack_pointer = saved->stack_pointer;
        (*found)->has_stack_pointer = true;
    }
    if (!(*found)->has_thread_pointer && saved->has_thread_pointer) {
        (*found)->thread_pointer = saved->thread_pointer;
        (*found)->has_thread_pointer = true;
    }
}

/* GDB 13 finds the thread pointer in x86-64, AArch64 and RISC-V cores only. */
static struct vmmap_error *core_complete_threads(const struct vmmap_target *target,
                                                 struct vmmap_thread *threads, size_t count)
{
    struct vmmap_core *core;
    struct vmmap_thread **by_tid = reallocarray(NULL, count, sizeof(struct vmmap_thread *));
    if (!by_tid)
        return &vmmap_error_no_memory;
    struct vmmap_error *error = open_core(target, &core);
    if (!error) {
        for (size_t i = 0; i < count; i++)
            by_tid[i] = &threads[i];
        qsort(by_tid, count, sizeof(*by_tid), compare_tids);
        struct vmmap_core_threads walk;
        struct vmmap_core_thread saved;
        vmmap_core_threads_init(&walk, core);
        while (vmmap_core_threads_next(&walk, &saved))
            complete_thread(&saved, by_tid, count);
        if (core->file.read_error)
            error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                       "Registers in the core file can not be read: %s.",
                                       strerror(core->file.read_error));
        vmmap_core_close(core);
    }
    free(by_tid);
    return error;
}

const struct vmmap_provider vmmap_provider_core = {
    .name = "core",
    .applies = core_applies,
    .fill = core_fill,
    .complete_threads = core_complete_threads,
};
