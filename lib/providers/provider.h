/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_PROVIDER_H
#define VMMAP_PROVIDERS_PROVIDER_H

/**
 * @file
 * A provider is one way to find out a memory map. There is one file for each, and one line for each
 * in the table in session/session.c, in the order in which they are tried.
 */

#include "map/map.h"
#include "target/target.h"

/** The wish for the surroundings of one address only. */
struct vmmap_lookup {
    uint64_t address;
    uint64_t before; /**< how many regions below the one that holds the address */
    uint64_t after;  /**< how many above */
};

struct vmmap_provider {
    /** The `provider` word of the JSON output, and of `set vmmap source`. */
    const char *name;

    /** Asks nothing of the debugger for which the target would have to stop. */
    bool while_running;

    /** Whether it makes sense to try, judged without asking the target anything. */
    bool (*applies)(const struct vmmap_target *target, const struct vmmap_target_info *info);

    /**
     * Asked next: whether the target, to judge by its registers, is one that this provider is made
     * for. If not, nothing is said of it. NULL where `applies` says it all.
     */
    VMMAP_CHECKED struct vmmap_error *(*suits)(const struct vmmap_target *target,
                                               const struct vmmap_target_info *info, bool *ret);

    /**
     * Fills an empty map, notes and `exact` included, and finishes it. An error means that this
     * provider has no map; its message is a sentence for the user, and the next provider is tried
     * unless the error is fatal.
     */
    VMMAP_CHECKED struct vmmap_error *(*fill)(const struct vmmap_target *target,
                                              const struct vmmap_target_info *info,
                                              struct vmmap_map *map);

    /**
     * The same for the surroundings of one address, at a cost that does not depend on the size of
     * the map: the region that holds it, if any, and at least the wanted number on either side.
     * NULL, or an UNSUPPORTED error, where only the whole map can be had.
     */
    VMMAP_CHECKED struct vmmap_error *(*lookup)(const struct vmmap_target *target,
                                                const struct vmmap_target_info *info,
                                                const struct vmmap_lookup *lookup,
                                                struct vmmap_map *map);

    /**
     * Whether a map that fill() made last still holds, asked before it is used again though the
     * debugger saw nothing change. NULL where only what the debugger sees can change it.
     */
    VMMAP_CHECKED struct vmmap_error *(*check)(const struct vmmap_target *target,
                                               const struct vmmap_target_info *info, bool *holds);

    /**
     * Adds, to threads that the debugger listed, the registers that it could not read but this
     * source knows. `count` is not 0. NULL where the debugger knows all there is.
     */
    VMMAP_CHECKED struct vmmap_error *(*complete_threads)(const struct vmmap_target *target,
                                                          struct vmmap_thread *threads,
                                                          size_t count);

    /**
     * Splits a map's regions where the threads' stacks end, as far as this source can tell though
     * its list of regions does not show it. The map stays finished. NULL where it never can.
     */
    VMMAP_CHECKED struct vmmap_error *(*split_stacks)(const struct vmmap_target *target,
                                                      struct vmmap_map *map,
                                                      const struct vmmap_thread *threads,
                                                      size_t count);

    /**
     * Compares a map that fill() made with what the threads' registers say: a contradiction is a
     * note, and the map is not exact. NULL where they can not contradict it.
     */
    VMMAP_CHECKED struct vmmap_error *(*doubt)(const struct vmmap_target_info *info,
                                               struct vmmap_map *map,
                                               const struct vmmap_thread *threads, size_t count);
};

/** /proc/TID/maps of this machine, for a process that runs under this debugger. */
extern const struct vmmap_provider vmmap_provider_procfs;

/** The same file on the other side of a remote connection. */
extern const struct vmmap_provider vmmap_provider_vfile;

/** A program under QEMU's user mode emulation. */
extern const struct vmmap_provider vmmap_provider_qemu_user;

/** A processor without an operating system: its memory regions and its protection unit. */
extern const struct vmmap_provider vmmap_provider_bare_metal;

/** The chosen process of a Linux guest: its regions. */
extern const struct vmmap_provider vmmap_provider_linux_tasks;

/** A machine, under QEMU or in a memory image: the page tables of a CPU or a process. */
extern const struct vmmap_provider vmmap_provider_page_tables;

/** A machine under QEMU: `info mem` of its monitor. */
extern const struct vmmap_provider vmmap_provider_monitor;

/** The ELF core file that is being debugged. */
extern const struct vmmap_provider vmmap_provider_core;

/** What reading finds of a process behind a remote stub that tells no map. */
extern const struct vmmap_provider vmmap_provider_probe;

/** What the debugger itself lists. */
extern const struct vmmap_provider vmmap_provider_gdb;

#endif
