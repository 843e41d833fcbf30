/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_REMOTE_H
#define VMMAP_PROVIDERS_REMOTE_H

/**
 * @file
 * What a remote stub tells of itself and of the process behind it, by packets of the remote
 * protocol (GDB manual, "General Query Packets"). A stub answers a packet that it does not know
 * with nothing, and may answer anything else.
 */

#include "formats/auxv.h"
#include "target/target.h"

/**
 * Whether the stub is QEMU's, and of which kind: QEMU_USER, QEMU_SYSTEM, or REMOTE for any other.
 * Costs one packet with QEMU 4.2 and later, two with any other stub; so ask once a connection.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_remote_identify(const struct vmmap_target *target,
                                                        enum vmmap_target_kind *ret);

/**
 * Whether a QEMU for user mode lets the debugger read memory that the program itself may not read:
 * 8.1 and later do, which also serve files (gdbstub/user-target.c). Costs a packet.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_remote_reads_all(const struct vmmap_target *target,
                                                         bool *ret);

/** Reads the auxiliary vector. Errors: UNSUPPORTED when there is none to be had. */
VMMAP_CHECKED struct vmmap_error *vmmap_remote_auxv(const struct vmmap_target *target,
                                                    struct vmmap_auxv *ret);

#endif
