/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Processes of Linux: the ring of thread group leaders that begins at init_task
 * (include/linux/sched/signal.h, for_each_process).
 */

#include <string.h>

#include "os/linux_memory.h"

enum {
    PROCESSES_MAX = 1 << 22, /* PID_MAX_LIMIT */
    THREADS_MAX = 1 << 22,
    COMM_SIZE = 16,
    PROCESSES_PER_POLL = 1 << 8,
};

#define PF_KTHREAD UINT64_C(0x00200000)

struct task {
    uint64_t next; /* tasks.next */
    uint64_t ids;  /* pid and tgid, 32 bits each, if they are side by side */
    uint64_t flags;
    uint64_t mm;
    uint64_t real_parent;
    uint64_t signal;
};

static struct vmmap_error *read_task(const struct vmmap_linux_guest *guest, uint64_t address,
                                     struct task *ret, bool *done)
{
    const struct vmmap_linux_types *types = &guest->types;
    const uint64_t offsets[] = {types->task_tasks, types->task_tgid,        types->task_flags,
                                types->task_mm,    types->task_real_parent, types->task_signal};
    uint64_t words[6];
    struct vmmap_error *error = vmmap_linux_read_words(guest, address, offsets, 6, words, done);
    *ret = (struct task){words[0], words[1] & UINT32_MAX, words[2], words[3], words[4], words[5]};
    return error;
}

/* A leader that has exited has no memory, but its threads have: the first that does. */
static struct vmmap_error *find_memory(const struct vmmap_linux_guest *guest,
                                       const struct task *leader, uint64_t *ret)
{
    const struct vmmap_linux_types *types = &guest->types;
    const uint64_t head = leader->signal + types->signal_thread_head;
    uint64_t node;
    bool done;
    *ret = leader->mm;
    if (leader->mm || leader->flags & PF_KTHREAD)
        return NULL;
    struct vmmap_error *error = vmmap_kernel_memory_read_word(&guest->kernel, head, &node, &done);
    for (size_t i = 0; !error && done && !*ret && node != head && i < THREADS_MAX; i++) {
        const uint64_t task = node - types->task_thread_node;
        const uint64_t offsets[] = {types->task_mm, types->task_thread_node};
        uint64_t words[2];
        error = vmmap_linux_read_words(guest, task, offsets, 2, words, &done);
        *ret = words[0];
        node = words[1];
    }
    return error;
}

/* Physical address of the tables of an mm_struct; 0 where it can not be told. */
static struct vmmap_error *find_root(const struct vmmap_linux_guest *guest, uint64_t mm,
                                     uint64_t *ret)
{
    uint64_t pgd;
    bool done;
    *ret = 0;
    if (!mm)
        return NULL;
    struct vmmap_error *error =
        vmmap_linux_read_words(guest, mm, &guest->types.mm_pgd, 1, &pgd, &done);
    if (!error && done)
        error = vmmap_kernel_memory_translate(&guest->kernel, pgd, ret, &done);
    return error;
}

static struct vmmap_error *read_parent(const struct vmmap_linux_guest *guest, uint64_t address,
                                       uint64_t *ret)
{
    uint64_t ids;
    bool done;
    struct vmmap_error *error =
        vmmap_linux_read_words(guest, address, &guest->types.task_tgid, 1, &ids, &done);
    *ret = ids & UINT32_MAX;
    return error;
}

static struct vmmap_error *add_process(const struct vmmap_linux_guest *guest, uint64_t address,
                                       const struct task *task, struct vmmap_guest_processes *list)
{
    struct vmmap_guest_process process = {
        .pid = task->ids,
        .address = address,
        .seen = 1u << VMMAP_METHOD_TASKS,
    };
    bool done;
    struct vmmap_error *error = vmmap_kernel_memory_read(
        &guest->kernel, address + guest->types.task_comm, process.name, COMM_SIZE, &done);
    if (!error)
        error = read_parent(guest, task->real_parent, &process.parent);
    if (!error)
        error = find_memory(guest, task, &process.memory);
    if (!error)
        error = find_root(guest, process.memory, &process.root);
    return error ? error : vmmap_guest_processes_add(list, &process);
}

struct vmmap_error *vmmap_linux_guest_processes(struct vmmap_linux_guest *guest,
                                                struct vmmap_guest_processes *ret, bool *complete)
{
    const struct vmmap_paging_memory *memory = guest->kernel.memory;
    const uint64_t link = guest->types.task_tasks;
    uint64_t address = guest->init_task;
    struct vmmap_error *error = NULL;
    *ret = (struct vmmap_guest_processes){.items = NULL};
    *complete = false;
    for (size_t i = 0; !error && !*complete && i < PROCESSES_MAX; i++) {
        struct task task;
        bool done;
        error = read_task(guest, address, &task, &done);
        if (error || !done)
            break;
        if (address != guest->init_task) /* process 0, which /proc does not have */
            error = add_process(guest, address, &task, ret);
        if (!error && i % PROCESSES_PER_POLL == PROCESSES_PER_POLL - 1 && memory->poll)
            error = memory->poll(memory->context);
        address = task.next - link;
        *complete = address == guest->init_task;
    }
    vmmap_guest_processes_sort(ret);
    return error;
}

struct vmmap_paging_config vmmap_linux_guest_config(const struct vmmap_linux_guest *guest,
                                                    const struct vmmap_guest_process *process)
{
    enum { SATP_PPN_BITS = 44, PAGE_SHIFT = 12 };
    struct vmmap_paging_config config = guest->vmcore.config;
    switch (config.architecture) {
    case VMMAP_PAGING_X86:
        config.x86.cr3 = process->root;
        break;
    case VMMAP_PAGING_AARCH64:
        config.aarch64.ttbr0 = process->root;
        break;
    case VMMAP_PAGING_RISCV:
        config.riscv.satp = (config.riscv.satp & ~((UINT64_C(1) << SATP_PPN_BITS) - 1)) |
                            process->root >> PAGE_SHIFT;
        break;
    default: /* linux_vmcore.c makes no others */
        break;
    }
    return config;
}
