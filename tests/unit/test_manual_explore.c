/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Memory that is found by reading it, in a session: what is read, what is never read, what is
 * written and put back; and every call and allocation fails once. */

#include <string.h>

#include "fault.h"
#include "session/session.h"
#include "support.h"

enum { RAM_START = 0x20000000, RAM_SIZE = 0x2000, ROM_START = 0x20001000, ROM_SIZE = 0x800 };

/* RAM, in whose middle is a ROM; all else can not be read. */
static struct board {
    struct vmmap_target target;
    struct vmmap_target_info info;
    unsigned char ram[RAM_SIZE];
    const char *regions; /* of `info mem` */
    bool refuses_rom;    /* a write to the ROM is an error, or else is lost */
    uint64_t pointer;    /* the one register that points at something */
    unsigned int calls, fail_at, writes, stray_writes;
    enum vmmap_error_code fail_code;
} board;

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
    *ret = board.info;
    return begin_call();
}

static struct vmmap_error *poll_target(void *context)
{
    (void)context;
    return begin_call();
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
    *found = strcmp(name, "xpsr") == 0 && strcmp(board.info.architecture, "armv7e-m") == 0;
    return begin_call();
}

static struct vmmap_error *registers(void *context, struct vmmap_register *ret, size_t limit,
                                     size_t *count)
{
    (void)context;
    *count = limit < 2 ? limit : 2;
    for (size_t i = 0; i < *count; i++)
        ret[i] = (struct vmmap_register){.value = board.pointer + i};
    return begin_call();
}

static bool is_ram(uint64_t address)
{
    return address >= RAM_START && address < RAM_START + RAM_SIZE;
}

static bool is_rom(uint64_t address)
{
    return address >= ROM_START && address < ROM_START + ROM_SIZE;
}

static struct vmmap_error *read_memory(void *context, uint64_t address, void *buffer, size_t size,
                                       size_t *done)
{
    (void)context;
    *done = 0;
    struct vmmap_error *error = begin_call();
    while (!error && *done < size && is_ram(address + *done)) {
        ((unsigned char *)buffer)[*done] = board.ram[address + *done - RAM_START];
        ++*done;
    }
    return error;
}

static struct vmmap_error *write_memory(void *context, uint64_t address, const void *bytes,
                                        size_t size)
{
    (void)context;
    board.writes++;
    board.stray_writes += size != 1 || !is_ram(address);
    struct vmmap_error *error = begin_call();
    if (!error && is_rom(address) && board.refuses_rom)
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "That is a ROM.");
    if (!error && is_ram(address) && !is_rom(address))
        memcpy(board.ram + (address - RAM_START), bytes, 1);
    return error;
}

static void start(void)
{
    board = (struct board){
        .target = {.describe = describe,
                   .poll = poll_target,
                   .debugger_text = debugger_text,
                   .read_register = read_register,
                   .registers = registers,
                   .read_memory = read_memory,
                   .write_memory = write_memory},
        .info = {.kind = VMMAP_TARGET_OTHER,
                 .inferior = 1,
                 .pid = 1,
                 .tid = 1,
                 .address_bits = 32,
                 .connection = 1,
                 .generation = 1},
        .regions = "",
        .pointer = RAM_START + 0x123,
    };
    for (size_t i = 0; i < RAM_SIZE; i++)
        board.ram[i] = (unsigned char)(i * 3);
    assert_ok(vmmap_session_create(&board.target, &session));
}

static void assert_ram_is_whole(void)
{
    ck_assert_uint_eq(board.stray_writes, 0);
    for (size_t i = 0; i < RAM_SIZE; i++)
        ck_assert_uint_eq(board.ram[i], (unsigned char)(i * 3));
}

static struct vmmap_session_explored explore(uint64_t address, bool writes)
{
    struct vmmap_session_explored explored;
    assert_ok(vmmap_session_explore(session, address, writes, &explored));
    return explored;
}

static void assert_session_rows(const char *wanted)
{
    const struct vmmap_map *map = NULL;
    assert_ok(vmmap_session_map(session, &map));
    assert_rows(map, wanted);
}

#define assert_refused(address, writes, code, message)                                             \
    do {                                                                                           \
        struct vmmap_session_explored explored_;                                                   \
        assert_error(vmmap_session_explore(session, address, writes, &explored_), code, message);  \
        ck_assert_uint_eq(explored_.rows, 0);                                                      \
    } while (0)

START_TEST(what_can_be_read_around_an_address_is_a_row)
{
    start();
    const struct vmmap_session_explored explored = explore(RAM_START + 0x800, false);
    ck_assert_uint_eq(explored.start, RAM_START);
    ck_assert_uint_eq(explored.last, RAM_START + RAM_SIZE - 1);
    ck_assert_uint_eq(explored.rows, 1);
    ck_assert_uint_gt(explored.packets, 7); /* a byte of each page of 1 KiB at least */
    ck_assert(explored.is_exact);
    ck_assert_uint_eq(board.writes, 0);
    assert_session_rows("20000000-20001fff r??? ? <explored>\n");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(where_nothing_can_be_read_there_is_no_row)
{
    start();
    const struct vmmap_session_explored explored = explore(0x1000, true);
    ck_assert_uint_eq(explored.rows, 0);
    ck_assert_uint_eq(explored.start, 0);
    ck_assert_uint_gt(explored.packets, 0);
    ck_assert_uint_eq(board.writes, 0);
    assert_session_rows("");
    vmmap_session_destroy(session);
}
END_TEST

#define WRITTEN                                                                                    \
    "20000000-20000fff rw?? ? <explored>\n"                                                        \
    "20001000-200017ff r-?? ? <explored>\n"                                                        \
    "20001800-20001fff rw?? ? <explored>\n"

START_TEST(what_can_be_written_is_told_apart_and_put_back)
{
    for (int refuses = 0; refuses < 2; refuses++) {
        start();
        board.refuses_rom = refuses;
        const struct vmmap_session_explored explored = explore(RAM_START, true);
        ck_assert_uint_eq(explored.start, RAM_START);
        ck_assert_uint_eq(explored.last, RAM_START + RAM_SIZE - 1);
        ck_assert_uint_eq(explored.rows, 3);
        /* One byte of each page, and back; what refuses is not written back. */
        ck_assert_uint_eq(board.writes, refuses ? 14 : 16);
        assert_ram_is_whole();
        assert_session_rows(WRITTEN);
        vmmap_session_destroy(session);
    }
}
END_TEST

START_TEST(what_the_map_has_is_not_read)
{
    struct vmmap_map *pages = make_map("20000800-20000bff rw-p ? mine\n"
                                       "20001c00-20001fff rw-p ? mine\n");
    start();
    assert_ok(vmmap_session_add_pages(session, pages));
    vmmap_map_destroy(pages);
    assert_refused(0x20000810, false, VMMAP_ERROR_INVALID,
                   "0x20000810 is not read: the page that holds it is in the map already.");
    const struct vmmap_session_explored explored = explore(0x20000c00, false);
    ck_assert_uint_eq(explored.start, 0x20000c00);
    ck_assert_uint_eq(explored.last, 0x20001bff);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(memory_regions_of_gdb_are_a_fence)
{
    start();
    board.regions = "0   y  \t0x20000000 0x20000400 wo nocache\n"
                    "1   y  \t0x20000400 0x20000800 rw 16 nocache\n"
                    "2   y  \t0x20000800 0x20000c00 ro nocache\n"
                    "3   n  \t0x20001000 0x20001400 rw nocache\n";
    assert_refused(0x20000000, false, VMMAP_ERROR_INVALID,
                   "0x20000000 is not read: GDB's memory regions (\"info mem\") have a device "
                   "there.");
    assert_refused(0x200007ff, false, VMMAP_ERROR_INVALID,
                   "0x200007ff is not read: GDB's memory regions (\"info mem\") have a device "
                   "there.");
    assert_refused(0x20001000, false, VMMAP_ERROR_INVALID,
                   "0x20001000 is not read: none of GDB's memory regions (\"info mem\") holds it.");
    const struct vmmap_session_explored explored = explore(0x20000800, false);
    ck_assert_uint_eq(explored.start, 0x20000800);
    ck_assert_uint_eq(explored.last, 0x20000bff);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(devices_of_a_cortex_m_are_not_read)
{
    start();
    strcpy(board.info.architecture, "armv7e-m");
    assert_refused(0x40000000, false, VMMAP_ERROR_INVALID,
                   "0x40000000 is not read: a Cortex-M has devices there.");
    ck_assert_uint_eq(explore(RAM_START, false).last, RAM_START + RAM_SIZE - 1);
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(targets_that_can_not_be_explored_say_why)
{
    start();
    assert_refused(UINT64_C(1) << 32, false, VMMAP_ERROR_INVALID,
                   "0x100000000 is not read: it is beyond the address space.");
    board.target.write_memory = NULL;
    assert_refused(RAM_START, true, VMMAP_ERROR_UNSUPPORTED,
                   "The target's memory can not be written.");
    board.target.read_memory = NULL;
    assert_refused(RAM_START, true, VMMAP_ERROR_UNSUPPORTED,
                   "The target's memory can not be read.");
    board.info.running = true;
    assert_refused(RAM_START, false, VMMAP_ERROR_UNAVAILABLE,
                   "The program is running: stop it first, with Ctrl-C or \"interrupt\".");
    board.info.running = false;
    board.info.kind = VMMAP_TARGET_NONE;
    assert_refused(RAM_START, false, VMMAP_ERROR_UNAVAILABLE,
                   "There is nothing to explore: connect to a target first.");
    board.info.kind = VMMAP_TARGET_QEMU_SYSTEM;
    board.target.read_memory = read_memory;
    assert_refused(
        RAM_START, false, VMMAP_ERROR_INVALID,
        "0x20000000 is not read: a machine under QEMU tells what memory it has, and what "
        "else can be read are devices.");
    vmmap_session_destroy(session);
}
END_TEST

START_TEST(registers_that_point_at_memory_find_it)
{
    const struct vmmap_settings settings = {.explore = VMMAP_EXPLORE_ON};
    start();
    assert_ok(vmmap_session_set_settings(session, &settings));
    assert_session_rows("20000000-20001fff r??? ? <explored>\n");
    ck_assert_uint_eq(board.writes, 0);
    vmmap_session_destroy(session);
    start();
    assert_ok(vmmap_session_set_settings(session, &settings));
    board.pointer = 0x1000;
    assert_session_rows("");
    vmmap_session_destroy(session);
    start();
    assert_ok(vmmap_session_set_settings(session, &settings));
    board.target.registers = NULL;
    assert_session_rows("");
    vmmap_session_destroy(session);
}
END_TEST

/* Whatever call fails, memory is as it was, unless that call is the one that puts a byte back; the
 * next answer is right. */
static void check_failing_call(unsigned int at, enum vmmap_error_code code)
{
    struct vmmap_session_explored explored;
    start();
    board.fail_at = at;
    board.fail_code = code;
    struct vmmap_error *error = vmmap_session_explore(session, RAM_START, true, &explored);
    if (code != VMMAP_ERROR_UNAVAILABLE)
        ck_assert_ptr_nonnull(error);
    ck_assert(!error || explored.rows == 0);
    vmmap_error_destroy(error);
    size_t changed = 0;
    for (size_t i = 0; i < RAM_SIZE; i++)
        changed += board.ram[i] != (unsigned char)(i * 3);
    ck_assert_uint_le(changed, 1);
    for (size_t i = 0; i < RAM_SIZE; i++)
        board.ram[i] = (unsigned char)(i * 3);
    board.fail_at = 0;
    size_t count;
    assert_ok(vmmap_session_clear_pages(session, &count));
    (void)explore(RAM_START, true);
    assert_ram_is_whole();
    assert_session_rows(WRITTEN);
    vmmap_session_destroy(session);
}

START_TEST(every_call_may_fail)
{
    start();
    (void)explore(RAM_START, true);
    const unsigned int calls = board.calls;
    vmmap_session_destroy(session);
    ck_assert_uint_gt(calls, 40);
    for (unsigned int at = 1; at <= calls; at++) {
        check_failing_call(at, VMMAP_ERROR_UNAVAILABLE);
        check_failing_call(at, VMMAP_ERROR_INTERRUPTED);
        check_failing_call(at, VMMAP_ERROR_NO_MEMORY);
    }
}
END_TEST

/* The same where a register leads there: an error that is not fatal is a note. */
START_TEST(every_call_on_behalf_of_a_register_may_fail)
{
    const struct vmmap_settings settings = {.explore = VMMAP_EXPLORE_ON};
    unsigned int calls, at = 0;
    do {
        for (int i = 0; i < 2; i++) {
            const struct vmmap_map *map = NULL;
            start();
            assert_ok(vmmap_session_set_settings(session, &settings));
            board.fail_at = at;
            board.fail_code = i ? VMMAP_ERROR_INTERRUPTED : VMMAP_ERROR_UNAVAILABLE;
            struct vmmap_error *error = vmmap_session_map(session, &map);
            ck_assert(error || at == 0 || !i);
            calls = at ? calls : board.calls;
            vmmap_error_destroy(error);
            board.fail_at = 0;
            board.info.generation++;
            assert_session_rows("20000000-20001fff r??? ? <explored>\n");
            vmmap_session_destroy(session);
        }
    } while (++at <= calls);
    ck_assert_uint_gt(calls, 20);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const struct vmmap_settings settings = {.explore = VMMAP_EXPLORE_ON};
    for (int by_register = 0; by_register < 2; by_register++) {
        struct fault_report report;
        unsigned int at = 0;
        do {
            const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = ++at};
            struct vmmap_session_explored explored;
            const struct vmmap_map *map;
            start();
            fault_begin(&plan);
            struct vmmap_error *error =
                by_register ? vmmap_session_set_settings(session, &settings) : NULL;
            if (!error)
                error = by_register ? vmmap_session_map(session, &map)
                                    : vmmap_session_explore(session, RAM_START, true, &explored);
            vmmap_session_destroy(session);
            report = fault_end();
            ck_assert(!error || error == &vmmap_error_no_memory);
            ck_assert_int_eq(report.blocks, -1); /* the session itself was there before */
            assert_ram_is_whole();
        } while (at <= report.calls[FAULT_ALLOCATION]);
        ck_assert_uint_gt(at, 10);
    }
}
END_TEST

START_TEST(the_words_of_the_setting)
{
    ck_assert_str_eq(vmmap_explore_when_name(VMMAP_EXPLORE_OFF), "off");
    ck_assert_str_eq(vmmap_explore_when_name(VMMAP_EXPLORE_ASK), "ask");
    ck_assert_str_eq(vmmap_explore_when_name(VMMAP_EXPLORE_ON), "on");
    ck_assert_ptr_null(vmmap_explore_when_name(VMMAP_EXPLORE_ON + 1));
}
END_TEST

int main(void)
{
    return RUN_TESTS("manual_explore", what_can_be_read_around_an_address_is_a_row,
                     where_nothing_can_be_read_there_is_no_row,
                     what_can_be_written_is_told_apart_and_put_back, what_the_map_has_is_not_read,
                     memory_regions_of_gdb_are_a_fence, devices_of_a_cortex_m_are_not_read,
                     targets_that_can_not_be_explored_say_why,
                     registers_that_point_at_memory_find_it, every_call_may_fail,
                     every_call_on_behalf_of_a_register_may_fail, every_allocation_may_fail,
                     the_words_of_the_setting);
}
