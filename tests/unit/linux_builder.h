/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_LINUX_BUILDER_H
#define VMMAP_TESTS_UNIT_LINUX_BUILDER_H

/**
 * @file
 * The memory of a small x86-64 machine, 192 KiB from physical address 0 on, in which a Linux kernel
 * has three processes: everything that lib/os reads of a real one, at offsets of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINUX_RAM_SIZE = 0x30000,
    LINUX_ROOT = 0x1000, /**< physical: the kernel's tables, and those of every process */
    /* Where structures are, physical. */
    LINUX_VMCOREINFO = 0x7000,
    LINUX_UTS = 0x8000,
    LINUX_KALLSYMS = 0x9000,
    LINUX_BTF = 0xb000,
    LINUX_TASKS = 0x20000,  /**< 0x100 each: init_task, init (1), a kernel thread (2), lab (7) */
    LINUX_THREAD = 0x20400, /**< of process 7, whose leader has no mm */
    LINUX_MM = 0x21000,     /**< of process 1; of process 7 0x100 further on */
    LINUX_VMAS = 0x22000,   /**< 0x80 each, those of process 7 */
    LINUX_MAPLE = 0x24000,  /**< nodes, 0x100 each */
    LINUX_FILES = 0x26000,
};

#define LINUX_IMAGE      UINT64_C(0xffffffff81000000) /**< of physical address 0 in the image */
#define LINUX_DIRECT_MAP UINT64_C(0xffff888000000000) /**< likewise */

struct linux_options {
    bool has_list;         /**< VMAs in a list, as before 6.1, else in a maple tree */
    bool hides_kallsyms;   /**< VMCOREINFO does not name the tables, as before 6.0 */
    bool has_text_symbols; /**< only functions in kallsyms: init_task and BTF are searched for */
    bool has_no_note;      /**< VMCOREINFO only as the bare text */
};

/** Fills LINUX_RAM_SIZE bytes. */
void linux_build(const struct linux_options *options, unsigned char *ram);

/** A row as text: what the regions of process 7 have to be, a line each. */
extern const char linux_regions[];

#endif
