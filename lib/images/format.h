/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_IMAGES_FORMAT_H
#define VMMAP_IMAGES_FORMAT_H

/**
 * @file
 * What a format of memory images does. Not for users of the library.
 */

#include "formats/elf.h"
#include "host/file.h"
#include "images/image.h"
#include "images/pieces.h"

struct vmmap_image_page;

struct vmmap_image {
    const struct vmmap_target *target;
    char *path; /**< owned */
    struct vmmap_image_options options;
    struct vmmap_file file;
    struct vmmap_window window; /**< over the file, for whoever reads one thing at a time */

    const struct vmmap_image_format *format;
    void *state;                /**< owned by the format */
    struct vmmap_pieces pieces; /**< of physical memory, for formats that have it so */
    struct vmmap_image_facts facts;
    struct vmmap_image_cpu *cpus; /**< owned; facts.cpus */
    char *vmcoreinfo;             /**< owned; facts.vmcoreinfo */

    struct vmmap_image_page *pages; /**< owned: a cache */
    uint64_t reads;
};

struct vmmap_image_format {
    const char *name;

    /** Whether the file begins as one of this format does. */
    bool (*detect)(struct vmmap_window *file);

    /** Finds the memory and the facts. What it allocates is freed by close(), also after an error.
     */
    VMMAP_CHECKED struct vmmap_error *(*open)(struct vmmap_image *image);

    /** May be NULL. */
    void (*close)(struct vmmap_image *image);

    /** Reads from `physical` on what is all SAVED: `*done` is how many of the `size` bytes. */
    VMMAP_CHECKED struct vmmap_error *(*read)(struct vmmap_image *image, uint64_t physical,
                                              void *bytes, size_t size, size_t *done);

    bool (*next_range)(struct vmmap_image *image, uint64_t from, struct vmmap_image_range *ret);
};

extern const struct vmmap_image_format vmmap_image_elf;
extern const struct vmmap_image_format vmmap_image_kdump;
extern const struct vmmap_image_format vmmap_image_lime;
extern const struct vmmap_image_format vmmap_image_dmp;
extern const struct vmmap_image_format vmmap_image_raw;

/** read() and next_range() of formats whose memory is image->pieces. */
VMMAP_CHECKED struct vmmap_error *vmmap_image_read_pieces(struct vmmap_image *image,
                                                          uint64_t physical, void *bytes,
                                                          size_t size, size_t *done);
bool vmmap_image_next_piece(struct vmmap_image *image, uint64_t from,
                            struct vmmap_image_range *ret);

/** Adds pieces for `memory_size` bytes from `physical` on, of which the first `file_size` are at
 *  `offset`; what the file does not have of them is not saved. Sizes that leave the address space
 *  are cut. */
VMMAP_CHECKED struct vmmap_error *vmmap_image_add_memory(struct vmmap_image *image,
                                                         uint64_t physical, uint64_t memory_size,
                                                         uint64_t offset, uint64_t file_size);

/** Takes the facts out of the ELF notes of a machine; `window` is over what holds them. */
VMMAP_CHECKED struct vmmap_error *vmmap_image_read_notes(struct vmmap_image *image,
                                                         const struct vmmap_elf *elf,
                                                         struct vmmap_window *window,
                                                         const struct vmmap_elf_segment *segment);

/** Keeps `size` bytes at `offset` as the text of VMCOREINFO, if they are that. */
VMMAP_CHECKED struct vmmap_error *vmmap_image_take_vmcoreinfo(struct vmmap_image *image,
                                                              struct vmmap_window *window,
                                                              uint64_t offset, uint64_t size);

/** A CPU to fill in, added to the facts; NULL without memory or when there are too many. */
struct vmmap_image_cpu *vmmap_image_add_cpu(struct vmmap_image *image);

/** The error for a file of the format that is broken; `what` ends a sentence. */
VMMAP_CHECKED struct vmmap_error *vmmap_image_broken(const struct vmmap_image *image,
                                                     const char *what);

#endif
