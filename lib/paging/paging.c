/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/paging.h"

#include <stdlib.h>
#include <string.h>

#include "paging/format.h"
#include "paging/memo.h"
#include "paging/reader.h"
#include "paging/runs.h"

/* What is in use for the table of each depth on the way down. */
struct level {
    unsigned char *bytes; /* owned: the part of the table that was read */
    size_t capacity;
    struct vmmap_paging_runs runs; /* relative to what the table maps first */
    uint64_t table;
};

struct walk {
    struct vmmap_paging_reader reader;
    const struct vmmap_paging_request *request;
    const struct vmmap_paging_range *range;
    struct vmmap_paging_memo *memo;
    struct vmmap_paging_report *report;
    struct level levels[VMMAP_PAGING_MAX_DEPTH];
    uint64_t table_bytes; /* asked for so far */
    uint64_t runs;        /* kept so far */
    /* A limit was reached: from here on every list is just handed up. `stopped_at` is relative to
     * what the table in hand maps first. */
    bool stopped;
    uint64_t stopped_at;
};

/* A table to walk, and which part of what it maps: offsets, both inclusive. */
struct job {
    uint64_t table;
    uint32_t limits;
    unsigned int depth;
    uint64_t first;
    uint64_t last;
};

static void stop(struct walk *walk, uint64_t at)
{
    walk->stopped = true;
    walk->stopped_at = at;
}

/* Adds to a list at some depth, or stops at the limit. What is handed up once stopped is kept. */
static struct vmmap_error *keep(struct walk *walk, struct vmmap_paging_runs *list,
                                const struct vmmap_paging_run *run)
{
    if (vmmap_paging_runs_extend(list, run))
        return NULL;
    if (!walk->stopped && walk->runs >= walk->request->runs) {
        stop(walk, run->start);
        return NULL;
    }
    walk->runs++;
    return vmmap_paging_runs_push(list, run);
}

static struct vmmap_error *add_page(struct walk *walk, const struct job *job,
                                    const struct vmmap_paging_entry *entry, uint64_t offset)
{
    uint64_t end = offset + vmmap_paging_mask(walk->range->shifts[job->depth]);
    uint64_t start = offset < job->first ? job->first : offset;
    struct vmmap_paging_run run = {
        .start = start,
        .last = end > job->last ? job->last : end,
        .physical = entry->physical + (start - offset),
        .page_size = entry->page_size,
        .attributes = entry->attributes,
        .user = entry->user,
        .kernel = entry->kernel,
        .has_physical = true,
    };
    walk->report->pages++;
    return keep(walk, &walk->levels[job->depth].runs, &run);
}

/* Appends what was found below an entry to what is known of its table. */
static struct vmmap_error *add_below(struct walk *walk, const struct job *job,
                                     struct vmmap_paging_memo_value below, uint64_t offset)
{
    struct vmmap_paging_runs *list = &walk->levels[job->depth].runs;
    bool was_stopped = walk->stopped;
    struct vmmap_error *error = NULL;
    for (size_t i = 0; !error && walk->stopped == was_stopped && i < below.count; i++) {
        struct vmmap_paging_run run = below.runs[i];
        run.start += offset;
        run.last += offset;
        error = keep(walk, list, &run);
    }
    if (was_stopped)
        walk->stopped_at += offset;
    return error;
}

static void count_self_reference(struct walk *walk, const struct job *job, uint64_t table)
{
    for (unsigned int depth = 0; depth <= job->depth; depth++) {
        if (walk->levels[depth].table == table) {
            walk->report->self_references++;
            return;
        }
    }
}

static struct vmmap_error *walk_table(struct walk *walk, const struct job *job,
                                      struct vmmap_paging_memo_value *ret);

static struct vmmap_error *walk_below(struct walk *walk, const struct job *job,
                                      const struct vmmap_paging_entry *entry, uint64_t offset)
{
    uint64_t end = offset + vmmap_paging_mask(walk->range->shifts[job->depth]);
    struct job next = {
        .table = entry->physical,
        .limits = entry->limits,
        .depth = job->depth + 1,
        .first = job->first > offset ? job->first - offset : 0,
        .last = (job->last < end ? job->last : end) - offset,
    };
    count_self_reference(walk, job, entry->physical);
    struct vmmap_paging_memo_value below;
    struct vmmap_error *error = walk_table(walk, &next, &below);
    if (error)
        return error;
    return add_below(walk, job, below, offset);
}

static void count_invalid(struct walk *walk, const struct job *job, uint64_t index)
{
    if (walk->report->invalid++ == 0)
        walk->report->first_invalid = job->table + index * walk->range->entry_size;
}

static struct vmmap_error *walk_entry(struct walk *walk, const struct job *job, uint64_t index,
                                      uint64_t value)
{
    uint64_t offset = index << walk->range->shifts[job->depth];
    struct vmmap_paging_place place = {job->depth, job->limits, index};
    struct vmmap_paging_entry entry;
    vmmap_paging_entry_decode(walk->range, place, value, &entry);
    switch (entry.kind) {
    case VMMAP_PAGING_ENTRY_PAGE:
        return add_page(walk, job, &entry, offset);
    case VMMAP_PAGING_ENTRY_TABLE:
        return walk_below(walk, job, &entry, offset);
    case VMMAP_PAGING_ENTRY_INVALID:
        count_invalid(walk, job, index);
        return NULL;
    case VMMAP_PAGING_ENTRY_ABSENT:
    case VMMAP_PAGING_ENTRY_UNREADABLE:
        return NULL;
    }
    return NULL;
}

static struct vmmap_error *reserve(struct level *level, size_t size)
{
    if (size <= level->capacity)
        return NULL;
    unsigned char *bytes = realloc(level->bytes, size);
    if (!bytes)
        return &vmmap_error_no_memory;
    level->bytes = bytes;
    level->capacity = size;
    return NULL;
}

/* Reads the entries that the job needs; what can not be read stays 0, absent. */
static struct vmmap_error *read_entries(struct walk *walk, const struct job *job, uint64_t index,
                                        size_t size)
{
    struct level *level = &walk->levels[job->depth];
    struct vmmap_error *error = reserve(level, size);
    if (error)
        return error;
    walk->table_bytes += size;
    level->table = job->table;
    bool complete;
    uint64_t physical = job->table + index * walk->range->entry_size;
    error = vmmap_paging_reader_read(&walk->reader, physical, level->bytes, size, &complete);
    if (error)
        return error;
    walk->report->tables++;
    if (!complete && walk->report->unreadable++ == 0)
        walk->report->first_unreadable = job->table;
    return NULL;
}

/* The runs below a table, in the list of its depth. */
static struct vmmap_error *decode_table(struct walk *walk, const struct job *job)
{
    const struct vmmap_paging_range *range = walk->range;
    struct level *level = &walk->levels[job->depth];
    unsigned int shift = range->shifts[job->depth];
    uint64_t index = job->first >> shift;
    size_t count = (size_t)((job->last >> shift) - index) + 1;
    size_t size = count * range->entry_size;

    level->runs.count = 0;
    if (size > walk->request->table_bytes - walk->table_bytes) {
        stop(walk, job->first);
        return NULL;
    }
    struct vmmap_error *error = read_entries(walk, job, index, size);
    for (size_t i = 0; !error && !walk->stopped && i < count; i++) {
        uint64_t value = vmmap_paging_entry_value(range, level->bytes + i * range->entry_size);
        if (value)
            error = walk_entry(walk, job, index + i, value);
    }
    return error;
}

/* The runs below a table that is met completely; they hold wherever it is met again. */
static struct vmmap_error *walk_whole_table(struct walk *walk, const struct job *job,
                                            struct vmmap_paging_memo_value *ret)
{
    struct vmmap_paging_memo_key key = {job->table, job->limits, (uint16_t)job->depth,
                                        walk->range->group};
    if (vmmap_paging_memo_find(walk->memo, &key, ret)) {
        walk->report->shared++;
        return NULL;
    }
    const struct vmmap_paging_runs *runs = &walk->levels[job->depth].runs;
    struct vmmap_error *error = decode_table(walk, job);
    if (error)
        return error;
    if (!walk->stopped)
        return vmmap_paging_memo_add(walk->memo, &key, runs, ret);
    *ret = (struct vmmap_paging_memo_value){runs->runs, runs->count};
    return NULL;
}

/* Recursion ends at the range's depth_count: entries of the last depth are never tables. */
static struct vmmap_error *walk_table(struct walk *walk, const struct job *job,
                                      struct vmmap_paging_memo_value *ret)
{
    bool whole = job->depth > 0 && job->first == 0 &&
                 job->last == vmmap_paging_mask(walk->range->shifts[job->depth - 1]);
    if (whole)
        return walk_whole_table(walk, job, ret);
    struct vmmap_error *error = decode_table(walk, job);
    const struct vmmap_paging_runs *runs = &walk->levels[job->depth].runs;
    *ret = (struct vmmap_paging_memo_value){runs->runs, runs->count};
    return error;
}

static struct vmmap_error *walk_range(struct walk *walk, const struct vmmap_paging_range *range,
                                      struct vmmap_paging_runs *all)
{
    uint64_t first = walk->request->first > range->start ? walk->request->first : range->start;
    uint64_t last = walk->request->last < range->last ? walk->request->last : range->last;
    if (first > last)
        return NULL;
    struct job root = {
        .table = range->table,
        .first = first - range->base,
        .last = last - range->base,
    };
    walk->range = range;
    struct vmmap_paging_memo_value found;
    struct vmmap_error *error = walk_table(walk, &root, &found);
    for (size_t i = 0; !error && i < found.count; i++) {
        struct vmmap_paging_run run = found.runs[i];
        run.start += range->base;
        run.last += range->base;
        if (!vmmap_paging_runs_extend(all, &run))
            error = vmmap_paging_runs_push(all, &run);
    }
    if (!error && walk->stopped) {
        walk->report->exhausted = true;
        walk->report->exhausted_at = range->base + walk->stopped_at;
    }
    return error;
}

/* Virtual is physical: one run, without pages. */
static struct vmmap_error *walk_identity(const struct vmmap_paging_space *space,
                                         const struct vmmap_paging_request *request,
                                         struct vmmap_paging_runs *all)
{
    struct vmmap_paging_run run = {
        .start = request->first,
        .last = request->last < space->identity_last ? request->last : space->identity_last,
        .physical = request->first,
        .user = VMMAP_PAGING_ALL_ACCESS,
        .kernel = VMMAP_PAGING_ALL_ACCESS,
        .has_physical = true,
    };
    return run.start > run.last ? NULL : vmmap_paging_runs_push(all, &run);
}

static struct vmmap_error *walk_space(struct walk *walk, const struct vmmap_paging_space *space,
                                      struct vmmap_paging_runs *all)
{
    if (space->off)
        return walk_identity(space, walk->request, all);
    struct vmmap_error *error = vmmap_paging_memo_create(&walk->memo);
    for (size_t i = 0; !error && !walk->stopped && i < space->range_count; i++)
        error = walk_range(walk, &space->ranges[i], all);
    walk->report->reads = walk->reader.reads;
    vmmap_paging_memo_destroy(walk->memo);
    for (size_t depth = 0; depth < VMMAP_PAGING_MAX_DEPTH; depth++) {
        free(walk->levels[depth].bytes);
        vmmap_paging_runs_deinit(&walk->levels[depth].runs);
    }
    return error;
}

struct vmmap_error *vmmap_paging_walk(const struct vmmap_paging_config *config,
                                      const struct vmmap_paging_memory *memory,
                                      const struct vmmap_paging_request *request,
                                      const struct vmmap_paging_visitor *visitor,
                                      struct vmmap_paging_report *ret)
{
    *ret = (struct vmmap_paging_report){.mode = ""};
    struct vmmap_paging_space space;
    struct vmmap_error *error = vmmap_paging_space_init(config, &space);
    if (error)
        return error;
    ret->mode = space.mode;
    memcpy(ret->problems, space.problems, sizeof(ret->problems));
    ret->off = space.off;

    struct walk walk = {.reader = {.memory = memory}, .request = request, .report = ret};
    struct vmmap_paging_runs all = {.contiguous = request->contiguous};
    for (size_t depth = 0; depth < VMMAP_PAGING_MAX_DEPTH; depth++)
        walk.levels[depth].runs.contiguous = request->contiguous;
    error = walk_space(&walk, &space, &all);
    for (size_t i = 0; !error && i < all.count; i++)
        error = visitor->visit(visitor->context, &all.runs[i]);
    vmmap_paging_runs_deinit(&all);
    return error;
}
