/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/memory.h"

#include <inttypes.h>
#include <string.h>

#include "fault.h"
#include "kernel_support.h"

#define WINDOW UINT64_C(0xffffffff81000000)
#define TOP    UINT64_C(0xfffffffffffff000)

enum { DATA = 4 << 20, PIECE = 0x10000, ENOUGH = 1 << 30 };

/* Bytes that tell where they are. */
static void fill(struct kernel *kernel, uint64_t physical, uint64_t size)
{
    for (uint64_t at = 0; at < size; at += 8)
        put_64(&kernel->ram, physical + at, UINT64_C(0x5a00000000000000) | (physical + at));
}

static void set_up(struct kernel *kernel)
{
    kernel_init(kernel, VMMAP_PAGING_X86, 4, 0);
    fill(kernel, DATA, 0x4000);
}

START_TEST(reading_across_pages)
{
    struct kernel kernel;
    set_up(&kernel);
    kernel_map(&kernel, WINDOW, DATA + 0x2000, 0x1000, "r--");
    kernel_map(&kernel, WINDOW + 0x1000, DATA, 0x1000, "rw-");
    const struct vmmap_kernel_memory memory = kernel_memory(&kernel, 0);
    unsigned char bytes[0x1800];
    uint64_t value;
    bool done = false;
    assert_ok(vmmap_kernel_memory_read(&memory, WINDOW + 0x7f8, bytes, sizeof(bytes), &done));
    ck_assert(done);
    ck_assert_mem_eq(bytes, kernel.ram.bytes + DATA + 0x27f8, 0x808);
    ck_assert_mem_eq(bytes + 0x808, kernel.ram.bytes + DATA, 0xff8);
    assert_ok(vmmap_kernel_memory_read_word(&memory, WINDOW + 0xffc, &value, &done));
    ck_assert(done);
    ck_assert_uint_eq(value, UINT64_C(0x004000005a000000));
    assert_ok(vmmap_kernel_memory_translate(&memory, WINDOW + 0x1234, &value, &done));
    ck_assert(done);
    ck_assert_uint_eq(value, DATA + 0x234);
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(what_is_not_mapped)
{
    struct kernel kernel;
    set_up(&kernel);
    kernel_map(&kernel, WINDOW, DATA, 0x1000, "r--");
    kernel_map(&kernel, WINDOW + 0x2000, KERNEL_RAM_SIZE, 0x1000, "r--"); /* no RAM there */
    const struct vmmap_kernel_memory memory = kernel_memory(&kernel, 0);
    static const uint64_t addresses[] = {WINDOW - 1,      WINDOW + 0xff9,           WINDOW + 0x1000,
                                         WINDOW + 0x2000, UINT64_C(0x800000000000), 0};
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        uint64_t value = 1;
        bool done = true;
        assert_ok(vmmap_kernel_memory_read_word(&memory, addresses[i], &value, &done));
        ck_assert(!done);
        ck_assert_uint_eq(value, 0);
    }
    kernel.config.x86.cr0 = 1; /* without paging there is no virtual address */
    uint64_t value = 1;
    bool done = true;
    assert_ok(vmmap_kernel_memory_translate(&memory, DATA, &value, &done));
    ck_assert(!done);
    ck_assert_uint_eq(value, 0);
    kernel_deinit(&kernel);
}
END_TEST

/* Address 0 is not what comes after the last one. */
START_TEST(the_top_of_the_space)
{
    struct kernel kernel;
    set_up(&kernel);
    kernel_map(&kernel, TOP, DATA, 0x1000, "r--");
    kernel_map(&kernel, 0, DATA, 0x1000, "r--");
    const struct vmmap_kernel_memory memory = kernel_memory(&kernel, 0);
    unsigned char bytes[0x1000];
    uint64_t value;
    bool done;
    assert_ok(vmmap_kernel_memory_read(&memory, TOP, bytes, sizeof(bytes), &done));
    ck_assert(done);
    ck_assert_mem_eq(bytes, kernel.ram.bytes + DATA, sizeof(bytes));
    assert_ok(vmmap_kernel_memory_read_word(&memory, UINT64_MAX - 7, &value, &done));
    ck_assert(done);
    for (uint64_t offset = 0; offset < 7; offset++) {
        assert_ok(vmmap_kernel_memory_read_word(&memory, UINT64_MAX - offset, &value, &done));
        ck_assert(!done);
    }
    assert_ok(vmmap_kernel_memory_read(&memory, UINT64_MAX, bytes, 0, &done));
    ck_assert(done);
    kernel_deinit(&kernel);
}
END_TEST

/* "start-last physical" of each. */
static char *kernel_runs_text(const struct vmmap_paging_runs *runs)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < runs->count; i++) {
        ck_assert(runs->runs[i].has_physical);
        vmmap_buffer_printf(&text, "%" PRIx64 "-%" PRIx64 " %" PRIx64 "\n", runs->runs[i].start,
                            runs->runs[i].last, runs->runs[i].physical);
    }
    return take_text(&text);
}

START_TEST(runs_are_contiguous)
{
    struct kernel kernel;
    set_up(&kernel);
    kernel_map(&kernel, WINDOW, DATA, KERNEL_BIG_PAGE, "r--");
    kernel_map(&kernel, WINDOW + KERNEL_BIG_PAGE, DATA + KERNEL_BIG_PAGE, 0x2000, "r--");
    kernel_map(&kernel, WINDOW + KERNEL_BIG_PAGE + 0x2000, DATA, 0x1000, "r--");
    kernel_map(&kernel, WINDOW + KERNEL_BIG_PAGE + 0x3000, DATA + 0x1000, 0x1000, "rw-");
    kernel_map(&kernel, WINDOW + KERNEL_BIG_PAGE + 0x5000, DATA + 0x2000, 0x1000, "rw-");
    kernel_map(&kernel, TOP, DATA, 0x1000, "rw-");
    const struct vmmap_kernel_memory memory = kernel_memory(&kernel, 0);
    struct vmmap_paging_runs runs;
    assert_ok(vmmap_kernel_memory_runs(&memory, WINDOW + 0x1000, UINT64_MAX, &runs));
    char *text = kernel_runs_text(&runs);
    ck_assert_str_eq(text, "ffffffff81001000-ffffffff81201fff 401000\n"
                           "ffffffff81202000-ffffffff81202fff 400000\n"
                           "ffffffff81203000-ffffffff81203fff 401000\n"
                           "ffffffff81205000-ffffffff81205fff 402000\n"
                           "fffffffffffff000-ffffffffffffffff 400000\n");
    free(text);
    vmmap_paging_runs_deinit(&runs);
    kernel_deinit(&kernel);
}
END_TEST

/* What a search has shown. */
struct shown {
    const struct kernel *kernel;
    uint64_t start;    /* of the run */
    uint64_t physical; /* likewise */
    uint64_t next;     /* the address that must not be left out */
    unsigned int pieces;
    unsigned int enough_at; /* the piece that is enough; 0 for none */
};

static struct vmmap_error *look(void *context, uint64_t address, const unsigned char *bytes,
                                size_t size, bool *enough)
{
    struct shown *shown = context;
    const struct ram *ram = &shown->kernel->ram;
    const uint64_t overlap = shown->pieces ? VMMAP_KERNEL_SEARCH_OVERLAP : 0;
    ck_assert_uint_eq(address, shown->next - overlap);
    ck_assert_uint_eq(address % 8, 0);
    ck_assert_uint_eq(size % 8, 0);
    ck_assert_uint_gt(size, overlap);
    ck_assert_uint_le(size, VMMAP_KERNEL_SEARCH_OVERLAP + PIECE);
    ck_assert_mem_eq(bytes, ram->bytes + (shown->physical + (address - shown->start) - ram->base),
                     size);
    shown->next = address + size;
    *enough = ++shown->pieces == shown->enough_at;
    return NULL;
}

/* How many bytes of a run of `size` bytes are shown if `budget` may be read. */
static uint64_t search(struct kernel *kernel, uint64_t size, uint64_t budget,
                       unsigned int enough_at, unsigned int wanted_pieces)
{
    const struct vmmap_paging_run run = {
        .start = WINDOW, .last = WINDOW + size - 1, .physical = DATA, .has_physical = true};
    struct shown shown = {kernel, WINDOW, DATA, WINDOW, 0, enough_at};
    const struct vmmap_kernel_search callbacks = {&shown, look};
    struct vmmap_kernel_memory memory = kernel_memory(kernel, budget);
    bool enough = true;
    assert_ok(vmmap_kernel_memory_search(&memory, &run, &callbacks, &enough));
    ck_assert_int_eq(enough, enough_at > 0);
    ck_assert_uint_eq(shown.pieces, wanted_pieces);
    ck_assert_uint_le(memory.search_bytes, budget);
    return shown.next - WINDOW;
}

START_TEST(searching_shows_everything)
{
    struct kernel kernel;
    set_up(&kernel);
    fill(&kernel, DATA, 4 * PIECE);
    static const uint64_t sizes[] = {8, 0x1000, PIECE - 8, PIECE, PIECE + 0x1000, 3 * PIECE};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const unsigned int pieces = (unsigned int)((sizes[i] + PIECE - 1) / PIECE);
        ck_assert_uint_eq(search(&kernel, sizes[i], ENOUGH, 0, pieces), sizes[i]);
        ck_assert_uint_eq(search(&kernel, sizes[i], sizes[i], 0, pieces), sizes[i]);
    }
    ck_assert_uint_eq(search(&kernel, 0x1004, ENOUGH, 0, 1), 0x1000); /* whole words */
    ck_assert_uint_eq(search(&kernel, 4, ENOUGH, 0, 0), 0);
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(searching_ends)
{
    struct kernel kernel;
    set_up(&kernel);
    ck_assert_uint_eq(search(&kernel, 4 * PIECE, ENOUGH, 2, 2), 2 * PIECE);
    ck_assert_uint_eq(search(&kernel, 4 * PIECE, 3 * PIECE - 1, 0, 2), 2 * PIECE);
    ck_assert_uint_eq(search(&kernel, 4 * PIECE, 0, 0, 0), 0);
    /* Where RAM ends. */
    ck_assert_uint_eq(search(&kernel, KERNEL_RAM_SIZE, ENOUGH, 0, (KERNEL_RAM_SIZE - DATA) / PIECE),
                      KERNEL_RAM_SIZE - DATA);
    /* The whole space; physically that is nonsense, but a run can be so. */
    struct shown shown = {&kernel, 0, DATA, 0, 0, 1};
    const struct vmmap_kernel_search callbacks = {&shown, look};
    struct vmmap_kernel_memory memory = kernel_memory(&kernel, ENOUGH);
    struct vmmap_paging_run run = {.last = UINT64_MAX, .physical = DATA, .has_physical = true};
    bool enough;
    assert_ok(vmmap_kernel_memory_search(&memory, &run, &callbacks, &enough));
    ck_assert(enough);
    run.has_physical = false;
    assert_ok(vmmap_kernel_memory_search(&memory, &run, &callbacks, &enough));
    ck_assert(!enough);
    ck_assert_uint_eq(shown.pieces, 1);
    kernel_deinit(&kernel);
}
END_TEST

static struct vmmap_error *refuse(void *context, uint64_t address, const unsigned char *bytes,
                                  size_t size, bool *enough)
{
    (void)context, (void)address, (void)bytes, (void)size, (void)enough;
    return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit.");
}

START_TEST(searching_fails)
{
    struct kernel kernel;
    set_up(&kernel);
    const struct vmmap_paging_run run = {
        .start = WINDOW, .last = WINDOW + 0xfff, .physical = DATA, .has_physical = true};
    const struct vmmap_kernel_search callbacks = {NULL, refuse};
    const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = 1};
    struct vmmap_kernel_memory memory = kernel_memory(&kernel, ENOUGH);
    bool enough;
    assert_error(vmmap_kernel_memory_search(&memory, &run, &callbacks, &enough),
                 VMMAP_ERROR_INTERRUPTED, "Quit.");
    fault_begin(&plan);
    struct vmmap_error *error = vmmap_kernel_memory_search(&memory, &run, &callbacks, &enough);
    const struct fault_report report = fault_end();
    ck_assert_ptr_eq(error, &vmmap_error_no_memory);
    ck_assert_int_eq(report.blocks, 0);
    kernel.ram.interrupt_read = kernel.ram.reads + 1;
    assert_error(vmmap_kernel_memory_search(&memory, &run, &callbacks, &enough),
                 VMMAP_ERROR_INTERRUPTED, "Quit.");
    kernel_deinit(&kernel);
}
END_TEST

int main(void)
{
    return RUN_TESTS("kernel_memory", reading_across_pages, what_is_not_mapped,
                     the_top_of_the_space, runs_are_contiguous, searching_shows_everything,
                     searching_ends, searching_fails);
}
