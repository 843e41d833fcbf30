/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_CHILD_H
#define VMMAP_TESTS_UNIT_CHILD_H

/**
 * @file
 * A real process to look at, with mappings that a test knows, and the truth about it read by means
 * that share no code with the library.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "map/map.h"

struct child {
    pid_t pid;
    /** CHILD_PAGES pages of the child: see child_start(). */
    uint64_t arena;
    uint64_t page_size;
    char directory[64]; /**< temporary, with the files that it maps */
    char *newline_path; /**< of a mapped file, with a newline in its name */
    char *literal_path; /**< of a mapped file, with the four characters \012 in its name */
};

enum { CHILD_PAGES = 16 };

/**
 * Forks a child that maps these pages of its arena, and then waits:
 *
 *     0  hole                        6  shared rw anonymous
 *     1  r-- anonymous               7  hole
 *     2  rw- anonymous               8  the file with a newline in its name, page 1 of it, r--
 *     3  --- anonymous               9  the file with a literal \012, r-x private
 *     4  rwx anonymous              10  hole, and so on to the end
 *     5  -w- anonymous
 *
 * Only functions that are safe after fork() run in it.
 */
void child_start(struct child *child);

/** The same with a main thread that has exited, so that /proc/PID/maps is empty, and another that
 *  waits. */
void child_start_headless(struct child *child);

/** Kills it and removes its files. */
void child_stop(struct child *child);

/**
 * The finished map that the child must have: from its /proc/PID/maps as `cat` and the C library
 * read them, with the names of the two files in the arena as they really are.
 */
struct vmmap_map *child_truth(const struct child *child);

/** Whether this kernel has the ioctl PROCMAP_QUERY (Linux 6.11 and later). */
bool kernel_has_procmap_query(void);

#endif
