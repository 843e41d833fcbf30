/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "paging/format.h"
#include "paging/runs.h"

/* A way outwards from the address. */
struct look {
    const struct vmmap_paging_config *config;
    const struct vmmap_paging_memory *memory;
    struct vmmap_paging_report *report;
    uint64_t steps;                /* left */
    struct vmmap_paging_runs up;   /* ascending; the first may hold the address */
    struct vmmap_paging_runs down; /* descending */
};

static struct vmmap_error *append(struct vmmap_paging_runs *list,
                                  const struct vmmap_paging_run *run)
{
    return vmmap_paging_runs_extend(list, run) ? NULL : vmmap_paging_runs_push(list, run);
}

static void count_step(struct vmmap_paging_report *report, const struct vmmap_paging_step *step)
{
    if (step->kind == VMMAP_PAGING_ENTRY_UNREADABLE && report->unreadable++ == 0)
        report->first_unreadable = step->table;
    if (step->kind == VMMAP_PAGING_ENTRY_INVALID && report->invalid++ == 0)
        report->first_invalid = step->entry;
}

/* Whether what comes next is best looked at by the table. For big pages, below whose neighbours
 * there may be many tables, it is one by one. */
static bool is_small(const struct vmmap_paging_run *page)
{
    enum { SMALL = 0x10000 };
    return page->last - page->start < SMALL;
}

/* One page or hole; `*mapped` says which. */
static struct vmmap_error *take_step(struct look *look, uint64_t address,
                                     struct vmmap_paging_run *ret, bool *mapped)
{
    struct vmmap_paging_translation translation;
    struct vmmap_error *error =
        vmmap_paging_translate(look->config, look->memory, address, &translation);
    look->steps--;
    if (error)
        return error;
    *ret = translation.page;
    *mapped =
        translation.outcome == VMMAP_PAGING_MAPPED || translation.outcome == VMMAP_PAGING_IDENTITY;
    if (!*mapped && !is_small(ret) && translation.step_count > 0)
        count_step(look->report, &translation.steps[translation.step_count - 1]);
    return NULL;
}

static struct vmmap_error *collect(void *context, const struct vmmap_paging_run *run)
{
    return append(context, run);
}

/* Walks a part of the address space. */
static struct vmmap_error *walk_part(struct look *look, uint64_t first, uint64_t last,
                                     struct vmmap_paging_runs *ret)
{
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    const struct vmmap_paging_visitor visitor = {ret, collect};
    struct vmmap_paging_report part;
    request.first = first;
    request.last = last;
    struct vmmap_error *error =
        vmmap_paging_walk(look->config, look->memory, &request, &visitor, &part);
    if (look->report->unreadable == 0)
        look->report->first_unreadable = part.first_unreadable;
    if (look->report->invalid == 0)
        look->report->first_invalid = part.first_invalid;
    look->report->unreadable += part.unreadable;
    look->report->invalid += part.invalid;
    return error;
}

/* What the table of a small page or hole is responsible for, about. */
static uint64_t table_extent(const struct vmmap_paging_run *page)
{
    enum { ENTRIES = 512 };
    return (page->last - page->start + 1) * ENTRIES - 1;
}

/* What is mapped from `address` up to `*last`, which is at least the end of its page or hole. */
static struct vmmap_error *read_up(struct look *look, uint64_t address, uint64_t *last,
                                   bool *mapped)
{
    struct vmmap_paging_run page;
    struct vmmap_error *error = take_step(look, address, &page, mapped);
    if (error)
        return error;
    *last = page.last;
    if (!is_small(&page))
        return *mapped ? append(&look->up, &page) : NULL;
    *last = page.start | table_extent(&page);
    return walk_part(look, page.start, *last, &look->up);
}

/* Until there is one run more than wanted, which may not be complete and is dropped. */
static struct vmmap_error *look_up(struct look *look, uint64_t address, uint64_t after, bool *holds)
{
    *holds = false;
    for (bool first = true; look->steps > 0; first = false) {
        bool mapped;
        uint64_t last;
        struct vmmap_error *error = read_up(look, address, &last, &mapped);
        if (error)
            return error;
        if (first)
            *holds = mapped;
        const uint64_t wanted = after + (*holds ? 1 : 0);
        if (look->up.count > wanted) {
            look->up.count = (size_t)wanted;
            return NULL;
        }
        if (last == UINT64_MAX)
            return NULL;
        address = last + 1;
    }
    return NULL;
}

/* Whether `page` is the continuation of `run` towards lower addresses. */
static bool continues(const struct vmmap_paging_run *page, const struct vmmap_paging_run *run)
{
    return page->last == run->start - 1 && page->user == run->user && page->kernel == run->kernel &&
           page->attributes == run->attributes;
}

static struct vmmap_error *add_below(struct vmmap_paging_runs *down,
                                     const struct vmmap_paging_run *page)
{
    struct vmmap_paging_run *run = down->count ? &down->runs[down->count - 1] : NULL;
    if (!run || !continues(page, run))
        return append(down, page);
    bool contiguous = run->has_physical && page->has_physical &&
                      page->physical + (run->start - page->start) == run->physical;
    run->start = page->start;
    run->has_physical = contiguous;
    run->physical = contiguous ? page->physical : 0;
    if (run->page_size != page->page_size)
        run->page_size = 0;
    return NULL;
}

/* What is mapped from `*first` on, which is at most the start of the page or hole, to `last`. */
static struct vmmap_error *read_down(struct look *look, uint64_t last, uint64_t *first)
{
    struct vmmap_paging_run page;
    bool mapped;
    struct vmmap_error *error = take_step(look, last, &page, &mapped);
    if (error)
        return error;
    *first = page.start;
    if (!is_small(&page))
        return mapped ? add_below(&look->down, &page) : NULL;
    struct vmmap_paging_runs part = {.runs = NULL};
    *first = page.start & ~table_extent(&page);
    error = walk_part(look, *first, last, &part);
    for (size_t i = part.count; !error && i-- > 0;)
        error = add_below(&look->down, &part.runs[i]);
    vmmap_paging_runs_deinit(&part);
    return error;
}

/* From below `address` on; `down` begins with the run that holds it, if `holds`. */
static struct vmmap_error *look_down(struct look *look, uint64_t address, uint64_t before,
                                     bool holds)
{
    const uint64_t wanted = before + (holds ? 1 : 0);
    while (address > 0 && look->steps > 0) {
        struct vmmap_error *error = read_down(look, address - 1, &address);
        if (error)
            return error;
        if (look->down.count > wanted) {
            look->down.count = (size_t)wanted;
            return NULL;
        }
    }
    return NULL;
}

static struct vmmap_error *look_both_ways(struct look *look,
                                          const struct vmmap_paging_surroundings *wanted)
{
    bool holds;
    uint64_t below = wanted->address;
    struct vmmap_error *error = look_up(look, wanted->address, wanted->after, &holds);
    if (!error && holds) {
        below = look->up.runs[0].start;
        error = append(&look->down, &look->up.runs[0]);
    }
    return error ? error : look_down(look, below, wanted->before, holds);
}

static struct vmmap_error *visit_all(const struct look *look, uint64_t address,
                                     const struct vmmap_paging_visitor *visitor)
{
    struct vmmap_error *error = NULL;
    for (size_t i = look->down.count; !error && i-- > 0;)
        error = visitor->visit(visitor->context, &look->down.runs[i]);
    for (size_t i = 0; !error && i < look->up.count; i++) {
        if (look->up.runs[i].start > address) /* else it was the last one of `down` */
            error = visitor->visit(visitor->context, &look->up.runs[i]);
    }
    return error;
}

struct vmmap_error *vmmap_paging_look_around(const struct vmmap_paging_config *config,
                                             const struct vmmap_paging_memory *memory,
                                             const struct vmmap_paging_surroundings *wanted,
                                             const struct vmmap_paging_visitor *visitor,
                                             struct vmmap_paging_report *ret, bool *complete)
{
    struct vmmap_paging_space space;
    struct look look = {.config = config, .memory = memory, .report = ret, .steps = wanted->steps};
    *ret = (struct vmmap_paging_report){.mode = ""};
    *complete = false;
    struct vmmap_error *error = vmmap_paging_space_init(config, &space);
    if (error)
        return error;
    ret->mode = space.mode;
    memcpy(ret->problems, space.problems, sizeof(ret->problems));
    ret->off = space.off;
    error = look_both_ways(&look, wanted);
    *complete = look.steps > 0;
    if (!error && *complete)
        error = visit_all(&look, wanted->address, visitor);
    vmmap_paging_runs_deinit(&look.up);
    vmmap_paging_runs_deinit(&look.down);
    return error;
}
