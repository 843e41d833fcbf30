/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/diff.h"

#include <stdlib.h>
#include <string.h>

#include "map/pieces.h"

/* A change while it is looked for: indexes of regions in the two maps, or VMMAP_NO_REGION. */
struct find {
    enum vmmap_change_kind kind;
    uint64_t start;
    uint64_t last;
    size_t before;
    size_t after;
    bool is_dropped; /* the other half of a move */
};

struct search {
    const struct vmmap_map *before, *after;
    struct find *finds; /* owned; ascending */
    size_t count;
    size_t capacity;
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Whether `a` - `b` is the same of two regions, the position in the file or in physical memory. */
static bool keeps_distance(const struct vmmap_region *a, uint64_t a_value,
                           const struct vmmap_region *b, uint64_t b_value)
{
    return a_value - a->start == b_value - b->start;
}

/* Whether both are the same memory at the addresses that they share. */
static bool same_backing(const struct vmmap_region *a, const struct vmmap_region *b)
{
    if (!same_text(a->name, b->name))
        return false;
    if (vmmap_region_is_file(a) && a->has_offset && b->has_offset &&
        !keeps_distance(a, a->offset, b, b->offset))
        return false;
    return !a->has_physical || !b->has_physical || keeps_distance(a, a->physical, b, b->physical);
}

static bool same_access(const struct vmmap_region *a, const struct vmmap_region *b)
{
    return a->perms.set == b->perms.set && a->perms.known == b->perms.known && a->user == b->user &&
           a->kernel == b->kernel;
}

/* The region of `other` that adjoins a part of `region` and goes on in the rest of it. */
static size_t find_kin(const struct vmmap_map *other, const struct vmmap_region *region,
                       const struct find *part)
{
    size_t kin =
        part->start > region->start ? vmmap_map_find(other, part->start - 1) : VMMAP_NO_REGION;
    if (kin != VMMAP_NO_REGION && same_backing(&other->regions[kin], region))
        return kin;
    kin = part->last < region->last ? vmmap_map_find(other, part->last + 1) : VMMAP_NO_REGION;
    return kin != VMMAP_NO_REGION && same_backing(&other->regions[kin], region) ? kin
                                                                                : VMMAP_NO_REGION;
}

/* Says what a piece is; false if nothing has changed there. */
static bool judge(const struct search *search, const struct vmmap_piece *piece, struct find *ret)
{
    *ret = (struct find){
        .start = piece->start, .last = piece->last, .before = piece->left, .after = piece->right};
    if (piece->left == VMMAP_NO_REGION) {
        ret->before = find_kin(search->before, &search->after->regions[piece->right], ret);
        ret->kind = ret->before == VMMAP_NO_REGION ? VMMAP_CHANGE_ADDED : VMMAP_CHANGE_GROWN;
        return true;
    }
    const struct vmmap_region *before = &search->before->regions[piece->left];
    if (piece->right == VMMAP_NO_REGION) {
        ret->after = find_kin(search->after, before, ret);
        ret->kind = ret->after == VMMAP_NO_REGION ? VMMAP_CHANGE_REMOVED : VMMAP_CHANGE_SHRUNK;
        return true;
    }
    const struct vmmap_region *after = &search->after->regions[piece->right];
    ret->kind = same_backing(before, after) ? VMMAP_CHANGE_PERMISSIONS : VMMAP_CHANGE_REPLACED;
    return ret->kind == VMMAP_CHANGE_REPLACED || !same_access(before, after);
}

static struct vmmap_error *add_find(struct search *search, const struct find *find)
{
    if (search->count == search->capacity) {
        size_t capacity = search->capacity ? search->capacity * 2 : 16;
        struct find *finds = reallocarray(search->finds, capacity, sizeof(*finds));
        if (!finds)
            return &vmmap_error_no_memory;
        search->finds = finds;
        search->capacity = capacity;
    }
    search->finds[search->count++] = *find;
    return NULL;
}

static struct vmmap_error *find_changes(struct search *search)
{
    struct vmmap_pieces pieces = vmmap_pieces_over(search->before, search->after);
    struct vmmap_error *error = NULL;
    for (struct vmmap_piece piece; !error && vmmap_pieces_next(&pieces, &piece);) {
        struct find find;
        if (judge(search, &piece, &find))
            error = add_find(search, &find);
    }
    return error;
}

/* A whole region that is gone or new: half of a move, perhaps. */
struct half {
    const struct vmmap_region *region;
    struct find *find;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* 0 for regions that can be one that moved. */
static int compare_looks(const struct vmmap_region *a, const struct vmmap_region *b)
{
    int order = compare_numbers(vmmap_region_extent(a), vmmap_region_extent(b));
    if (order == 0)
        order = compare_numbers(a->offset, b->offset);
    if (order == 0)
        order = compare_numbers((uint64_t)a->perms.set << 8 | a->perms.known,
                                (uint64_t)b->perms.set << 8 | b->perms.known);
    if (order == 0)
        order = strcmp(a->name ? a->name : "", b->name ? b->name : "");
    return order;
}

static int compare_halves(const void *left, const void *right)
{
    const struct half *a = left, *b = right;
    return compare_looks(a->region, b->region);
}

/* The region of a find if it is gone, or new, as a whole; or NULL. */
static const struct vmmap_region *whole_region(const struct search *search, const struct find *find)
{
    const struct vmmap_region *region;
    if (find->kind == VMMAP_CHANGE_REMOVED)
        region = &search->before->regions[find->before];
    else if (find->kind == VMMAP_CHANGE_ADDED)
        region = &search->after->regions[find->after];
    else
        return NULL;
    return region->start == find->start && region->last == find->last ? region : NULL;
}

/* Among halves that look alike, one that is gone and one that is new are a move. */
static void join_halves(struct half *halves, size_t count)
{
    struct find *gone = halves[0].find, *new = halves[count - 1].find;
    if (count != 2 || gone->kind == new->kind)
        return;
    if (gone->kind == VMMAP_CHANGE_ADDED) {
        new = gone;
        gone = halves[1].find;
    }
    new->kind = VMMAP_CHANGE_MOVED;
    new->before = gone->before;
    gone->is_dropped = true;
}

static struct vmmap_error *find_moves(struct search *search)
{
    size_t count = 0;
    struct half *halves = calloc(search->count + 1, sizeof(*halves));
    if (!halves)
        return &vmmap_error_no_memory;
    for (size_t i = 0; i < search->count; i++) {
        const struct vmmap_region *region = whole_region(search, &search->finds[i]);
        if (region)
            halves[count++] = (struct half){region, &search->finds[i]};
    }
    qsort(halves, count, sizeof(*halves), compare_halves);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && compare_halves(&halves[first], &halves[end]) == 0;)
            end++;
        join_halves(&halves[first], end - first);
    }
    free(halves);
    return NULL;
}

static struct vmmap_region part_of(const struct vmmap_region *region, const struct find *find)
{
    return vmmap_region_until(vmmap_region_from(*region, find->start), find->last);
}

/* What a change tells of before, its strings still those of the earlier map. */
static struct vmmap_region region_before(const struct search *search, const struct find *find)
{
    const struct vmmap_region *before = &search->before->regions[find->before];
    if (find->kind == VMMAP_CHANGE_PERMISSIONS || find->kind == VMMAP_CHANGE_REPLACED)
        return part_of(before, find);
    return *before;
}

static struct vmmap_error *keep_before(struct vmmap_map *map, struct vmmap_region region,
                                       struct vmmap_region *ret)
{
    struct vmmap_error *error = NULL;
    if (region.name)
        error = vmmap_names_intern(map->names, region.name, strlen(region.name), &region.name);
    if (!error && region.label)
        error = vmmap_names_intern(map->names, region.label, strlen(region.label), &region.label);
    *ret = region;
    return error;
}

static struct vmmap_error *keep_find(const struct search *search, const struct find *find,
                                     struct vmmap_diff *diff)
{
    const bool is_gone = find->kind == VMMAP_CHANGE_REMOVED || find->kind == VMMAP_CHANGE_SHRUNK;
    const struct vmmap_region region = part_of(is_gone ? &search->before->regions[find->before]
                                                       : &search->after->regions[find->after],
                                               find);
    struct vmmap_change *change = &diff->changes[diff->map->count];
    struct vmmap_error *error = vmmap_map_add(diff->map, &region);
    change->kind = find->kind;
    if (!error && vmmap_change_has_before(find->kind))
        error = keep_before(diff->map, region_before(search, find), &change->before);
    return error;
}

static struct vmmap_error *keep_notes(const struct search *search, struct vmmap_map *map)
{
    struct vmmap_error *error = NULL;
    map->target = search->after->target;
    map->provider = search->after->provider;
    map->address_bits = search->after->address_bits;
    map->exact = search->before->exact && search->after->exact;
    for (size_t i = 0; i < search->after->note_count && !error; i++)
        error = vmmap_map_add_note(map, "%s", search->after->notes[i]);
    return error;
}

static struct vmmap_error *fill(const struct search *search, struct vmmap_diff *diff)
{
    struct vmmap_error *error = vmmap_map_create(&diff->map);
    if (error)
        return error;
    diff->changes = calloc(search->count + 1, sizeof(*diff->changes));
    if (!diff->changes)
        return &vmmap_error_no_memory;
    error = keep_notes(search, diff->map);
    for (size_t i = 0; i < search->count && !error; i++) {
        if (!search->finds[i].is_dropped)
            error = keep_find(search, &search->finds[i], diff);
    }
    if (!error)
        vmmap_map_finish(diff->map, NULL);
    return error;
}

struct vmmap_error *vmmap_diff_create(const struct vmmap_map *before, const struct vmmap_map *after,
                                      struct vmmap_diff **ret)
{
    struct search search = {.before = before, .after = after};
    struct vmmap_diff *diff = calloc(1, sizeof(*diff));
    if (!diff)
        return &vmmap_error_no_memory;
    struct vmmap_error *error = find_changes(&search);
    if (!error)
        error = find_moves(&search);
    if (!error)
        error = fill(&search, diff);
    free(search.finds);
    if (error)
        vmmap_diff_destroy(diff);
    else
        *ret = diff;
    return error;
}

void vmmap_diff_destroy(struct vmmap_diff *diff)
{
    if (!diff)
        return;
    vmmap_map_destroy(diff->map);
    free(diff->changes);
    free(diff);
}

bool vmmap_change_has_before(enum vmmap_change_kind kind)
{
    return kind != VMMAP_CHANGE_ADDED && kind != VMMAP_CHANGE_REMOVED;
}

const char *vmmap_change_name(enum vmmap_change_kind kind)
{
    static const char *const names[] = {
        [VMMAP_CHANGE_ADDED] = "added",       [VMMAP_CHANGE_REMOVED] = "removed",
        [VMMAP_CHANGE_GROWN] = "grown",       [VMMAP_CHANGE_SHRUNK] = "shrunk",
        [VMMAP_CHANGE_MOVED] = "moved",       [VMMAP_CHANGE_PERMISSIONS] = "permissions",
        [VMMAP_CHANGE_REPLACED] = "replaced",
    };
    return names[kind];
}
