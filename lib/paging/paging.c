/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/paging.h"

#include <stdlib.h>
#include <string.h>

#include "paging/format.h"
#include "paging/memo.h"
#include "paging/reader.h"
#include "paging/runs.h"
#include "paging/stage2.h"

enum { WANTED_SIZE = 4096 };

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
    /* What the second stage maps; NULL without one. */
    const struct vmmap_paging_runs *stage2;
    bool stage2_is_cut; /* a limit was reached: it is not known from `stage2_end` on */
    uint64_t stage2_end;
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

/* A part of a page, if it is wanted. */
static struct vmmap_error *keep_wanted(struct walk *walk, struct vmmap_paging_runs *list,
                                       const struct vmmap_paging_run *run)
{
    const struct vmmap_paging_request *request = walk->request;
    const uint64_t wanted = request->physical & ~(uint64_t)(WANTED_SIZE - 1);
    if (!request->has_physical)
        return keep(walk, list, run);
    if (!run->has_physical || wanted < run->physical ||
        wanted - run->physical > run->last - run->start)
        return NULL;
    struct vmmap_paging_run part = *run;
    part.start += wanted - run->physical;
    part.last = part.start + (WANTED_SIZE - 1);
    part.physical = wanted;
    return keep(walk, list, &part);
}

/* Appends the parts of a page that the second stage maps. Each costs as much as an entry that is
 * decoded. */
static struct vmmap_error *keep_through(struct walk *walk, struct vmmap_paging_runs *list,
                                        const struct vmmap_paging_run *page)
{
    const struct vmmap_paging_runs *stage2 = walk->stage2;
    const uint64_t end = page->physical + (page->last - page->start);
    struct vmmap_error *error = NULL;
    size_t i = vmmap_paging_runs_lower_bound(stage2, page->physical);
    for (; !error && !walk->stopped && i < stage2->count && stage2->runs[i].start <= end; i++) {
        const struct vmmap_paging_run part = vmmap_paging_run_through(page, &stage2->runs[i]);
        if (walk->request->table_bytes - walk->table_bytes < sizeof(uint64_t)) {
            stop(walk, part.start);
            return NULL;
        }
        walk->table_bytes += sizeof(uint64_t);
        error = keep_wanted(walk, list, &part);
    }
    if (!error && !walk->stopped && walk->stage2_is_cut && end >= walk->stage2_end)
        stop(walk, page->physical >= walk->stage2_end
                       ? page->start
                       : page->start + (walk->stage2_end - page->physical));
    return error;
}

/* Appends a page, as the tables of this stage have it. */
static struct vmmap_error *keep_page(struct walk *walk, struct vmmap_paging_runs *list,
                                     const struct vmmap_paging_run *page)
{
    return walk->stage2 ? keep_through(walk, list, page) : keep_wanted(walk, list, page);
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
    return keep_page(walk, &walk->levels[job->depth].runs, &run);
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

static void take_stop(struct walk *walk, uint64_t base)
{
    if (!walk->stopped)
        return;
    walk->report->exhausted = true;
    walk->report->exhausted_at = base + walk->stopped_at;
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
    if (!error)
        take_stop(walk, range->base);
    return error;
}

/* Virtual is physical, or guest-physical: one run, without pages. */
static struct vmmap_error *walk_identity(struct walk *walk, const struct vmmap_paging_space *space,
                                         struct vmmap_paging_runs *all)
{
    const struct vmmap_paging_request *request = walk->request;
    struct vmmap_paging_run run = {
        .start = request->first,
        .last = request->last < space->identity_last ? request->last : space->identity_last,
        .physical = request->first,
        .user = VMMAP_PAGING_ALL_ACCESS,
        .kernel = VMMAP_PAGING_ALL_ACCESS,
        .has_physical = true,
    };
    struct vmmap_error *error = run.start > run.last ? NULL : keep_page(walk, all, &run);
    take_stop(walk, 0);
    return error;
}

static struct vmmap_error *walk_space(struct walk *walk, const struct vmmap_paging_space *space,
                                      struct vmmap_paging_runs *all)
{
    if (space->off)
        return walk_identity(walk, space, all);
    for (size_t depth = 0; depth < VMMAP_PAGING_MAX_DEPTH; depth++) {
        walk->levels[depth].runs.contiguous = all->contiguous;
        walk->levels[depth].runs.uniform = all->uniform;
    }
    struct vmmap_error *error = vmmap_paging_memo_create(&walk->memo);
    for (size_t i = 0; !error && !walk->stopped && i < space->range_count; i++)
        error = walk_range(walk, &space->ranges[i], all);
    vmmap_paging_memo_destroy(walk->memo);
    for (size_t depth = 0; depth < VMMAP_PAGING_MAX_DEPTH; depth++) {
        free(walk->levels[depth].bytes);
        vmmap_paging_runs_deinit(&walk->levels[depth].runs);
    }
    return error;
}

/* Sentences of the second stage follow those of the first; one too many is dropped. */
static void take_problems(const struct vmmap_paging_space *space, struct vmmap_paging_report *ret)
{
    const size_t count = sizeof(ret->problems) / sizeof(ret->problems[0]);
    for (size_t from = 0, to = 0; from < count && to < count; to++) {
        if (!ret->problems[to])
            ret->problems[to] = space->problems[from++];
    }
}

static void take_stage2(const struct vmmap_paging_report *stage2, struct vmmap_paging_report *ret)
{
    ret->stage2.mode = stage2->mode;
    ret->stage2.unreadable = stage2->unreadable;
    ret->stage2.first_unreadable = stage2->first_unreadable;
    ret->stage2.invalid = stage2->invalid;
    ret->stage2.first_invalid = stage2->first_invalid;
}

/* All that the second stage maps, each run with its physical address and page size. */
static struct vmmap_error *walk_stage2(struct walk *first, struct vmmap_paging_guest *guest,
                                       struct vmmap_paging_runs *ret)
{
    const struct vmmap_paging_request request = {.last = UINT64_MAX,
                                                 .table_bytes = first->request->table_bytes,
                                                 .runs = first->request->runs};
    struct vmmap_paging_report report = {.mode = guest->space.mode};
    struct walk walk = {
        .reader = {.memory = guest->physical.memory}, .request = &request, .report = &report};
    *ret = (struct vmmap_paging_runs){.contiguous = true, .uniform = true};
    struct vmmap_error *error = walk_space(&walk, &guest->space, ret);
    guest->physical.reads += walk.reader.reads;
    take_stage2(&report, first->report);
    first->stage2 = ret;
    first->stage2_is_cut = report.exhausted;
    first->stage2_end = report.exhausted_at;
    return error;
}

/* Both stages: the first reads its tables through the second, and what it maps is cut by it. */
static struct vmmap_error *walk_twice(struct walk *walk, const struct vmmap_paging_config *config,
                                      const struct vmmap_paging_space *space,
                                      struct vmmap_paging_runs *all)
{
    const struct vmmap_paging_memory *memory = walk->reader.memory;
    struct vmmap_paging_guest guest;
    struct vmmap_paging_runs stage2;
    struct vmmap_error *error = vmmap_paging_guest_init(config, memory, &guest);
    if (error)
        return error;
    take_problems(&guest.space, walk->report);
    error = walk_stage2(walk, &guest, &stage2);
    walk->reader.memory = &guest.memory;
    if (!error)
        error = walk_space(walk, space, all);
    walk->report->reads = guest.physical.reads;
    vmmap_paging_runs_deinit(&stage2);
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
    if (vmmap_paging_has_two_stages(config)) {
        error = walk_twice(&walk, config, &space, &all);
    } else {
        error = walk_space(&walk, &space, &all);
        ret->reads = walk.reader.reads;
    }
    for (size_t i = 0; !error && i < all.count; i++)
        error = visitor->visit(visitor->context, &all.runs[i]);
    vmmap_paging_runs_deinit(&all);
    return error;
}
