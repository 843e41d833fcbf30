/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_TESTS_UNIT_CORE_BUILDER_H
#define VMMAP_TESTS_UNIT_CORE_BUILDER_H

/**
 * @file
 * Writes small core files of every class, byte order and writer, right or wrong in a chosen way.
 */

#include <stdint.h>

#include "base/buffer.h"

enum { BUILDER_SEGMENTS_MAX = 64 };

struct builder_segment {
    uint32_t type;
    uint32_t flags;
    uint64_t address;
    uint64_t memory_size;
    uint64_t file_size; /**< as the header says; the file gets `size` bytes */
    const void *data;   /**< NULL for zeros */
    size_t size;
    uint64_t align;
    uint64_t offset; /**< where to claim that the data is, if has_offset */
    bool has_offset;
};

struct core_builder {
    bool is_64;
    bool is_big_endian;
    uint16_t machine;
    uint16_t type;         /**< ET_CORE */
    uint64_t note_align;   /**< 4 or 8, of the notes that are added from then on */
    unsigned int sections; /**< how many empty section headers to write; 0 */
    bool has_large_count;  /**< write the number of segments the PN_XNUM way */
    uint32_t false_count;  /**< what to claim as the number of segments; 0 for the truth */
    struct vmmap_buffer notes;
    struct builder_segment segments[BUILDER_SEGMENTS_MAX];
    size_t segment_count;
};

/** An empty little- or big-endian core. */
void builder_init(struct core_builder *builder, bool is_64, bool is_big_endian, uint16_t machine);

/** Frees what is left. */
void builder_deinit(struct core_builder *builder);

/** Appends a number of `size` bytes, or one as wide as an address. */
void builder_append(const struct core_builder *builder, struct vmmap_buffer *buffer, uint64_t value,
                    size_t size);
void builder_append_word(const struct core_builder *builder, struct vmmap_buffer *buffer,
                         uint64_t value);

/** Adds a note; `descriptor` is emptied. */
void builder_note(struct core_builder *builder, const char *owner, uint32_t type,
                  struct vmmap_buffer *descriptor);

/** Puts the notes so far into a PT_NOTE of their own. The rest goes into one at the end. */
void builder_end_notes(struct core_builder *builder);

/** Adds a PT_LOAD of `size` saved bytes. */
void builder_load(struct core_builder *builder, uint32_t flags, uint64_t address,
                  uint64_t memory_size, const void *data, size_t size);

/** Adds a program header that says what it is told and brings no data. */
void builder_claim(struct core_builder *builder, const struct builder_segment *segment);

/** Adds NT_AUXV with `count` pairs of type and value and the end mark. */
void builder_auxv(struct core_builder *builder, const uint64_t (*pairs)[2], size_t count);

struct builder_file {
    uint64_t start;
    uint64_t end;
    uint64_t offset; /**< in units */
    const char *name;
};

/** Adds NT_FILE. */
void builder_files(struct core_builder *builder, uint64_t unit, const struct builder_file *files,
                   size_t count);

/** Adds NT_PRSTATUS with registers that are `word` bytes wide, `count` of them. */
void builder_prstatus(struct core_builder *builder, uint32_t tid, size_t word,
                      const uint64_t *registers, size_t count);

/** Appends the notes that Linux begins a core with: PRSTATUS, PRPSINFO, SIGINFO. */
void builder_kernel_notes(struct core_builder *builder);

/** The file. The builder is emptied. */
void builder_finish(struct core_builder *builder, struct vmmap_buffer *ret);

#endif
