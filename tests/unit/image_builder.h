/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_IMAGE_BUILDER_H
#define VMMAP_TESTS_UNIT_IMAGE_BUILDER_H

/**
 * @file
 * Writes small memory images in every format, all of the same physical memory: pages 1, 2 and 5, of
 * which page 5 is in none of the files that can leave a page out. Every byte of a page tells where
 * it is: image_byte().
 */

#include "base/buffer.h"

enum image_kind {
    IMAGE_ELF,
    IMAGE_KDUMP,
    IMAGE_KDUMP_FLATTENED,
    IMAGE_LIME,
    IMAGE_DMP64,
    IMAGE_DMP32,
    IMAGE_DMP64_BITMAP,
    IMAGE_DMP32_BITMAP,
    IMAGE_RAW, /**< of pages 1 and 2, without a hole */
    IMAGE_KIND_COUNT,
};

/** The byte at a physical address. */
unsigned char image_byte(uint64_t physical);

/** Appends an image to an empty buffer. */
void image_build(enum image_kind kind, struct vmmap_buffer *ret);

/** The text of VMCOREINFO that the formats with notes hold. */
extern const char image_vmcoreinfo[];

/** Little-endian, at an offset of what is there already. */
void image_put(struct vmmap_buffer *buffer, size_t at, uint64_t value, size_t size);

#endif
