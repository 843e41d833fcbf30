/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_PHYSICAL_H
#define VMMAP_PROVIDERS_MACHINE_PHYSICAL_H

/**
 * @file
 * Reads of physical memory of a machine under QEMU: from /proc/PID/mem of QEMU's process, by
 * packets with the stub in its physical memory mode, or by the monitor's `xp`. RAM and ROM only.
 */

#include "map/map.h"
#include "providers/machine/guest_ram.h"
#include "providers/settings.h"
#include "providers/stub_process.h"

enum { VMMAP_PHYSICAL_PAGE = 0x1000 };

struct vmmap_physical_page;

struct vmmap_physical {
    const struct vmmap_target *target;
    const struct vmmap_target_info *info;
    struct vmmap_map *notes; /**< gets a note for each way that was tried in vain */
    struct vmmap_guest_ram ram;
    enum vmmap_phys_via via; /**< AUTO until something was read */
    struct vmmap_stub_process process;
    bool is_verified;            /**< bytes that tell something were the same by another way */
    bool mode_is_set;            /**< the stub is in its physical memory mode because of us */
    char mode_before;            /**< the mode in which we found it, '0' or '1' */
    struct vmmap_error *failure; /**< owned: why nothing more can be read */
    struct vmmap_physical_page *pages; /**< owned: a cache */
    uint64_t page_reads;               /**< pages that were not in the cache */
};

/** Nothing is asked yet. `info` and `notes` must outlive it. */
VMMAP_CHECKED struct vmmap_error *vmmap_physical_init(struct vmmap_physical *physical,
                                                      const struct vmmap_target *target,
                                                      const struct vmmap_target_info *info,
                                                      struct vmmap_map *notes);

/** Puts the stub back into the mode in which it was, whatever happened before, and frees. Where
 *  that fails the notes say so. */
void vmmap_physical_deinit(struct vmmap_physical *physical);

/** As struct vmmap_paging_memory wants them; the context is a struct vmmap_physical. */
VMMAP_CHECKED struct vmmap_error *vmmap_physical_read(void *context, uint64_t physical, void *bytes,
                                                      size_t size);
VMMAP_CHECKED struct vmmap_error *vmmap_physical_poll(void *context);

/**
 * The same for searching: one read of QEMU's memory, after the first and the last page have been
 * asked for. What is between them need not all be RAM, and then some bytes are not the guest's; no
 * device is touched. UNSUPPORTED where physical memory is not read from /proc/PID/mem.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_physical_peek(void *context, uint64_t physical, void *bytes,
                                                      size_t size);

/**
 * How many lines an answer of the monitor may have. QEMU sends a packet for each and reads no
 * acknowledgement meanwhile, until both sides wait for room in the socket: a unix socket and a pipe
 * take 278 acknowledgements and at least 166 lines (of 100 characters). TCP joins the
 * acknowledgements, and 23,175 lines passed; but it has to be QEMU that is at its other end, for
 * who knows how it goes on from someone in between (docs/qemu-system.md).
 */
uint64_t vmmap_physical_monitor_lines(const struct vmmap_physical *physical);

/** NULL, or why reads failed that the walkers took for unreadable memory: the last one, after which
 *  nobody polled, may have been it. */
VMMAP_CHECKED struct vmmap_error *vmmap_physical_status(const struct vmmap_physical *physical);

#endif
