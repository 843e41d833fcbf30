/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_OS_LINUX_MEMORY_H
#define VMMAP_OS_LINUX_MEMORY_H

/**
 * @file
 * How the files of lib/os that read a Linux guest's structures share the work. Not for users of the
 * library.
 */

#include "base/buffer.h"
#include "os/linux_guest.h"

enum {
    VMMAP_LINUX_STRING_MAX = 4096, /**< of a path; PATH_MAX */
    VMMAP_LINUX_NAME_MAX = 256,    /**< of one part of it, with the NUL */
};

/** Reads the words at `count` offsets of a structure, in one go if they are close to each other;
 *  VMMAP_LINUX_NO_OFFSET reads as 0. `*done` is false where one can not be read. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_read_words(const struct vmmap_linux_guest *guest,
                                                         uint64_t address, const uint64_t *offsets,
                                                         size_t count, uint64_t *ret, bool *done);

/** A string of at most `size` - 1 bytes; longer ones, and what can not be read, are cut. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_read_string(const struct vmmap_linux_guest *guest,
                                                          uint64_t address, char *ret, size_t size,
                                                          bool *done);

/** The path of a `struct path` with these members, as process 1 would see it, appended to `*ret`.
 *  `*known` is false, and nothing is appended, where the file tells its name by a function that is
 *  not known here. */
VMMAP_CHECKED struct vmmap_error *vmmap_linux_path(const struct vmmap_linux_guest *guest,
                                                   uint64_t mnt, uint64_t dentry,
                                                   struct vmmap_buffer *ret, bool *known);

/** Calls `visit` with the address of each VMA in a maple tree (lib/maple_tree.c of Linux), in
 *  ascending order. `*complete` is false where the tree is broken. */
VMMAP_CHECKED struct vmmap_error *
vmmap_linux_maple_walk(const struct vmmap_linux_guest *guest, uint64_t tree,
                       struct vmmap_error *(*visit)(void *context, uint64_t entry), void *context,
                       bool *complete);

#endif
