/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * LiME (github.com/504ensicsLabs/LiME, doc/): ranges of memory, each behind a header of 32 bytes:
 * magic, version 1, first and last physical address, inclusive, 8 reserved bytes. Little-endian.
 */

#include <inttypes.h>
#include <string.h>

#include "base/little_endian.h"
#include "images/format.h"

enum {
    HEADER_SIZE = 32,
    VERSION = 1,
    RANGES_MAX = 1 << 20,
};

static const char magic[] = "EMiL"; /* 0x4C694D45 */

static bool lime_detect(struct vmmap_window *file)
{
    const unsigned char *header = vmmap_window_at(file, 0, sizeof(magic) - 1);
    return header && memcmp(header, magic, sizeof(magic) - 1) == 0;
}

/* Adds the range whose header is at `*at`, and goes to the next. */
static struct vmmap_error *take_range(struct vmmap_image *image, uint64_t *at)
{
    const unsigned char *header = vmmap_window_at(&image->window, *at, HEADER_SIZE);
    if (!header || memcmp(header, magic, sizeof(magic) - 1) != 0)
        return vmmap_image_broken(image, "a header is not where the range before it ends");
    if (vmmap_load_u32(header + 4) != VERSION)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The memory image %s is LiME's, of a version that is not known "
                                  "(%" PRIu32 "): write it with \"format=lime\".",
                                  image->path, vmmap_load_u32(header + 4));
    const uint64_t first = vmmap_load_u64(header + 8), last = vmmap_load_u64(header + 16);
    const uint64_t left = image->file.reader.size - *at - HEADER_SIZE;
    if (last < first || last - first == UINT64_MAX)
        return vmmap_image_broken(image, "a range ends before it begins");
    const uint64_t size = last - first + 1;
    const uint64_t offset = *at + HEADER_SIZE;
    *at = offset + (size < left ? size : left);
    return vmmap_image_add_memory(image, first, size, offset, size);
}

static struct vmmap_error *lime_open(struct vmmap_image *image)
{
    struct vmmap_error *error = NULL;
    uint64_t at = 0;
    for (size_t i = 0; !error && at < image->file.reader.size; i++) {
        if (i == RANGES_MAX)
            return vmmap_image_broken(image, "it has more ranges than a machine has");
        error = take_range(image, &at);
        if (!error && i % 1024 == 1023)
            error = vmmap_target_poll(image->target);
    }
    return error;
}

const struct vmmap_image_format vmmap_image_lime = {
    .name = "LiME",
    .detect = lime_detect,
    .open = lime_open,
    .read = vmmap_image_read_pieces,
    .next_range = vmmap_image_next_piece,
};
