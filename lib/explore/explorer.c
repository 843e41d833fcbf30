/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explore/explorer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MAX_EXTENTS = 4096,
    MISS_COUNT = 1024,  /* a power of two */
    SINGLE_STEPS = 4,   /* guard pages and other small holes are near where one looks */
    PACKET_SIZE = 1024, /* QEMU and gdbserver take reads of up to 2 KiB or more in one packet */
    TELL_AFTER_MS = 500,
};

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

struct vmmap_error *vmmap_explorer_init(const struct vmmap_target *target, uint64_t page_size,
                                        uint64_t top, struct vmmap_explorer *ret)
{
    *ret = (struct vmmap_explorer){
        .target = target,
        .page_size = page_size,
        .last_page = top / page_size,
        .avoided_start = UINT64_MAX,
        .packet_limit = SIZE_MAX,
        .started = now(),
        .deadline = UINT64_MAX,
        .misses = calloc(MISS_COUNT, sizeof(*ret->misses)),
    };
    return ret->misses ? NULL : &vmmap_error_no_memory;
}

void vmmap_explorer_deinit(struct vmmap_explorer *explorer)
{
    free(explorer->extents);
    free(explorer->misses);
    vmmap_error_destroy(explorer->error);
    explorer->error = NULL;
    explorer->extents = NULL;
    explorer->misses = NULL;
    explorer->count = 0;
}

void vmmap_explorer_set_budget(struct vmmap_explorer *explorer, uint64_t milliseconds,
                               size_t packets)
{
    explorer->deadline = explorer->started + milliseconds;
    explorer->packet_limit = packets;
}

void vmmap_explorer_avoid(struct vmmap_explorer *explorer, uint64_t start, uint64_t last)
{
    explorer->avoided_start = start;
    explorer->avoided_last = last;
}

void vmmap_explorer_set_bounds(struct vmmap_explorer *explorer, uint64_t first, uint64_t last)
{
    const uint64_t size = explorer->page_size;
    explorer->first_page = first / size + (first % size != 0);
    explorer->last_page = last / size;
    if (last % size == size - 1)
        return;
    if (explorer->last_page > 0)
        explorer->last_page--;
    else
        explorer->first_page = explorer->last_page + 1; /* not even one page */
}

static bool may_read(struct vmmap_explorer *explorer)
{
    static const char sentence[] = "vmmap: looking for memory by reading the target; this may last "
                                   "some seconds, Ctrl-C ends it.";
    uint64_t time = now();
    if (time >= explorer->deadline || explorer->packet_count >= explorer->packet_limit) {
        explorer->is_exhausted = true;
        return false;
    }
    if (!explorer->has_told && time - explorer->started >= TELL_AFTER_MS) {
        explorer->has_told = true;
        if (explorer->target->progress)
            explorer->target->progress(explorer->target->context, sentence);
    }
    return true;
}

/* One packet's worth; the bytes lie in one page. */
static struct vmmap_error *read_piece(struct vmmap_explorer *explorer, uint64_t address,
                                      void *buffer, size_t size, size_t *done)
{
    *done = 0;
    struct vmmap_error *error = vmmap_target_poll(explorer->target);
    if (address >= explorer->avoided_start && address <= explorer->avoided_last)
        return error;
    if (error || !may_read(explorer))
        return error;
    explorer->packet_count++;
    return explorer->target->read_memory(explorer->target->context, address, buffer, size, done);
}

struct vmmap_error *vmmap_explorer_read(struct vmmap_explorer *explorer, uint64_t address,
                                        void *buffer, size_t size, size_t *done)
{
    *done = 0;
    while (*done < size) {
        uint64_t at = address + *done, in_page = explorer->page_size - at % explorer->page_size;
        size_t wanted = size - *done < PACKET_SIZE ? size - *done : PACKET_SIZE, got;
        if (wanted > in_page)
            wanted = (size_t)in_page;
        if (at < address || at / explorer->page_size > explorer->last_page ||
            at / explorer->page_size < explorer->first_page)
            return NULL;
        struct vmmap_error *error = read_piece(explorer, at, (char *)buffer + *done, wanted, &got);
        *done += got;
        if (error || got < wanted)
            return error;
    }
    return NULL;
}

static size_t read_without_error(void *context, uint64_t address, void *ret, size_t size)
{
    struct vmmap_explorer *explorer = context;
    size_t done = 0;
    if (!explorer->error)
        explorer->error = vmmap_explorer_read(explorer, address, ret, size, &done);
    return done;
}

struct vmmap_reader vmmap_explorer_reader(struct vmmap_explorer *explorer)
{
    return (struct vmmap_reader){
        .context = explorer,
        .size = explorer->last_page * explorer->page_size + (explorer->page_size - 1),
        .read = read_without_error,
    };
}

struct vmmap_error *vmmap_explorer_take_error(struct vmmap_explorer *explorer)
{
    struct vmmap_error *error = explorer->error;
    explorer->error = NULL;
    return error;
}

static uint64_t *miss_slot(const struct vmmap_explorer *explorer, uint64_t page)
{
    return &explorer->misses[page & (MISS_COUNT - 1)];
}

/* Whether a byte of the page can be read. Pages are numbers, address / page size. */
static struct vmmap_error *test_page(struct vmmap_explorer *explorer, uint64_t page, bool *ret)
{
    char byte;
    size_t done = 0;
    struct vmmap_error *error = NULL;
    if (*miss_slot(explorer, page) != page + 1)
        error = read_piece(explorer, page * explorer->page_size, &byte, 1, &done);
    *ret = done == 1;
    if (!error && done == 0 && !explorer->is_exhausted)
        *miss_slot(explorer, page) = page + 1;
    return error;
}

/* The page at `distance` from `page`, on the side where `limit` is. */
static uint64_t towards(uint64_t page, uint64_t limit, uint64_t distance)
{
    return limit > page ? page + distance : page - distance;
}

/* Between `*page`, which can be read, and `unreadable`, the last one that can. */
static struct vmmap_error *bisect(struct vmmap_explorer *explorer, uint64_t *page,
                                  uint64_t unreadable)
{
    for (;;) {
        uint64_t distance = unreadable > *page ? unreadable - *page : *page - unreadable;
        uint64_t middle = towards(*page, unreadable, distance / 2);
        bool is_readable;
        if (middle == *page)
            return NULL;
        struct vmmap_error *error = test_page(explorer, middle, &is_readable);
        if (error)
            return error;
        *(is_readable ? page : &unreadable) = middle;
    }
}

/*
 * From `*page`, which can be read, towards `limit`, the last one that may be looked at, on either
 * side: `*page` becomes the farthest page such that all that were looked at up to it can be read.
 */
static struct vmmap_error *gallop(struct vmmap_explorer *explorer, uint64_t *page, uint64_t limit)
{
    uint64_t step = 1;
    for (unsigned int steps = 1; *page != limit; steps++) {
        uint64_t left = limit > *page ? limit - *page : *page - limit;
        uint64_t next = towards(*page, limit, step < left ? step : left);
        bool is_readable;
        struct vmmap_error *error = test_page(explorer, next, &is_readable);
        if (error)
            return error;
        if (!is_readable)
            return bisect(explorer, page, next);
        *page = next;
        if (steps >= SINGLE_STEPS && step <= UINT64_MAX / 2)
            step *= 2;
    }
    return NULL;
}

size_t vmmap_explorer_lower_bound(const struct vmmap_explorer *explorer, uint64_t address)
{
    size_t low = 0, high = explorer->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (explorer->extents[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct vmmap_error *insert(struct vmmap_explorer *explorer, size_t index,
                                  struct vmmap_extent extent)
{
    if (explorer->count == explorer->capacity) {
        size_t capacity = explorer->capacity ? explorer->capacity * 2 : 64;
        struct vmmap_extent *extents = reallocarray(explorer->extents, capacity, sizeof(*extents));
        if (!extents)
            return &vmmap_error_no_memory;
        explorer->extents = extents;
        explorer->capacity = capacity;
    }
    struct vmmap_extent *at = explorer->extents + index;
    memmove(at + 1, at, (explorer->count - index) * sizeof(*at));
    *at = extent;
    explorer->count++;
    return NULL;
}

static struct vmmap_extent extent_of(const struct vmmap_explorer *explorer, uint64_t first_page,
                                     uint64_t last_page)
{
    return (struct vmmap_extent){
        .start = first_page * explorer->page_size,
        .last = last_page * explorer->page_size + (explorer->page_size - 1),
        .is_exact = last_page - first_page <= 1,
    };
}

/* The pages around `page` that belong to no extent yet; `index` is where one with it would go. */
static void free_pages(const struct vmmap_explorer *explorer, size_t index, uint64_t *first,
                       uint64_t *last)
{
    const struct vmmap_extent *extents = explorer->extents;
    *first = index > 0 ? extents[index - 1].last / explorer->page_size + 1 : explorer->first_page;
    *last = index < explorer->count ? extents[index].start / explorer->page_size - 1
                                    : explorer->last_page;
}

struct vmmap_error *vmmap_explorer_visit(struct vmmap_explorer *explorer, uint64_t address)
{
    const uint64_t page = address / explorer->page_size;
    size_t index = vmmap_explorer_lower_bound(explorer, address);
    if (page > explorer->last_page || page < explorer->first_page ||
        explorer->count >= MAX_EXTENTS ||
        (index < explorer->count && explorer->extents[index].start <= address))
        return NULL;
    bool is_readable;
    struct vmmap_error *error = test_page(explorer, page, &is_readable);
    if (error || !is_readable)
        return error;
    uint64_t lowest, highest, first = page, last = page;
    free_pages(explorer, index, &lowest, &highest);
    error = gallop(explorer, &first, lowest);
    if (!error)
        error = gallop(explorer, &last, highest);
    return error ? error : insert(explorer, index, extent_of(explorer, first, last));
}

struct vmmap_error *vmmap_explorer_claim(struct vmmap_explorer *explorer, uint64_t start,
                                         uint64_t last)
{
    size_t index = vmmap_explorer_lower_bound(explorer, start);
    uint64_t lowest, highest, page = start / explorer->page_size;
    if (page > explorer->last_page || page < explorer->first_page ||
        explorer->count >= MAX_EXTENTS ||
        (index < explorer->count && explorer->extents[index].start <= start))
        return NULL;
    free_pages(explorer, index, &lowest, &highest);
    uint64_t limit = last / explorer->page_size < highest ? last / explorer->page_size : highest;
    bool is_readable, is_whole = false;
    struct vmmap_error *error = test_page(explorer, page, &is_readable);
    if (error || !is_readable)
        return error;
    uint64_t end = page;
    error = test_page(explorer, limit, &is_whole);
    if (!error && is_whole)
        end = limit;
    else if (!error)
        error = gallop(explorer, &end, limit);
    return error ? error : insert(explorer, index, extent_of(explorer, page, end));
}

/* The smallest extent that is not exact, or NULL. */
static struct vmmap_extent *smallest_inexact(const struct vmmap_explorer *explorer)
{
    struct vmmap_extent *smallest = NULL;
    for (size_t i = 0; i < explorer->count; i++) {
        struct vmmap_extent *extent = &explorer->extents[i];
        if (!extent->is_exact &&
            (!smallest || extent->last - extent->start < smallest->last - smallest->start))
            smallest = extent;
    }
    return smallest;
}

/* Splits an extent at `hole`, a page that can not be read, which is not its first one. */
static struct vmmap_error *split(struct vmmap_explorer *explorer, struct vmmap_extent *extent,
                                 uint64_t hole)
{
    const uint64_t first = extent->start / explorer->page_size;
    const uint64_t last = extent->last / explorer->page_size;
    uint64_t above = last;
    struct vmmap_error *error = gallop(explorer, &above, hole + 1);
    if (error)
        return error;
    *extent = extent_of(explorer, first, hole - 1);
    extent->is_exact = true;
    if (explorer->count >= MAX_EXTENTS)
        return NULL;
    return insert(explorer, (size_t)(extent - explorer->extents) + 1,
                  extent_of(explorer, above, last));
}

/* Reads all pages but the first and the last, which have been read. */
static struct vmmap_error *confirm_extent(struct vmmap_explorer *explorer,
                                          struct vmmap_extent *extent)
{
    const uint64_t last = extent->last / explorer->page_size;
    for (uint64_t page = extent->start / explorer->page_size + 1; page < last; page++) {
        bool is_readable;
        struct vmmap_error *error = test_page(explorer, page, &is_readable);
        if (error || explorer->is_exhausted)
            return error;
        if (!is_readable)
            return split(explorer, extent, page);
    }
    extent->is_exact = true;
    return NULL;
}

struct vmmap_error *vmmap_explorer_confirm(struct vmmap_explorer *explorer)
{
    struct vmmap_error *error = NULL;
    struct vmmap_extent *extent;
    while (!error && !explorer->is_exhausted && (extent = smallest_inexact(explorer)))
        error = confirm_extent(explorer, extent);
    return error;
}
