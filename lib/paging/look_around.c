/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "paging/format.h"
#include "paging/reader.h"
#include "paging/runs.h"

/* Most of a bigger table is not on the way, so it is read in pieces. */
enum { PIECE_SIZE = 4096 };

/* A way outwards from the address: up, and then down. */
struct look {
    const struct vmmap_paging_surroundings *wanted;
    struct vmmap_paging_report *report;
    struct vmmap_paging_reader reader;
    const struct vmmap_paging_range *range; /* the one that is looked at */
    struct vmmap_paging_runs up;            /* ascending; the first holds the address, if `holds` */
    struct vmmap_paging_runs down;          /* descending; likewise */
    uint64_t left;                          /* how many pieces may still be read */
    uint64_t start;                         /* of the page or hole that holds the address */
    uint64_t bad_table;                     /* the last that could not be read */
    bool started;                           /* `start` is known, unless nothing may be read */
    bool holds;                             /* it is a page */
    bool goes_down;
    bool is_over; /* this direction has all that is wanted, or nothing may be read any more */
};

/* A table, and which part of what it maps is on the way: offsets, both inclusive. */
struct table {
    uint64_t physical;
    uint64_t base; /* what it maps first, modulo 2^64 */
    uint64_t first;
    uint64_t last;
    unsigned int depth;
    uint32_t limits;
};

/* Entries of a table that lie next to each other. */
struct piece {
    uint64_t index; /* of the first */
    uint64_t count;
    unsigned char bytes[PIECE_SIZE];
};

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

static struct vmmap_error *add_above(struct vmmap_paging_runs *up,
                                     const struct vmmap_paging_run *page)
{
    return vmmap_paging_runs_extend(up, page) ? NULL : vmmap_paging_runs_push(up, page);
}

/* Adds a page. One run more than wanted, which may not be complete, ends the way and is dropped. */
static struct vmmap_error *add_page(struct look *look, const struct vmmap_paging_run *page)
{
    struct vmmap_paging_runs *list = look->goes_down ? &look->down : &look->up;
    struct vmmap_error *error = look->goes_down ? add_below(list, page) : add_above(list, page);
    size_t neighbours = list->count - (look->holds && list->count > 0 ? 1 : 0);
    if (!error && neighbours > (look->goes_down ? look->wanted->before : look->wanted->after)) {
        list->count--;
        look->is_over = true;
    }
    return error;
}

/* A page, or a hole of which nothing but the extent is known. The first one holds the address. */
static struct vmmap_error *meet(struct look *look, bool is_page,
                                const struct vmmap_paging_run *extent)
{
    if (!look->started) {
        look->started = true;
        look->holds = is_page;
        look->start = extent->start;
    }
    return is_page ? add_page(look, extent) : NULL;
}

/* Reads the entries that come next, up to `PIECE_SIZE` bytes that no page boundary divides. */
static struct vmmap_error *read_piece(struct look *look, const struct table *table, uint64_t first,
                                      uint64_t last, struct piece *ret)
{
    const uint64_t size = look->range->entry_size;
    const uint64_t next = table->physical + (look->goes_down ? last : first) * size;
    const uint64_t before = next % PIECE_SIZE / size,
                   after = (PIECE_SIZE - next % PIECE_SIZE) / size;
    ret->index = look->goes_down && last - first > before ? last - before : first;
    ret->count = (look->goes_down        ? last
                  : last - first < after ? last
                                         : first + after - 1) -
                 ret->index + 1;
    bool complete;
    struct vmmap_error *error =
        vmmap_paging_reader_read(&look->reader, table->physical + ret->index * size, ret->bytes,
                                 (size_t)(ret->count * size), &complete);
    if (error || complete)
        return error;
    if (look->report->unreadable == 0)
        look->report->first_unreadable = table->physical;
    if (look->report->unreadable == 0 || look->bad_table != table->physical)
        look->report->unreadable++;
    look->bad_table = table->physical;
    return NULL;
}

static struct vmmap_error *look_into(struct look *look, const struct table *table);

/* The table that `entry` points to, cut to the part that is on the way. */
static struct vmmap_error *look_below(struct look *look, const struct table *table,
                                      const struct vmmap_paging_entry *entry, uint64_t offset)
{
    const uint64_t end = offset + vmmap_paging_mask(look->range->shifts[table->depth]);
    const struct table next = {
        .physical = entry->physical,
        .base = table->base + offset,
        .first = table->first > offset ? table->first - offset : 0,
        .last = (table->last < end ? table->last : end) - offset,
        .depth = table->depth + 1,
        .limits = entry->limits,
    };
    return look_into(look, &next);
}

static struct vmmap_error *look_at(struct look *look, const struct table *table, uint64_t index,
                                   uint64_t value)
{
    const struct vmmap_paging_place place = {table->depth, table->limits, index};
    const uint64_t offset = index << look->range->shifts[table->depth];
    struct vmmap_paging_entry entry;
    struct vmmap_paging_run extent;
    vmmap_paging_entry_decode(look->range, place, value, &entry);
    if (entry.kind == VMMAP_PAGING_ENTRY_TABLE)
        return look_below(look, table, &entry, offset);
    if (entry.kind == VMMAP_PAGING_ENTRY_INVALID && look->report->invalid++ == 0)
        look->report->first_invalid = table->physical + index * look->range->entry_size;
    vmmap_paging_entry_cover(look->range, &entry, table->depth, table->base + offset, &extent);
    return meet(look, entry.kind == VMMAP_PAGING_ENTRY_PAGE, &extent);
}

static struct vmmap_error *look_at_piece(struct look *look, const struct table *table,
                                         const struct piece *piece)
{
    const struct vmmap_paging_range *range = look->range;
    struct vmmap_error *error = NULL;
    for (uint64_t i = 0; !error && !look->is_over && i < piece->count; i++) {
        const uint64_t at = look->goes_down ? piece->count - 1 - i : i;
        const uint64_t value =
            vmmap_paging_entry_value(range, piece->bytes + at * range->entry_size);
        if (value || !look->started)
            error = look_at(look, table, piece->index + at, value);
    }
    return error;
}

/* Recursion ends at the range's depth_count: entries of the last depth are never tables. */
static struct vmmap_error *look_into(struct look *look, const struct table *table)
{
    const unsigned int shift = look->range->shifts[table->depth];
    uint64_t first = table->first >> shift, last = table->last >> shift;
    struct piece piece;
    for (bool more = true; more && !look->is_over;) {
        if (look->left == 0) {
            look->is_over = true;
            return NULL;
        }
        look->left--;
        struct vmmap_error *error = read_piece(look, table, first, last, &piece);
        if (!error)
            error = look_at_piece(look, table, &piece);
        if (error)
            return error;
        more = piece.count <= last - first;
        if (look->goes_down)
            last -= piece.count;
        else
            first += piece.count;
    }
    return NULL;
}

/* The part of a range that is within first-last, if any. */
static struct vmmap_error *look_into_range(struct look *look,
                                           const struct vmmap_paging_range *range, uint64_t first,
                                           uint64_t last)
{
    first = first > range->start ? first : range->start;
    last = last < range->last ? last : range->last;
    if (first > last)
        return NULL;
    const struct table root = {
        .physical = range->table,
        .base = range->base,
        .first = first - range->base,
        .last = last - range->base,
    };
    look->range = range;
    return look_into(look, &root);
}

/* Without translation there is one page, the identity. */
static struct vmmap_error *look_at_identity(struct look *look, uint64_t last)
{
    const struct vmmap_paging_run all = {
        .last = last,
        .user = VMMAP_PAGING_ALL_ACCESS,
        .kernel = VMMAP_PAGING_ALL_ACCESS,
        .has_physical = true,
    };
    if (look->wanted->address <= last)
        return meet(look, true, &all);
    look->goes_down = true;
    return add_page(look, &all);
}

/* An address outside of all ranges lies in a hole of which only that is known. */
static void meet_outside(struct look *look, const struct vmmap_paging_space *space)
{
    const uint64_t address = look->wanted->address;
    for (size_t i = 0; i < space->range_count; i++) {
        if (address >= space->ranges[i].start && address <= space->ranges[i].last)
            return;
    }
    look->started = true;
    look->start = address;
}

static struct vmmap_error *look_up(struct look *look, const struct vmmap_paging_space *space)
{
    struct vmmap_error *error = NULL;
    meet_outside(look, space);
    for (size_t i = 0; !error && !look->is_over && i < space->range_count; i++)
        error = look_into_range(look, &space->ranges[i], look->wanted->address, UINT64_MAX);
    return error;
}

static struct vmmap_error *look_down(struct look *look, const struct vmmap_paging_space *space)
{
    const uint64_t start = look->start;
    struct vmmap_error *error = NULL;
    look->goes_down = true;
    look->is_over = look->left == 0;
    if (look->holds)
        error = vmmap_paging_runs_push(&look->down, &look->up.runs[0]);
    for (size_t i = start > 0 ? space->range_count : 0; !error && !look->is_over && i-- > 0;)
        error = look_into_range(look, &space->ranges[i], 0, start - 1);
    return error;
}

static struct vmmap_error *look_both_ways(struct look *look, const struct vmmap_paging_space *space)
{
    if (space->off)
        return look_at_identity(look, space->identity_last);
    struct vmmap_error *error = look_up(look, space);
    return error ? error : look_down(look, space);
}

static struct vmmap_error *visit_all(const struct look *look,
                                     const struct vmmap_paging_visitor *visitor)
{
    struct vmmap_error *error = NULL;
    /* With a page at the address the last one of `down` is the first one of `up`, and longer. */
    size_t skip = look->down.count > 0 && look->holds ? 1 : 0;
    for (size_t i = look->down.count; !error && i-- > 0;)
        error = visitor->visit(visitor->context, &look->down.runs[i]);
    for (size_t i = skip; !error && i < look->up.count; i++)
        error = visitor->visit(visitor->context, &look->up.runs[i]);
    return error;
}

struct vmmap_error *vmmap_paging_look_around(const struct vmmap_paging_config *config,
                                             const struct vmmap_paging_memory *memory,
                                             const struct vmmap_paging_surroundings *wanted,
                                             const struct vmmap_paging_visitor *visitor,
                                             struct vmmap_paging_report *ret, bool *complete)
{
    struct vmmap_paging_space space;
    struct look look = {
        .wanted = wanted, .report = ret, .reader = {.memory = memory}, .left = wanted->tables};
    *ret = (struct vmmap_paging_report){.mode = ""};
    *complete = false;
    struct vmmap_error *error = vmmap_paging_space_init(config, &space);
    if (error)
        return error;
    ret->mode = space.mode;
    memcpy(ret->problems, space.problems, sizeof(ret->problems));
    ret->off = space.off;
    if (vmmap_paging_has_two_stages(config))
        return NULL;
    error = look_both_ways(&look, &space);
    *complete = look.left > 0;
    if (!error && *complete)
        error = visit_all(&look, visitor);
    vmmap_paging_runs_deinit(&look.up);
    vmmap_paging_runs_deinit(&look.down);
    return error;
}
