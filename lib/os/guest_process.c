/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/guest_process.h"

#include <stdlib.h>

const char *vmmap_process_method_name(enum vmmap_process_method method)
{
    static const char *const names[] = {
        [VMMAP_METHOD_PS_ACTIVE_PROCESS_HEAD] = "PsActiveProcessHead",
        [VMMAP_METHOD_CSRSS] = "CSRSS",
        [VMMAP_METHOD_PSP_CID_TABLE] = "PspCidTable",
        [VMMAP_METHOD_SESSIONS] = "Sessions",
        [VMMAP_METHOD_HANDLES] = "Handles",
        [VMMAP_METHOD_TASKS] = "tasks",
    };
    return method < VMMAP_METHOD_COUNT ? names[method] : NULL;
}

void vmmap_guest_processes_deinit(struct vmmap_guest_processes *list)
{
    free(list->items);
    *list = (struct vmmap_guest_processes){.items = NULL};
}

struct vmmap_error *vmmap_guest_processes_add(struct vmmap_guest_processes *list,
                                              const struct vmmap_guest_process *process)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 64;
        struct vmmap_guest_process *grown = reallocarray(list->items, capacity, sizeof(*grown));
        if (!grown)
            return &vmmap_error_no_memory;
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = *process;
    return NULL;
}

struct vmmap_guest_process *vmmap_guest_processes_find(const struct vmmap_guest_processes *list,
                                                       uint64_t address)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].address == address)
            return &list->items[i];
    }
    return NULL;
}

static int compare(const void *left, const void *right)
{
    const struct vmmap_guest_process *a = left, *b = right;
    if (a->pid != b->pid)
        return a->pid < b->pid ? -1 : 1;
    return (a->address > b->address) - (a->address < b->address);
}

void vmmap_guest_processes_sort(struct vmmap_guest_processes *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(*list->items), compare);
}
