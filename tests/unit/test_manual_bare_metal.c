/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Boards in a session: what is asked of them, and that every call and allocation may fail. */

#include <string.h>

#include "fault.h"
#include "session/session.h"
#include "support.h"

/* A Cortex-M whose memory and System Control Space are here. */
struct board {
    struct vmmap_target target;
    const char *regions; /* of `info mem` */
    uint32_t mpu_type, mmfr0, ctrl, rnr;
    uint32_t mpu[8][2];
    bool ignores_writes;
    unsigned int calls, fail_at, reads, writes;
    enum vmmap_error_code fail_code;
};

static struct board board;
static struct vmmap_session *session;

static struct vmmap_error *begin_call(void)
{
    if (++board.calls != board.fail_at)
        return NULL;
    return make_error(board.fail_code, "It failed.");
}

static struct vmmap_error *describe(void *context, struct vmmap_target_info *ret)
{
    (void)context;
    *ret = (struct vmmap_target_info){.kind = VMMAP_TARGET_REMOTE,
                                      .inferior = 1,
                                      .pid = 1,
                                      .tid = 1,
                                      .address_bits = 32,
                                      .connection = 1,
                                      .generation = 1,
                                      .architecture = "arm"};
    return NULL;
}

static struct vmmap_error *debugger_text(void *context, enum vmmap_debugger_text which,
                                         struct vmmap_buffer *ret)
{
    (void)context;
    struct vmmap_error *error = begin_call();
    if (!error && which == VMMAP_TEXT_MEMORY_REGIONS)
        vmmap_buffer_append_string(ret, board.regions);
    return error ? error : vmmap_buffer_status(ret);
}

static struct vmmap_error *read_register(void *context, const char *name, uint64_t *ret,
                                         bool *found)
{
    (void)context;
    *ret = 0;
    *found = strcmp(name, "xpsr") == 0;
    return begin_call();
}

static uint32_t word_at(uint64_t address)
{
    switch (address) {
    case 0xe000ed50:
        return board.mmfr0;
    case 0xe000ed90:
        return board.mpu_type;
    case 0xe000ed94:
        return board.ctrl;
    case 0xe000ed98:
        return board.rnr;
    default:
        return board.mpu[board.rnr & 7][(address - 0xe000ed9c) / 4 & 1];
    }
}

static struct vmmap_error *read_memory(void *context, uint64_t address, void *buffer, size_t size,
                                       size_t *done)
{
    (void)context;
    struct vmmap_error *error = begin_call();
    *done = 0;
    board.reads++;
    if (!error && address >= 0xe000ed00 && size == 4) {
        uint32_t word = word_at(address);
        memcpy(buffer, &word, size);
        *done = size;
    }
    return error;
}

static struct vmmap_error *write_memory(void *context, uint64_t address, const void *bytes,
                                        size_t size)
{
    (void)context;
    ck_assert_uint_eq(address, 0xe000ed98);
    ck_assert_uint_eq(size, 4);
    board.writes++;
    if (!board.ignores_writes)
        memcpy(&board.rnr, bytes, 4);
    return begin_call();
}

/* Memory that nothing tells of. */
static struct vmmap_error *read_ram(void *context, uint64_t address, void *buffer, size_t size,
                                    size_t *done)
{
    if (address >= 0xe000ed00)
        return read_memory(context, address, buffer, size, done);
    ck_assert_uint_lt(address, 0x40000000); /* there are devices */
    board.reads++;
    memset(buffer, 0, size);
    *done = address >= 0x20000000 && address < 0x20001000 ? size : 0;
    return begin_call();
}

static struct vmmap_error *registers(void *context, struct vmmap_register *ret, size_t limit,
                                     size_t *count)
{
    static const uint64_t values[] = {0x20000800, 0x20000010, 0x40000000, 0xe000ed90, 0x30000000};
    (void)context;
    *count = sizeof(values) / sizeof(values[0]);
    ck_assert_uint_ge(limit, *count);
    for (size_t i = 0; i < *count; i++)
        ret[i] = (struct vmmap_register){.value = values[i]};
    return begin_call();
}

static bool says_yes;
static unsigned int questions;

static struct vmmap_error *confirm(void *context, const char *question, bool *ret)
{
    (void)context;
    ck_assert_str_eq(question, "Nothing tells what memory there is. Look for it by reading around "
                               "what the registers point at?");
    questions++;
    *ret = says_yes;
    return NULL;
}

static void start(void)
{
    board = (struct board){
        .target = {.describe = describe,
                   .debugger_text = debugger_text,
                   .read_register = read_register,
                   .read_memory = read_memory,
                   .write_memory = write_memory},
        .regions = "0 y 0x20000000 0x20002000 rw nocache\n",
        .mpu_type = 0x800,
        .mmfr0 = 0x30,
        .ctrl = 5,
        .rnr = 7,
        .mpu = {[0] = {0x20000000, 3 << 24 | 11 << 1 | 1},
                [7] = {0x20001000, 1 << 28 | 6 << 24 | 10 << 1 | 1}},
    };
    assert_ok(vmmap_session_create(&board.target, &session));
}

static const char all[] = "20000000-20000fff rwxu ? - # MPU region 0\n"
                          "20001000-200017ff r--u ? - # MPU region 7\n"
                          "20001800-20001fff rwxk ? -\n";
static const char visible[] = "20000000-20000fff ???? ? -\n"
                              "20001000-200017ff r--u ? - # MPU region 7\n"
                              "20001800-20001fff ???? ? -\n";

static const struct vmmap_map *get_map(bool select)
{
    const struct vmmap_settings settings = {.mpu_select = select};
    const struct vmmap_map *map = NULL;
    assert_ok(vmmap_session_set_settings(session, &settings));
    assert_ok(vmmap_session_map(session, &map));
    return map;
}

START_TEST(what_is_seen_is_certain_and_nothing_is_written)
{
    start();
    assert_rows(get_map(false), visible);
    ck_assert_uint_eq(board.writes, 0);
    ck_assert_uint_eq(board.reads, 6);
    assert_rows(get_map(false), visible);
    ck_assert_uint_eq(board.reads, 6); /* it is kept */
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(selecting_shows_all_and_is_undone)
{
    start();
    assert_rows(get_map(true), all);
    ck_assert_uint_eq(board.rnr, 7);
    ck_assert_uint_eq(board.writes, 9);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(a_register_that_takes_nothing_is_noticed)
{
    start();
    board.ignores_writes = true;
    const struct vmmap_map *map = get_map(true);
    assert_rows(map, visible);
    assert_notes(map, "The MPU (PMSAv7, 8 regions) is switched on.\n"
                      "1 of its regions can be seen without writing a register of it, MPU_RNR, so "
                      "permissions are not known where another one may say otherwise. That "
                      "register does not take what is written.\n");
    vmmap_session_destroy(session);
}
END_TEST

/* Whatever fails: an error if it is fatal, else an answer; MPU_RNR is as it was unless the call
 * that failed is the one that puts it back; and the next answer is right. */
static void check_failing_call(unsigned int at, enum vmmap_error_code code)
{
    const struct vmmap_map *map;
    start();
    board.fail_at = at;
    board.fail_code = code;
    const struct vmmap_settings settings = {.mpu_select = true};
    assert_ok(vmmap_session_set_settings(session, &settings));
    struct vmmap_error *error = vmmap_session_map(session, &map);
    if (code == VMMAP_ERROR_UNAVAILABLE)
        ck_assert_ptr_null(error);
    vmmap_error_destroy(error);
    ck_assert_uint_eq(board.rnr, 7);
    board.fail_at = 0;
    vmmap_session_invalidate(session);
    assert_rows(get_map(true), all);
    vmmap_session_destroy(session);
}

START_TEST(every_call_may_fail)
{
    start();
    (void)get_map(true);
    const unsigned int calls = board.calls;
    vmmap_session_destroy(session);
    ck_assert_uint_gt(calls, 20);
    for (unsigned int at = 1; at <= calls; at++) {
        check_failing_call(at, VMMAP_ERROR_UNAVAILABLE);
        check_failing_call(at, VMMAP_ERROR_INTERRUPTED);
        check_failing_call(at, VMMAP_ERROR_NO_MEMORY);
    }
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    struct fault_report report;
    unsigned int at = 0;
    do {
        const struct vmmap_map *map;
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = ++at};
        start();
        fault_begin(&plan);
        struct vmmap_error *error = vmmap_session_map(session, &map);
        vmmap_session_invalidate(session);
        report = fault_end();
        ck_assert(!error || error == &vmmap_error_no_memory);
        ck_assert_int_eq(report.blocks, 0);
        assert_rows(get_map(false), visible);
        vmmap_session_destroy(session);
    } while (at <= report.calls[FAULT_ALLOCATION]);
    ck_assert_uint_gt(at, 50);
}
END_TEST

/* Whether memory is found around what the registers point at. */
static bool explores(enum vmmap_explore_when when)
{
    const struct vmmap_settings settings = {.explore = when};
    const struct vmmap_map *map = NULL;
    assert_ok(vmmap_session_set_settings(session, &settings));
    assert_ok(vmmap_session_map(session, &map));
    const size_t index = vmmap_map_find(map, 0x20000800);
    const bool found = map->regions[index].origin == VMMAP_ORIGIN_PROBED;
    if (found) {
        char *text = some_rows_text(map, index, 1);
        ck_assert_str_eq(text, "20000000-20000fff r??? ? <explored>\n");
        free(text);
    }
    return found;
}

START_TEST(registers_are_explored_only_if_the_user_wants_that)
{
    size_t count;
    start();
    board.regions = "";
    board.target.read_memory = read_ram;
    board.target.registers = registers;
    board.target.confirm = confirm;
    ck_assert(!explores(VMMAP_EXPLORE_OFF));
    ck_assert(!explores(VMMAP_EXPLORE_ASK));
    ck_assert(!explores(VMMAP_EXPLORE_ASK));
    ck_assert_uint_eq(questions, 1); /* not again while the target stands */
    ck_assert(explores(VMMAP_EXPLORE_ON));
    const unsigned int reads = board.reads;
    ck_assert(explores(VMMAP_EXPLORE_ON));
    ck_assert_uint_eq(board.reads, reads);
    assert_ok(vmmap_session_clear_pages(session, &count));
    ck_assert_uint_eq(count, 1);
    ck_assert(!explores(VMMAP_EXPLORE_OFF));
    says_yes = true;
    ck_assert(explores(VMMAP_EXPLORE_ASK));
    ck_assert_uint_eq(questions, 2);
    vmmap_session_destroy(session);
}
END_TEST

int main(void)
{
    return RUN_TESTS("manual_bare_metal", registers_are_explored_only_if_the_user_wants_that,
                     what_is_seen_is_certain_and_nothing_is_written,
                     selecting_shows_all_and_is_undone, a_register_that_takes_nothing_is_noticed,
                     every_call_may_fail, every_allocation_may_fail);
}
