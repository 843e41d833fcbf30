/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_X86_STATE_H
#define VMMAP_PROVIDERS_MACHINE_X86_STATE_H

/**
 * @file
 * What of an x86 CPU the debugger has no register for, asked of QEMU's monitor: where its segments
 * begin, and whether it is in system management mode.
 *
 * In real mode $pc and $sp are offsets in a segment. It begins at 16 times its number, unless the
 * CPU was just reset (CS is 0xf000 and begins at 0xffff0000), entered system management mode, or
 * has been in protected mode (Intel SDM volume 3, sections 10.1.4, 32.5 and 10.9.2).
 */

#include "formats/qemu_monitor.h"
#include "map/map.h"
#include "paging/paging.h"
#include "target/target.h"

/** `*found` is false where the monitor does not tell it of the selected CPU. */
VMMAP_CHECKED struct vmmap_error *vmmap_x86_state_read(const struct vmmap_target *target,
                                                       const struct vmmap_target_info *info,
                                                       struct vmmap_qemu_x86_state *ret,
                                                       bool *found);

bool vmmap_x86_is_in_real_mode(const struct vmmap_paging_config *config);

enum vmmap_x86_segment { VMMAP_X86_CODE, VMMAP_X86_STACK };

/** The address that `offset` is in the code's or the stack's segment, if the target is an x86 CPU
 * in real mode; else it is `offset` itself. */
VMMAP_CHECKED struct vmmap_error *vmmap_x86_linear(const struct vmmap_target *target,
                                                   const struct vmmap_target_info *info,
                                                   enum vmmap_x86_segment segment, uint64_t offset,
                                                   uint64_t *ret);

/** Says of a CPU in real mode what its addresses are, and whether it is in system management mode.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_x86_note_real_mode(const struct vmmap_target *target,
                                                           const struct vmmap_target_info *info,
                                                           struct vmmap_map *notes);

/** Says of a CPU in system management mode that it is. */
VMMAP_CHECKED struct vmmap_error *vmmap_x86_note_smm(struct vmmap_map *notes);

#endif
