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

/* What the notes of a segment show. */
struct owners {
    bool is_machine; /* QEMU, a Linux kernel */
    bool is_program; /* notes that no machine has */
};

static struct owners find_owners(const struct vmmap_elf *elf, struct vmmap_window *window,
                                 const struct vmmap_elf_segment *segment)
{
    struct vmmap_elf_notes notes;
    struct vmmap_elf_note note;
    struct owners owners = {false, false};
    vmmap_elf_notes_init(&notes, elf, window, segment);
    while (vmmap_elf_notes_next(&notes, &note)) {
        if (strcmp(note.owner, "QEMU") == 0 || strcmp(note.owner, "VMCOREINFO") == 0)
            owners.is_machine = true;
        if (strcmp(note.owner, "CORE") == 0 &&
            (note.type == VMMAP_NOTE_AUXV || note.type == VMMAP_NOTE_FILE))
            owners.is_program = true;
    }
    return owners;
}

/* A machine without notes of its own, as QEMU writes it of AArch64, has physical addresses, which
 * programs' cores leave 0. */
static bool is_machine(struct vmmap_window *window)
{
    enum { HEADERS_MAX = 64 };
    struct vmmap_elf elf;
    struct vmmap_elf_segment segment;
    bool has_physical = false;
    if (!vmmap_elf_parse(window, &elf) || elf.type != VMMAP_ELF_TYPE_CORE)
        return false;
    for (uint64_t i = 0; i < elf.segment_count && i < HEADERS_MAX &&
                         vmmap_elf_read_segment(&elf, window, i, &segment);
         i++) {
        if (segment.type == VMMAP_ELF_SEGMENT_NOTE) {
            const struct owners owners = find_owners(&elf, window, &segment);
            if (owners.is_machine || owners.is_program)
                return owners.is_machine;
        }
        has_physical = has_physical || (segment.type == VMMAP_ELF_SEGMENT_LOAD && segment.physical);
    }
    return has_physical;
}

bool vmmap_image_is_machine_core(const char *path)
{
    struct vmmap_file file;
    struct vmmap_window window;
    struct vmmap_error *error = vmmap_file_open("The core file", path, &file);
    vmmap_window_init(&window, &file.reader);
    const bool answer = !error && is_machine(&window);
    vmmap_error_destroy(error);
    vmmap_file_close(&file);
    return answer;
}

static struct vmmap_error *take_note(struct vmmap_image *image, const struct vmmap_elf *elf,
                                     const struct vmmap_elf_segment *segment)
{
    if (find_owners(elf, &image->window, segment).is_program)
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
