/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_MONITOR_CPU_H
#define VMMAP_PROVIDERS_MACHINE_MONITOR_CPU_H

/**
 * @file
 * Of which CPU QEMU's monitor speaks: the first one, or what "monitor cpu N" selected, whatever
 * thread the debugger has selected.
 */

#include "target/target.h"

/** The monitor's number of the selected thread, which is a CPU. */
uint64_t vmmap_monitor_cpu_number(const struct vmmap_target_info *info);

/** `*selected` is whether the monitor is known to speak of the selected thread. The question
 *  (`info cpus`) has a line a CPU for an answer: with more than `max_lines` it is not asked. */
VMMAP_CHECKED struct vmmap_error *vmmap_monitor_cpu_check(const struct vmmap_target *target,
                                                          const struct vmmap_target_info *info,
                                                          uint64_t max_lines, bool *selected);

#endif
