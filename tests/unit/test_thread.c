/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/thread.h"

#include <limits.h>

#include "support.h"

/* A thread with both registers. */
#define THREAD(number_, sp, tp)                                                                    \
    {                                                                                              \
        .number = number_, .stack_pointer = sp, .thread_pointer = tp, .has_stack_pointer = true,   \
        .has_thread_pointer = true                                                                 \
    }
#define WITH_SP(number_, sp)                                                                       \
    {                                                                                              \
        .number = number_, .stack_pointer = sp, .has_stack_pointer = true                          \
    }
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define assert_labelled(rows, threads, wanted)                                                     \
    do {                                                                                           \
        struct vmmap_map *map_ = make_map(rows);                                                   \
        assert_ok(vmmap_map_label_threads(map_, threads, COUNT_OF(threads)));                      \
        assert_rows(map_, wanted);                                                                 \
        vmmap_map_destroy(map_);                                                                   \
    } while (0)

START_TEST(stack_guard_and_tls_are_labelled)
{
    static const struct vmmap_thread threads[] = {THREAD(2, 0x2800, 0x5010)};
    assert_labelled("1000-1fff ---p 0 -\n"
                    "2000-2fff rw-p 0 -\n"
                    "5000-5fff rw-p 0 /lib/libc.so\n",
                    threads,
                    "1000-1fff ---p 0 - # guard page of thread 2\n"
                    "2000-2fff rw-p 0 - # stack of thread 2\n"
                    "5000-5fff rw-p 0 /lib/libc.so # TLS of thread 2\n");
}
END_TEST

START_TEST(only_an_adjoining_page_without_access_is_a_guard)
{
    static const struct vmmap_thread threads[] = {WITH_SP(2, 0x2800)};
    assert_labelled("1000-17ff ---p 0 -\n2000-2fff rw-p 0 -\n", threads,
                    "1000-17ff ---p 0 -\n2000-2fff rw-p 0 - # stack of thread 2\n");
    assert_labelled("1000-1fff r--p 0 -\n2000-2fff rw-p 0 -\n", threads,
                    "1000-1fff r--p 0 -\n2000-2fff rw-p 0 - # stack of thread 2\n");
    assert_labelled("1000-1fff ???p 0 -\n2000-2fff rw-p 0 -\n", threads,
                    "1000-1fff ???p 0 -\n2000-2fff rw-p 0 - # stack of thread 2\n");
    assert_labelled("2000-2fff rw-p 0 -\n", threads, "2000-2fff rw-p 0 - # stack of thread 2\n");
}
END_TEST

START_TEST(a_region_can_have_several_claims)
{
    /* glibc puts a thread's TLS block at the top of its stack. */
    static const struct vmmap_thread threads[] = {THREAD(3, 0x2400, 0x2600),
                                                  THREAD(2, 0x2800, 0x2900)};
    assert_labelled("2000-2fff rw-p 0 -\n", threads,
                    "2000-2fff rw-p 0 - # stack of thread 2, TLS of thread 2, stack of thread 3, "
                    "TLS of thread 3\n");
}
END_TEST

/* The label of a region with the stacks of `count` threads, which are listed backwards. */
static void check_stacks_of(unsigned int count, unsigned int told, const char *end)
{
    struct vmmap_thread *threads = calloc(count, sizeof(*threads));
    ck_assert_ptr_nonnull(threads);
    for (unsigned int i = 0; i < count; i++)
        threads[i] = (struct vmmap_thread)WITH_SP(count - i, 0x2100);
    struct vmmap_buffer wanted = VMMAP_BUFFER_INIT;
    for (unsigned int i = 1; i <= told; i++)
        vmmap_buffer_printf(&wanted, "%sstack of thread %u", i > 1 ? ", " : "", i);
    vmmap_buffer_append(&wanted, end, strlen(end) + 1);
    struct vmmap_map *map = make_map("2000-2fff rw-p 0 -\n");
    assert_ok(vmmap_map_label_threads(map, threads, count));
    ck_assert_str_eq(map->regions[0].label, wanted.data);
    vmmap_map_destroy(map);
    vmmap_buffer_deinit(&wanted);
    free(threads);
}

START_TEST(all_claims_are_told)
{
    check_stacks_of(6, 6, "");
    check_stacks_of(2048, 2048, "");
}
END_TEST

START_TEST(what_makes_a_label_too_long_is_counted)
{
    check_stacks_of(2050, 2048, ", and 2 more");
}
END_TEST

START_TEST(the_stack_that_the_kernel_names_needs_no_label)
{
    static const struct vmmap_thread threads[] = {THREAD(1, 0x7800, 0x2010)};
    assert_labelled("2000-2fff rw-p 0 -\n"
                    "6000-6fff ---p 0 -\n"
                    "7000-7fff rw-p 0 [stack]\n",
                    threads,
                    "2000-2fff rw-p 0 - # TLS of thread 1\n"
                    "6000-6fff ---p 0 -\n"
                    "7000-7fff rw-p 0 [stack]\n");
}
END_TEST

START_TEST(memory_that_is_not_known_to_be_writable_is_not_labelled)
{
    static const struct vmmap_thread threads[] = {THREAD(1, 0x1800, 0x2010)};
    assert_labelled("1000-1fff r--p 0 /a\n2000-2fff ???? 0 -\n", threads,
                    "1000-1fff r--p 0 /a\n2000-2fff ???? 0 -\n");
}
END_TEST

START_TEST(a_thread_without_registers_or_outside_labels_nothing)
{
    static const struct vmmap_thread threads[] = {
        {.number = 1, .stack_pointer = 0x1800, .thread_pointer = 0x1800},
        THREAD(2, 0, 0xffffffffffffffff)};
    assert_labelled("1000-1fff rw-p 0 -\n", threads, "1000-1fff rw-p 0 -\n");
    assert_labelled("", threads, "");
}
END_TEST

START_TEST(no_threads_label_nothing)
{
    struct vmmap_map *map = make_map("1000-1fff rw-p 0 -\n");
    assert_ok(vmmap_map_label_threads(map, NULL, 0));
    assert_rows(map, "1000-1fff rw-p 0 -\n");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(registers_matter_only_where_memory_is_writable)
{
    static const struct {
        const char *rows;
        bool may;
    } cases[] = {
        {"", false},
        {"1000-1fff r-xp 0 /a\n2000-2fff ---p 0 -\n", false},
        {"7000-7fff rw-p 0 [stack]\n", false},
        {"7000-7fff ???? 0 -\n", false},
        {"1000-1fff r-xp 0 /a\n2000-2fff -w-p 0 -\n", true},
        {"1000-1fff rw-p 0 [heap]\n", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct vmmap_map *map = make_map(cases[i].rows);
        ck_assert_int_eq(vmmap_map_may_have_thread_labels(map), cases[i].may);
        vmmap_map_destroy(map);
    }
}
END_TEST

START_TEST(a_map_without_any_stack_shows)
{
    static const struct vmmap_thread in[] = {{.number = 1}, WITH_SP(2, 0x9000), WITH_SP(3, 0x1fff)};
    static const struct vmmap_thread out[] = {{.number = 1}, WITH_SP(2, 0x9000)};
    static const struct vmmap_thread unknown[] = {{.number = 1, .stack_pointer = 0x9000}};
    struct vmmap_map *map = make_map("1000-1fff r--p 0 -\n");
    ck_assert(vmmap_map_holds_a_stack(map, in, COUNT_OF(in)));
    ck_assert(!vmmap_map_holds_a_stack(map, out, COUNT_OF(out)));
    ck_assert(vmmap_map_holds_a_stack(map, unknown, COUNT_OF(unknown)));
    ck_assert(vmmap_map_holds_a_stack(map, NULL, 0));
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_thread_is_called_as_the_debugger_calls_it)
{
    static const struct {
        struct vmmap_thread thread;
        const char *name;
    } cases[] = {
        {{.number = 1}, "1"},
        {{.number = 3, .inferior = 2}, "2.3"},
        {{.number = UINT_MAX, .inferior = UINT_MAX}, "4294967295.4294967295"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[VMMAP_THREAD_NAME_SIZE];
        vmmap_thread_name(&cases[i].thread, name);
        ck_assert_str_eq(name, cases[i].name);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "thread", a_thread_is_called_as_the_debugger_calls_it, stack_guard_and_tls_are_labelled,
        only_an_adjoining_page_without_access_is_a_guard, a_region_can_have_several_claims,
        all_claims_are_told, what_makes_a_label_too_long_is_counted,
        the_stack_that_the_kernel_names_needs_no_label,
        memory_that_is_not_known_to_be_writable_is_not_labelled,
        a_thread_without_registers_or_outside_labels_nothing, no_threads_label_nothing,
        registers_matter_only_where_memory_is_writable, a_map_without_any_stack_shows);
}
