/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Raw memory, one byte behind the other (pmemsave, LiME's format=raw, .vmem). It has no header, so
 * where it begins in physical memory is the user's word, and every file may be one.
 */

#include "images/format.h"

static bool raw_detect(struct vmmap_window *file)
{
    (void)file;
    return true;
}

static struct vmmap_error *raw_open(struct vmmap_image *image)
{
    const uint64_t size = image->file.reader.size;
    return vmmap_image_add_memory(image, image->options.raw_base, size, 0, size);
}

const struct vmmap_image_format vmmap_image_raw = {
    .name = "raw",
    .detect = raw_detect,
    .open = raw_open,
    .read = vmmap_image_read_pieces,
    .next_range = vmmap_image_next_piece,
};
