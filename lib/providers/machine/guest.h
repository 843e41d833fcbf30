/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MACHINE_GUEST_H
#define VMMAP_PROVIDERS_MACHINE_GUEST_H

/**
 * @file
 * What is known of the machine that is looked at beside its CPU: the image file that is asked in
 * its place, its operating system, its processes, and which of them the user chose.
 *
 * The session owns one. What was found of the operating system is used again as long as the
 * kernel in memory is the same; processes are listed anew for each request.
 */

#include "images/image.h"
#include "os/linux_guest.h"

struct vmmap_guest {
    struct vmmap_image *image; /**< owned; NULL for a live machine */
    char *image_path;          /**< owned; the file that was asked for, NULL for none */
    uint64_t image_base;
    struct vmmap_error *image_error; /**< owned: why there is no image */

    bool has_system;
    struct vmmap_linux_guest system;
    struct vmmap_paging_memory memory; /**< what `system` reads, good during a request */
    struct vmmap_paging_runs ranges;   /**< physical memory of a live machine, ascending */

    bool has_chosen;
    struct vmmap_guest_process chosen; /**< the process that the user chose */
};

void vmmap_guest_deinit(struct vmmap_guest *guest);

/** Opens the image file, or closes it (NULL), unless that is the one in use. That it can not be
 *  opened is no error: guest->image_error. */
VMMAP_CHECKED struct vmmap_error *vmmap_guest_use_image(struct vmmap_guest *guest,
                                                        const struct vmmap_target *target,
                                                        const char *path, uint64_t base);

/** NULL, or a copy of the error that says why there is no image. */
VMMAP_CHECKED struct vmmap_error *vmmap_guest_image_status(const struct vmmap_guest *guest);

/**
 * Finds the operating system in `memory`, unless it is known already; memory->context must stay
 * for the request. `kernel` is how a CPU of a live machine translates while it is in the kernel,
 * NULL for an image. The UNSUPPORTED error is a sentence.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_guest_find_system(struct vmmap_guest *guest,
                                                          const struct vmmap_paging_memory *memory,
                                                          const struct vmmap_paging_config *kernel);

/** All processes of the system that was found; the caller deinitialises the list, whatever the
 *  outcome. `*complete` is false where some may be missing. */
VMMAP_CHECKED struct vmmap_error *
vmmap_guest_list(struct vmmap_guest *guest, struct vmmap_guest_processes *ret, bool *complete);

/** Looks the chosen process up again. The UNAVAILABLE error says that it has gone. */
VMMAP_CHECKED struct vmmap_error *vmmap_guest_refresh_chosen(struct vmmap_guest *guest);

/** How the machine translates while a process runs, or for NULL the kernel of its own. */
struct vmmap_paging_config vmmap_guest_config(const struct vmmap_guest *guest,
                                              const struct vmmap_guest_process *process);

/** An address in the code of the kernel that was found; 0 if it is not known. */
uint64_t vmmap_guest_code(const struct vmmap_guest *guest);

#endif
