/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_HOST_QEMU_PROGRAM_H
#define VMMAP_HOST_QEMU_PROGRAM_H

/**
 * @file
 * Whether a process of this machine runs QEMU's emulator, a machine's or a program's: judged by the
 * file behind /proc/PID/exe, whatever its name is and whether it was deleted, and by nothing that a
 * process says of itself or that comes over a connection.
 *
 * The file has to be an ELF image whose loaded segments have, where nothing is written, both the
 * name of a packet that only QEMU's stub for GDB knows (gdbstub.c since 2008) and QEMU's line of
 * copyright (QEMU_COPYRIGHT, since 2.9). qemu-img and qemu-nbd have only the second, a debugger at
 * most the first.
 */

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "target/target.h"

/** Which file was judged, so that it need not be read again while it stays the same. */
struct vmmap_program_file {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed; /**< st_ctim */
};

/**
 * Sets `*ret`. Where the file is the one in `*known`, that one was QEMU's; else it is read, and
 * noted in `*known` if it is. Errors: UNAVAILABLE where the file may not be read, no memory,
 * interrupted.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_qemu_program_check(const struct vmmap_target *target,
                                                           uint64_t pid,
                                                           struct vmmap_program_file *known,
                                                           bool *ret);

#endif
