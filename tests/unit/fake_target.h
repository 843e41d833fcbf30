/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_FAKE_TARGET_H
#define VMMAP_TESTS_UNIT_FAKE_TARGET_H

/**
 * @file
 * A target whose every answer is written down beforehand, which counts what it is asked and can
 * fail at any call. A test sets the fields after fake_target_init().
 */

#include "target/target.h"

enum fake_call {
    FAKE_DESCRIBE,
    FAKE_POLL,
    FAKE_READ_FILE,
    FAKE_DEBUGGER_TEXT,
    FAKE_THREADS,
    FAKE_CORE_PATH,
    FAKE_EXECUTABLE_ID,
    FAKE_SYMBOL_ADDRESS,
    FAKE_SYMBOL_TEXT,
    FAKE_REGISTERS,
    FAKE_CALL_COUNT,
};

struct fake_file {
    const char *path;
    const char *text; /**< NULL: reading it is an UNAVAILABLE error */
};

struct fake_target {
    /** What the library is given. A test may set functions to NULL: not supported. */
    struct vmmap_target target;

    struct vmmap_target_info info;
    const struct fake_file *files; /**< those that are there; ends with a NULL path */
    const char *proc_mappings;     /**< NULL: an UNAVAILABLE error */
    const char *sections;          /**< of `maintenance info sections`; likewise */
    const char *auxv;              /**< of `info auxv`; likewise */
    const char *loaded_files;      /**< of `info files`; likewise */
    const char *symbol;            /**< of `info symbol`, for every address; likewise */
    const char *core_path;         /**< likewise */
    const char *executable_id;     /**< NULL: none */
    uint64_t curbrk;               /**< the address of the symbol __curbrk; 0: there is none */
    const struct vmmap_register *registers;
    size_t register_count;
    const struct vmmap_thread *threads;
    size_t thread_count;

    /** How often each function was called, and all of them. */
    unsigned int calls[FAKE_CALL_COUNT];
    unsigned int total_calls;
    /** The call (counted from 1 in total_calls) that fails with `fail_code`; 0 for none. */
    unsigned int fail_at;
    enum vmmap_error_code fail_code;
};

/** The message of the error at `fail_at`, unless its code is NO_MEMORY. */
extern const char fake_failure_message[];

/** A remote 64-bit target, process 42 with one thread of the same id, that has no file, no
 *  mappings and no register to tell. */
void fake_target_init(struct fake_target *fake);

/** Sets all counts to 0. */
void fake_target_reset_calls(struct fake_target *fake);

#endif
