/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging_support.h"

#include <inttypes.h>
#include <string.h>

#include "fault.h"

void ram_init(struct ram *ram, uint64_t base, uint64_t size)
{
    *ram = (struct ram){.base = base, .size = size, .bytes = calloc(1, size)};
    ck_assert_ptr_nonnull(ram->bytes);
}

void ram_deinit(struct ram *ram)
{
    free(ram->bytes);
}

/* In loops over thousands of pages: a ck_assert writes to a pipe even when it holds. */
#define expect(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("does not hold: %s", #condition);                                         \
    } while (0)

/* Entries are little-endian; byte by byte, so that the test does not depend on the host. */
static void put(struct ram *ram, uint64_t physical, uint64_t value, unsigned int size)
{
    ck_assert_uint_ge(physical, ram->base);
    ck_assert_uint_le(physical - ram->base + size, ram->size);
    for (unsigned int i = 0; i < size; i++)
        ram->bytes[physical - ram->base + i] = (unsigned char)(value >> 8 * i);
}

void put_32(struct ram *ram, uint64_t physical, uint32_t value)
{
    put(ram, physical, value, 4);
}

void put_64(struct ram *ram, uint64_t physical, uint64_t value)
{
    put(ram, physical, value, 8);
}

void put_entry_32(struct ram *ram, uint64_t table, uint64_t index, uint32_t value)
{
    put(ram, table + index * 4, value, 4);
}

void put_entry_64(struct ram *ram, uint64_t table, uint64_t index, uint64_t value)
{
    put(ram, table + index * 8, value, 8);
}

static struct vmmap_error *read_ram(void *context, uint64_t physical, void *bytes, size_t size)
{
    struct ram *ram = context;
    if (size > 65536)
        return vmmap_error_create(VMMAP_ERROR_INVALID, "The read is too long.");
    if (++ram->reads == ram->fail_read)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "This read fails.");
    if (physical < ram->base || physical - ram->base > ram->size ||
        size > ram->size - (physical - ram->base))
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "There is no RAM.");
    memcpy(bytes, ram->bytes + (physical - ram->base), size);
    return NULL;
}

static struct vmmap_error *poll_ram(void *context)
{
    struct ram *ram = context;
    if (ram->reads + 1 == ram->interrupt_read)
        return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit.");
    return NULL;
}

struct vmmap_paging_memory ram_memory(struct ram *ram)
{
    return (struct vmmap_paging_memory){.context = ram, .read = read_ram, .poll = poll_ram};
}

static struct vmmap_error *collect(void *context, const struct vmmap_paging_run *run)
{
    struct found *found = context;
    struct vmmap_paging_run *runs =
        reallocarray(found->runs, found->count + 1, sizeof(*found->runs));
    if (!runs)
        return &vmmap_error_no_memory;
    found->runs = runs;
    found->runs[found->count++] = *run;
    return NULL;
}

struct vmmap_error *try_walk(const struct vmmap_paging_config *config, struct ram *ram,
                             struct vmmap_paging_request request, struct found *ret)
{
    *ret = (struct found){.runs = NULL};
    ram->reads = 0;
    struct vmmap_paging_memory memory = ram_memory(ram);
    struct vmmap_paging_visitor visitor = {ret, collect};
    return vmmap_paging_walk(config, &memory, &request, &visitor, &ret->report);
}

static void check_order(const struct found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct vmmap_paging_run *run = &found->runs[i];
        ck_assert_uint_le(run->start, run->last);
        ck_assert(run->has_physical || run->physical == 0);
        if (i > 0)
            ck_assert_uint_gt(run->start, run[-1].last);
    }
}

void walk_all(const struct vmmap_paging_config *config, struct ram *ram, struct found *ret)
{
    assert_ok(try_walk(config, ram, (struct vmmap_paging_request)VMMAP_PAGING_REQUEST_ALL, ret));
    ck_assert_uint_eq(ret->report.reads, ram->reads);
    check_order(ret);
}

void found_deinit(struct found *found)
{
    free(found->runs);
}

static void append_access(struct vmmap_buffer *text, uint8_t access)
{
    vmmap_buffer_printf(text, " %c%c%c", access & VMMAP_PERM_READ ? 'r' : '-',
                        access & VMMAP_PERM_WRITE ? 'w' : '-',
                        access & VMMAP_PERM_EXEC ? 'x' : '-');
}

static void append_run(struct vmmap_buffer *text, const struct vmmap_paging_run *run)
{
    vmmap_buffer_printf(text, "%" PRIx64 "-%" PRIx64, run->start, run->last);
    append_access(text, run->user);
    append_access(text, run->kernel);
    if (run->has_physical)
        vmmap_buffer_printf(text, " %" PRIx64, run->physical);
    else
        vmmap_buffer_append_string(text, " ?");
    vmmap_buffer_printf(text, " %" PRIx64 " %" PRIx32 "\n", run->page_size, run->attributes);
}

char *runs_text(const struct found *found)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < found->count; i++)
        append_run(&text, &found->runs[i]);
    return take_text(&text);
}

struct vmmap_paging_translation translate(const struct vmmap_paging_config *config, struct ram *ram,
                                          uint64_t address)
{
    struct vmmap_paging_memory memory = ram_memory(ram);
    struct vmmap_paging_translation translation;
    ram->reads = 0;
    struct vmmap_error *error = vmmap_paging_translate(config, &memory, address, &translation);
    expect(!error);
    /* With two stages each step takes those of the second as well. */
    if (config->stage2.format == VMMAP_PAGING_STAGE2_NONE ||
        config->architecture == VMMAP_PAGING_GUEST_PHYSICAL)
        expect(ram->reads == translation.step_count);
    return translation;
}

static bool is_mapped(const struct vmmap_paging_translation *translation)
{
    return translation->outcome == VMMAP_PAGING_MAPPED ||
           translation->outcome == VMMAP_PAGING_IDENTITY;
}

static void check_in_run(const struct vmmap_paging_config *config, struct ram *ram,
                         const struct vmmap_paging_run *run, uint64_t address)
{
    struct vmmap_paging_translation translation = translate(config, ram, address);
    const struct vmmap_paging_run *page = &translation.page;
    ck_assert_msg(is_mapped(&translation), "%" PRIx64 " is not mapped", address);
    ck_assert_uint_le(page->start, address);
    ck_assert_uint_ge(page->last, address);
    ck_assert_uint_ge(page->start, run->start);
    ck_assert_uint_le(page->last, run->last);
    ck_assert_uint_eq(translation.physical, page->physical + (address - page->start));
    ck_assert_uint_eq(page->user, run->user);
    ck_assert_uint_eq(page->kernel, run->kernel);
    ck_assert_uint_eq(page->attributes, run->attributes);
    if (run->page_size)
        ck_assert_uint_eq(page->page_size, run->page_size);
    if (run->has_physical)
        ck_assert_uint_eq(translation.physical, run->physical + (address - run->start));
}

static void check_not_mapped(const struct vmmap_paging_config *config, struct ram *ram,
                             uint64_t address)
{
    struct vmmap_paging_translation translation = translate(config, ram, address);
    ck_assert_msg(!is_mapped(&translation), "%" PRIx64 " is mapped", address);
}

struct vmmap_error *try_around(const struct vmmap_paging_config *config, struct ram *ram,
                               uint64_t address, uint64_t tables, struct found *ret, bool *complete)
{
    *ret = (struct found){.runs = NULL};
    ram->reads = 0;
    struct vmmap_paging_memory memory = ram_memory(ram);
    const struct vmmap_paging_visitor visitor = {ret, collect};
    const struct vmmap_paging_surroundings wanted = {address, 1, 2, tables};
    return vmmap_paging_look_around(config, &memory, &wanted, &visitor, &ret->report, complete);
}

/* Looking around an address finds the run that holds it, if any, and its neighbours: `below` is the
 * index of the first run that is not below it. Tables that are met again and again are left to
 * walks. */
static void check_around(const struct vmmap_paging_config *config, struct ram *ram,
                         const struct found *found, uint64_t address, size_t below, bool holds)
{
    enum { TABLES = 4096 };
    struct found part;
    bool complete;
    assert_ok(try_around(config, ram, address, TABLES, &part, &complete));
    ck_assert(complete || part.count == 0);
    ck_assert_uint_le(ram->reads, TABLES);
    size_t first = below >= 1 ? below - 1 : 0;
    size_t end = below + 2 + (holds ? 1 : 0);
    struct found slice = {.runs = found->runs + first};
    slice.count = (end < found->count ? end : found->count) - first;
    if (complete) {
        char *text = runs_text(&part), *expected = runs_text(&slice);
        ck_assert_str_eq(text, expected);
        ck_assert_str_eq(part.report.mode, found->report.mode);
        free(text);
        free(expected);
    }
    found_deinit(&part);
}

void check_borders(const struct vmmap_paging_config *config, struct ram *ram,
                   const struct found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct vmmap_paging_run *run = &found->runs[i];
        check_in_run(config, ram, run, run->start);
        check_in_run(config, ram, run, run->last);
        check_in_run(config, ram, run, run->start + (run->last - run->start) / 3);
        check_around(config, ram, found, run->start, i, true);
        check_around(config, ram, found, run->last, i, true);
        if (run->start > 0 && (i == 0 || run[-1].last != run->start - 1))
            check_not_mapped(config, ram, run->start - 1);
        if (run->last < UINT64_MAX && (i + 1 == found->count || run[1].start != run->last + 1)) {
            check_not_mapped(config, ram, run->last + 1);
            check_around(config, ram, found, run->last + 1, i + 1, false);
        }
    }
}

/* What enumeration by translation has come to. */
struct progress {
    const struct found *found;
    size_t run;
    size_t pages;
};

/* The page must continue or begin the run that is next. */
static void check_next_page(struct progress *progress, const struct vmmap_paging_run *page)
{
    const struct vmmap_paging_run *run = &progress->found->runs[progress->run];
    while (progress->run < progress->found->count && run->last < page->start) {
        run++;
        progress->run++;
    }
    expect(progress->run < progress->found->count);
    expect(run->start <= page->start && run->last >= page->last);
    expect(page->user == run->user);
    expect(page->kernel == run->kernel);
    expect(page->attributes == run->attributes);
    if (run->page_size)
        expect(page->page_size == run->page_size);
    if (run->has_physical)
        expect(page->physical == run->physical + (page->start - run->start));
    progress->pages++;
}

/* Nothing of the hole may be in a run. */
static void check_hole(struct progress *progress, uint64_t start, uint64_t last)
{
    while (progress->run < progress->found->count &&
           progress->found->runs[progress->run].last < start)
        progress->run++;
    if (progress->run < progress->found->count)
        expect(progress->found->runs[progress->run].start > last);
}

static void check_span(const struct vmmap_paging_config *config, struct ram *ram,
                       const struct span *span, struct progress *progress)
{
    for (uint64_t at = span->start;;) {
        struct vmmap_paging_translation translation = translate(config, ram, at);
        uint64_t last;
        if (translation.outcome == VMMAP_PAGING_MAPPED) {
            check_next_page(progress, &translation.page);
            last = translation.page.last;
        } else {
            expect(translation.outcome == VMMAP_PAGING_NOT_MAPPED);
            unsigned int shift = span->shifts[translation.step_count - 1];
            last = at | ((UINT64_C(1) << shift) - 1);
            if (last > span->last)
                last = span->last;
            check_hole(progress, at, last);
        }
        if (last >= span->last)
            return;
        at = last + 1;
    }
}

static void assert_outside(const struct vmmap_paging_config *config, struct ram *ram,
                           uint64_t address)
{
    struct vmmap_paging_translation translation = translate(config, ram, address);
    ck_assert_uint_eq(translation.outcome, VMMAP_PAGING_OUTSIDE);
    ck_assert_uint_eq(translation.step_count, 0);
}

/* The runs of all that lie in first-last, cut to it. */
static struct found clip(const struct found *all, uint64_t first, uint64_t last)
{
    struct found clipped = {.runs = NULL};
    for (size_t i = 0; i < all->count; i++) {
        struct vmmap_paging_run run = all->runs[i];
        if (run.last < first || run.start > last)
            continue;
        if (run.start < first) {
            if (run.has_physical)
                run.physical += first - run.start;
            run.start = first;
        }
        if (run.last > last)
            run.last = last;
        assert_ok(collect(&clipped, &run));
    }
    return clipped;
}

/* A part of a run may be contiguous, or of one page size, where the whole is not. */
static void assert_same_part(const struct found *part, const struct found *wanted)
{
    ck_assert_uint_eq(part->count, wanted->count);
    for (size_t i = 0; i < part->count; i++) {
        struct vmmap_paging_run run = part->runs[i];
        const struct vmmap_paging_run *want = &wanted->runs[i];
        ck_assert_uint_eq(run.start, want->start);
        ck_assert_uint_eq(run.last, want->last);
        ck_assert_uint_eq(run.user, want->user);
        ck_assert_uint_eq(run.kernel, want->kernel);
        ck_assert_uint_eq(run.attributes, want->attributes);
        if (want->page_size)
            ck_assert_uint_eq(run.page_size, want->page_size);
        if (want->has_physical) {
            ck_assert(run.has_physical);
            ck_assert_uint_eq(run.physical, want->physical);
        }
    }
}

static void check_part(const struct vmmap_paging_config *config, struct ram *ram,
                       const struct found *all, uint64_t first, uint64_t last)
{
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    request.first = first;
    request.last = last;
    struct found part;
    assert_ok(try_walk(config, ram, request, &part));
    check_order(&part);
    struct found wanted = clip(all, first, last);
    assert_same_part(&part, &wanted);
    found_deinit(&wanted);
    found_deinit(&part);
}

static bool agree(const struct vmmap_paging_run *a, const struct vmmap_paging_run *b)
{
    return a->user == b->user && a->kernel == b->kernel && a->attributes == b->attributes;
}

/* The same walk with contiguous runs finds the same, cut where physical memory jumps, and nowhere
 * else. */
static void check_contiguous(const struct vmmap_paging_config *config, struct ram *ram,
                             const struct found *all)
{
    struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    struct found cut;
    size_t at = 0;
    request.contiguous = true;
    assert_ok(try_walk(config, ram, request, &cut));
    for (size_t i = 0; i < all->count; i++) {
        const struct vmmap_paging_run *whole = &all->runs[i];
        const size_t first = at;
        expect(at < cut.count && cut.runs[at].start == whole->start);
        for (; at < cut.count && cut.runs[at].last <= whole->last; at++) {
            const struct vmmap_paging_run *run = &cut.runs[at];
            expect(run->has_physical && agree(run, whole));
            if (at == first)
                continue;
            expect(run->start == run[-1].last + 1);
            expect(run->physical != run[-1].physical + (run->start - run[-1].start));
        }
        expect(at > first && cut.runs[at - 1].last == whole->last);
        expect(whole->has_physical == (at == first + 1));
        expect(!whole->has_physical || whole->physical == cut.runs[first].physical);
    }
    expect(at == cut.count);
    found_deinit(&cut);
}

void check_by_translation(const struct vmmap_paging_config *config, struct ram *ram,
                          const struct span *spans, size_t count)
{
    struct found found;
    walk_all(config, ram, &found);
    struct progress progress = {.found = &found};
    for (size_t i = 0; i < count; i++) {
        check_span(config, ram, &spans[i], &progress);
        if (spans[i].start > 0 && (i == 0 || spans[i - 1].last != spans[i].start - 1))
            assert_outside(config, ram, spans[i].start - 1);
        if (spans[i].last < UINT64_MAX &&
            (i + 1 == count || spans[i + 1].start != spans[i].last + 1))
            assert_outside(config, ram, spans[i].last + 1);
    }
    ck_assert_uint_gt(progress.pages, 0);
    ck_assert_uint_ge(progress.run + 1, found.count);
    check_contiguous(config, ram, &found);
    for (size_t i = 0; i < found.count && i < 20; i++) {
        const struct vmmap_paging_run *run = &found.runs[i * found.count / 20 % found.count];
        uint64_t middle = run->start + (run->last - run->start) / 2;
        check_part(config, ram, &found, middle, middle);
        check_part(config, ram, &found, middle & ~UINT64_C(0x1fffff), middle | 0x1fffff);
        check_part(config, ram, &found, middle, UINT64_MAX);
        check_part(config, ram, &found, 0, middle);
    }
    found_deinit(&found);
}

/* xorshift64*. */
uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Whether each page in `part` is in `all` as well. */
static void assert_subset(const struct found *part, const struct found *all)
{
    size_t j = 0;
    for (size_t i = 0; i < part->count; i++) {
        const struct vmmap_paging_run *run = &part->runs[i];
        while (j < all->count && all->runs[j].last < run->start)
            j++;
        ck_assert_uint_lt(j, all->count);
        ck_assert_uint_ge(run->start, all->runs[j].start);
        ck_assert_uint_le(run->last, all->runs[j].last);
        ck_assert_uint_eq(run->user, all->runs[j].user);
        ck_assert_uint_eq(run->kernel, all->runs[j].kernel);
        ck_assert_uint_eq(run->attributes, all->runs[j].attributes);
    }
}

void check_failing_reads(const struct vmmap_paging_config *config, struct ram *ram)
{
    struct found all, part;
    walk_all(config, ram, &all);
    uint64_t reads = all.report.reads;
    ck_assert_uint_gt(reads, 1);
    for (size_t i = 1; i <= reads; i++) {
        ram->fail_read = i;
        walk_all(config, ram, &part);
        ram->fail_read = 0;
        ck_assert_uint_ge(part.report.unreadable + part.report.stage2.unreadable, 1);
        ck_assert_uint_le(part.report.pages, all.report.pages);
        assert_subset(&part, &all);
        found_deinit(&part);
    }
    found_deinit(&all);
}

/* One of the two ways to read tables. */
typedef struct vmmap_error *attempt_fn(const struct vmmap_paging_config *config, struct ram *ram,
                                       uint64_t address, struct found *ret);

static struct vmmap_error *attempt_walk(const struct vmmap_paging_config *config, struct ram *ram,
                                        uint64_t address, struct found *ret)
{
    const struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
    (void)address;
    return try_walk(config, ram, request, ret);
}

static struct vmmap_error *attempt_around(const struct vmmap_paging_config *config, struct ram *ram,
                                          uint64_t address, struct found *ret)
{
    bool complete;
    return try_around(config, ram, address, 4096, ret, &complete);
}

/* Nothing of it is kept; the `number`th allocation fails. */
static struct vmmap_error *with_fault(attempt_fn *attempt, const struct vmmap_paging_config *config,
                                      struct ram *ram, uint64_t address, size_t number,
                                      struct fault_report *ret)
{
    const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = (unsigned int)number};
    struct found found;
    fault_begin(&plan);
    struct vmmap_error *error = attempt(config, ram, address, &found);
    found_deinit(&found);
    *ret = fault_end();
    return error;
}

static void check_failures_of(attempt_fn *attempt, const struct vmmap_paging_config *config,
                              struct ram *ram, uint64_t address)
{
    struct fault_report report;
    assert_ok(with_fault(attempt, config, ram, address, 0, &report));
    size_t allocations = report.calls[FAULT_ALLOCATION];
    size_t reads = ram->reads;
    ck_assert_int_eq(report.blocks, 0);
    ck_assert_uint_gt(allocations, 0);
    for (size_t i = 1; i <= reads; i++) {
        ram->interrupt_read = i;
        struct vmmap_error *error = with_fault(attempt, config, ram, address, 0, &report);
        ck_assert_int_eq(report.blocks, 1); /* the error */
        assert_error(error, VMMAP_ERROR_INTERRUPTED, "Quit.");
    }
    ram->interrupt_read = 0;
    for (size_t i = 1; i <= allocations; i++) {
        /* Without memory for the text of a read's error, the error is "no memory". */
        ck_assert_ptr_eq(with_fault(attempt, config, ram, address, i, &report),
                         &vmmap_error_no_memory);
        ck_assert_int_eq(report.blocks, 0);
    }
}

void check_fatal_failures(const struct vmmap_paging_config *config, struct ram *ram)
{
    struct found all;
    walk_all(config, ram, &all);
    ck_assert_uint_gt(all.count, 0);
    check_failures_of(attempt_walk, config, ram, 0);
    if (!all.report.stage2.mode) /* else there is no looking around */
        check_failures_of(attempt_around, config, ram, all.runs[0].start);
    found_deinit(&all);
}

static void check_beginning(const struct found *part, const struct found *all)
{
    if (!part->report.exhausted) {
        ck_assert_uint_eq(part->count, all->count);
        return;
    }
    assert_subset(part, all);
    uint64_t end = part->report.exhausted_at;
    size_t at = 0;
    for (size_t i = 0; i < all->count && all->runs[i].start < end; i++) {
        uint64_t last = all->runs[i].last < end - 1 ? all->runs[i].last : end - 1;
        ck_assert_uint_lt(at, part->count);
        ck_assert_uint_eq(part->runs[at].start, all->runs[i].start);
        ck_assert_uint_eq(part->runs[at].last, last);
        at++;
    }
    ck_assert_uint_eq(at, part->count);
}

void check_limits(const struct vmmap_paging_config *config, struct ram *ram)
{
    struct found all, part;
    walk_all(config, ram, &all);
    ck_assert(!all.report.exhausted);
    bool exhausted = true;
    for (uint64_t runs = 0; exhausted; runs++) {
        struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
        request.runs = runs;
        assert_ok(try_walk(config, ram, request, &part));
        check_beginning(&part, &all);
        exhausted = part.report.exhausted;
        ck_assert(runs > 0 || exhausted);
        found_deinit(&part);
    }
    exhausted = true;
    for (uint64_t bytes = 0; exhausted; bytes += 1024) {
        struct vmmap_paging_request request = VMMAP_PAGING_REQUEST_ALL;
        request.table_bytes = bytes;
        assert_ok(try_walk(config, ram, request, &part));
        check_beginning(&part, &all);
        exhausted = part.report.exhausted;
        ck_assert(bytes > 0 || exhausted);
        found_deinit(&part);
    }
    found_deinit(&all);
}
