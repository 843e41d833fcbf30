/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/probe.h"

#include <string.h>

#include "providers/kept.h"
#include "support.h"

/* A process whose memory is a page of a program's data and a stack of 16 pages that the kernel
 * enlarges when the pages below are read, as it does. */
enum { PAGE = 0x1000 };

#define DATA      ((uint64_t)0x10000)
#define STACK_TOP ((uint64_t)0x7ffff000)
#define POINTER   (STACK_TOP - 4 * PAGE - 0x200)

static const char auxv[] = "25   AT_RANDOM            Address of 16 random bytes     0x7fffef00\n"
                           "9    AT_ENTRY             Entry point of program         0x10040\n"
                           "6    AT_PAGESZ            System page size               4096\n"
                           "0    AT_NULL              End of vector                  0x0\n";

static struct {
    const char *auxv;
    uint64_t stack_start;
    size_t reads;
    size_t fail_at; /* the call of any function, from 1, that fails */
    size_t calls;
    enum vmmap_error_code code;
    enum vmmap_target_kind kind;
} process;

static struct vmmap_error *count_call(void)
{
    return ++process.calls == process.fail_at ? vmmap_error_create(process.code, "Failed.") : NULL;
}

static struct vmmap_error *read_memory(void *context, uint64_t address, void *buffer, size_t size,
                                       size_t *done)
{
    (void)context;
    struct vmmap_error *error = count_call();
    process.reads++;
    *done = 0;
    if (address < STACK_TOP && address >= STACK_TOP - 0x800000 && address < process.stack_start)
        process.stack_start = address - address % PAGE;
    if (!error &&
        (address / PAGE == DATA / PAGE || (address >= process.stack_start && address < STACK_TOP)))
        *done = size;
    memset(buffer, 0, *done);
    return error;
}

static struct vmmap_error *debugger_text(void *context, enum vmmap_debugger_text which,
                                         struct vmmap_buffer *ret)
{
    (void)context;
    struct vmmap_error *error = count_call();
    ck_assert_int_eq(which, VMMAP_TEXT_AUXV);
    if (!error && !process.auxv)
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "None.");
    if (!error)
        vmmap_buffer_append_string(ret, process.auxv);
    return error;
}

static struct vmmap_error *list_threads(void *context, struct vmmap_thread **ret, size_t *count)
{
    (void)context;
    struct vmmap_error *error = count_call();
    if (error)
        return error;
    *ret = calloc(2, sizeof(**ret));
    ck_assert_ptr_nonnull(*ret);
    *count = 2;
    (*ret)[0] =
        (struct vmmap_thread){.number = 1, .stack_pointer = POINTER, .has_stack_pointer = true};
    /* On a stack of its own. */
    (*ret)[1] = (struct vmmap_thread){
        .number = 2, .stack_pointer = DATA + 0x800, .has_stack_pointer = true};
    return NULL;
}

static const struct vmmap_target target = {
    .read_memory = read_memory, .debugger_text = debugger_text, .threads = list_threads};

static struct vmmap_error *fill(struct vmmap_map **map)
{
    struct vmmap_kept kept = {.far_proc_pid = 0};
    const struct vmmap_target_info info = {
        .kind = VMMAP_TARGET_REMOTE, .pid = 42, .address_bits = 64, .kept = &kept};
    assert_ok(vmmap_map_create(map));
    return vmmap_provider_probe.fill(&target, &info, *map);
}

static void begin(const char *text)
{
    memset(&process, 0, sizeof(process));
    process.auxv = text;
    process.stack_start = STACK_TOP - 16 * PAGE;
}

START_TEST(it_is_for_processes_behind_other_stubs)
{
    struct vmmap_target_info info = {.kind = VMMAP_TARGET_REMOTE, .pid = 42};
    struct vmmap_target without = target;
    without.read_memory = NULL;
    ck_assert(vmmap_provider_probe.applies(&target, &info));
    ck_assert(!vmmap_provider_probe.applies(&without, &info));
    for (unsigned int kind = VMMAP_TARGET_NONE; kind <= VMMAP_TARGET_QEMU_SYSTEM; kind++) {
        info.kind = (enum vmmap_target_kind)kind;
        ck_assert(vmmap_provider_probe.applies(&target, &info) == (kind == VMMAP_TARGET_REMOTE));
    }
}
END_TEST

START_TEST(the_stack_is_not_made_to_grow)
{
    struct vmmap_map *map;
    begin(auxv);
    assert_ok(fill(&map));
    assert_rows(map, "10000-10fff ???? ? -\n7fffa000-7fffefff ???? ? [stack]\n");
    ck_assert_uint_eq(process.stack_start, STACK_TOP - 16 * PAGE);
    ck_assert_str_eq(map->provider, "probe");
    ck_assert(!map->exact);
    ck_assert_uint_eq(map->note_count, 2);
    ck_assert_str_eq(map->notes[1],
                     "Below the stack pointer nothing was read, because the kernel may enlarge the "
                     "stack then: it may begin lower.");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(without_an_auxiliary_vector_nothing_is_read)
{
    struct vmmap_map *map;
    begin(NULL);
    assert_error(fill(&map), VMMAP_ERROR_UNSUPPORTED,
                 "The stub tells no auxiliary vector that makes sense.");
    ck_assert_uint_eq(process.reads, 0);
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(an_interrupt_ends_it_wherever_it_comes)
{
    struct vmmap_map *map;
    begin(auxv);
    assert_ok(fill(&map));
    vmmap_map_destroy(map);
    const size_t calls = process.calls;
    ck_assert_uint_gt(calls, 10);
    for (size_t call = 1; call <= calls; call++) {
        begin(auxv);
        process.fail_at = call;
        process.code = VMMAP_ERROR_INTERRUPTED;
        assert_error(fill(&map), VMMAP_ERROR_INTERRUPTED, "Failed.");
        ck_assert_uint_eq(process.calls, call);
        ck_assert_uint_eq(map->count, 0);
        vmmap_map_destroy(map);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("probe", it_is_for_processes_behind_other_stubs, the_stack_is_not_made_to_grow,
                     without_an_auxiliary_vector_nothing_is_read,
                     an_interrupt_ends_it_wherever_it_comes);
}
