/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_QUIET_H
#define VMMAP_PLUGIN_QUIET_H

/**
 * @file
 * Asking GDB for something without what it prints meanwhile: a warning about the registers of a
 * core file, for one, would stand in our output, ahead of the JSON, and in that of whoever captures
 * it.
 */

#include <stdbool.h>

/**
 * ask(context), with all of GDB's streams led away while it runs: what it prints is lost, the
 * exception that it leaves is not. A KeyboardInterrupt takes the answer's place where Ctrl-C was
 * pressed. Calls nest. Costs some 15 µs. In the condition of a breakpoint nothing is led away.
 */
bool quietly(bool (*ask)(void *context), void *context);

/** Registers the command by which quietly() works; before that it hides nothing. */
bool quiet_register(void);

#endif
