/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_MAP_REGISTER_H
#define VMMAP_MAP_REGISTER_H

#include <stdint.h>

/** Longer than the names of general registers; one that does not fit is not listed. */
enum { VMMAP_REGISTER_NAME_SIZE = 16 };

/** A register of the selected thread. */
struct vmmap_register {
    char name[VMMAP_REGISTER_NAME_SIZE]; /**< as the debugger has it, without $; NUL-terminated */
    uint64_t value;
};

#endif
