/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MANUAL_PMP_REGISTERS_H
#define VMMAP_PROVIDERS_MANUAL_PMP_REGISTERS_H

/**
 * @file
 * The registers of physical memory protection of a RISC-V hart, as the debugger names them.
 */

#include "protection/pmp.h"
#include "target/target.h"

/** Whether the selected thread is a RISC-V hart in machine mode. */
VMMAP_CHECKED struct vmmap_error *vmmap_pmp_recognise(const struct vmmap_target *target, bool *ret);

/** Reads the registers; without any the count is 0. `*is_known` is false where others change what
 *  they mean (mseccfg), which a note says. */
VMMAP_CHECKED struct vmmap_error *vmmap_pmp_read(const struct vmmap_target *target,
                                                 unsigned int address_bits, struct vmmap_map *notes,
                                                 struct vmmap_pmp *ret, bool *is_known);

#endif
