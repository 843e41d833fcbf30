/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_GUEST_RAM_H
#define VMMAP_PROVIDERS_MACHINE_GUEST_RAM_H

/**
 * @file
 * What of a QEMU machine's physical address space is RAM or ROM, and where QEMU itself has it in
 * memory. Asked of the monitor: without its word nothing is read, for reading a device has effects.
 *
 * The first pages are asked for one by one (`gpa2hva`, 0.03 ms each). After that the list of all
 * ranges is fetched (`info mtree -f`, 0.3 to 0.8 ms), if the machine is so small that the text is
 * short: a long one hangs both sides for good.
 *
 * Nothing of it is kept for the next command. Where the monitor has said that there is RAM it may
 * plug a device a moment later, and no event would tell.
 */

#include "target/target.h"

/** A piece of guest-physical memory that is contiguous in QEMU's memory as well. */
struct vmmap_guest_block {
    uint64_t start;
    uint64_t last;
    uint64_t host; /**< QEMU's address of `start`; 0 until asked for */
};

struct vmmap_guest_ram {
    const struct vmmap_target *target;
    const struct vmmap_target_info *info;
    struct vmmap_guest_block *blocks; /**< owned; in no order, few */
    size_t count;
    size_t capacity;
    uint64_t max_lines;       /**< of the list, if it is to be asked for: the owner sets it */
    unsigned int pages_asked; /**< one by one */
    unsigned int max_pages;   /**< after which the list is worth its price */
    bool list_is_measured;    /**< `may_list` and `max_pages` are what this machine's list costs */
    bool may_list;
    bool list_tried;
    bool listed; /**< `blocks` has all there are */
};

/** `info` must outlive it. */
void vmmap_guest_ram_init(struct vmmap_guest_ram *ram, const struct vmmap_target *target,
                          const struct vmmap_target_info *info);

/** Says that many pages will be asked for, so that the list is soon worth its price. */
void vmmap_guest_ram_expect_many(struct vmmap_guest_ram *ram);

void vmmap_guest_ram_deinit(struct vmmap_guest_ram *ram);

/** Fetches the list of all ranges now, if it is known to be short; else nothing happens. */
VMMAP_CHECKED struct vmmap_error *vmmap_guest_ram_list(struct vmmap_guest_ram *ram);

/**
 * QEMU's address of the page at `physical`, a multiple of 4 KiB. `*found` is false where there is
 * no RAM. An error means that the monitor can not be asked.
 */
VMMAP_CHECKED struct vmmap_error *
vmmap_guest_ram_find(struct vmmap_guest_ram *ram, uint64_t physical, uint64_t *host, bool *found);

/** Appends the list of all ranges (`info mtree -f`). `*allowed` is false, and nothing is appended,
 *  where it may be too long to be asked for. */
VMMAP_CHECKED struct vmmap_error *
vmmap_guest_ram_read_text(struct vmmap_guest_ram *ram, struct vmmap_buffer *ret, bool *allowed);

#endif
