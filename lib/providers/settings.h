/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_SETTINGS_H
#define VMMAP_PROVIDERS_SETTINGS_H

/**
 * @file
 * What the user chose about how providers work (`set vmmap ...`). The session hands it to them in
 * struct vmmap_target_info. All zero is the automatic choice everywhere.
 */

#include <stdbool.h>
#include <stdint.h>

/** The ways to the map of a qemu-user guest, from exact to none. */
enum vmmap_qemu_user_way {
    VMMAP_QEMU_USER_AUTO,  /**< the first that works, in this order */
    VMMAP_QEMU_USER_VFILE, /**< the guest's own /proc/self/maps, through the stub */
    VMMAP_QEMU_USER_HOST,  /**< derived from the mappings of the QEMU process of this machine */
    VMMAP_QEMU_USER_PROBE, /**< found by reading memory through the stub */
    VMMAP_QEMU_USER_FULL,  /**< the whole address space as one row */
};

/** The ways to physical memory of a machine under QEMU, from fast to slow. */
enum vmmap_phys_via {
    VMMAP_PHYS_VIA_AUTO,     /**< the first that works, in this order */
    VMMAP_PHYS_VIA_PROC_MEM, /**< /proc/PID/mem of the QEMU process of this machine */
    VMMAP_PHYS_VIA_PACKET,   /**< packets, with QEMU's stub in its physical memory mode */
    VMMAP_PHYS_VIA_MONITOR,  /**< the monitor's `xp` */
};

/** Whether to look for memory around what the registers point at, where nothing else is known. */
enum vmmap_explore_when {
    VMMAP_EXPLORE_OFF,
    VMMAP_EXPLORE_ASK, /**< after the user has said yes */
    VMMAP_EXPLORE_ON,
};

struct vmmap_settings {
    enum vmmap_qemu_user_way qemu_user;
    /** The QEMU process of this machine that runs the target; 0 to find it. */
    uint64_t qemu_pid;
    enum vmmap_phys_via phys_via;
    enum vmmap_explore_when explore;
    /** The register that selects one of a Cortex-M's MPU regions may be written, and is put back.
     */
    bool mpu_select;
    /** Not to read a machine's page tables, but to take QEMU's word (`info mem`). */
    bool no_page_tables;
    /** A memory image that is asked, whatever is being debugged; NULL for none. */
    const char *image;
    uint64_t image_base; /**< where a raw one begins in physical memory */
};

/** The words of `set vmmap phys-via`; NULL beyond the last. */
const char *vmmap_phys_via_name(unsigned int via);

/** The words of `set vmmap qemu-user`; NULL beyond the last. */
const char *vmmap_qemu_user_way_name(unsigned int way);

/** The words of `set vmmap explore`; NULL beyond the last. */
const char *vmmap_explore_when_name(unsigned int when);

#endif
