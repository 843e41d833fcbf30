/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core_builder.h"

#include <elf.h>
#include <string.h>

#include "support.h"

void builder_init(struct core_builder *builder, bool is_64, bool is_big_endian, uint16_t machine)
{
    *builder = (struct core_builder){
        .is_64 = is_64,
        .is_big_endian = is_big_endian,
        .machine = machine,
        .type = ET_CORE,
        .note_align = 4,
        .notes = VMMAP_BUFFER_INIT,
    };
}

/* What builder_end_notes() took over is the builder's. */
void builder_deinit(struct core_builder *builder)
{
    for (size_t i = 0; i < builder->segment_count; i++) {
        if (builder->segments[i].type == PT_NOTE && builder->segments[i].size > 0)
            free((void *)builder->segments[i].data);
    }
    vmmap_buffer_deinit(&builder->notes);
    builder->segment_count = 0;
}

void builder_append(const struct core_builder *builder, struct vmmap_buffer *buffer, uint64_t value,
                    size_t size)
{
    for (size_t i = 0; i < size; i++) {
        size_t shift = builder->is_big_endian ? size - 1 - i : i;
        unsigned char byte = (unsigned char)(value >> (8 * shift));
        vmmap_buffer_append(buffer, &byte, 1);
    }
}

void builder_append_word(const struct core_builder *builder, struct vmmap_buffer *buffer,
                         uint64_t value)
{
    builder_append(builder, buffer, value, builder->is_64 ? 8 : 4);
}

static void append_zeros(struct vmmap_buffer *buffer, size_t count)
{
    for (size_t i = 0; i < count; i++)
        vmmap_buffer_append(buffer, "", 1);
}

static void pad(const struct core_builder *builder, struct vmmap_buffer *buffer)
{
    while (buffer->size % builder->note_align != 0)
        append_zeros(buffer, 1);
}

void builder_note(struct core_builder *builder, const char *owner, uint32_t type,
                  struct vmmap_buffer *descriptor)
{
    struct vmmap_buffer *notes = &builder->notes;
    builder_append(builder, notes, strlen(owner) + 1, 4);
    builder_append(builder, notes, descriptor->size, 4);
    builder_append(builder, notes, type, 4);
    vmmap_buffer_append(notes, owner, strlen(owner) + 1);
    pad(builder, notes);
    vmmap_buffer_append(notes, descriptor->data, descriptor->size);
    pad(builder, notes);
    vmmap_buffer_deinit(descriptor);
}

void builder_end_notes(struct core_builder *builder)
{
    assert_ok(vmmap_buffer_status(&builder->notes));
    builder->segments[builder->segment_count++] = (struct builder_segment){
        .type = PT_NOTE,
        .file_size = builder->notes.size,
        .data = builder->notes.data,
        .size = builder->notes.size,
        .align = builder->note_align,
    };
    builder->notes = (struct vmmap_buffer)VMMAP_BUFFER_INIT;
}

void builder_load(struct core_builder *builder, uint32_t flags, uint64_t address,
                  uint64_t memory_size, const void *data, size_t size)
{
    ck_assert_uint_lt(builder->segment_count, BUILDER_SEGMENTS_MAX - 1);
    builder->segments[builder->segment_count++] = (struct builder_segment){
        .type = PT_LOAD,
        .flags = flags,
        .address = address,
        .memory_size = memory_size,
        .file_size = size,
        .data = data,
        .size = size,
        .align = 4096,
    };
}

void builder_claim(struct core_builder *builder, const struct builder_segment *segment)
{
    ck_assert_uint_lt(builder->segment_count, BUILDER_SEGMENTS_MAX - 1);
    builder->segments[builder->segment_count] = *segment;
    builder->segments[builder->segment_count++].size = 0;
}

void builder_auxv(struct core_builder *builder, const uint64_t (*pairs)[2], size_t count)
{
    struct vmmap_buffer auxv = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < count; i++) {
        builder_append_word(builder, &auxv, pairs[i][0]);
        builder_append_word(builder, &auxv, pairs[i][1]);
    }
    builder_append_word(builder, &auxv, AT_NULL);
    builder_append_word(builder, &auxv, 0);
    builder_note(builder, "CORE", NT_AUXV, &auxv);
}

void builder_files(struct core_builder *builder, uint64_t unit, const struct builder_file *files,
                   size_t count)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    builder_append_word(builder, &text, count);
    builder_append_word(builder, &text, unit);
    for (size_t i = 0; i < count; i++) {
        builder_append_word(builder, &text, files[i].start);
        builder_append_word(builder, &text, files[i].end);
        builder_append_word(builder, &text, files[i].offset);
    }
    for (size_t i = 0; i < count; i++)
        vmmap_buffer_append(&text, files[i].name, strlen(files[i].name) + 1);
    builder_note(builder, "CORE", NT_FILE, &text);
}

void builder_prstatus(struct core_builder *builder, uint32_t tid, size_t word,
                      const uint64_t *registers, size_t count)
{
    /* struct elf_prstatus of linux/elfcore.h, with the fields that nobody reads as zeros. */
    struct vmmap_buffer status = VMMAP_BUFFER_INIT;
    append_zeros(&status, builder->is_64 ? 32 : 24);
    builder_append(builder, &status, tid, 4);
    append_zeros(&status, (builder->is_64 ? 112u : 72u) - status.size);
    for (size_t i = 0; i < count; i++)
        builder_append(builder, &status, registers[i], word);
    append_zeros(&status, 8);
    builder_note(builder, "CORE", NT_PRSTATUS, &status);
}

void builder_kernel_notes(struct core_builder *builder)
{
    struct vmmap_buffer empty = VMMAP_BUFFER_INIT;
    builder_note(builder, "CORE", NT_PRSTATUS, &empty);
    builder_note(builder, "CORE", NT_PRPSINFO, &empty);
    builder_note(builder, "CORE", NT_SIGINFO, &empty);
}

static void append_header(const struct core_builder *builder, uint64_t sections_offset,
                          struct vmmap_buffer *ret)
{
    const unsigned char ident[EI_NIDENT] = {
        0x7f,
        'E',
        'L',
        'F',
        builder->is_64 ? ELFCLASS64 : ELFCLASS32,
        builder->is_big_endian ? ELFDATA2MSB : ELFDATA2LSB,
        EV_CURRENT,
    };
    size_t count = builder->false_count ? builder->false_count : builder->segment_count;
    vmmap_buffer_append(ret, ident, sizeof(ident));
    builder_append(builder, ret, builder->type, 2);
    builder_append(builder, ret, builder->machine, 2);
    builder_append(builder, ret, EV_CURRENT, 4);
    builder_append_word(builder, ret, 0);
    builder_append_word(builder, ret, builder->is_64 ? 64 : 52);
    builder_append_word(builder, ret, builder->sections ? sections_offset : 0);
    builder_append(builder, ret, 0, 4);
    builder_append(builder, ret, builder->is_64 ? 64 : 52, 2);
    builder_append(builder, ret, builder->is_64 ? 56 : 32, 2);
    builder_append(builder, ret, builder->has_large_count ? PN_XNUM : count, 2);
    builder_append(builder, ret, builder->sections ? (builder->is_64 ? 64 : 40) : 0, 2);
    builder_append(builder, ret, builder->sections, 2);
    builder_append(builder, ret, 0, 2);
}

static void append_segment(const struct core_builder *builder,
                           const struct builder_segment *segment, uint64_t offset,
                           struct vmmap_buffer *ret)
{
    builder_append(builder, ret, segment->type, 4);
    if (builder->is_64)
        builder_append(builder, ret, segment->flags, 4);
    builder_append_word(builder, ret, segment->has_offset ? segment->offset : offset);
    builder_append_word(builder, ret, segment->address);
    builder_append_word(builder, ret, 0);
    builder_append_word(builder, ret, segment->file_size);
    builder_append_word(builder, ret, segment->memory_size);
    if (!builder->is_64)
        builder_append(builder, ret, segment->flags, 4);
    builder_append_word(builder, ret, segment->align);
}

/* Section 0, whose sh_info is the number of segments, and empty ones after it. */
static void append_sections(const struct core_builder *builder, struct vmmap_buffer *ret)
{
    size_t count = builder->false_count ? builder->false_count : builder->segment_count;
    for (unsigned int i = 0; i < builder->sections; i++) {
        size_t end = ret->size + (builder->is_64 ? 64 : 40);
        append_zeros(ret, builder->is_64 ? 44 : 28);
        builder_append(builder, ret, i == 0 && builder->has_large_count ? count : 0, 4);
        append_zeros(ret, end - ret->size);
    }
}

void builder_finish(struct core_builder *builder, struct vmmap_buffer *ret)
{
    if (builder->notes.size > 0)
        builder_end_notes(builder);
    uint64_t begin =
        (builder->is_64 ? 64u : 52u) + builder->segment_count * (builder->is_64 ? 56u : 32u);
    uint64_t end = begin;
    for (size_t i = 0; i < builder->segment_count; i++)
        end += builder->segments[i].size;

    *ret = (struct vmmap_buffer)VMMAP_BUFFER_INIT;
    append_header(builder, end, ret);
    for (size_t i = 0; i < builder->segment_count; i++) {
        append_segment(builder, &builder->segments[i], begin, ret);
        begin += builder->segments[i].size;
    }
    for (size_t i = 0; i < builder->segment_count; i++) {
        const struct builder_segment *segment = &builder->segments[i];
        if (segment->data)
            vmmap_buffer_append(ret, segment->data, segment->size);
        else
            append_zeros(ret, segment->size);
    }
    append_sections(builder, ret);
    assert_ok(vmmap_buffer_status(ret));
    builder_deinit(builder);
}
