/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* All threads are named, so that each can be found by its label; but a label stays below 64 KiB
 * where a region holds the stacks of tens of thousands. */
enum { LABEL_MAX_CLAIMS = 1 << 11 };

enum claim_kind { CLAIM_STACK, CLAIM_TLS, CLAIM_GUARD };

/* "This region is that thread's stack." */
struct claim {
    size_t index;
    enum claim_kind kind;
    const struct vmmap_thread *thread;
};

struct claims {
    struct claim *items;
    size_t count;
};

/* The threads of a machine are its CPUs, whose stacks are no regions of their own. Of what was
 * found by reading it is never known whether it is writable. */
static bool is_thread_memory(const struct vmmap_region *region)
{
    return !(region->perms.known & VMMAP_PERM_USER) && region->origin != VMMAP_ORIGIN_MONITOR &&
           ((region->perms.set & VMMAP_PERM_WRITE) || region->origin == VMMAP_ORIGIN_PROBED) &&
           !(region->name && strcmp(region->name, "[stack]") == 0);
}

bool vmmap_map_may_have_thread_labels(const struct vmmap_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        if (is_thread_memory(&map->regions[i]))
            return true;
    }
    return false;
}

void vmmap_thread_name(const struct vmmap_thread *thread, char ret[VMMAP_THREAD_NAME_SIZE])
{
    if (thread->inferior != 0)
        snprintf(ret, VMMAP_THREAD_NAME_SIZE, "%u.%u", thread->inferior, thread->number);
    else
        snprintf(ret, VMMAP_THREAD_NAME_SIZE, "%u", thread->number);
}

static void claim_region(struct claims *claims, size_t index, enum claim_kind kind,
                         const struct vmmap_thread *thread)
{
    claims->items[claims->count++] = (struct claim){index, kind, thread};
}

static size_t find_thread_memory(const struct vmmap_map *map, uint64_t address)
{
    size_t index = vmmap_map_find(map, address);
    if (index == VMMAP_NO_REGION || !is_thread_memory(&map->regions[index]))
        return VMMAP_NO_REGION;
    return index;
}

size_t vmmap_map_find_stack(const struct vmmap_map *map, const struct vmmap_thread *thread)
{
    return thread->has_stack_pointer ? find_thread_memory(map, thread->stack_pointer)
                                     : VMMAP_NO_REGION;
}

static void collect_claims(const struct vmmap_map *map, const struct vmmap_thread *thread,
                           struct claims *claims)
{
    size_t stack = vmmap_map_find_stack(map, thread);
    if (stack != VMMAP_NO_REGION) {
        claim_region(claims, stack, CLAIM_STACK, thread);
        const struct vmmap_region *region = &map->regions[stack];
        if (stack > 0 && vmmap_region_is_guard(region - 1) &&
            vmmap_region_adjoins(region - 1, region))
            claim_region(claims, stack - 1, CLAIM_GUARD, thread);
    }
    if (thread->has_thread_pointer) {
        size_t block = find_thread_memory(map, thread->thread_pointer);
        if (block != VMMAP_NO_REGION)
            claim_region(claims, block, CLAIM_TLS, thread);
    }
}

static int compare_claims(const void *left, const void *right)
{
    const struct claim *a = left, *b = right;
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    if (a->thread->number != b->thread->number)
        return a->thread->number < b->thread->number ? -1 : 1;
    return (int)a->kind - (int)b->kind;
}

/* All claims on one region, in words. */
static struct vmmap_error *label_region(struct vmmap_map *map, const struct claim *claims,
                                        size_t count)
{
    static const char *const words[] = {
        [CLAIM_STACK] = "stack", [CLAIM_TLS] = "TLS", [CLAIM_GUARD] = "guard page"};
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < count && i < LABEL_MAX_CLAIMS; i++) {
        char name[VMMAP_THREAD_NAME_SIZE];
        vmmap_thread_name(claims[i].thread, name);
        vmmap_buffer_printf(&text, "%s%s of thread %s", i ? ", " : "", words[claims[i].kind], name);
    }
    if (count > LABEL_MAX_CLAIMS)
        vmmap_buffer_printf(&text, ", and %zu more", count - LABEL_MAX_CLAIMS);
    vmmap_buffer_append(&text, "", 1);
    struct vmmap_error *error = vmmap_buffer_status(&text);
    if (!error)
        error = vmmap_map_set_label(map, claims[0].index, text.data);
    vmmap_buffer_deinit(&text);
    return error;
}

struct vmmap_error *vmmap_map_label_threads(struct vmmap_map *map,
                                            const struct vmmap_thread *threads, size_t count)
{
    if (count == 0 || map->count == 0)
        return NULL;
    /* A thread claims three regions at the most: stack, guard, TLS. */
    struct claims claims = {reallocarray(NULL, count, 3 * sizeof(*claims.items)), 0};
    if (!claims.items)
        return &vmmap_error_no_memory;
    for (size_t i = 0; i < count; i++)
        collect_claims(map, &threads[i], &claims);
    if (claims.count > 0)
        qsort(claims.items, claims.count, sizeof(*claims.items), compare_claims);

    struct vmmap_error *error = NULL;
    for (size_t i = 0, end; i < claims.count && !error; i = end) {
        for (end = i + 1; end < claims.count && claims.items[end].index == claims.items[i].index;)
            end++;
        error = label_region(map, &claims.items[i], end - i);
    }
    free(claims.items);
    return error;
}

bool vmmap_map_holds_a_stack(const struct vmmap_map *map, const struct vmmap_thread *threads,
                             size_t count)
{
    bool any_known = false;
    for (size_t i = 0; i < count; i++) {
        if (!threads[i].has_stack_pointer)
            continue;
        any_known = true;
        if (vmmap_map_find(map, threads[i].stack_pointer) != VMMAP_NO_REGION)
            return true;
    }
    return !any_known;
}
