/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_BTF_H
#define VMMAP_FORMATS_BTF_H

/**
 * @file
 * BTF, the description of its own types that a Linux kernel carries
 * (Documentation/bpf/btf.rst): where in a structure its members are. Little-endian.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { VMMAP_BTF_HEADER_SIZE = 24 };

struct vmmap_btf {
    const unsigned char *types; /**< borrowed */
    size_t types_size;
    const char *strings; /**< borrowed; ends with a NUL */
    size_t strings_size;
    uint32_t *offsets; /**< owned: of each type in `types`; number 0 is void */
    uint32_t count;    /**< of types, void included */
};

/** How many bytes a header says that there are with it, or 0 where it is none. */
size_t vmmap_btf_size(const unsigned char *header);

/** Reads `size` bytes, which must stay. `*valid` is false where they are no BTF; what is behind a
 *  type that is broken is left out. `*ret` is to be deinitialised whatever the outcome. */
VMMAP_CHECKED struct vmmap_error *vmmap_btf_init(const unsigned char *bytes, size_t size,
                                                 struct vmmap_btf *ret, bool *valid);

void vmmap_btf_deinit(struct vmmap_btf *btf);

/** The number of the first structure whose name is these `size` bytes, or 0. Goes through all
 *  types. */
uint32_t vmmap_btf_find_struct(const struct vmmap_btf *btf, const char *name, size_t size);

/** The offset in bytes of a member of structure `type`: its name, or "a.b" for member b of a. Those
 *  of members without a name count as the structure's own. False where there is none. */
bool vmmap_btf_member(const struct vmmap_btf *btf, uint32_t type, const char *path, uint64_t *ret);

#endif
