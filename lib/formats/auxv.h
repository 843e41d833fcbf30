/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_AUXV_H
#define VMMAP_FORMATS_AUXV_H

/**
 * @file
 * The auxiliary vector, which the kernel (or QEMU in its place) hands to a new process
 * (getauxval(3), <elf.h>): pairs of type and value, each as wide as the process's pointers and in
 * its byte order, up to AT_NULL.
 *
 * It comes as bytes (NT_AUXV, `qXfer:auxv:read`) or as the text of GDB's `info auxv`.
 */

#include "formats/elf.h"

/** Types from here on are not kept; the kernel's are all below. */
enum { VMMAP_AUXV_TYPE_COUNT = 64 };

struct vmmap_auxv {
    uint64_t values[VMMAP_AUXV_TYPE_COUNT];
    uint64_t known; /**< a bit for each type that is there */
};

/**
 * Parses the bytes of a process of this class and byte order (of `elf` nothing else matters). The
 * first of two entries with the same type counts; what follows AT_NULL, and an entry that is cut
 * short, do not.
 */
void vmmap_auxv_parse(const struct vmmap_elf *elf, const void *bytes, size_t size,
                      struct vmmap_auxv *ret);

/**
 * Parses bytes whose width and byte order are not known: only one of the four makes AT_PHENT the
 * size of a program header of that width and AT_PAGESZ a page size. False when none does.
 */
bool vmmap_auxv_recognise(const void *bytes, size_t size, struct vmmap_auxv *ret);

/** Parses what `info auxv` prints. False when it is not that. */
bool vmmap_auxv_parse_text(const char *text, size_t size, struct vmmap_auxv *ret);

/** The value of an AT_ type; false when the vector has none. */
bool vmmap_auxv_get(const struct vmmap_auxv *auxv, unsigned int type, uint64_t *ret);

#endif
