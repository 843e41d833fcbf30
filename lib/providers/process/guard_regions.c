/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/guard_regions.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/proc_file.h"

/* From include/uapi/linux/fs.h of Linux 6.16: PAGEMAP_SCAN is older (6.7), and does not accept the
 * category of guard regions before. */
struct page_region {
    uint64_t start;
    uint64_t end;
    uint64_t categories;
};

struct pm_scan_arg {
    uint64_t size;
    uint64_t flags;
    uint64_t start;
    uint64_t end;
    uint64_t walk_end;
    uint64_t vec;
    uint64_t vec_len;
    uint64_t max_pages;
    uint64_t category_inverted;
    uint64_t category_mask;
    uint64_t category_anyof_mask;
    uint64_t return_mask;
};

#define PAGEMAP_SCAN  _IOWR('f', 16, struct pm_scan_arg)
#define PAGE_IS_GUARD ((uint64_t)1 << 8)

/* A program can make more rows of its stacks than any table should have. */
enum { MAX_GUARDS = 1 << 16 };

/* How much of a region is looked through at once: 0.2 s where all of it is in memory. */
static const uint64_t SCAN_SIZE = (uint64_t)1 << 36;

/* Adds a guard region in `region` to the map of them. */
static struct vmmap_error *add_guard(struct vmmap_map *guards, const struct vmmap_region *region,
                                     const struct page_region *found)
{
    if (guards->count > 0 && guards->regions[guards->count - 1].last + 1 == found->start) {
        guards->regions[guards->count - 1].last = found->end - 1;
        return NULL;
    }
    struct vmmap_region guard =
        vmmap_region_until(vmmap_region_from(*region, found->start), found->end - 1);
    guard.perms.set &= (uint8_t)~VMMAP_PERM_ACCESS;
    return vmmap_map_add(guards, &guard);
}

/* Asks for the guard regions from `*at` on, which is moved on. `*told` is false where there is no
 * answer. */
static struct vmmap_error *scan_piece(int fd, const struct vmmap_region *region, uint64_t *at,
                                      struct vmmap_map *guards, bool *told)
{
    struct page_region found[64];
    struct pm_scan_arg arg = {
        .size = sizeof(arg),
        .start = *at,
        .end = region->last - *at < SCAN_SIZE ? region->last + 1 : *at + SCAN_SIZE,
        .vec = (uintptr_t)found,
        .vec_len = sizeof(found) / sizeof(found[0]),
        .category_mask = PAGE_IS_GUARD,
        .return_mask = PAGE_IS_GUARD,
    };
    int count = ioctl(fd, PAGEMAP_SCAN, &arg);
    *told = count >= 0 && arg.walk_end > *at && guards->count < MAX_GUARDS;
    if (!*told)
        return NULL;
    *at = arg.walk_end;
    struct vmmap_error *error = NULL;
    for (int i = 0; i < count && !error; i++)
        error = add_guard(guards, region, &found[i]);
    return error;
}

static struct vmmap_error *scan_region(const struct vmmap_target *target, int fd,
                                       const struct vmmap_region *region, struct vmmap_map *guards,
                                       bool *told)
{
    struct vmmap_error *error = NULL;
    for (uint64_t at = region->start; at <= region->last && *told && !error;) {
        error = scan_piece(fd, region, &at, guards, told);
        if (!error)
            error = vmmap_target_poll(target);
    }
    return error;
}

static int compare_indices(const void *left, const void *right)
{
    const size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return a < b ? -1 : a > b;
}

/* The ascending indices of the regions that are stacks, some more than once. */
static size_t list_stacks(const struct vmmap_map *map, const struct vmmap_thread *threads,
                          size_t count, size_t *ret)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t index = vmmap_map_find_stack(map, &threads[i]);
        if (index != VMMAP_NO_REGION)
            ret[found++] = index;
    }
    qsort(ret, found, sizeof(*ret), compare_indices);
    return found;
}

/* The guard regions in all stacks; none of them where the kernel does not tell. */
static struct vmmap_error *scan_stacks(const struct vmmap_target *target, int fd,
                                       const struct vmmap_map *map, const size_t *stacks,
                                       size_t count, struct vmmap_map *guards)
{
    struct vmmap_error *error = NULL;
    bool told = true;
    for (size_t i = 0; i < count && told && !error; i++) {
        if (i == 0 || stacks[i] != stacks[i - 1])
            error = scan_region(target, fd, &map->regions[stacks[i]], guards, &told);
    }
    if (!told)
        guards->count = 0;
    vmmap_map_finish(guards, NULL);
    return error;
}

/* The file is opened by the id of a thread, as the process may have no main thread any more. */
static int open_pagemap(const struct vmmap_thread *threads, size_t count)
{
    int fd = -1;
    for (size_t i = 0; i < count && fd < 0; i++) {
        if (threads[i].has_stack_pointer)
            vmmap_error_destroy(vmmap_proc_file_open(threads[i].tid, "pagemap", &fd));
    }
    return fd;
}

static struct vmmap_error *split(const struct vmmap_target *target, struct vmmap_map *map,
                                 const size_t *stacks, size_t count, int fd)
{
    struct vmmap_map *guards;
    struct vmmap_error *error = vmmap_map_create(&guards);
    if (error)
        return error;
    error = scan_stacks(target, fd, map, stacks, count, guards);
    if (!error && guards->count > 0)
        error = vmmap_map_overlay(map, guards);
    vmmap_map_destroy(guards);
    return error;
}

struct vmmap_error *vmmap_guard_regions_split(const struct vmmap_target *target,
                                              struct vmmap_map *map,
                                              const struct vmmap_thread *threads, size_t count)
{
    if (count == 0)
        return NULL;
    size_t *stacks = reallocarray(NULL, count, sizeof(*stacks));
    if (!stacks)
        return &vmmap_error_no_memory;
    size_t stack_count = list_stacks(map, threads, count, stacks);
    int fd = stack_count > 0 ? open_pagemap(threads, count) : -1;
    struct vmmap_error *error = NULL;
    if (fd >= 0) {
        error = split(target, map, stacks, stack_count, fd);
        close(fd);
    }
    free(stacks);
    return error;
}
