/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/leaves.h"

#include <stdlib.h>

#include "paging/reader.h"

struct walk {
    struct vmmap_paging_reader reader;
    const struct vmmap_paging_leaves *leaves;
    const struct vmmap_paging_range *range;
    struct vmmap_paging_report *report;
    unsigned char *tables[VMMAP_PAGING_MAX_DEPTH]; /* owned: the part in use of each depth's */
    uint64_t table_bytes;                          /* asked for so far */
};

/* A table, and what its entry 0 maps. */
struct job {
    uint64_t table;
    uint64_t base;
    uint32_t limits;
    unsigned int depth;
};

static uint64_t at_least(uint64_t value, uint64_t least)
{
    return value < least ? least : value;
}

static uint64_t at_most(uint64_t value, uint64_t most)
{
    return value > most ? most : value;
}

/* The part of what is wanted that this table maps: its first and last entry. False for none. */
static bool find_indices(const struct walk *walk, const struct job *job, uint64_t *first,
                         uint64_t *last)
{
    const struct vmmap_paging_range *range = walk->range;
    uint64_t start = at_least(walk->leaves->first, range->start);
    uint64_t end = at_most(walk->leaves->last, range->last);
    if (job->depth > 0) {
        start = at_least(start, job->base);
        end = at_most(end, job->base + vmmap_paging_mask(range->shifts[job->depth - 1]));
    }
    *first = (start - job->base) >> range->shifts[job->depth];
    *last = (end - job->base) >> range->shifts[job->depth];
    return start <= end;
}

static struct vmmap_error *visit(struct walk *walk, const struct job *job, uint64_t index,
                                 const struct vmmap_paging_entry *entry, bool is_software)
{
    struct vmmap_paging_run page;
    const uint64_t address = job->base + (index << walk->range->shifts[job->depth]);
    vmmap_paging_entry_cover(walk->range, entry, job->depth, at_least(address, walk->range->start),
                             &page);
    walk->report->pages++;
    return walk->leaves->visit(walk->leaves->context, &page, is_software);
}

/* An entry that is not present: the operating system may know more. */
static struct vmmap_error *try_software(struct walk *walk, const struct job *job, uint64_t index,
                                        uint64_t value)
{
    const struct vmmap_paging_leaves *leaves = walk->leaves;
    const unsigned int shift = walk->range->shifts[job->depth];
    struct vmmap_paging_entry entry = {
        .kind = VMMAP_PAGING_ENTRY_PAGE,
        .page_size = UINT64_C(1) << shift,
    };
    if (!leaves->software || !leaves->software(leaves->context, value, shift, &entry.physical))
        return NULL;
    return visit(walk, job, index, &entry, true);
}

static void count_invalid(struct walk *walk, const struct job *job, uint64_t index)
{
    if (walk->report->invalid++ == 0)
        walk->report->first_invalid = job->table + index * walk->range->entry_size;
}

static struct vmmap_error *walk_table(struct walk *walk, const struct job *job);

static struct vmmap_error *walk_entry(struct walk *walk, const struct job *job, uint64_t index,
                                      uint64_t value)
{
    const struct vmmap_paging_place place = {job->depth, job->limits, index};
    struct vmmap_paging_entry entry;
    vmmap_paging_entry_decode(walk->range, place, value, &entry);
    const struct job below = {
        .table = entry.physical,
        .base = job->base + (index << walk->range->shifts[job->depth]),
        .limits = entry.limits,
        .depth = job->depth + 1,
    };
    switch (entry.kind) {
    case VMMAP_PAGING_ENTRY_PAGE:
        return visit(walk, job, index, &entry, false);
    case VMMAP_PAGING_ENTRY_TABLE:
        return walk_table(walk, &below);
    case VMMAP_PAGING_ENTRY_INVALID:
        count_invalid(walk, job, index);
        break;
    case VMMAP_PAGING_ENTRY_ABSENT:
        return try_software(walk, job, index, value);
    case VMMAP_PAGING_ENTRY_UNREADABLE:
        break;
    }
    return NULL;
}

/* Reads entries `first` to `last` into the buffer of the table's depth. */
static struct vmmap_error *read_entries(struct walk *walk, const struct job *job, uint64_t first,
                                        size_t size)
{
    unsigned char *bytes = realloc(walk->tables[job->depth], size);
    bool complete;
    if (!bytes)
        return &vmmap_error_no_memory;
    walk->tables[job->depth] = bytes;
    walk->table_bytes += size;
    walk->report->tables++;
    struct vmmap_error *error = vmmap_paging_reader_read(
        &walk->reader, job->table + first * walk->range->entry_size, bytes, size, &complete);
    if (!error && !complete && walk->report->unreadable++ == 0)
        walk->report->first_unreadable = job->table;
    return error;
}

/* Recursion ends at the range's depth_count: entries of the last depth are never tables. */
static struct vmmap_error *walk_table(struct walk *walk, const struct job *job)
{
    const struct vmmap_paging_range *range = walk->range;
    uint64_t first, last;
    if (walk->report->exhausted || !find_indices(walk, job, &first, &last))
        return NULL;
    const size_t count = (size_t)(last - first) + 1, size = count * range->entry_size;
    if (size > walk->leaves->table_bytes - walk->table_bytes) {
        walk->report->exhausted = true;
        walk->report->exhausted_at = job->base + (first << range->shifts[job->depth]);
        return NULL;
    }
    struct vmmap_error *error = read_entries(walk, job, first, size);
    for (size_t i = 0; !error && i < count; i++) {
        const unsigned char *bytes = walk->tables[job->depth] + i * range->entry_size;
        const uint64_t value = vmmap_paging_entry_value(range, bytes);
        if (value)
            error = walk_entry(walk, job, first + i, value);
    }
    return error;
}

struct vmmap_error *vmmap_paging_walk_leaves(const struct vmmap_paging_config *config,
                                             const struct vmmap_paging_memory *memory,
                                             const struct vmmap_paging_leaves *leaves,
                                             struct vmmap_paging_report *ret)
{
    struct vmmap_paging_space space;
    struct walk walk = {.reader = {.memory = memory}, .leaves = leaves, .report = ret};
    *ret = (struct vmmap_paging_report){.mode = ""};
    struct vmmap_error *error = vmmap_paging_space_init(config, &space);
    if (error)
        return error;
    ret->mode = space.mode;
    ret->problems[0] = space.problems[0];
    ret->problems[1] = space.problems[1];
    ret->off = space.off;
    for (size_t i = 0; !error && !space.off && i < space.range_count; i++) {
        const struct job root = {.table = space.ranges[i].table, .base = space.ranges[i].base};
        walk.range = &space.ranges[i];
        error = walk_table(&walk, &root);
    }
    for (size_t depth = 0; depth < VMMAP_PAGING_MAX_DEPTH; depth++)
        free(walk.tables[depth]);
    ret->reads = walk.reader.reads;
    return error;
}
