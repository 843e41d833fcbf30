/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/linux_guest.h"

#include <string.h>

#include "os/linux_memory.h"
#include "os/linux_symbols.h"

/* All images that may be gone through while a kernel is opened: three times a big one. */
#define SEARCH_BYTES (UINT64_C(384) << 20)

enum { SYMBOL_COUNT = 5 };

static struct vmmap_error *find_symbols(struct vmmap_linux_guest *guest, uint64_t *btf)
{
    struct vmmap_linux_symbol symbols[SYMBOL_COUNT] = {
        {.name = "init_task"},          {.name = "__start_BTF"},          {.name = "simple_dname"},
        {.name = "anon_inodefs_dname"}, {.name = "special_mapping_name"},
    };
    bool found;
    struct vmmap_error *error =
        vmmap_linux_symbols_find(&guest->kernel, &guest->vmcore, symbols, SYMBOL_COUNT, &found);
    guest->init_task = symbols[0].address;
    *btf = symbols[1].address;
    guest->simple_dname = symbols[2].address;
    guest->anon_inodefs_dname = symbols[3].address;
    guest->special_mapping_name = symbols[4].address;
    return error;
}

static struct vmmap_error *read_types(struct vmmap_linux_guest *guest, uint64_t btf)
{
    const char *missing;
    bool found;
    struct vmmap_error *error = vmmap_linux_types_read(&guest->kernel, &guest->vmcore, btf,
                                                       &guest->types, &found, &missing);
    if (error || found)
        return error;
    if (missing)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "This Linux kernel's description of its types (BTF) lacks %s: "
                                  "its processes can not be told.",
                                  missing);
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "This Linux kernel carries no description of its types (BTF, "
                              "CONFIG_DEBUG_INFO_BTF): its processes can not be told.");
}

/* Without CONFIG_KALLSYMS_ALL the kernel's table has no variables. */
struct search {
    struct vmmap_linux_guest *guest;
    uint64_t found;
};

/* Process 0: named "swapper", its own leader and parent, number 0, in a ring that holds. */
static struct vmmap_error *try_task(struct vmmap_linux_guest *guest, uint64_t task, bool *is_it)
{
    const struct vmmap_linux_types *types = &guest->types;
    const uint64_t offsets[] = {types->task_real_parent, types->task_mm, types->task_pid,
                                types->task_tasks, types->task_tasks + 8};
    uint64_t words[5], back;
    struct vmmap_error *error = vmmap_linux_read_words(guest, task, offsets, 5, words, is_it);
    *is_it = !error && *is_it && words[0] == task && words[1] == 0 && (words[2] & UINT32_MAX) == 0;
    if (!*is_it)
        return error;
    /* tasks.next->prev and tasks.prev->next lead back. */
    error = vmmap_kernel_memory_read_word(&guest->kernel, words[3] + 8, &back, is_it);
    *is_it = !error && *is_it && back == task + types->task_tasks;
    if (!error && *is_it)
        error = vmmap_kernel_memory_read_word(&guest->kernel, words[4], &back, is_it);
    *is_it = !error && *is_it && back == task + types->task_tasks;
    return error;
}

static struct vmmap_error *look(void *context, uint64_t address, const unsigned char *bytes,
                                size_t size, bool *enough)
{
    static const char comm[] = "swapper";
    struct search *search = context;
    const unsigned char *at = bytes, *end = bytes + size;
    struct vmmap_error *error = NULL;
    while (!error && !*enough && (at = memmem(at, (size_t)(end - at), comm, sizeof(comm) - 1))) {
        const uint64_t task = address + (uint64_t)(at - bytes) - search->guest->types.task_comm;
        error = task % 8 == 0 ? try_task(search->guest, task, enough) : NULL;
        if (!error && *enough)
            search->found = task;
        at++;
    }
    return error;
}

static struct vmmap_error *find_init_task(struct vmmap_linux_guest *guest)
{
    struct search search = {.guest = guest};
    const struct vmmap_kernel_search each = {&search, look};
    if (guest->init_task)
        return NULL;
    struct vmmap_error *error =
        vmmap_linux_vmcore_search_image(&guest->vmcore, &guest->kernel, &each);
    guest->init_task = search.found;
    if (error || guest->init_task)
        return error;
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "This Linux kernel's first task was not found: its processes can not "
                              "be told.");
}

/* The folder from which paths are told. A kernel that has not started process 1 yet has none. */
static struct vmmap_error *find_root(struct vmmap_linux_guest *guest)
{
    const struct vmmap_linux_types *types = &guest->types;
    struct vmmap_guest_processes list;
    const uint64_t offsets[] = {types->fs_root + types->path_mnt,
                                types->fs_root + types->path_dentry};
    uint64_t fs = 0, words[2];
    bool done = false;
    struct vmmap_error *error = vmmap_linux_guest_processes(guest, &list, &done);
    done = !error && list.count > 0 && list.items[0].pid == 1;
    if (done)
        error =
            vmmap_linux_read_words(guest, list.items[0].address, &types->task_fs, 1, &fs, &done);
    if (!error && done)
        error = vmmap_linux_read_words(guest, fs, offsets, 2, words, &done);
    if (!error && done) {
        guest->root_mnt = words[0];
        guest->root_dentry = words[1];
    }
    vmmap_guest_processes_deinit(&list);
    return error;
}

struct vmmap_error *vmmap_linux_guest_open(const struct vmmap_linux_source *source,
                                           struct vmmap_linux_guest *ret)
{
    uint64_t btf;
    bool found;
    *ret = (struct vmmap_linux_guest){.init_task = 0};
    struct vmmap_error *error = vmmap_linux_vmcore_init(source, &ret->vmcore, &found);
    if (error)
        return error;
    if (!found)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "No Linux kernel was found in this memory (by its VMCOREINFO; "
                                  "x86-64, AArch64, RISC-V).");
    ret->kernel = (struct vmmap_kernel_memory){
        .config = &ret->vmcore.config,
        .memory = source->memory,
        .search = source->memory,
        .search_bytes = SEARCH_BYTES,
        .tlb = &ret->tlb,
    };
    error = find_symbols(ret, &btf);
    if (!error)
        error = read_types(ret, btf);
    if (!error)
        error = find_init_task(ret);
    return error ? error : find_root(ret);
}

struct vmmap_error *vmmap_linux_guest_check(struct vmmap_linux_guest *guest, bool *holds)
{
    guest->tlb = (struct vmmap_kernel_tlb){.next = 0};
    return vmmap_linux_vmcore_check(&guest->vmcore, guest->kernel.memory, holds);
}

void vmmap_linux_guest_close(struct vmmap_linux_guest *guest)
{
    vmmap_linux_vmcore_deinit(&guest->vmcore);
}
