/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Every allocation, every call of the target and every system call fails once, in whole requests to
 * a session. What has to come out of it: the error, or an answer that says what is missing; nothing
 * leaks; and the session gives the normal answer as soon as nothing fails any more.
 */

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "core_builder.h"
#include "fake_target.h"
#include "fault.h"
#include "providers/maps_text.h"
#include "session/address.h"
#include "session/query.h"
#include "support.h"

struct scenario {
    const char *name;
    void (*set_up)(void);
    struct vmmap_query queries[2];
    size_t query_count;
    uint64_t address;  /* to tell all of, after the queries; 0 for none */
    unsigned int page; /* of the child's arena, whose addresses are not known before; or 0 */
    /* Settings that apply from the second query on. */
    const char *source;
    bool no_labels;
    size_t read_limit;
};

static struct fake_target fake;
static struct child child;

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A remote process. */

static const struct fake_file remote_files[] = {
    {"/proc/42/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\n"
                      "2000-3000 ---p 00000000 00:00 0 \n"
                      "3000-4000 rw-p 00000000 00:00 0 \n"
                      "not a line\n"
                      "5000-6000 rw-p 00000000 fe:00 8     /b\\012c\n"
                      "4800-5800 rw-p 00000000 00:00 0     [heap]\n"},
    {NULL, NULL},
};
static const struct fake_file headless_files[] = {
    {"/proc/42/maps", ""},
    {"/proc/44/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\n"},
    {NULL, NULL},
};
static const struct vmmap_thread threads[] = {
    {.number = 1,
     .tid = 42,
     .stack_pointer = 0x3800,
     .thread_pointer = 0x3c00,
     .has_stack_pointer = true,
     .has_thread_pointer = true},
    {.number = 2, .tid = 44, .stack_pointer = 0x5c00, .has_stack_pointer = true},
};
static const char mappings[] = "Start Addr End Addr Size Offset objfile\n"
                               "0x1000 0x3000 0x2000 0x0 /a\n"
                               "0x3000 0x4000 0x1000 0x0 [heap]\n";

static void set_up_remote(void)
{
    fake_target_init(&fake);
    fake.files = remote_files;
    fake.proc_mappings = mappings;
    fake.threads = threads;
    fake.thread_count = COUNT_OF(threads);
}

static void set_up_talkative_remote(void)
{
    static const struct vmmap_register registers[] = {{"sp", 0x1800}, {"pc", 0x1010}};
    set_up_remote();
    fake.registers = registers;
    fake.register_count = COUNT_OF(registers);
    fake.auxv = "9    AT_ENTRY             Entry point of program         0x1010\n";
    fake.symbol = "main + 4 in section .text of /a\n";
}

static void set_up_remote_without_symbols(void)
{
    set_up_remote();
    fake.symbol = "No symbol matches 0x3010.\n";
    fake.loaded_files = "Local exec file:\n\t0x3000 - 0x4000 is .bss\n";
}

static void set_up_dead_remote(void)
{
    static const struct fake_file files[] = {
        {"/proc/42/maps", ""}, {"/proc/42/status", "State:\tZ (zombie)\n"}, {NULL, NULL}};
    set_up_remote();
    fake.files = files;
    fake.proc_mappings = NULL;
}

static void set_up_headless_remote(void)
{
    set_up_remote();
    fake.files = headless_files;
}

static void set_up_without_files(void)
{
    set_up_remote();
    fake.files = NULL;
}

static void set_up_without_anything(void)
{
    set_up_without_files();
    fake.proc_mappings = NULL;
}

static void set_up_no_process(void)
{
    set_up_remote();
    fake.info.kind = VMMAP_TARGET_NONE;
}

/* A process of this machine: the child, which the test has started. */
static void set_up_native(void)
{
    set_up_remote();
    fake.files = NULL;
    fake.info.kind = VMMAP_TARGET_NATIVE;
    fake.info.pid = fake.info.tid = (uint64_t)child.pid;
    fake.info.address_bits = 8 * sizeof(void *);
}

/* A core file, whose threads' registers the debugger knows in part. */

static char core_path[32];

static void set_up_core(void)
{
    set_up_remote();
    fake.files = NULL;
    fake.info.kind = VMMAP_TARGET_CORE;
    fake.core_path = core_path;
    fake.executable_id = "abcd";
    fake.curbrk = 0x3000;
}

/* A process with two mappings of one file, a heap and a stack. */
static void write_core(void)
{
    static const struct builder_file mapped[] = {{0x1000, 0x2000, 0, "/a"},
                                                 {0x2000, 0x3000, 4096, "/a"}};
    static const uint64_t auxv[][2] = {{AT_PAGESZ, 4096}, {AT_PHDR, 0x1040}, {AT_EXECFN, 0x5ff8}};
    static const uint64_t curbrk = 0x4000, registers[27] = {[19] = 0x5c00, [21] = 0x3c00};
    struct core_builder builder;
    struct vmmap_buffer file;
    builder_init(&builder, true, false, EM_X86_64);
    builder_prstatus(&builder, 42, 8, registers, 27);
    builder_prstatus(&builder, 44, 8, registers, 27);
    builder_auxv(&builder, auxv, 3);
    builder_files(&builder, 1, mapped, 2);
    builder_end_notes(&builder);
    builder.sections = 2;
    builder_load(&builder, PF_R, 0x1000, 0x1000, "\177ELF", 4);
    builder_load(&builder, PF_R | PF_W, 0x3000, 0x1000, &curbrk, 8);
    builder_load(&builder, PF_R | PF_W, 0x5000, 0x1000, NULL, 0);
    builder_finish(&builder, &file);
    strcpy(core_path, "/tmp/vmmap-core-XXXXXX");
    int fd = mkstemp(core_path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, file.data, file.size), (ssize_t)file.size);
    close(fd);
    vmmap_buffer_deinit(&file);
}

#define QUERIES(count, ...) .query_count = count, .queries = {__VA_ARGS__}
#define ALL(...)                                                                                   \
    {                                                                                              \
        .filter = {.kind = VMMAP_FILTER_NONE}, __VA_ARGS__                                         \
    }
#define NAMED(...)                                                                                 \
    {                                                                                              \
        .filter = {.kind = VMMAP_FILTER_NAME, __VA_ARGS__ }                                        \
    }
#define AT(...)                                                                                    \
    {                                                                                              \
        .filter = {.kind = VMMAP_FILTER_ADDRESS, __VA_ARGS__ }                                     \
    }

static const struct scenario remote_scenarios[] = {
    {.name = "whole map, twice",
     .set_up = set_up_remote,
     QUERIES(2, ALL(.color = true), ALL(.format = VMMAP_FORMAT_JSON))},
    {.name = "layout",
     .set_up = set_up_remote,
     QUERIES(2, ALL(.gaps = true), ALL(.gaps = true, .format = VMMAP_FORMAT_JSON))},
    {.name = "name",
     .set_up = set_up_remote,
     QUERIES(1, NAMED(.name = "a", .after = 1, .perms = VMMAP_PERM_EXEC))},
    {.name = "address",
     .set_up = set_up_remote,
     QUERIES(2, AT(.address = 0x3000, .before = 1), AT(.address = 0x9000))},
    {.name = "orders and totals",
     .set_up = set_up_remote,
     QUERIES(2, ALL(.sort = VMMAP_SORT_NAME, .gaps = true), ALL(.sum = true))},
    {.name = "CSV and totals in JSON",
     .set_up = set_up_remote,
     QUERIES(2, ALL(.format = VMMAP_FORMAT_CSV, .sort = VMMAP_SORT_SIZE),
             ALL(.format = VMMAP_FORMAT_JSON, .sum = true))},
    {.name = "registers, and the executable",
     .set_up = set_up_talkative_remote,
     QUERIES(2, ALL(.registers = true), NAMED(.name = "binary"))},
    {.name = "a name in other letters, and words",
     .set_up = set_up_remote,
     QUERIES(2, NAMED(.name = "HEAP"),
             NAMED(.name = "/a x", .words = (const char *const[]){"/a", "x", NULL}))},
    {.name = "all of an address", .set_up = set_up_talkative_remote, .address = 0x1010},
    {.name = "all of an address without a symbol",
     .set_up = set_up_remote_without_symbols,
     .address = 0x3010},
    {.name = "all of an address in no page", .set_up = set_up_remote, .address = 0x9000},
    {.name = "word",
     .set_up = set_up_remote,
     QUERIES(1, {.filter = {.kind = VMMAP_FILTER_ADDRESS, .address = 0x3000}, .word = "heap"})},
    {.name = "another source",
     .set_up = set_up_remote,
     QUERIES(2, ALL(.format = VMMAP_FORMAT_JSON), ALL(.format = VMMAP_FORMAT_JSON)),
     .source = "gdb"},
    {.name = "no labels",
     .set_up = set_up_remote,
     QUERIES(2, ALL(.format = VMMAP_FORMAT_JSON), ALL(.format = VMMAP_FORMAT_JSON)),
     .no_labels = true},
    {.name = "no source that serves",
     .set_up = set_up_remote,
     QUERIES(2, ALL(.gaps = false), ALL(.gaps = false)),
     .source = "procfs"},
    {.name = "main thread has exited",
     .set_up = set_up_headless_remote,
     QUERIES(1, ALL(.gaps = false))},
    {.name = "process has exited", .set_up = set_up_dead_remote, QUERIES(1, ALL(.gaps = false))},
    {.name = "only what GDB lists",
     .set_up = set_up_without_files,
     QUERIES(2, ALL(.format = VMMAP_FORMAT_JSON),
             NAMED(.name = "heap", .perms = VMMAP_PERM_WRITE))},
    {.name = "no map",
     .set_up = set_up_without_anything,
     QUERIES(2, ALL(.gaps = false), AT(.address = 0))},
    {.name = "no process",
     .set_up = set_up_no_process,
     QUERIES(2, ALL(.gaps = false), ALL(.format = VMMAP_FORMAT_JSON))},
};

static const struct scenario native_scenarios[] = {
    {.name = "whole map", .set_up = set_up_native, QUERIES(1, ALL(.color = true))},
    {.name = "whole map in small pieces",
     .set_up = set_up_native,
     QUERIES(1, ALL(.format = VMMAP_FORMAT_JSON)),
     .read_limit = 60},
    {.name = "whole map, twice",
     .set_up = set_up_native,
     QUERIES(2, ALL(.format = VMMAP_FORMAT_JSON), ALL(.color = true))},
    {.name = "layout",
     .set_up = set_up_native,
     QUERIES(1, ALL(.gaps = true, .format = VMMAP_FORMAT_JSON))},
    {.name = "page", .set_up = set_up_native, QUERIES(1, AT(.before = 2, .after = 2)), .page = 4},
    {.name = "hole", .set_up = set_up_native, QUERIES(1, AT(.before = 1)), .page = 7},
    {.name = "page and name",
     .set_up = set_up_native,
     QUERIES(2, AT(.before = 1), NAMED(.name = "lite")),
     .page = 9},
    {.name = "another source",
     .set_up = set_up_native,
     QUERIES(2, AT(.after = 1), ALL(.format = VMMAP_FORMAT_JSON)),
     .source = "gdb",
     .page = 2},
};

static const struct scenario core_scenarios[] = {
    {.name = "core file",
     .set_up = set_up_core,
     QUERIES(2, ALL(.format = VMMAP_FORMAT_JSON), AT(.address = 0x3000, .before = 1))},
    {.name = "core file in small pieces",
     .set_up = set_up_core,
     QUERIES(1, ALL(.gaps = true)),
     .read_limit = 60},
};

static struct vmmap_query nth_query(const struct scenario *scenario, size_t index)
{
    struct vmmap_query query = scenario->queries[index];
    if (scenario->page > 0)
        query.filter.address = child.arena + scenario->page * child.page_size;
    return query;
}

static struct vmmap_error *run_queries(struct vmmap_session *session,
                                       const struct scenario *scenario, struct vmmap_buffer *text)
{
    struct vmmap_error *error = NULL;
    vmmap_session_set_source(session, NULL);
    vmmap_session_set_labels(session, true);
    for (size_t i = 0; i < scenario->query_count && !error; i++) {
        if (i > 0) {
            vmmap_session_set_source(session, scenario->source);
            vmmap_session_set_labels(session, !scenario->no_labels);
        }
        const struct vmmap_query query = nth_query(scenario, i);
        error = vmmap_session_query(session, &query, text);
    }
    if (!error && scenario->address != 0)
        error = vmmap_session_tell_address(session, &scenario->address, true, text);
    return error;
}

/* What came of a scenario in which something failed. */
struct outcome {
    enum vmmap_error_code code; /* 0 without an error */
    char *text;                 /* the answer without an error */
    bool recovered;             /* whether the session's next answer was the normal one */
    struct fault_report faults;
};

/* Runs the scenario under the plan and then without. */
static struct outcome run(const struct scenario *scenario, const struct fault_plan *plan,
                          unsigned int fail_call, enum vmmap_error_code fail_code,
                          const char *normal)
{
    static const struct fault_plan no_faults = {.at = 0};
    struct fault_plan limited = plan ? *plan : no_faults;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT, again = VMMAP_BUFFER_INIT;
    struct vmmap_session *session = NULL;
    struct outcome outcome = {.code = 0};
    limited.read_limit = scenario->read_limit;
    scenario->set_up();
    fake.fail_at = fail_call;
    fake.fail_code = fail_code;

    fault_begin(&limited);
    struct vmmap_error *error = vmmap_session_create(&fake.target, &session);
    if (!error)
        error = run_queries(session, scenario, &text);
    struct fault_report first = fault_end();
    if (error)
        outcome.code = error->code;
    else
        fake.info.generation++; /* an answer with a note may be kept until something happens */

    fault_begin(&no_faults);
    vmmap_error_destroy(error);
    error = session ? NULL : vmmap_session_create(&fake.target, &session);
    if (!error)
        error = run_queries(session, scenario, &again);
    outcome.recovered =
        !error &&
        (!normal || (again.size == strlen(normal) && memcmp(again.data, normal, again.size) == 0));
    vmmap_error_destroy(error);
    vmmap_session_destroy(session);
    vmmap_buffer_deinit(&again);
    if (outcome.code)
        vmmap_buffer_deinit(&text);
    struct fault_report second = fault_end();

    outcome.faults = first;
    outcome.faults.blocks += second.blocks - (text.data != NULL);
    outcome.faults.descriptors += second.descriptors;
    outcome.text = outcome.code ? NULL : take_text(&text);
    return outcome;
}

/* Fails the test if anything was left behind or left broken. */
static void check_aftermath(const struct scenario *scenario, unsigned int at,
                            const struct outcome *outcome)
{
    ck_assert_msg(outcome->recovered, "%s, fault %u: the next answer is not the normal one",
                  scenario->name, at);
    ck_assert_msg(outcome->faults.blocks == 0, "%s, fault %u: %ld blocks leaked", scenario->name,
                  at, outcome->faults.blocks);
    ck_assert_msg(outcome->faults.descriptors == 0, "%s, fault %u: %ld descriptors leaked",
                  scenario->name, at, outcome->faults.descriptors);
}

/* The answer when nothing fails, to be freed, and how much there is that could. */
static char *normal_answer(const struct scenario *scenario, struct fault_report *faults,
                           unsigned int *target_calls)
{
    struct outcome outcome = run(scenario, NULL, 0, 0, NULL);
    ck_assert_msg(outcome.code == 0, "%s: error %d", scenario->name, outcome.code);
    ck_assert_uint_gt(strlen(outcome.text), 0);
    check_aftermath(scenario, 0, &outcome);
    *faults = outcome.faults;

    /* The same without the second round, to count the calls of the target. */
    struct vmmap_session *session;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    scenario->set_up();
    assert_ok(vmmap_session_create(&fake.target, &session));
    assert_ok(run_queries(session, scenario, &text));
    *target_calls = fake.total_calls;
    vmmap_session_destroy(session);
    assert_buffer(&text, outcome.text);
    return outcome.text;
}

/* Without memory there is no answer, unless the memory was only wanted to be given back. */
static void fail_each_allocation(const struct scenario *scenario)
{
    struct fault_report faults;
    unsigned int target_calls;
    char *normal = normal_answer(scenario, &faults, &target_calls);
    ck_assert_uint_gt(faults.calls[FAULT_ALLOCATION], 0);
    for (unsigned int at = 1; at <= faults.calls[FAULT_ALLOCATION]; at++) {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = at};
        struct outcome outcome = run(scenario, &plan, 0, 0, normal);
        ck_assert_msg(outcome.code ? outcome.code == VMMAP_ERROR_NO_MEMORY
                                   : strcmp(outcome.text, normal) == 0,
                      "%s, allocation %u: error %d, answer %s", scenario->name, at, outcome.code,
                      outcome.text);
        check_aftermath(scenario, at, &outcome);
        free(outcome.text);
    }
    free(normal);
}

/* What the target can not do is an answer that says so, unless the target can not even describe
 * itself or the whole work has to stop. */
static void fail_each_target_call(const struct scenario *scenario)
{
    static const enum vmmap_error_code codes[] = {VMMAP_ERROR_NO_MEMORY, VMMAP_ERROR_INTERRUPTED,
                                                  VMMAP_ERROR_UNSUPPORTED, VMMAP_ERROR_UNAVAILABLE,
                                                  VMMAP_ERROR_INVALID};
    struct fault_report faults;
    unsigned int target_calls;
    char *normal = normal_answer(scenario, &faults, &target_calls);
    ck_assert_uint_gt(target_calls, 0);
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        const struct vmmap_error sample = {codes[i], ""};
        for (unsigned int at = 1; at <= target_calls; at++) {
            struct outcome outcome = run(scenario, NULL, at, codes[i], normal);
            const bool told =
                outcome.code == codes[i] ||
                (outcome.code == 0 && !vmmap_error_is_fatal(&sample) &&
                 (strcmp(outcome.text, normal) == 0 || strstr(outcome.text, fake_failure_message)));
            ck_assert_msg(told, "%s, call %u with %d: error %d, answer %s", scenario->name, at,
                          codes[i], outcome.code, outcome.text);
            check_aftermath(scenario, at, &outcome);
            free(outcome.text);
        }
    }
    free(normal);
}

/* Whether the answer is the normal one, or says what is missing and why. */
static bool tells(const char *answer, const char *normal, int number)
{
    return strcmp(answer, normal) == 0 || strstr(answer, strerror(number)) ||
           strstr(answer, "only PROCMAP_QUERY (Linux 6.11, local processes) can tell");
}

static void fail_each_system_call(const struct scenario *scenario)
{
    static const int numbers[] = {EACCES, EIO, ENOMEM, EINTR, EMFILE};
    struct fault_report faults;
    unsigned int target_calls;
    char *normal = normal_answer(scenario, &faults, &target_calls);
    ck_assert_uint_gt(faults.calls[FAULT_SYSTEM_CALL], 0);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        for (unsigned int at = 1; at <= faults.calls[FAULT_SYSTEM_CALL]; at++) {
            const struct fault_plan plan = {FAULT_SYSTEM_CALL, at, numbers[i], 0};
            struct outcome outcome = run(scenario, &plan, 0, 0, normal);
            ck_assert_msg(outcome.code == 0 && tells(outcome.text, normal, numbers[i]),
                          "%s, system call %u with %s: error %d, answer %s", scenario->name, at,
                          strerror(numbers[i]), outcome.code, outcome.text);
            check_aftermath(scenario, at, &outcome);
            free(outcome.text);
        }
    }
    free(normal);
}

START_TEST(remote_allocations)
{
    for (size_t i = 0; i < COUNT_OF(remote_scenarios); i++)
        fail_each_allocation(&remote_scenarios[i]);
}
END_TEST

START_TEST(remote_target_calls)
{
    for (size_t i = 0; i < COUNT_OF(remote_scenarios); i++)
        fail_each_target_call(&remote_scenarios[i]);
}
END_TEST

START_TEST(native_allocations)
{
    child_start(&child);
    for (size_t i = 0; i < COUNT_OF(native_scenarios); i++)
        fail_each_allocation(&native_scenarios[i]);
    child_stop(&child);
}
END_TEST

START_TEST(native_target_calls)
{
    child_start(&child);
    for (size_t i = 0; i < COUNT_OF(native_scenarios); i++)
        fail_each_target_call(&native_scenarios[i]);
    child_stop(&child);
}
END_TEST

START_TEST(native_system_calls)
{
    child_start(&child);
    for (size_t i = 0; i < COUNT_OF(native_scenarios); i++)
        fail_each_system_call(&native_scenarios[i]);
    child_stop(&child);
}
END_TEST

START_TEST(core_files)
{
    write_core();
    for (size_t i = 0; i < COUNT_OF(core_scenarios); i++) {
        fail_each_allocation(&core_scenarios[i]);
        fail_each_target_call(&core_scenarios[i]);
        fail_each_system_call(&core_scenarios[i]);
    }
    unlink(core_path);
}
END_TEST

START_TEST(headless_process)
{
    static const struct scenario scenario = {
        .name = "main thread has exited",
        .set_up = set_up_native,
        QUERIES(2, ALL(.format = VMMAP_FORMAT_JSON), AT(.address = 1))};
    static const struct scenario in_pieces = {.name = "main thread has exited, small pieces",
                                              .set_up = set_up_native,
                                              QUERIES(1, ALL(.format = VMMAP_FORMAT_JSON)),
                                              .read_limit = 1000};
    child_start_headless(&child);
    fail_each_allocation(&scenario);
    fail_each_target_call(&scenario);
    fail_each_system_call(&scenario);
    fail_each_system_call(&in_pieces);
    child_stop(&child);
}
END_TEST

/* The gate page is asked for once in the life of a process, so each of these has one of its own. */
static void run_in_own_process(void (*test)(unsigned int at), unsigned int at)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        test(at);
        exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "fault %u: status %x", at,
                  (unsigned int)status);
}

/* Above all other pages: the gate page, or nothing where the kernel has none. */
static const struct scenario gate_scenario = {
    .name = "gate page", .set_up = set_up_native, QUERIES(1, AT(.address = 0xffffffffff600000))};
static char *gate_normal;

static void fail_gate_system_call(unsigned int at)
{
    const struct fault_plan plan = {FAULT_SYSTEM_CALL, at, EMFILE, 0};
    struct outcome outcome = run(&gate_scenario, &plan, 0, 0, gate_normal);
    ck_assert_msg(outcome.code == 0 && tells(outcome.text, gate_normal, EMFILE), "%s",
                  outcome.text);
    check_aftermath(&gate_scenario, at, &outcome);
    free(outcome.text);
    free(gate_normal);
}

START_TEST(gate_page_system_calls)
{
    enum { MORE_THAN_ENOUGH = 40 };
    child_start(&child);
    set_up_native();
    struct vmmap_session *session;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    assert_ok(vmmap_session_create(&fake.target, &session));
    const struct vmmap_map *whole; /* no point lookup, no question about the gate */
    assert_ok(vmmap_session_map(session, &whole));
    assert_ok(run_queries(session, &gate_scenario, &text));
    vmmap_session_destroy(session);
    gate_normal = take_text(&text);
    for (unsigned int at = 1; at < MORE_THAN_ENOUGH; at++)
        run_in_own_process(fail_gate_system_call, at);
    free(gate_normal);
    child_stop(&child);
}
END_TEST

/* Adds regions with names of their own, as many as it takes for every table to grow. Stops at the
 * first error, after which the map must be good for another try. */
static struct vmmap_error *add_many(struct vmmap_map *map, uint64_t *next)
{
    enum { COUNT = 300 };
    char name[200], label[32];
    memset(name, 'n', sizeof(name));
    for (; *next < COUNT; ++*next) {
        snprintf(name, 32, "%05u", (unsigned int)*next);
        snprintf(label, sizeof(label), "label %u", (unsigned int)*next);
        const struct vmmap_region region = {
            .start = *next * 0x1000, .last = *next * 0x1000 + 0xfff, .label = label};
        struct vmmap_error *error = vmmap_map_add_named(map, &region, name, 6 + *next % 190);
        if (!error)
            error = vmmap_map_add_note(map, "Note %u.", (unsigned int)*next % 5);
        if (error)
            return error;
    }
    return NULL;
}

/* Whether adding went on as if nothing had happened once there was memory again. */
static bool add_with_fault(unsigned int at, struct fault_report *report)
{
    const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = at};
    struct vmmap_map *map = NULL;
    uint64_t next = 0;
    fault_begin(&plan);
    struct vmmap_error *error = vmmap_map_create(&map);
    if (error)
        error = vmmap_map_create(&map);
    if (!error)
        error = add_many(map, &next);
    bool good = !error || error == &vmmap_error_no_memory;
    if (error)
        map->count = (size_t)next; /* the region may be there without its note */
    error = add_many(map, &next);
    vmmap_map_finish(map, NULL);
    good = good && !error && map->count == next && map->note_count == 5;
    for (size_t i = 0; good && i < map->count; i++)
        good = atoi(map->regions[i].name) == (int)i && atoi(map->regions[i].label + 6) == (int)i;
    vmmap_map_destroy(map);
    *report = fault_end();
    return good;
}

START_TEST(a_map_is_filled)
{
    struct fault_report normal, report;
    ck_assert(add_with_fault(0, &normal));
    ck_assert_uint_gt(normal.calls[FAULT_ALLOCATION], 20);
    for (unsigned int at = 1; at <= normal.calls[FAULT_ALLOCATION]; at++) {
        ck_assert_msg(add_with_fault(at, &report), "allocation %u", at);
        ck_assert_int_eq(report.blocks, 0);
    }
}
END_TEST

START_TEST(an_overlay_that_fails_changes_nothing)
{
    static const char below[] = "1000-1fff r--p 0 /a # x\n2000-5fff rw-p 0 /b\n";
    struct vmmap_map *map = make_map(below), *over = make_map("1800-2fff rwxp 0 m\n");
    struct vmmap_error *error;
    unsigned int at = 0;
    do {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = ++at};
        fault_begin(&plan);
        error = vmmap_map_overlay(map, over);
        struct fault_report report = fault_end();
        if (error) {
            ck_assert_ptr_eq(error, &vmmap_error_no_memory);
            ck_assert_int_eq(report.blocks, 0);
            assert_rows(map, below);
        }
    } while (error);
    ck_assert_uint_gt(at, 5);
    assert_rows(map, "1000-17ff r--p 0 /a # x\n"
                     "1800-2fff rwxp 0 m\n"
                     "3000-5fff rw-p 1000 /b\n");
    vmmap_map_destroy(over);
    vmmap_map_destroy(map);
}
END_TEST

int main(void)
{
    return RUN_TESTS("faults", remote_allocations, remote_target_calls, native_allocations,
                     native_target_calls, native_system_calls, core_files, headless_process,
                     gate_page_system_calls, a_map_is_filled,
                     an_overlay_that_fails_changes_nothing);
}
