/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/runs.h"

#include <stdlib.h>

enum { RUNS_FIRST_CAPACITY = 16 };

void vmmap_paging_runs_deinit(struct vmmap_paging_runs *list)
{
    free(list->runs);
    *list = (struct vmmap_paging_runs){.runs = NULL};
}

const struct vmmap_paging_run *vmmap_paging_runs_find(const struct vmmap_paging_runs *list,
                                                      uint64_t address)
{
    for (size_t i = 0; i < list->count; i++) {
        if (address >= list->runs[i].start && address <= list->runs[i].last)
            return &list->runs[i];
    }
    return NULL;
}

size_t vmmap_paging_runs_lower_bound(const struct vmmap_paging_runs *list, uint64_t address)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->runs[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool vmmap_paging_runs_extend(struct vmmap_paging_runs *list, const struct vmmap_paging_run *run)
{
    if (list->count == 0)
        return false;
    struct vmmap_paging_run *before = &list->runs[list->count - 1];
    if (before->last != run->start - 1 || before->user != run->user ||
        before->kernel != run->kernel || before->attributes != run->attributes)
        return false;
    if (list->uniform && before->page_size != run->page_size)
        return false;
    uint64_t size = run->start - before->start;
    if (!before->has_physical || !run->has_physical || before->physical + size != run->physical) {
        if (list->contiguous)
            return false;
        before->has_physical = false;
        before->physical = 0;
    }
    if (before->page_size != run->page_size)
        before->page_size = 0;
    before->last = run->last;
    return true;
}

struct vmmap_error *vmmap_paging_runs_push(struct vmmap_paging_runs *list,
                                           const struct vmmap_paging_run *run)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : RUNS_FIRST_CAPACITY;
        struct vmmap_paging_run *runs = reallocarray(list->runs, capacity, sizeof(*runs));
        if (!runs)
            return &vmmap_error_no_memory;
        list->runs = runs;
        list->capacity = capacity;
    }
    list->runs[list->count++] = *run;
    return NULL;
}
