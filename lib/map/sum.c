/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/sum.h"

#include <stdlib.h>
#include <string.h>

/* Which of two regions comes first where those that belong together are neighbours. */
typedef int (*compare_regions)(const struct vmmap_region *left, const struct vmmap_region *right);

static int compare_names(const struct vmmap_region *left, const struct vmmap_region *right)
{
    if (left->name == right->name)
        return 0;
    if (!left->name || !right->name)
        return left->name ? 1 : -1;
    return strcmp(left->name, right->name);
}

static int compare_perms(const struct vmmap_region *left, const struct vmmap_region *right)
{
    char a[5], b[5];
    vmmap_perms_format(left->perms, a);
    vmmap_perms_format(right->perms, b);
    return memcmp(a, b, 4);
}

struct grouping {
    const struct vmmap_map *map;
    compare_regions compare;
};

/* By what groups them, then by address. */
static int compare_singles(const void *a, const void *b, void *context)
{
    const struct vmmap_total *left = a, *right = b;
    const struct grouping *grouping = context;
    int by_group = grouping->compare(&grouping->map->regions[left->first],
                                     &grouping->map->regions[right->first]);
    return by_group ? by_group : (left->first > right->first) - (left->first < right->first);
}

/* Largest first: 0 bytes are 2^64. Then by address. */
static int compare_totals(const void *a, const void *b)
{
    const struct vmmap_total *left = a, *right = b;
    uint64_t left_extent = left->size - 1, right_extent = right->size - 1;
    if (left_extent != right_extent)
        return left_extent < right_extent ? 1 : -1;
    return (left->first > right->first) - (left->first < right->first);
}

static struct vmmap_total single(const struct vmmap_map *map, size_t index)
{
    return (struct vmmap_total){index, 1, vmmap_region_extent(&map->regions[index]) + 1};
}

/* Makes one total for each group of rows. */
static struct vmmap_error *sum_groups(const struct grouping *grouping,
                                      const struct vmmap_selection *selection,
                                      struct vmmap_total **ret, size_t *count)
{
    struct vmmap_total *totals = calloc(selection->count, sizeof(*totals));
    if (!totals)
        return &vmmap_error_no_memory;
    *ret = totals;
    const struct vmmap_region *regions = grouping->map->regions;
    for (size_t i = 0; i < selection->count; i++)
        totals[i] = single(grouping->map, vmmap_selection_row(selection, i).index);
    qsort_r(totals, selection->count, sizeof(*totals), compare_singles, (void *)grouping);
    *count = 1;
    for (size_t i = 1; i < selection->count; i++) {
        struct vmmap_total *group = &totals[*count - 1];
        if (grouping->compare(&regions[group->first], &regions[totals[i].first]) != 0) {
            totals[(*count)++] = totals[i];
            continue;
        }
        group->count++;
        group->size += totals[i].size;
    }
    qsort(totals, *count, sizeof(*totals), compare_totals);
    return NULL;
}

static void add_gap(const struct vmmap_region *below, const struct vmmap_region *above,
                    struct vmmap_sum *ret)
{
    if (vmmap_region_adjoins(below, above))
        return;
    uint64_t start = below->last + 1, last = above->start - 1;
    if (ret->has_gap && last - start <= ret->gap_last - ret->gap_start)
        return;
    ret->has_gap = true;
    ret->gap_start = start;
    ret->gap_last = last;
}

static void add_row(const struct vmmap_map *map, size_t index, struct vmmap_sum *ret)
{
    const struct vmmap_region *region = &map->regions[index];
    if (ret->all.count++ == 0)
        ret->all.first = index;
    ret->all.size += vmmap_region_extent(region) + 1;
    if (ret->largest == VMMAP_NO_REGION ||
        vmmap_region_extent(region) > vmmap_region_extent(&map->regions[ret->largest]))
        ret->largest = index;
}

struct vmmap_error *vmmap_sum_init(const struct vmmap_map *map,
                                   const struct vmmap_selection *selection, struct vmmap_sum *ret)
{
    const struct grouping by_name = {map, compare_names}, by_perms = {map, compare_perms};
    *ret = (struct vmmap_sum){.largest = VMMAP_NO_REGION};
    if (selection->count == 0)
        return NULL;
    for (size_t i = 0; i < selection->count; i++) {
        size_t index = vmmap_selection_row(selection, i).index;
        add_row(map, index, ret);
        if (i > 0 && vmmap_selection_row(selection, i - 1).index + 1 == index)
            add_gap(&map->regions[index - 1], &map->regions[index], ret);
    }
    struct vmmap_error *error = sum_groups(&by_name, selection, &ret->names, &ret->name_count);
    if (!error)
        error = sum_groups(&by_perms, selection, &ret->perms, &ret->perms_count);
    return error;
}

void vmmap_sum_deinit(struct vmmap_sum *sum)
{
    free(sum->names);
    free(sum->perms);
    *sum = (struct vmmap_sum){.largest = VMMAP_NO_REGION};
}
