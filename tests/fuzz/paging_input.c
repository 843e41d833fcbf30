/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging_input.h"

#include <string.h>

#include "fuzz.h"

/* Small, so that an input takes milliseconds; big enough to get deep. */
enum {
    TABLE_BYTES = 2 << 20,
    RUNS = 4096,
    RAM_PAGE = 4096,
    PROBES = 64,
    RUNS_TO_CHECK = 64,
    PLACES_TO_LOOK_AROUND = 8,
};

struct found {
    struct vmmap_paging_run *runs;
    size_t count;
    struct vmmap_paging_report report;
};

struct paging_input paging_input_over(const uint8_t *data, size_t size)
{
    struct paging_input input = {.at = data, .end = data + size};
    if (size > 0)
        input.flags = *input.at++;
    input.probes = paging_input_64(&input) | 1; /* of xorshift, which 0 would stop */
    return input;
}

static uint64_t take(struct paging_input *input, unsigned int size)
{
    uint64_t value = 0;
    for (unsigned int i = 0; i < size && input->at < input->end; i++)
        value |= (uint64_t)*input->at++ << 8 * i;
    return value;
}

uint64_t paging_input_64(struct paging_input *input)
{
    return take(input, 8);
}

uint32_t paging_input_32(struct paging_input *input)
{
    return (uint32_t)take(input, 4);
}

bool paging_input_flag(const struct paging_input *input, unsigned int number)
{
    return input->flags >> number & PAGING_INPUT_OWN_FLAG;
}

struct paging_input_memory paging_input_memory(const struct paging_input *input)
{
    size_t left = (size_t)(input->end - input->at);
    size_t pages = (left + RAM_PAGE - 1) / RAM_PAGE;
    struct paging_input_memory memory = {.size = (pages ? pages : 1) * RAM_PAGE,
                                         .fold = input->flags & PAGING_INPUT_FOLD};
    memory.bytes = calloc(1, memory.size);
    REQUIRE(memory.bytes);
    if (left)
        memcpy(memory.bytes, input->at, left);
    return memory;
}

struct vmmap_error *paging_input_read(void *context, uint64_t physical, void *bytes, size_t size)
{
    struct paging_input_memory *memory = context;
    memory->reads++;
    REQUIRE(size > 0 && size <= 65536);
    if (memory->fold) {
        for (size_t i = 0; i < size; i++)
            ((uint8_t *)bytes)[i] = memory->bytes[(physical + i) % memory->size];
        return NULL;
    }
    if (physical > memory->size || size > memory->size - physical)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "There is no RAM.");
    memcpy(bytes, memory->bytes + physical, size);
    return NULL;
}

static struct vmmap_error *keep_run(void *context, const struct vmmap_paging_run *run)
{
    struct found *found = context;
    REQUIRE(found->count <= RUNS);
    found->runs[found->count++] = *run;
    return NULL;
}

static bool has_two_stages(const struct vmmap_paging_config *config)
{
    return config->stage2.format != VMMAP_PAGING_STAGE2_NONE &&
           config->architecture != VMMAP_PAGING_GUEST_PHYSICAL;
}

static void walk(const struct vmmap_paging_config *config, struct paging_input_memory *memory,
                 uint64_t first, uint64_t last, struct found *ret)
{
    *ret = (struct found){.runs = calloc(RUNS + 1, sizeof(*ret->runs))};
    REQUIRE(ret->runs);
    struct vmmap_paging_memory callbacks = {.context = memory, .read = paging_input_read};
    struct vmmap_paging_request request = {
        .first = first, .last = last, .table_bytes = TABLE_BYTES, .runs = RUNS};
    struct vmmap_paging_visitor visitor = {ret, keep_run};
    memory->reads = 0;
    REQUIRE(!vmmap_paging_walk(config, &callbacks, &request, &visitor, &ret->report));
    REQUIRE(memory->reads == ret->report.reads);
    /* Every read is of 4 bytes at least; one that fails may be tried again page by page. */
    REQUIRE(ret->report.tables <= TABLE_BYTES / 4);
    if (!has_two_stages(config))
        REQUIRE(ret->report.reads <= ret->report.tables + TABLE_BYTES / RAM_PAGE * 2);
}

static void check_run(const struct vmmap_paging_run *run, const struct vmmap_paging_run *before)
{
    REQUIRE(run->start <= run->last);
    REQUIRE(run->has_physical || run->physical == 0);
    REQUIRE((run->user | run->kernel) < 8);
    REQUIRE((run->page_size & (run->page_size - 1)) == 0);
    if (!before)
        return;
    REQUIRE(before->last < run->start);
    REQUIRE(before->last + 1 != run->start || before->user != run->user ||
            before->kernel != run->kernel || before->attributes != run->attributes);
}

static const struct vmmap_paging_run *find_run(const struct found *found, uint64_t address)
{
    for (size_t i = 0; i < found->count; i++)
        if (address >= found->runs[i].start && address <= found->runs[i].last)
            return &found->runs[i];
    return NULL;
}

static struct vmmap_paging_translation translate(const struct vmmap_paging_config *config,
                                                 struct paging_input_memory *memory,
                                                 uint64_t address)
{
    struct vmmap_paging_memory callbacks = {.context = memory, .read = paging_input_read};
    struct vmmap_paging_translation translation;
    memory->reads = 0;
    REQUIRE(!vmmap_paging_translate(config, &callbacks, address, &translation));
    /* With a second stage, its levels for each step and for the page, and the entry itself. */
    if (has_two_stages(config))
        REQUIRE(memory->reads <= (translation.step_count + 1) * (VMMAP_PAGING_MAX_DEPTH + 1));
    else
        REQUIRE(memory->reads == translation.step_count);
    REQUIRE(translation.step_count <= VMMAP_PAGING_MAX_DEPTH);
    return translation;
}

static void check_page(const struct vmmap_paging_translation *translation,
                       const struct vmmap_paging_run *run, uint64_t address)
{
    const struct vmmap_paging_run *page = &translation->page;
    REQUIRE(page->start <= address && page->last >= address);
    REQUIRE(translation->physical == page->physical + (address - page->start));
    REQUIRE(page->user == run->user && page->kernel == run->kernel);
    REQUIRE(page->attributes == run->attributes);
    REQUIRE(!run->page_size || run->page_size == page->page_size);
    REQUIRE(!run->has_physical || translation->physical == run->physical + (address - run->start));
}

static void check_address(const struct vmmap_paging_config *config,
                          struct paging_input_memory *memory, const struct found *found,
                          uint64_t address)
{
    if (found->report.exhausted && address >= found->report.exhausted_at)
        return;
    struct vmmap_paging_translation translation = translate(config, memory, address);
    bool mapped =
        translation.outcome == VMMAP_PAGING_MAPPED || translation.outcome == VMMAP_PAGING_IDENTITY;
    const struct vmmap_paging_run *run = find_run(found, address);
    REQUIRE(mapped == !!run);
    if (run)
        check_page(&translation, run, address);
}

/* Walking a part of the space finds that part of the whole. */
static void check_part(const struct vmmap_paging_config *config, struct paging_input_memory *memory,
                       const struct found *found, uint64_t first, uint64_t last)
{
    struct found part;
    walk(config, memory, first, last, &part);
    if (!found->report.exhausted && !part.report.exhausted) {
        size_t wanted = 0;
        for (size_t i = 0; i < found->count; i++)
            wanted += found->runs[i].start <= last && found->runs[i].last >= first;
        REQUIRE(part.count == wanted);
    }
    for (size_t i = 0; i < part.count; i++) {
        REQUIRE(part.runs[i].start >= first && part.runs[i].last <= last);
        check_address(config, memory, found, part.runs[i].start);
        check_address(config, memory, found, part.runs[i].last);
    }
    free(part.runs);
}

static struct found look_around(const struct vmmap_paging_config *config,
                                struct paging_input_memory *memory,
                                const struct vmmap_paging_surroundings *wanted, bool *complete)
{
    struct found around = {.runs = calloc(RUNS + 1, sizeof(*around.runs))};
    REQUIRE(around.runs);
    struct vmmap_paging_memory callbacks = {.context = memory, .read = paging_input_read};
    struct vmmap_paging_visitor visitor = {&around, keep_run};
    memory->reads = 0;
    REQUIRE(
        !vmmap_paging_look_around(config, &callbacks, wanted, &visitor, &around.report, complete));
    REQUIRE(memory->reads <= wanted->tables);
    return around;
}

static bool is_same_run(const struct vmmap_paging_run *run, const struct vmmap_paging_run *other)
{
    return run->start == other->start && run->last == other->last && run->user == other->user &&
           run->kernel == other->kernel && run->attributes == other->attributes &&
           run->has_physical == other->has_physical && run->physical == other->physical &&
           run->page_size == other->page_size;
}

/* Looking around an address finds that part of the whole. */
static void check_around(const struct vmmap_paging_config *config,
                         struct paging_input_memory *memory, const struct found *found,
                         uint64_t address)
{
    enum { BEFORE = 1, AFTER = 2, TABLES = 64 };
    const struct vmmap_paging_surroundings wanted = {address, BEFORE, AFTER, TABLES};
    bool complete;
    if (found->report.exhausted)
        return;
    struct found around = look_around(config, memory, &wanted, &complete);
    size_t at = 0;
    while (at < found->count && found->runs[at].last < address)
        at++;
    bool holds = at < found->count && found->runs[at].start <= address;
    size_t end = at + AFTER + (holds ? 1 : 0);
    end = end < found->count ? end : found->count;
    at = at < BEFORE ? 0 : at - BEFORE;
    REQUIRE(around.count == (complete ? end - at : 0));
    for (size_t i = 0; i < around.count; i++)
        REQUIRE(is_same_run(&around.runs[i], &found->runs[at + i]));
    free(around.runs);
}

static uint64_t next_probe(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void check_found(const struct vmmap_paging_config *config,
                        struct paging_input_memory *memory, const struct found *found,
                        uint64_t probes)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct vmmap_paging_run *run = &found->runs[i];
        check_run(run, i > 0 ? run - 1 : NULL);
        if (i >= RUNS_TO_CHECK)
            continue;
        check_address(config, memory, found, run->start);
        check_address(config, memory, found, run->last);
        check_address(config, memory, found, run->start + (run->last - run->start) / 2);
        check_address(config, memory, found, run->start - 1);
        check_address(config, memory, found, run->last + 1);
        if (i < PLACES_TO_LOOK_AROUND) {
            check_around(config, memory, found, run->start + (run->last - run->start) / 2);
            check_around(config, memory, found, run->last + 1);
        }
    }
    for (unsigned int i = 0; i < PROBES; i++) {
        uint64_t probe = next_probe(&probes);
        if (i < PLACES_TO_LOOK_AROUND)
            check_around(config, memory, found, probe);
        check_address(config, memory, found, probe);
        check_address(config, memory, found, probe & UINT32_MAX);
    }
}

void paging_input_run(const struct paging_input *input, const struct vmmap_paging_config *config)
{
    struct paging_input_memory memory = paging_input_memory(input);
    struct found found;
    walk(config, &memory, 0, UINT64_MAX, &found);
    check_found(config, &memory, &found, input->probes);
    uint64_t middle = input->probes >> (input->probes & 31);
    check_part(config, &memory, &found, middle, middle | 0x3fffffff);
    if (found.count > 0) {
        const struct vmmap_paging_run *run = &found.runs[input->probes % found.count];
        check_part(config, &memory, &found, run->start, run->last);
    }
    free(found.runs);
    free(memory.bytes);
}
