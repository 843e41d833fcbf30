/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The ELF notes of a machine: what QEMU (target/i386/arch_dump.c), kdump (kernel/crash_core.c) and
 * makedumpfile write about its CPUs and its kernel.
 */

#include <stdlib.h>
#include <string.h>

#include "formats/core_notes.h"
#include "formats/vmcoreinfo.h"
#include "images/format.h"

enum {
    CPUS_MAX = 4096,

    /* QEMUCPUState, version 1: all fields little-endian. */
    QEMU_SIZE = 440,
    QEMU_VERSION = 1,
    QEMU_RSP = 8 + 6 * 8,
    QEMU_RIP = 8 + 16 * 8,
    QEMU_SEGMENTS = 152, /* cs ds es fs gs ss ldt tr gdt idt */
    QEMU_SEGMENT_SIZE = 24,
    QEMU_SEGMENT_FLAGS = 8,
    QEMU_SEGMENT_BASE = 16,
    QEMU_GS = QEMU_SEGMENTS + 4 * QEMU_SEGMENT_SIZE,
    QEMU_IDT = QEMU_SEGMENTS + 9 * QEMU_SEGMENT_SIZE,
    QEMU_CR0 = 392, /* cr0 to cr4 */
    QEMU_KERNEL_GS_BASE = 432,
    CODE_SEGMENT_LONG = 1 << 21, /* the L bit of a descriptor's second word */
};

struct vmmap_image_cpu *vmmap_image_add_cpu(struct vmmap_image *image)
{
    const size_t count = image->facts.cpu_count;
    if (count >= CPUS_MAX)
        return NULL;
    struct vmmap_image_cpu *grown =
        reallocarray(image->cpus, count + 1, sizeof(struct vmmap_image_cpu));
    if (!grown)
        return NULL;
    image->cpus = grown;
    image->facts.cpu_count++;
    grown[count] = (struct vmmap_image_cpu){.has_registers = false};
    return &grown[count];
}

struct vmmap_error *vmmap_image_take_vmcoreinfo(struct vmmap_image *image,
                                                struct vmmap_window *window, uint64_t offset,
                                                uint64_t size)
{
    const size_t wanted = size < VMMAP_WINDOW_SIZE ? (size_t)size : VMMAP_WINDOW_SIZE;
    const unsigned char *bytes = vmmap_window_at(window, offset, wanted);
    if (image->vmcoreinfo || !bytes || !vmmap_vmcoreinfo_is((const char *)bytes, wanted))
        return NULL;
    const char *end = memchr(bytes, '\0', wanted);
    const size_t length = end ? (size_t)(end - (const char *)bytes) : wanted;
    image->vmcoreinfo = malloc(length);
    if (!image->vmcoreinfo)
        return &vmmap_error_no_memory;
    memcpy(image->vmcoreinfo, bytes, length);
    image->facts.vmcoreinfo_size = length;
    return NULL;
}

static void decode_qemu(const struct vmmap_elf *elf, const unsigned char *bytes,
                        struct vmmap_image_cpu *cpu)
{
    const unsigned char *cr = bytes + QEMU_CR0;
    *cpu = (struct vmmap_image_cpu){
        .has_registers = true,
        .instruction_pointer = vmmap_elf_load(elf, bytes + QEMU_RIP, 8),
        .stack_pointer = vmmap_elf_load(elf, bytes + QEMU_RSP, 8),
        .has_control_registers = true,
        .is_long_mode =
            vmmap_elf_load(elf, bytes + QEMU_SEGMENTS + QEMU_SEGMENT_FLAGS, 4) & CODE_SEGMENT_LONG,
        .cr0 = vmmap_elf_load(elf, cr, 8),
        .cr3 = vmmap_elf_load(elf, cr + 24, 8),
        .cr4 = vmmap_elf_load(elf, cr + 32, 8),
        .idt = vmmap_elf_load(elf, bytes + QEMU_IDT + QEMU_SEGMENT_BASE, 8),
        .gs_base = vmmap_elf_load(elf, bytes + QEMU_GS + QEMU_SEGMENT_BASE, 8),
        .kernel_gs_base = vmmap_elf_load(elf, bytes + QEMU_KERNEL_GS_BASE, 8),
    };
}

/* QEMU writes the notes of all CPUs twice: NT_PRSTATUS first, then its own, in the same order. */
static void take_qemu(struct vmmap_image *image, const struct vmmap_elf *elf,
                      struct vmmap_window *window, const struct vmmap_elf_note *note, size_t *index)
{
    const unsigned char *bytes = vmmap_window_at(window, note->offset, QEMU_SIZE);
    const size_t at = (*index)++;
    if (!bytes || note->size < QEMU_SIZE || vmmap_elf_load(elf, bytes, 4) != QEMU_VERSION)
        return;
    struct vmmap_image_cpu *cpu =
        at < image->facts.cpu_count ? &image->cpus[at] : vmmap_image_add_cpu(image);
    if (cpu)
        decode_qemu(elf, bytes, cpu);
}

static void take_prstatus(struct vmmap_image *image, const struct vmmap_elf *elf,
                          struct vmmap_window *window, const struct vmmap_elf_note *note)
{
    struct vmmap_core_thread thread;
    struct vmmap_image_cpu *cpu = vmmap_image_add_cpu(image);
    if (cpu && vmmap_core_read_prstatus(elf, window, note, &thread)) {
        cpu->has_registers = true;
        cpu->stack_pointer = thread.stack_pointer;
        cpu->instruction_pointer = thread.instruction_pointer;
    }
}

struct vmmap_error *vmmap_image_read_notes(struct vmmap_image *image, const struct vmmap_elf *elf,
                                           struct vmmap_window *window,
                                           const struct vmmap_elf_segment *segment)
{
    struct vmmap_elf_notes notes;
    struct vmmap_elf_note note;
    struct vmmap_error *error = NULL;
    size_t qemu_index = 0;
    vmmap_elf_notes_init(&notes, elf, window, segment);
    while (!error && vmmap_elf_notes_next(&notes, &note)) {
        if (strcmp(note.owner, "QEMU") == 0)
            take_qemu(image, elf, window, &note, &qemu_index);
        else if (strcmp(note.owner, "VMCOREINFO") == 0)
            error = vmmap_image_take_vmcoreinfo(image, window, note.offset, note.size);
        else if (strcmp(note.owner, "CORE") == 0 && note.type == VMMAP_NOTE_PRSTATUS)
            take_prstatus(image, elf, window, &note);
    }
    image->facts.is_truncated = image->facts.is_truncated || notes.is_broken;
    return error;
}
