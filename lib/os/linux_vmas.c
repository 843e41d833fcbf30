/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The regions of a process of Linux: its VMAs, shown as show_map_vma() of fs/proc/task_mmu.c does.
 */

#include <stdlib.h>
#include <string.h>

#include "os/linux_memory.h"

enum {
    VMAS_PER_POLL = 1 << 10,
    VM_READ = 1 << 0,
    VM_WRITE = 1 << 1,
    VM_EXEC = 1 << 2,
    VM_MAYSHARE = 1 << 7,
};

struct vma {
    uint64_t start;
    uint64_t end;
    uint64_t flags;
    uint64_t pgoff;
    uint64_t file;
    uint64_t ops;
    uint64_t private_data;
    uint64_t anon_name;
    uint64_t next;
};

/* A listing under way. */
struct listing {
    struct vmmap_linux_guest *guest;
    struct vmmap_map *map;
    uint64_t start_brk, brk, start_stack;
    uint64_t end; /* of the VMA before: they ascend */
    size_t count;
    bool is_broken;
    uint64_t next; /* of the VMA read last */
    /* The file whose name was told last: mappings of one file follow one another. */
    uint64_t file;
    struct vmmap_buffer name;
    bool has_name;
    size_t unknown_names;
};

static struct vmmap_error *read_vma(const struct vmmap_linux_guest *guest, uint64_t address,
                                    struct vma *ret, bool *done)
{
    const struct vmmap_linux_types *types = &guest->types;
    const uint64_t offsets[] = {types->vma_start,        types->vma_end,       types->vma_flags,
                                types->vma_pgoff,        types->vma_file,      types->vma_ops,
                                types->vma_private_data, types->vma_anon_name, types->vma_next};
    uint64_t words[9];
    struct vmmap_error *error = vmmap_linux_read_words(guest, address, offsets, 9, words, done);
    *ret = (struct vma){words[0], words[1], words[2], words[3], words[4],
                        words[5], words[6], words[7], words[8]};
    return error;
}

/* The name of a file, into listing->name. */
static struct vmmap_error *find_file_name(struct listing *listing, uint64_t file)
{
    const struct vmmap_linux_types *types = &listing->guest->types;
    const uint64_t offsets[] = {types->file_path + types->path_mnt,
                                types->file_path + types->path_dentry};
    uint64_t words[2];
    if (file == listing->file)
        return NULL;
    listing->name.size = 0;
    struct vmmap_error *error =
        vmmap_linux_read_words(listing->guest, file, offsets, 2, words, &listing->has_name);
    if (!error && listing->has_name)
        error = vmmap_linux_path(listing->guest, words[0], words[1], &listing->name,
                                 &listing->has_name);
    listing->file = error ? 0 : file;
    return error;
}

/* A mapping that the kernel made: its vm_special_mapping tells its name. */
static struct vmmap_error *find_special_name(struct listing *listing, const struct vma *vma,
                                             struct vmmap_buffer *ret, bool *is_special)
{
    const struct vmmap_linux_guest *guest = listing->guest;
    char text[VMMAP_LINUX_NAME_MAX];
    uint64_t function, name;
    bool done;
    *is_special = false;
    if (!vma->ops)
        return NULL;
    struct vmmap_error *error =
        vmmap_linux_read_words(guest, vma->ops, &guest->types.ops_name, 1, &function, &done);
    if (error || !done || !function)
        return error;
    *is_special = true;
    done = guest->special_mapping_name && function == guest->special_mapping_name;
    if (done)
        error = vmmap_linux_read_words(guest, vma->private_data, &guest->types.special_name, 1,
                                       &name, &done);
    if (!error && done)
        error = vmmap_linux_read_string(guest, name, text, sizeof(text), &done);
    if (!error && done)
        vmmap_buffer_append_string(ret, text);
    listing->unknown_names += !done;
    return error;
}

/* prctl(PR_SET_VMA_ANON_NAME). */
static struct vmmap_error *find_anon_name(struct listing *listing, const struct vma *vma,
                                          struct vmmap_buffer *ret)
{
    const struct vmmap_linux_guest *guest = listing->guest;
    char text[VMMAP_LINUX_NAME_MAX];
    bool done;
    if (!vma->anon_name || guest->types.anon_name_text == VMMAP_LINUX_NO_OFFSET)
        return NULL;
    struct vmmap_error *error = vmmap_linux_read_string(
        guest, vma->anon_name + guest->types.anon_name_text, text, sizeof(text), &done);
    if (!error && done)
        vmmap_buffer_printf(ret, "[anon:%s]", text);
    return error;
}

static struct vmmap_error *find_anonymous_name(struct listing *listing, const struct vma *vma,
                                               struct vmmap_buffer *ret)
{
    bool is_special;
    struct vmmap_error *error = find_special_name(listing, vma, ret, &is_special);
    if (error || is_special)
        return error;
    if (vma->start <= listing->brk && vma->end >= listing->start_brk)
        vmmap_buffer_append_string(ret, "[heap]");
    else if (vma->start <= listing->start_stack && vma->end >= listing->start_stack)
        vmmap_buffer_append_string(ret, "[stack]");
    else
        return find_anon_name(listing, vma, ret);
    return NULL;
}

static struct vmmap_perms perms_of(uint64_t flags)
{
    struct vmmap_perms perms = {0, VMMAP_PERM_ALL};
    perms.set |= flags & VM_READ ? VMMAP_PERM_READ : 0;
    perms.set |= flags & VM_WRITE ? VMMAP_PERM_WRITE : 0;
    perms.set |= flags & VM_EXEC ? VMMAP_PERM_EXEC : 0;
    perms.set |= flags & VM_MAYSHARE ? VMMAP_PERM_SHARED : 0;
    return perms;
}

static struct vmmap_error *add_region(struct listing *listing, const struct vma *vma)
{
    const struct vmmap_region region = {
        .start = vma->start,
        .last = vma->end - 1,
        .offset = vma->file ? vma->pgoff * listing->guest->vmcore.page_size : 0,
        .has_offset = true,
        .perms = perms_of(vma->flags),
        .origin = VMMAP_ORIGIN_PROCFS,
    };
    struct vmmap_buffer own = VMMAP_BUFFER_INIT;
    struct vmmap_buffer *name = vma->file ? &listing->name : &own;
    struct vmmap_error *error =
        vma->file ? find_file_name(listing, vma->file) : find_anonymous_name(listing, vma, &own);
    if (!error && vma->file && !listing->has_name)
        listing->unknown_names++;
    if (!error)
        error = vmmap_buffer_status(&own);
    if (!error)
        error = vmmap_map_add_named(listing->map, &region, name->data, name->size);
    vmmap_buffer_deinit(&own);
    return error;
}

/* Takes the VMA at an address; they have to ascend. */
static struct vmmap_error *take_vma(void *context, uint64_t address)
{
    struct listing *listing = context;
    const struct vmmap_paging_memory *memory = listing->guest->kernel.memory;
    struct vma vma;
    bool done;
    if (listing->is_broken)
        return NULL;
    struct vmmap_error *error = read_vma(listing->guest, address, &vma, &done);
    if (error)
        return error;
    listing->is_broken = !done || vma.start < listing->end || vma.end <= vma.start;
    if (listing->is_broken)
        return NULL;
    listing->end = vma.end;
    listing->next = vma.next;
    error = add_region(listing, &vma);
    if (!error && ++listing->count % VMAS_PER_POLL == 0 && memory->poll)
        error = memory->poll(memory->context);
    return error;
}

/* The list that kernels before 6.1 have: it ends, for VMAs have to ascend. */
static struct vmmap_error *walk_list(struct listing *listing, uint64_t mm)
{
    uint64_t address;
    bool done;
    struct vmmap_error *error = vmmap_linux_read_words(
        listing->guest, mm, &listing->guest->types.mm_vmas, 1, &address, &done);
    listing->is_broken = !done;
    while (!error && !listing->is_broken && address) {
        error = take_vma(listing, address);
        address = listing->next;
    }
    return error;
}

static struct vmmap_error *walk_vmas(struct listing *listing, uint64_t mm)
{
    const struct vmmap_linux_types *types = &listing->guest->types;
    bool complete;
    if (types->mm_maple == VMMAP_LINUX_NO_OFFSET)
        return walk_list(listing, mm);
    struct vmmap_error *error =
        vmmap_linux_maple_walk(listing->guest, mm + types->mm_maple, take_vma, listing, &complete);
    listing->is_broken = listing->is_broken || !complete;
    return error;
}

static struct vmmap_error *read_bounds(struct listing *listing, uint64_t mm)
{
    const struct vmmap_linux_types *types = &listing->guest->types;
    const uint64_t offsets[] = {types->mm_start_brk, types->mm_brk, types->mm_start_stack};
    uint64_t words[3];
    bool done;
    struct vmmap_error *error =
        vmmap_linux_read_words(listing->guest, mm, offsets, 3, words, &done);
    listing->is_broken = !done;
    listing->start_brk = words[0];
    listing->brk = words[1];
    listing->start_stack = words[2];
    return error;
}

static struct vmmap_error *add_notes(const struct listing *listing)
{
    struct vmmap_error *error = NULL;
    listing->map->exact = !listing->is_broken && listing->unknown_names == 0;
    if (listing->is_broken)
        error = vmmap_map_add_note(listing->map,
                                   "The kernel's list of this process's regions is broken, or a "
                                   "part of it is not in memory that can be read: regions are "
                                   "missing.");
    if (!error && listing->unknown_names > 0)
        error = vmmap_map_add_note(listing->map,
                                   "%zu region%s a name that the kernel makes by a function that "
                                   "is not known here: shown without.",
                                   listing->unknown_names,
                                   listing->unknown_names == 1 ? " has" : "s have");
    return error;
}

struct vmmap_error *vmmap_linux_guest_regions(struct vmmap_linux_guest *guest,
                                              const struct vmmap_guest_process *process,
                                              struct vmmap_map *map)
{
    struct listing listing = {.guest = guest, .map = map};
    if (!process->memory)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "Process %llu is a thread of the kernel, or has exited: it has "
                                  "no memory of its own.",
                                  (unsigned long long)process->pid);
    struct vmmap_error *error = read_bounds(&listing, process->memory);
    if (!error && !listing.is_broken)
        error = walk_vmas(&listing, process->memory);
    vmmap_buffer_deinit(&listing.name);
    if (error)
        return error;
    vmmap_map_finish(map, NULL);
    return add_notes(&listing);
}
