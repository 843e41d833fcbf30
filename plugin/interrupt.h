/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_INTERRUPT_H
#define VMMAP_PLUGIN_INTERRUPT_H

/**
 * @file
 * Ctrl-C while a GDB command runs that fails. GDB notes the signal and acts upon it later, but
 * forgets it when it throws an error meanwhile (prepare_to_throw_exception() in gdb/exceptions.c):
 * where we expect the error and go on, nothing would be left of the user's Ctrl-C.
 */

#include <stdbool.h>

/** From here on SIGINT is seen, and handled by GDB as ever. Calls nest. */
void interrupt_watch_begin(void);

/** Ends what the last interrupt_watch_begin() began; whether SIGINT came in the time of the
 *  outermost watch. */
bool interrupt_watch_end(void);

#endif
