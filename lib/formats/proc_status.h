/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_PROC_STATUS_H
#define VMMAP_FORMATS_PROC_STATUS_H

/**
 * @file
 * The text of /proc/PID/status (proc_pid_status(5); fs/proc/array.c, task_state()).
 */

#include <stddef.h>

/**
 * How many process ids the line `NSpid:` lists, 0 when there is no such line (Linux before 4.1).
 * The first is the id in the PID namespace that this /proc was mounted for, each other one that in
 * the next namespace down to the process's own.
 */
size_t vmmap_proc_status_count_pids(const char *text, size_t size);

/** The letter of the line `State:`, `Z` for a zombie and `X` for one that is dead; NUL when there
 * is no such line. Any other character may be in a text that is none of the kernel's. */
char vmmap_proc_status_state(const char *text, size_t size);

#endif
