/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Processes of a Linux guest and their regions, from memory that was made for it: in both forms,
 * found in every way, broken in every way, and with everything failing once. */

#include <inttypes.h>
#include <string.h>

#include "fault.h"
#include "linux_builder.h"
#include "os/linux_guest.h"
#include "support.h"

static unsigned char ram[LINUX_RAM_SIZE];
static size_t reads, fail_read, polls, fail_poll;

static struct vmmap_error *read_ram(void *context, uint64_t physical, void *bytes, size_t size)
{
    (void)context;
    if (++reads == fail_read || physical > sizeof(ram) || size > sizeof(ram) - physical)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "There is no memory.");
    memcpy(bytes, ram + physical, size);
    return NULL;
}

static struct vmmap_error *poll_ram(void *context)
{
    (void)context;
    if (++polls == fail_poll)
        return vmmap_error_create(VMMAP_ERROR_INTERRUPTED, "Quit");
    return NULL;
}

static bool next_range(void *context, uint64_t from, uint64_t *first, uint64_t *last)
{
    (void)context;
    *first = 0;
    *last = sizeof(ram) - 1;
    return from < sizeof(ram);
}

static const struct vmmap_paging_memory memory = {.read = read_ram, .poll = poll_ram};
static const struct vmmap_linux_source source = {
    .memory = &memory, .peek = read_ram, .next_range = next_range};

static const struct linux_options options[] = {
    {.has_list = false},
    {.has_list = true, .hides_kallsyms = true},
    {.has_no_note = true, .has_text_symbols = true},
    {.has_list = true, .has_text_symbols = true, .hides_kallsyms = true},
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static void build(const struct linux_options *which)
{
    linux_build(which, ram);
    reads = fail_read = polls = fail_poll = 0;
}

/* "PID PARENT NAME ADDRESS ROOT", a line each. */
static char *processes_text(const struct vmmap_guest_processes *list)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    vmmap_buffer_append_string(&text, "");
    for (size_t i = 0; i < list->count; i++) {
        const struct vmmap_guest_process *process = &list->items[i];
        ck_assert_uint_eq(process->seen, 1u << VMMAP_METHOD_TASKS);
        vmmap_buffer_printf(&text, "%" PRIu64 " %" PRIu64 " %s %" PRIx64 " %" PRIx64 "\n",
                            process->pid, process->parent, process->name, process->address,
                            process->root);
    }
    return take_text(&text);
}

static const char all_processes[] = "1 0 init ffffffff81020100 1000\n"
                                    "2 0 kthreadd ffffffff81020200 0\n"
                                    "7 1 lab ffffffff81020300 1000\n";

static struct vmmap_guest_processes list_of(struct vmmap_linux_guest *guest, bool wanted_complete)
{
    struct vmmap_guest_processes list;
    bool complete;
    assert_ok(vmmap_linux_guest_processes(guest, &list, &complete));
    ck_assert(complete == wanted_complete);
    return list;
}

static struct vmmap_map *regions_of_lab(struct vmmap_linux_guest *guest)
{
    struct vmmap_guest_processes list = list_of(guest, true);
    struct vmmap_map *map;
    ck_assert_uint_eq(list.count, 3);
    assert_ok(vmmap_map_create(&map));
    assert_ok(vmmap_linux_guest_regions(guest, &list.items[2], map));
    vmmap_guest_processes_deinit(&list);
    return map;
}

START_TEST(tells_processes_and_regions)
{
    struct vmmap_linux_guest guest;
    build(&options[_i]);
    assert_ok(vmmap_linux_guest_open(&source, &guest));
    struct vmmap_guest_processes list = list_of(&guest, true);
    char *text = processes_text(&list);
    ck_assert_str_eq(text, all_processes);
    free(text);
    vmmap_guest_processes_deinit(&list);

    struct vmmap_map *map = regions_of_lab(&guest);
    assert_rows(map, linux_regions);
    assert_notes(map, "");
    ck_assert(map->exact);
    vmmap_map_destroy(map);
    vmmap_linux_guest_close(&guest);
}
END_TEST

START_TEST(tells_how_the_machine_translates_for_a_process)
{
    struct vmmap_linux_guest guest;
    build(&options[0]);
    assert_ok(vmmap_linux_guest_open(&source, &guest));
    const struct vmmap_guest_process process = {.root = 0x5000};
    const struct vmmap_paging_config config = vmmap_linux_guest_config(&guest, &process);
    ck_assert_int_eq(config.architecture, VMMAP_PAGING_X86);
    ck_assert_uint_eq(config.x86.cr3, 0x5000);
    ck_assert_uint_eq(guest.vmcore.config.x86.cr3, LINUX_ROOT);
    vmmap_linux_guest_close(&guest);
}
END_TEST

START_TEST(a_thread_of_the_kernel_has_no_regions)
{
    struct vmmap_linux_guest guest;
    struct vmmap_map *map;
    build(&options[0]);
    assert_ok(vmmap_linux_guest_open(&source, &guest));
    const struct vmmap_guest_process process = {.pid = 2};
    assert_ok(vmmap_map_create(&map));
    assert_error(vmmap_linux_guest_regions(&guest, &process, map), VMMAP_ERROR_UNAVAILABLE,
                 "Process 2 is a thread of the kernel, or has exited: it has no memory of its "
                 "own.");
    vmmap_map_destroy(map);
    vmmap_linux_guest_close(&guest);
}
END_TEST

static void put_word(uint64_t physical, uint64_t value)
{
    for (size_t i = 0; i < 8; i++, value >>= 8)
        ram[physical + i] = (unsigned char)value;
}

static void assert_refused(const char *message)
{
    struct vmmap_linux_guest guest;
    assert_error(vmmap_linux_guest_open(&source, &guest), VMMAP_ERROR_UNSUPPORTED, message);
    vmmap_linux_guest_close(&guest);
}

static const char no_linux[] = "No Linux kernel was found in this memory (by its VMCOREINFO; "
                               "x86-64, AArch64, RISC-V).";

START_TEST(believes_no_text_that_the_memory_does_not_bear_out)
{
    build(&options[0]);
    ram[LINUX_UTS + 4 + 65 * 2] = '7'; /* another release */
    assert_refused(no_linux);
    build(&options[0]);
    put_word(LINUX_ROOT + 8 * 511, 0); /* the image is not mapped */
    assert_refused(no_linux);
    build(&options[0]);
    ram[LINUX_VMCOREINFO] = 12; /* no note header, and no text at the beginning of the page */
    assert_refused(no_linux);
}
END_TEST

START_TEST(says_what_the_kernel_lacks)
{
    build(&options[0]);
    ram[LINUX_BTF] = 0;
    assert_refused("This Linux kernel carries no description of its types (BTF, "
                   "CONFIG_DEBUG_INFO_BTF): its processes can not be told.");
    build(&options[0]);
    unsigned char *name = memmem(ram + LINUX_BTF, 0x1000, "thread_node", 11);
    ck_assert_ptr_nonnull(name);
    *name = 'T';
    assert_refused("This Linux kernel's description of its types (BTF) lacks "
                   "task_struct.thread_node: its processes can not be told.");
    build(&options[2]);
    ram[LINUX_TASKS + 0x30] = 'S'; /* "Swapper": searched for, and not found */
    assert_refused("This Linux kernel's first task was not found: its processes can not be told.");
}
END_TEST

START_TEST(a_ring_of_tasks_that_is_broken_is_told)
{
    struct vmmap_linux_guest guest;
    build(&options[0]);
    assert_ok(vmmap_linux_guest_open(&source, &guest));
    put_word(LINUX_TASKS + 0x210, 0x1234); /* tasks.next of process 2 */
    struct vmmap_guest_processes list = list_of(&guest, false);
    ck_assert_uint_eq(list.count, 2);
    vmmap_guest_processes_deinit(&list);
    vmmap_linux_guest_close(&guest);
}
END_TEST

/* The rows up to the break, and the note. */
static void assert_broken(const char *rows)
{
    struct vmmap_linux_guest guest;
    assert_ok(vmmap_linux_guest_open(&source, &guest));
    struct vmmap_map *map = regions_of_lab(&guest);
    assert_rows(map, rows);
    assert_notes(map, "The kernel's list of this process's regions is broken, or a part of it is "
                      "not in memory that can be read: regions are missing.\n");
    ck_assert(!map->exact);
    vmmap_map_destroy(map);
    vmmap_linux_guest_close(&guest);
}

START_TEST(a_list_of_regions_that_loops_ends)
{
    build(&options[1]);
    put_word(LINUX_VMAS + 0x80 + 0x10, LINUX_DIRECT_MAP + LINUX_VMAS); /* the second's next */
    assert_broken("400000-400fff r-xp 0 /bin/lab\n401000-402fff rw-p 1000 /bin/lab\n");
}
END_TEST

START_TEST(a_tree_of_regions_that_loops_ends)
{
    build(&options[0]);
    /* The first slot of the top leads to the top again. */
    put_word(LINUX_MAPLE + 0x50, (LINUX_DIRECT_MAP + LINUX_MAPLE) | 3 << 3 | 4);
    assert_broken("7f0000002000-7f0000002fff ---p 0 -\n"
                  "7f0000003000-7f0000003fff rw-p 0 [anon:mine]\n"
                  "7f0000004000-7f0000004fff r-xp 0 [vdso]\n"
                  "7fff00000000-7fff00001fff rwxp 0 [stack]\n");
}
END_TEST

START_TEST(a_name_that_a_function_makes_that_is_not_known_is_left_out)
{
    struct vmmap_linux_guest guest;
    build(&options[0]);
    put_word(LINUX_FILES + 0xfc8, LINUX_IMAGE + 0x999); /* the memfd's d_dname */
    put_word(LINUX_FILES + 0xf08, LINUX_IMAGE + 0x999); /* the vdso's vm_ops->name */
    assert_ok(vmmap_linux_guest_open(&source, &guest));
    struct vmmap_map *map = regions_of_lab(&guest);
    ck_assert_ptr_null(map->regions[4].name);
    ck_assert_ptr_null(map->regions[7].name);
    assert_notes(map, "2 regions have a name that the kernel makes by a function that is not known "
                      "here: shown without.\n");
    ck_assert(!map->exact);
    vmmap_map_destroy(map);
    vmmap_linux_guest_close(&guest);
}
END_TEST

/* Everything that can be asked. Returns the first error. */
static struct vmmap_error *ask_all(void)
{
    struct vmmap_linux_guest guest;
    struct vmmap_guest_processes list = {.items = NULL};
    struct vmmap_map *map = NULL;
    bool complete;
    struct vmmap_error *error = vmmap_linux_guest_open(&source, &guest);
    if (!error)
        error = vmmap_linux_guest_processes(&guest, &list, &complete);
    if (!error)
        error = vmmap_map_create(&map);
    if (!error && list.count == 3)
        error = vmmap_linux_guest_regions(&guest, &list.items[2], map);
    vmmap_map_destroy(map);
    vmmap_guest_processes_deinit(&list);
    vmmap_linux_guest_close(&guest);
    return error;
}

START_TEST(every_allocation_fails_once)
{
    build(&options[_i]);
    fault_begin(&(struct fault_plan){.kind = FAULT_ALLOCATION});
    assert_ok(ask_all());
    const unsigned int count = fault_end().calls[FAULT_ALLOCATION];
    enum { SHRINKS = 3 };
    ck_assert_uint_gt(count, 10);
    for (unsigned int at = 1; at <= count; at++) {
        fault_begin(&(struct fault_plan){.kind = FAULT_ALLOCATION, .at = at});
        struct vmmap_error *error = ask_all();
        const struct fault_report report = fault_end();
        /* That a map can not give back what it does not use, at the end, is no failure. */
        ck_assert(error == &vmmap_error_no_memory || (!error && at + SHRINKS > count));
        ck_assert_int_eq(report.blocks, 0);
    }
}
END_TEST

START_TEST(every_read_fails_once)
{
    build(&options[_i]);
    assert_ok(ask_all());
    const size_t count = reads;
    for (size_t at = 1; at <= count; at++) {
        reads = 0;
        fail_read = at;
        struct vmmap_error *error = ask_all();
        ck_assert(!error || !vmmap_error_is_fatal(error));
        vmmap_error_destroy(error);
    }
}
END_TEST

START_TEST(every_poll_interrupts)
{
    build(&options[_i]);
    assert_ok(ask_all());
    const size_t count = polls;
    for (size_t at = 1; at <= count; at++) {
        polls = 0;
        fail_poll = at;
        assert_error(ask_all(), VMMAP_ERROR_INTERRUPTED, "Quit");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linux_guest");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 120);
    tcase_add_loop_test(all, tells_processes_and_regions, 0, OPTION_COUNT);
    tcase_add_test(all, tells_how_the_machine_translates_for_a_process);
    tcase_add_test(all, a_thread_of_the_kernel_has_no_regions);
    tcase_add_test(all, believes_no_text_that_the_memory_does_not_bear_out);
    tcase_add_test(all, says_what_the_kernel_lacks);
    tcase_add_test(all, a_ring_of_tasks_that_is_broken_is_told);
    tcase_add_test(all, a_list_of_regions_that_loops_ends);
    tcase_add_test(all, a_tree_of_regions_that_loops_ends);
    tcase_add_test(all, a_name_that_a_function_makes_that_is_not_known_is_left_out);
    tcase_add_loop_test(all, every_allocation_fails_once, 0, OPTION_COUNT);
    tcase_add_loop_test(all, every_read_fails_once, 0, OPTION_COUNT);
    tcase_add_loop_test(all, every_poll_interrupts, 0, OPTION_COUNT);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
