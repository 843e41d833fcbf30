/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_KERNEL_SUPPORT_H
#define VMMAP_TESTS_UNIT_KERNEL_SUPPORT_H

/**
 * @file
 * Machines whose memory holds a kernel: 16 MiB of RAM, of which the first 2 MiB are for page
 * tables, and pages of 4 KiB and 2 MiB that a test maps as it likes.
 */

#include "os/linux.h"
#include "paging_support.h"

enum { KERNEL_RAM_SIZE = 16 << 20, KERNEL_SMALL_PAGE = 0x1000, KERNEL_BIG_PAGE = 2 << 20 };

struct kernel {
    struct ram ram;
    struct vmmap_paging_config config;
    struct vmmap_paging_memory memory;
    unsigned int levels;
    uint64_t roots[2]; /**< of the lower and the upper half; on x86 and RISC-V the same */
    uint64_t next;     /**< where the next table is made */
};

/** A machine with RAM from `base` on in which nothing is mapped: x86-64 with 4 or 5 levels, AArch64
 *  with 4 (a granule of 4 KiB, 48 bits), RISC-V with 3 to 5. */
void kernel_init(struct kernel *kernel, enum vmmap_paging_architecture architecture,
                 unsigned int levels, uint64_t base);
void kernel_deinit(struct kernel *kernel);

/** Maps memory in the biggest pages that fit; `access` is "rw-" or the like for the kernel, with
 *  "u" behind it for user mode too. */
void kernel_map(struct kernel *kernel, uint64_t virtual, uint64_t physical, uint64_t size,
                const char *access);

/** Bytes of a string, without the NUL, and their removal. */
void kernel_put_text(struct kernel *kernel, uint64_t physical, const char *text);
void kernel_clear(struct kernel *kernel, uint64_t physical, uint64_t size);

/** To read with, and to search in `search_bytes` bytes. */
struct vmmap_kernel_memory kernel_memory(const struct kernel *kernel, uint64_t search_bytes);

/** An area a line: "start-last name", then " user" or " linear PHYSICAL"; to be freed. */
char *layout_text(const struct vmmap_kernel_layout *layout);

#endif
