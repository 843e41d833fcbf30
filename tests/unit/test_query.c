/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/query.h"

#include <stdio.h>
#include <string.h>

#include "child.h"
#include "fake_target.h"
#include "support.h"

#define LEGEND "LEGEND: STACK | HEAP | CODE | DATA | WX | RODATA\n"
#define HEADS  LEGEND "                Start                End Perm     Size   Offset File\n"
#define ROW_A  "0x0000000000001000 0x0000000000002000 r-xp     1000        0 /a\n"
#define ROW_HEAP                                                                                   \
    "0x0000000000003000 0x0000000000004000 rw-p     1000        0 [heap] (stack of thread 1)\n"

static const struct fake_file files[] = {
    {"/proc/42/maps", "1000-2000 r-xp 00000000 fe:00 7     /a\n"
                      "3000-4000 rw-p 00000000 00:00 0     [heap]\n"},
    {NULL, NULL},
};
static const struct vmmap_thread threads[] = {
    {.number = 1, .stack_pointer = 0x3800, .has_stack_pointer = true}};
static const char unknown_mappings[] = "Start Addr End Addr Size Offset objfile\n"
                                       "0x5000 0x6000 0x1000 0x0 /b\n"
                                       "0x6000 0x7000 0x1000 0x0 /b\n";

static struct fake_target fake;

static void start(void)
{
    fake_target_init(&fake);
    fake.files = files;
    fake.threads = threads;
    fake.thread_count = 1;
}

static char *answer(struct vmmap_query query)
{
    struct vmmap_session *session;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    assert_ok(vmmap_session_create(&fake.target, &session));
    assert_ok(vmmap_session_query(session, &query, &text));
    vmmap_session_destroy(session);
    return take_text(&text);
}

#define assert_answer(query, wanted)                                                               \
    do {                                                                                           \
        char *text_ = answer(query);                                                               \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

#define QUERY(...) ((struct vmmap_query){__VA_ARGS__})
#define AT(...)    QUERY(.filter = {.kind = VMMAP_FILTER_ADDRESS, __VA_ARGS__})
#define NAMED(...) QUERY(.filter = {.kind = VMMAP_FILTER_NAME, __VA_ARGS__})
#define ALL(...)   QUERY(.filter = {.kind = VMMAP_FILTER_NONE, __VA_ARGS__})

enum { W = VMMAP_PERM_WRITE, X = VMMAP_PERM_EXEC };

START_TEST(tables)
{
    start();
    assert_answer(AT(.address = 0x3010), HEADS
                  "-> 0x0000000000003000 0x0000000000004000 rw-p     1000        0 [heap] (stack "
                  "of thread 1) +0x10\n");
    assert_answer(NAMED(.name = "/a", .after = 1), HEADS "-> " ROW_A "   " ROW_HEAP);
    assert_answer(ALL(.perms = W), LEGEND
                  "             Start                End Perm     Size   Offset File\n" ROW_HEAP);
}
END_TEST

START_TEST(no_match_is_one_sentence)
{
    start();
    assert_answer(AT(.address = 0x2000), "No page holds the address 0x2000.\n");
    assert_answer(AT(.address = 0), "No page holds the address 0x0.\n");
    assert_answer(AT(.address = UINT64_MAX), "No page holds the address 0xffffffffffffffff.\n");
    assert_answer(NAMED(.name = "nowhere"), "No page has \"nowhere\" in its name.\n");
    assert_answer(NAMED(.name = "\x1b[31m"), "No page has \"\\033[31m\" in its name.\n");
    assert_answer(NAMED(.name = "nowhere", .perms = W), "No page has \"nowhere\" in its name.\n");
    assert_answer(ALL(.perms = W | X), "No page is known to be writable and executable.\n");
    assert_answer(AT(.address = 0x1000, .perms = W),
                  "No page that matches is known to be writable.\n");
    assert_answer(NAMED(.name = "heap", .perms = X),
                  "No page that matches is known to be executable.\n");
}
END_TEST

START_TEST(no_map_is_told_in_sentences)
{
    start();
    fake.info.kind = VMMAP_TARGET_NONE;
    static const char no_process[] = "There is no process: start one with \"run\", or use "
                                     "\"attach\", \"target remote\" or \"core-file\" (a compressed "
                                     "core has to be unpacked first).\n";
    assert_answer(ALL(.perms = 0), no_process);
    assert_answer(AT(.address = 0), no_process);
    assert_answer(NAMED(.name = "x"), no_process);
    assert_answer(QUERY(.gaps = true), no_process);
    start();
    fake.info.running = true;
    assert_answer(ALL(.perms = 0),
                  "The program is running: stop it first, with Ctrl-C or \"interrupt\".\n");
    start();
    fake.files = NULL;
    assert_answer(AT(.address = 0), "The fake has no /proc/42/maps.\nThe fake has no such text.\n");
}
END_TEST

#define GDB_NOTES                                                                                  \
    "note: The fake has no /proc/42/maps.\n"                                                       \
    "note: This is what GDB's \"info proc mappings\" lists; rows may be missing and what it does " \
    "not print is shown as not known.\n"

START_TEST(rows_that_may_match_are_counted)
{
    start();
    fake.files = NULL;
    fake.proc_mappings = unknown_mappings;
    assert_answer(ALL(.perms = W), "No page is known to be writable.\n" GDB_NOTES
                                   "note: 2 rows are left out because it is not known whether they "
                                   "are writable.\n");
    assert_answer(AT(.address = 0x5000, .perms = X),
                  "No page that matches is known to be executable.\n" GDB_NOTES
                  "note: 1 row is left out because it is not known whether it is executable.\n");
    assert_answer(AT(.address = 0x5000, .perms = W | X),
                  "No page that matches is known to be writable and executable.\n" GDB_NOTES
                  "note: 1 row is left out because it is not known whether it is writable and "
                  "executable.\n");
}
END_TEST

START_TEST(a_word_that_is_a_name_as_well_is_remarked)
{
    start();
    struct vmmap_query query = AT(.address = 0x1000);
    query.word = "heap";
    assert_answer(query, HEADS "-> 0x0000000000001000 0x0000000000002000 r-xp     1000        0 "
                               "/a +0x0\n"
                               "note: \"heap\" was evaluated as an expression; \"vmmap -n heap\" "
                               "shows the pages with that name.\n");
    query.word = "main";
    assert_answer(query, HEADS "-> 0x0000000000001000 0x0000000000002000 r-xp     1000        0 "
                               "/a +0x0\n");
    query.word = "heap";
    query.filter.address = 0;
    assert_answer(query, "No page holds the address 0x0.\n"
                         "note: \"heap\" was evaluated as an expression; \"vmmap -n heap\" shows "
                         "the pages with that name.\n");
    query.filter.address = 0x1000;
    query.filter.perms = W;
    assert_answer(query, "No page that matches is known to be writable.\n"
                         "note: \"heap\" was evaluated as an expression; \"vmmap -n heap\" shows "
                         "the pages with that name.\n");
}
END_TEST

START_TEST(gaps)
{
    start();
    struct vmmap_query query = AT(.address = 0x2800);
    query.gaps = true;
    assert_answer(query, LEGEND
                  "                Start                End Perm     Size Note     Accumulated "
                  "File\n"
                  "   0x0000000000001000 0x0000000000002000 r-xp     1000                      /a\n"
                  "-> 0x0000000000002000 0x0000000000003000          1000 GAP +0x800\n"
                  "   0x0000000000003000 0x0000000000004000 rw-p     1000                      "
                  "[heap] (stack of thread 1)\n"
                  "Total: 2 pages, 0x2000 mapped; 1 gaps, 0x1000 unmapped\n");
    query.filter.address = 0x9000;
    assert_answer(query, LEGEND
                  "                Start                End Perm     Size Note     Accumulated "
                  "File\n"
                  "   0x0000000000003000 0x0000000000004000 rw-p     1000                      "
                  "[heap] (stack of thread 1)\n"
                  "-> 0x0000000000004000 0xffffffffffffffff      ffffffffffffc000 GAP +0x5000\n"
                  "Total: 1 pages, 0x1000 mapped; 1 gaps, 0xffffffffffffc000 unmapped\n");
}
END_TEST

START_TEST(json_never_fails_for_lack_of_anything)
{
    start();
    struct vmmap_query query = NAMED(.name = "nowhere");
    query.format = VMMAP_FORMAT_JSON;
    assert_answer(query, "{\"target\": \"remote\", \"provider\": \"vfile\", \"exact\": true, "
                         "\"notes\": [], \"regions\": []}\n");
    query.word = "heap";
    assert_answer(query, "{\"target\": \"remote\", \"provider\": \"vfile\", \"exact\": true, "
                         "\"notes\": [\"\\\"heap\\\" was evaluated as an expression; \\\"vmmap -n "
                         "heap\\\" shows the pages with that name.\"], \"regions\": []}\n");
    fake.info.kind = VMMAP_TARGET_NONE;
    query.word = NULL;
    assert_answer(query, "{\"target\": \"none\", \"provider\": \"none\", \"exact\": false, "
                         "\"notes\": [\"There is no process: start one with \\\"run\\\", or use "
                         "\\\"attach\\\", \\\"target remote\\\" or \\\"core-file\\\" (a compressed "
                         "core has to be unpacked first).\"], "
                         "\"regions\": []}\n");
}
END_TEST

START_TEST(an_address_above_all_pages_of_a_real_process)
{
    struct child child;
    child_start(&child);
    start();
    fake.info.kind = VMMAP_TARGET_NATIVE;
    fake.info.pid = fake.info.tid = (uint64_t)child.pid;
    assert_answer(AT(.address = UINT64_MAX), "No page holds the address 0xffffffffffffffff.\n");
    struct vmmap_query query = AT(.address = UINT64_MAX);
    query.format = VMMAP_FORMAT_JSON;
    assert_answer(query, "{\"target\": \"native\", \"provider\": \"procfs\", \"exact\": true, "
                         "\"notes\": [], \"regions\": []}\n");
    child_stop(&child);
}
END_TEST

#define ROW_A_MARKED "-> 0x0000000000001000 0x0000000000002000 r-xp     1000        0 /a\n"

START_TEST(names_that_nothing_has_are_looked_for_otherwise)
{
    static const char *const words[] = {"/a", "nowhere", NULL};
    static const char *const capitals[] = {"/A", "NOWHERE", NULL};
    start();
    assert_answer(NAMED(.name = "/A"), HEADS ROW_A_MARKED
                  "note: No page has \"/A\" in its name in these letters; upper and lower case "
                  "were taken for the same.\n");
    assert_answer(NAMED(.name = "/a nowhere", .words = words), HEADS ROW_A_MARKED
                  "note: No page has \"/a nowhere\" in its name; these have one of the words.\n");
    assert_answer(NAMED(.name = "/A NOWHERE", .words = capitals), HEADS ROW_A_MARKED
                  "note: No page has \"/A NOWHERE\" in its name; these have one of the words.\n"
                  "note: No page has \"/A NOWHERE\" in its name in these letters; upper and lower "
                  "case were taken for the same.\n");
    static const char *const none[] = {"no", "thing", NULL};
    assert_answer(NAMED(.name = "no thing", .words = none),
                  "No page has \"no thing\" in its name.\n");
    struct vmmap_query query = NAMED(.name = "rsp");
    query.register_name = "rsp";
    assert_answer(query, "No page has \"rsp\" in its name.\n"
                         "note: \"rsp\" is a register: \"vmmap $rsp\" shows the page that it "
                         "points into.\n");
}
END_TEST

START_TEST(the_executable_is_where_the_program_is_entered)
{
    static const char *const others[] = {
        "9    AT_ENTRY             Entry point of program         0x3010\n", /* in [heap] */
        "9    AT_ENTRY             Entry point of program         0x9000\n",
        "6    AT_PAGESZ            System page size               4096\n"};
    static const char unknown[] = "No page has \"binary\" in its name.\n"
                                  "note: It is not known which file is the program's executable.\n";
    start();
    fake.auxv = "9    AT_ENTRY             Entry point of program         0x1010\n";
    assert_answer(NAMED(.name = "binary"), HEADS ROW_A_MARKED);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        fake.auxv = others[i];
        assert_answer(NAMED(.name = "binary"), unknown);
    }
    fake.auxv = NULL;
    assert_answer(NAMED(.name = "binary"),
                  "No page has \"binary\" in its name.\n"
                  "note: It is not known which file is the program's executable: The fake has no "
                  "such text.\n");
    fake.target.debugger_text = NULL;
    assert_answer(NAMED(.name = "binary"), unknown);
}
END_TEST

START_TEST(sentences_for_each_kind_of_filter)
{
    struct vmmap_regex *regex;
    start();
    assert_ok(vmmap_regex_create("^nothing$", &regex));
    assert_answer(ALL(.regex = regex),
                  "No page has a name that matches the regular expression \"^nothing$\".\n");
    assert_answer(NAMED(.name = "heap", .regex = regex),
                  "No page with a name that matches the regular expression \"^nothing$\" has "
                  "\"heap\" in its name.\n");
    assert_answer(AT(.address = 0x1000, .regex = regex),
                  "No page with a name that matches the regular expression \"^nothing$\" holds the "
                  "address 0x1000.\n");
    vmmap_regex_destroy(regex);
    assert_answer(QUERY(.filter = {.kind = VMMAP_FILTER_RANGE, .address = 0x2000, .last = 0x2fff}),
                  "No page overlaps 0x2000 to 0x2fff.\n");
    assert_answer(ALL(.pattern = {.letters = "rwx"}),
                  "No page is known to have permissions that match \"rwx\".\n");
    assert_answer(
        NAMED(.name = "heap", .perms = X, .pattern = {.letters = "rw-p", .negated = true}),
        "No page that matches is known to be executable and have permissions that match "
        "\"!rw-p\".\n");
}
END_TEST

START_TEST(totals_and_csv)
{
    start();
    assert_answer(QUERY(.sum = true), "            Size    Pages File\n"
                                      "            1000        1 /a\n"
                                      "            1000        1 [heap]\n"
                                      "\n"
                                      "            Size    Pages Perm\n"
                                      "            1000        1 r-xp\n"
                                      "            1000        1 rw-p\n"
                                      "\n"
                                      "Total: 2 pages, 0x2000\n"
                                      "Largest page: 0x0000000000001000 0x0000000000002000, 0x1000 "
                                      "/a\n"
                                      "Largest gap: 0x0000000000002000 0x0000000000003000, "
                                      "0x1000\n");
    assert_answer(QUERY(.sum = true, .format = VMMAP_FORMAT_JSON),
                  "{\"target\": \"remote\", \"provider\": \"vfile\", \"exact\": true, "
                  "\"notes\": [], \"regions\": [], \"sum\": {\"names\": [\n"
                  "  {\"name\": \"/a\", \"pages\": 1, \"size\": \"0x1000\"},\n"
                  "  {\"name\": \"[heap]\", \"pages\": 1, \"size\": \"0x1000\"}], "
                  "\"perms\": [\n"
                  "  {\"perms\": \"r-xp\", \"pages\": 1, \"size\": \"0x1000\"},\n"
                  "  {\"perms\": \"rw-p\", \"pages\": 1, \"size\": \"0x1000\"}], "
                  "\"total\": {\"pages\": 2, \"size\": \"0x2000\"}, \"largest\": "
                  "{\"start\": \"0x1000\", \"end\": \"0x2000\", \"size\": \"0x1000\", "
                  "\"name\": \"/a\"}, \"largest_gap\": {\"start\": \"0x2000\", \"end\": "
                  "\"0x3000\", \"size\": \"0x1000\"}}}\n");
    assert_answer(QUERY(.format = VMMAP_FORMAT_CSV, .sort = VMMAP_SORT_NAME),
                  "start,end,size,perms,offset,name,label,origin\n"
                  "0x1000,0x2000,0x1000,r-xp,0x0,/a,,procfs\n"
                  "0x3000,0x4000,0x1000,rw-p,0x0,[heap],stack of thread 1,procfs\n");
    fake.info.kind = VMMAP_TARGET_NONE;
    assert_answer(QUERY(.format = VMMAP_FORMAT_CSV),
                  "start,end,size,perms,offset,name,label,origin\n");
}
END_TEST

START_TEST(registers_beside_the_label)
{
    static const struct vmmap_register registers[] = {{"sp", 0x3800}, {"a0", 0x3000}, {"pc", 0x1}};
    start();
    fake.registers = registers;
    fake.register_count = 3;
    struct vmmap_query query = ALL(.perms = W);
    query.registers = true;
    query.physical = true;
    assert_answer(query, LEGEND
                  "             Start                End Perm     Size   Offset           Physical "
                  "File\n"
                  "0x0000000000003000 0x0000000000004000 rw-p     1000        0                  - "
                  "[heap] (stack of thread 1 <- $sp $a0)\n");
    query.format = VMMAP_FORMAT_JSON;
    assert_answer(query, "{\"target\": \"remote\", \"provider\": \"vfile\", \"exact\": true, "
                         "\"notes\": [], \"regions\": [\n"
                         "  {\"start\": \"0x3000\", \"end\": \"0x4000\", \"size\": "
                         "\"0x1000\", \"perms\": \"rw-p\", \"offset\": \"0x0\", \"name\": "
                         "\"[heap]\", \"label\": \"stack of thread 1 <- $sp $a0\", "
                         "\"origin\": \"procfs\", \"registers\": [\"sp\", \"a0\"]}]}\n");
    fake.target.registers = NULL;
    query.format = VMMAP_FORMAT_TEXT;
    query.physical = false;
    assert_answer(query, LEGEND
                  "             Start                End Perm     Size   Offset File\n" ROW_HEAP
                  "note: The registers are not shown: The target has no registers to read.\n");
}
END_TEST

START_TEST(a_running_process_of_this_machine)
{
    struct child child;
    child_start(&child);
    start();
    fake.info.kind = VMMAP_TARGET_NATIVE;
    fake.info.running = true;
    fake.info.pid = fake.info.tid = (uint64_t)child.pid;
    static const char note[] = "note: The program is running: its map may be changing, and what "
                               "registers tell is not shown.\n";
    const struct vmmap_query queries[] = {ALL(.perms = 0), AT(.address = child.arena)};
    for (size_t i = 0; i < 2; i++) {
        char *text = answer(queries[i]);
        ck_assert_ptr_nonnull(strstr(text, "0x"));
        ck_assert_str_eq(text + strlen(text) - strlen(note), note);
        free(text);
        ck_assert_uint_eq(fake.calls[FAKE_THREADS], 0);
    }
    child_stop(&child);
}
END_TEST

START_TEST(only_fatal_errors_are_errors)
{
    struct vmmap_session *session;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    const struct vmmap_query query = ALL(.perms = 0);
    start();
    assert_ok(vmmap_session_create(&fake.target, &session));
    fake.fail_at = 2;
    fake.fail_code = VMMAP_ERROR_INTERRUPTED;
    assert_error(vmmap_session_query(session, &query, &text), VMMAP_ERROR_INTERRUPTED,
                 fake_failure_message);
    ck_assert_uint_eq(text.size, 0);
    vmmap_buffer_deinit(&text);
    vmmap_session_destroy(session);
}
END_TEST

int main(void)
{
    return RUN_TESTS("query", tables, no_match_is_one_sentence, no_map_is_told_in_sentences,
                     rows_that_may_match_are_counted, a_word_that_is_a_name_as_well_is_remarked,
                     gaps, json_never_fails_for_lack_of_anything,
                     an_address_above_all_pages_of_a_real_process,
                     names_that_nothing_has_are_looked_for_otherwise,
                     the_executable_is_where_the_program_is_entered,
                     sentences_for_each_kind_of_filter, totals_and_csv, registers_beside_the_label,
                     a_running_process_of_this_machine, only_fatal_errors_are_errors);
}
