/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/proc_status.h"

#include <string.h>

#include "support.h"

static size_t count_of(const char *text)
{
    return vmmap_proc_status_count_pids(text, strlen(text));
}

START_TEST(ids_are_counted)
{
    ck_assert_uint_eq(count_of("Name:\tx\nNSpid:\t17\nNSpgid:\t1\t2\t3\n"), 1);
    ck_assert_uint_eq(count_of("NStgid:\t1\t2\nNSpid:\t4711\t17\t1\nNSsid:\t1\n"), 3);
    ck_assert_uint_eq(count_of("NSpid: 4711 17"), 2);
    ck_assert_uint_eq(count_of("NSpid:\n"), 0);
}
END_TEST

START_TEST(without_the_line_there_are_none)
{
    ck_assert_uint_eq(count_of("Name:\tNSpid:\nNSpidx:\t1\nPid:\t1\n"), 0);
    ck_assert_uint_eq(count_of("\n\n"), 0);
    ck_assert_uint_eq(vmmap_proc_status_count_pids(NULL, 0), 0);
}
END_TEST

START_TEST(the_text_ends_where_it_ends)
{
    ck_assert_uint_eq(vmmap_proc_status_count_pids("NSpid:\t1\t2", 8), 1);
    ck_assert_uint_eq(vmmap_proc_status_count_pids("NSpid:\t1\t2", 6), 0);
}
END_TEST

static char state_of(const char *text)
{
    return vmmap_proc_status_state(text, strlen(text));
}

START_TEST(the_state_is_a_letter)
{
    ck_assert_int_eq(state_of("Name:\tx\nUmask:\t0022\nState:\tZ (zombie)\nTgid:\t1\n"), 'Z');
    ck_assert_int_eq(state_of("State:\tt (tracing stop)\n"), 't');
    ck_assert_int_eq(state_of("State: X"), 'X');
}
END_TEST

START_TEST(without_a_state_there_is_no_letter)
{
    ck_assert_int_eq(state_of("State:\n"), '\0');
    ck_assert_int_eq(state_of("Name:\tState:\nStates:\tZ\n"), '\0');
    ck_assert_int_eq(state_of(""), '\0');
    ck_assert_int_eq(vmmap_proc_status_state("State:\tZ", 7), '\0');
}
END_TEST

int main(void)
{
    return RUN_TESTS("proc_status", ids_are_counted, without_the_line_there_are_none,
                     the_text_ends_where_it_ends, the_state_is_a_letter,
                     without_a_state_there_is_no_letter);
}
