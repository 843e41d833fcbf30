/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * ELF cores of machines: QEMU's `dump-guest-memory` with and without -p, `virsh dump
 * --memory-only`, the kernel's /proc/vmcore and what makedumpfile -E makes of it.
 *
 * Only p_paddr counts: QEMU's p_vaddr is 0, or with -p what one CPU's tables said, with user
 * addresses sign-extended. A page of the kernel's image is in two program headers of a vmcore, with
 * the same bytes.
 */

#include <string.h>

#include "formats/core_notes.h"
#include "images/format.h"

enum {
    SEGMENTS_MAX = 1 << 22,
    SEGMENTS_PER_POLL = 1 << 14,
};

static bool elf_detect(struct vmmap_window *file)
{
    struct vmmap_elf elf;
    return vmmap_elf_parse(file, &elf);
}

/* A core of a program has notes that no machine has. */
static bool is_program(const struct vmmap_elf *elf, struct vmmap_window *window,
                       const struct vmmap_elf_segment *segment)
{
    struct vmmap_elf_notes notes;
    struct vmmap_elf_note note;
    vmmap_elf_notes_init(&notes, elf, window, segment);
    while (vmmap_elf_notes_next(&notes, &note)) {
        if (strcmp(note.owner, "CORE") == 0 &&
            (note.type == VMMAP_NOTE_AUXV || note.type == VMMAP_NOTE_FILE))
            return true;
    }
    return false;
}

static struct vmmap_error *take_note(struct vmmap_image *image, const struct vmmap_elf *elf,
                                     const struct vmmap_elf_segment *segment)
{
    if (is_program(elf, &image->window, segment))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The file %s is the core of a program, not of a machine: load it "
                                  "with \"core-file\".",
                                  image->path);
    return vmmap_image_read_notes(image, elf, &image->window, segment);
}

static struct vmmap_error *take_segment(struct vmmap_image *image, const struct vmmap_elf *elf,
                                        const struct vmmap_elf_segment *segment)
{
    if (segment->type == VMMAP_ELF_SEGMENT_NOTE)
        return take_note(image, elf, segment);
    /* /proc/kcore has all ones where there is no physical memory behind. */
    if (segment->type != VMMAP_ELF_SEGMENT_LOAD || segment->physical == UINT64_MAX)
        return NULL;
    return vmmap_image_add_memory(image, segment->physical, segment->memory_size, segment->offset,
                                  segment->file_size);
}

/* makedumpfile leaves holes where it filtered pages out. */
static bool has_filtered_pages(const struct vmmap_pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        if (!pieces->items[i].is_saved)
            return true;
    }
    return false;
}

static struct vmmap_error *elf_open(struct vmmap_image *image)
{
    struct vmmap_elf elf;
    struct vmmap_elf_segment segment;
    struct vmmap_error *error = NULL;
    if (!vmmap_elf_parse(&image->window, &elf) || elf.type != VMMAP_ELF_TYPE_CORE)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The file %s is a program or library (ELF), not a memory image.",
                                  image->path);
    image->facts.machine = elf.machine;
    uint64_t index = 0;
    for (; !error && index < elf.segment_count && index < SEGMENTS_MAX; index++) {
        if (!vmmap_elf_read_segment(&elf, &image->window, index, &segment))
            break;
        error = take_segment(image, &elf, &segment);
        if (!error && index % SEGMENTS_PER_POLL == SEGMENTS_PER_POLL - 1)
            error = vmmap_target_poll(image->target);
    }
    if (error)
        return error;
    image->facts.is_truncated = image->facts.is_truncated || index < elf.segment_count;
    image->facts.is_filtered = !image->facts.is_truncated && has_filtered_pages(&image->pieces);
    return image->pieces.count ? NULL : vmmap_image_broken(image, "no memory is in it");
}

const struct vmmap_image_format vmmap_image_elf = {
    .name = "ELF core of a machine",
    .detect = elf_detect,
    .open = elf_open,
    .read = vmmap_image_read_pieces,
    .next_range = vmmap_image_next_piece,
};
