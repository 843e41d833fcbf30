/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_FAULT_H
#define VMMAP_TESTS_UNIT_FAULT_H

/**
 * @file
 * Makes the Nth allocation, or the Nth system call, fail; and counts what is still held, so that a
 * leak shows in every build. Works by the linker's --wrap, so only in a program that is linked with
 * the options in CMakeLists.txt.
 */

#include <stddef.h>

enum fault_kind {
    FAULT_ALLOCATION,  /**< malloc, calloc, realloc, reallocarray, strdup, vasprintf */
    FAULT_SYSTEM_CALL, /**< open, read, pread, ioctl, opendir, readdir */
    FAULT_KIND_COUNT,
};

struct fault_plan {
    enum fault_kind kind;
    unsigned int at;   /**< counted from 1; 0: nothing fails */
    int number;        /**< errno of a system call that fails */
    size_t read_limit; /**< the most that read() and pread() may return; 0: as the kernel likes */
};

struct fault_report {
    unsigned int calls[FAULT_KIND_COUNT];
    /** What was allocated or opened since fault_begin() and was not given back. */
    long blocks;
    long descriptors;
};

/** From here to fault_end() only the library should run. */
void fault_begin(const struct fault_plan *plan);

/** Stops failing and counting. */
struct fault_report fault_end(void);

#endif
