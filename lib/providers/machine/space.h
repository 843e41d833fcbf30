/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_SPACE_H
#define VMMAP_PROVIDERS_MACHINE_SPACE_H

/**
 * @file
 * An address space of a machine that is not, or not just, the one that the selected CPU is in:
 * another root of the page tables in place of a register's, or what one mode sees. No register is
 * written for that.
 */

#include "providers/machine/machine.h"

enum vmmap_root_kind {
    VMMAP_ROOT_CPU,    /**< that of the selected CPU */
    VMMAP_ROOT_TABLE,  /**< in place of CR3, satp (the table's address, or the register's value) or
                            TTBR0; what else the CPU's registers say stays */
    VMMAP_ROOT_UPPER,  /**< in place of TTBR1 */
    VMMAP_ROOT_KERNEL, /**< the kernel's own, where it isolates its page tables (x86) */
    VMMAP_ROOT_USER,   /**< those for user mode, likewise */
    VMMAP_ROOT_EPT,    /**< an EPTP alone: what a guest takes for physical addresses */
    VMMAP_ROOT_NPT,    /**< an nCR3, likewise */
    VMMAP_ROOT_CPU_IN_EPT, /**< that of the selected CPU, which is in a virtual machine, below it */
    VMMAP_ROOT_CPU_IN_NPT,
};

struct vmmap_root {
    enum vmmap_root_kind kind;
    uint64_t address;
};

enum vmmap_space_mode {
    VMMAP_SPACE_BOTH,   /**< all rows; the letters are user mode's where it can reach a row */
    VMMAP_SPACE_USER,   /**< what user mode can reach */
    VMMAP_SPACE_KERNEL, /**< what the privileged mode can reach, and may do */
};

struct vmmap_space {
    struct vmmap_root root;
    enum vmmap_space_mode mode;
    /** Only the pages of 4 KiB that map this physical address, each labelled with the virtual one.
     */
    bool has_physical;
    uint64_t physical;
    bool is_physical; /**< no address space: what is where in physical memory */
};

/** Whether it is just what the selected CPU sees. */
bool vmmap_space_is_own(const struct vmmap_space *space);

/**
 * Lets the machine translate from that root. Notes say what it is then. An INVALID error says what
 * is wrong with the root, UNAVAILABLE that it lies where there is no RAM.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_machine_use_root(struct vmmap_machine *machine,
                                                         const struct vmmap_root *root,
                                                         struct vmmap_map *notes);

#endif
