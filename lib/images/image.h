/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_IMAGES_IMAGE_H
#define VMMAP_IMAGES_IMAGE_H

/**
 * @file
 * A memory image: the physical memory of a machine in a file, and what the file knows beside it.
 *
 * Read are ELF cores of machines (QEMU's dump-guest-memory, kdump's vmcore), kdump-compressed files
 * (makedumpfile's, plain and flattened), LiME, crash dumps of Windows kernels (full and bitmap),
 * and raw memory. Nothing in them is trusted; docs/images.md.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "target/target.h"

struct vmmap_image;

/** What is known of an address of physical memory. */
enum vmmap_image_presence {
    VMMAP_IMAGE_NO_MEMORY, /**< the file says that there is none, or does not speak of it */
    VMMAP_IMAGE_NOT_SAVED, /**< memory, but not in the file: filtered out, cut off or broken */
    VMMAP_IMAGE_SAVED,
};

/** What the file says of a CPU. */
struct vmmap_image_cpu {
    bool has_registers; /**< the next two */
    uint64_t instruction_pointer;
    uint64_t stack_pointer;
    bool has_control_registers; /**< x86: all that follow */
    bool is_long_mode;          /**< its code segment is one of 64 bits */
    uint64_t cr0;
    uint64_t cr3;
    uint64_t cr4;
    uint64_t idt; /**< linear address of the interrupt descriptor table */
    uint64_t gs_base;
    uint64_t kernel_gs_base;
};

/** What the header of a Windows crash dump says; addresses are virtual, 0 where it is not set. */
struct vmmap_image_windows {
    bool is_64;
    bool is_pae; /**< 32-bit only */
    uint32_t build;
    uint64_t directory_table_base; /**< physical */
    uint64_t ps_loaded_module_list;
    uint64_t ps_active_process_head;
    uint64_t kd_debugger_data_block;
};

struct vmmap_image_facts {
    const char *format; /**< in words: "kdump-compressed", static */
    /** ELF's number of the architecture (VMMAP_ELF_X86_64), 0 where the file does not tell. */
    uint16_t machine;
    const struct vmmap_image_cpu *cpus;
    size_t cpu_count;
    const char *vmcoreinfo; /**< the text of Linux' note, NULL where there is none */
    size_t vmcoreinfo_size;
    bool has_windows;
    struct vmmap_image_windows windows;
    /** Some of what the file should have is beyond its end. */
    bool is_truncated;
    /** Pages were left out on purpose: user memory, caches, pages of zeros. */
    bool is_filtered;
};

struct vmmap_image_options {
    /** Where the first byte of a raw file is in physical memory. */
    uint64_t raw_base;
};

/**
 * Opens an image, told by its content; what is none of the formats counts as raw memory. The error
 * is a sentence that says what the file is and what to do. `target` is only polled for Ctrl-C and
 * has to outlive the image.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_image_open(const struct vmmap_target *target,
                                                   const char *path,
                                                   const struct vmmap_image_options *options,
                                                   struct vmmap_image **ret);

/** Whether an ELF core is the memory of a machine, judged by its first program headers and notes.
 * That it can not be read is an answer as well: no. */
bool vmmap_image_is_machine_core(const char *path);

/** Accepts NULL. */
void vmmap_image_close(struct vmmap_image *image);

/** Good until the image is closed. */
const struct vmmap_image_facts *vmmap_image_facts(const struct vmmap_image *image);

/** As struct vmmap_paging_memory wants it; the context is a struct vmmap_image. All or nothing; the
 *  error says whether the memory is not there or not in the file. */
VMMAP_CHECKED struct vmmap_error *vmmap_image_read(void *context, uint64_t physical, void *bytes,
                                                   size_t size);

/** As struct vmmap_paging_memory wants it. */
VMMAP_CHECKED struct vmmap_error *vmmap_image_poll(void *context);

/** What the file has of the page that holds an address. */
enum vmmap_image_presence vmmap_image_presence(struct vmmap_image *image, uint64_t physical);

/** Neighbouring addresses of the same presence. */
struct vmmap_image_range {
    uint64_t start;
    uint64_t last; /**< the last byte */
    enum vmmap_image_presence presence;
};

/** The first range of memory that ends at or after `from`; false where there is none. */
bool vmmap_image_next_range(struct vmmap_image *image, uint64_t from,
                            struct vmmap_image_range *ret);

/** How many times the file was read so far. */
uint64_t vmmap_image_reads(const struct vmmap_image *image);

#endif
