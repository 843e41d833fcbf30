/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_SUPPORT_H
#define VMMAP_TESTS_UNIT_SUPPORT_H

/**
 * @file
 * What the unit tests share. Maps are written and compared whole, as text with a line for each
 * region, so that a test shows what it is about and no field goes unchecked:
 *
 *     1000-1fff rw-p 2000 /lib/libc.so # stack of thread 2
 *
 * start and last byte (inclusive), permissions, offset (`?` when not known), name (`-` for none)
 * and, after a `#`, the label.
 */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/error.h"
#include "map/map.h"

/** Runs the named tests as one suite, each in a process of its own. The value is for main(). */
#define RUN_TESTS(suite, ...)                                                                      \
    run_tests(suite, (const TTest *[]){__VA_ARGS__},                                               \
              sizeof((const TTest *[]){__VA_ARGS__}) / sizeof(const TTest *))

int run_tests(const char *suite, const TTest *const *tests, size_t count);

/** Leaves the test with a line on the output that says why it was not run. */
#define SKIP_TEST(...)                                                                             \
    do {                                                                                           \
        printf("skipped: " __VA_ARGS__);                                                           \
        printf("\n");                                                                              \
        fflush(stdout);                                                                            \
        return;                                                                                    \
    } while (0)

/** What a target that is told to fail answers: vmmap_error_no_memory for that code, else a new
 * error. */
struct vmmap_error *make_error(enum vmmap_error_code code, const char *message);

/** Fails the test unless `error` is NULL. */
#define assert_ok(error)                                                                           \
    do {                                                                                           \
        const struct vmmap_error *error_ = (error);                                                \
        ck_assert_msg(!error_, "%s: %s", #error, error_ ? error_->message : "");                   \
    } while (0)

/** Fails the test unless `error` has this code and this whole message. Destroys the error. */
#define assert_error(error, wanted_code, wanted_message)                                           \
    do {                                                                                           \
        struct vmmap_error *error_ = (error);                                                      \
        ck_assert_ptr_nonnull(error_);                                                             \
        ck_assert_str_eq(error_->message, wanted_message);                                         \
        ck_assert_int_eq(error_->code, wanted_code);                                               \
        vmmap_error_destroy(error_);                                                               \
    } while (0)

/** Fails the test unless the buffer holds exactly this string. Empties the buffer. */
#define assert_buffer(buffer, wanted)                                                              \
    do {                                                                                           \
        char *text_ = take_text(buffer);                                                           \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

/** Fails the test unless the map's regions are these rows. */
#define assert_rows(map, wanted)                                                                   \
    do {                                                                                           \
        char *text_ = rows_text(map);                                                              \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

/** Fails the test unless the map's notes are these lines. */
#define assert_notes(map, wanted)                                                                  \
    do {                                                                                           \
        char *text_ = notes_text(map);                                                             \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

/** The buffer's bytes as a string to be freed; the buffer is empty afterwards. */
char *take_text(struct vmmap_buffer *buffer);

/** The regions as rows, to be freed. */
char *rows_text(const struct vmmap_map *map);

/** The rows from index `first` on, `count` of them, to be freed. */
char *some_rows_text(const struct vmmap_map *map, size_t first, size_t count);

/** The notes, a line each, to be freed. */
char *notes_text(const struct vmmap_map *map);

/** An unfinished map with the regions that `rows` tells, in that order; origin procfs. */
struct vmmap_map *make_unfinished_map(const char *rows);

/** The same, finished. */
struct vmmap_map *make_map(const char *rows);

#endif
