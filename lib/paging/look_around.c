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

static void count_step(struct vmmap_paging_report *report, const struct vmmap_paging_step *step)
{
    if (step->kind == VMMAP_PAGING_ENTRY_UNREADABLE && report->unreadable++ == 0)
        report->first_unreadable = step->table;
    if (step->kind == VMMAP_PAGING_ENTRY_INVALID && report->invalid++ == 0)
        report->first_invalid = step->entry;
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
    if (translation.step_count > 0)
        count_step(look->report, &translation.steps[translation.step_count - 1]);
    return NULL;
}

/* Until there is one run more than wanted, which may not be complete and is dropped. */
static struct vmmap_error *look_up(struct look *look, uint64_t address, uint64_t after, bool *holds)
{
    *holds = false;
    for (bool first = true; look->steps > 0; first = false) {
        struct vmmap_paging_run page;
        bool mapped;
        struct vmmap_error *error = take_step(look, address, &page, &mapped);
        if (!error && mapped && !vmmap_paging_runs_extend(&look->up, &page))
            error = vmmap_paging_runs_push(&look->up, &page);
        if (error)
            return error;
        if (first)
            *holds = mapped;
        if (look->up.count > after + (*holds ? 1 : 0)) {
            look->up.count--;
            return NULL;
        }
        if (page.last == UINT64_MAX)
            return NULL;
        address = page.last + 1;
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
        return vmmap_paging_runs_push(down, page);
    bool contiguous = run->has_physical && page->has_physical &&
                      page->physical + (run->start - page->start) == run->physical;
    run->start = page->start;
    run->has_physical = contiguous;
    run->physical = contiguous ? page->physical : 0;
    if (run->page_size != page->page_size)
        run->page_size = 0;
    return NULL;
}

/* From below `address` on; `down` begins with the run that holds it, if `holds`. */
static struct vmmap_error *look_down(struct look *look, uint64_t address, uint64_t before,
                                     bool holds)
{
    while (address > 0 && look->steps > 0) {
        struct vmmap_paging_run page;
        bool mapped;
        struct vmmap_error *error = take_step(look, address - 1, &page, &mapped);
        if (!error && mapped)
            error = add_below(&look->down, &page);
        if (error)
            return error;
        if (look->down.count > before + (holds ? 1 : 0)) {
            look->down.count--;
            return NULL;
        }
        address = page.start;
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
        error = vmmap_paging_runs_push(&look->down, &look->up.runs[0]);
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
