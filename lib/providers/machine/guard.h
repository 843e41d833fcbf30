/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_GUARD_H
#define VMMAP_PROVIDERS_MACHINE_GUARD_H

/**
 * @file
 * The guard against a map that is wrong as a whole: a CPU that runs can fetch its next instruction,
 * and a kernel can use its stack. Where a map says otherwise, the registers or tables that it was
 * made from are not those that the CPU uses, or not all of it could be read.
 */

#include "providers/machine/machine.h"

/**
 * Translates $pc, and $sp too if a Linux kernel is known to run (`is_linux`) and the CPU is in it.
 * Where the CPU could not go on, or may be in a virtual machine of its own without a sign, `map`
 * gets a note and is not exact. Costs no reads where the page tables on the way have been read
 * before.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_machine_guard(struct vmmap_machine *machine,
                                                      const struct vmmap_target *target,
                                                      const struct vmmap_target_info *info,
                                                      bool is_linux, struct vmmap_map *map);

#endif
