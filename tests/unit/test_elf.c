/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/elf.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "core_builder.h"
#include "support.h"

static struct vmmap_window window;
static struct vmmap_reader reader;

static size_t read_bytes(void *context, uint64_t offset, void *ret, size_t size)
{
    memcpy(ret, (const char *)context + offset, size);
    return size;
}

/* Opens a window over an exact copy of the bytes, so that reading beyond them is noticed. */
static char *open_bytes(const void *bytes, size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    reader = (struct vmmap_reader){copy, size, read_bytes};
    vmmap_window_init(&window, &reader);
    return copy;
}

static char *open_core(struct core_builder *builder, struct vmmap_elf *ret)
{
    struct vmmap_buffer file;
    builder_finish(builder, &file);
    char *copy = open_bytes(file.data, file.size);
    vmmap_buffer_deinit(&file);
    ck_assert(vmmap_elf_parse(&window, ret));
    return copy;
}

static void check_both_classes_and_orders_are_read(int i)
{
    const bool is_64 = i & 1, is_big = i & 2;
    struct core_builder builder;
    builder_init(&builder, is_64, is_big, 0x1234);
    builder_load(&builder, PF_R | PF_X, 0x12345000, 0x3000, "0123456789", 10);
    struct vmmap_elf elf;
    char *bytes = open_core(&builder, &elf);
    ck_assert_int_eq(elf.is_64, is_64);
    ck_assert_int_eq(elf.is_big_endian, is_big);
    ck_assert_uint_eq(elf.type, VMMAP_ELF_TYPE_CORE);
    ck_assert_uint_eq(elf.machine, 0x1234);
    ck_assert_uint_eq(elf.segment_count, 1);
    ck_assert_uint_eq(elf.section_count, 0);
    ck_assert_uint_eq(vmmap_elf_word_size(&elf), is_64 ? 8 : 4);

    struct vmmap_elf_segment segment;
    ck_assert(vmmap_elf_read_segment(&elf, &window, 0, &segment));
    ck_assert_uint_eq(segment.type, VMMAP_ELF_SEGMENT_LOAD);
    ck_assert_uint_eq(segment.flags, VMMAP_ELF_READ | VMMAP_ELF_EXECUTE);
    ck_assert_uint_eq(segment.address, 0x12345000);
    ck_assert_uint_eq(segment.memory_size, 0x3000);
    ck_assert_uint_eq(segment.file_size, 10);
    ck_assert_uint_eq(segment.align, 4096);
    ck_assert_mem_eq(bytes + segment.offset, "0123456789", 10);
    free(bytes);
}

START_TEST(both_classes_and_orders_are_read)
{
    for (int i = 0; i < 4; i++)
        check_both_classes_and_orders_are_read(i);
}
END_TEST

START_TEST(numbers_are_read_in_the_files_order)
{
    const unsigned char bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct vmmap_elf elf = {.is_big_endian = true};
    ck_assert_uint_eq(vmmap_elf_load(&elf, bytes, 8), 0x0102030405060708);
    ck_assert_uint_eq(vmmap_elf_load(&elf, bytes, 2), 0x0102);
    elf.is_big_endian = false;
    ck_assert_uint_eq(vmmap_elf_load(&elf, bytes, 8), 0x0807060504030201);
    ck_assert_uint_eq(vmmap_elf_load(&elf, bytes, 1), 1);
}
END_TEST

static void check_more_segments_than_16_bits_count(int i)
{
    struct core_builder builder;
    builder_init(&builder, i & 1, i & 2, 0);
    builder_load(&builder, PF_R, 0x1000, 0x1000, NULL, 0);
    builder.sections = 1;
    builder.has_large_count = true;
    builder.false_count = 70000;
    struct vmmap_elf elf;
    char *bytes = open_core(&builder, &elf);
    ck_assert_uint_eq(elf.segment_count, 70000);
    ck_assert_uint_eq(elf.section_count, 1);
    struct vmmap_elf_segment segment;
    ck_assert(vmmap_elf_read_segment(&elf, &window, 0, &segment));
    ck_assert(!vmmap_elf_read_segment(&elf, &window, 69999, &segment));
    free(bytes);
}

START_TEST(more_segments_than_16_bits_count)
{
    for (int i = 0; i < 4; i++)
        check_more_segments_than_16_bits_count(i);
}
END_TEST

START_TEST(a_section_table_beyond_the_end_is_still_one)
{
    struct core_builder builder;
    builder_init(&builder, true, false, 0);
    builder.sections = 1;
    builder.has_large_count = true;
    struct vmmap_buffer file;
    builder_finish(&builder, &file);
    file.data[60] = 0; /* e_shnum: as when there are more than 0xff00 sections */
    char *bytes = open_bytes(file.data, 64);
    vmmap_buffer_deinit(&file);
    struct vmmap_elf elf;
    ck_assert(vmmap_elf_parse(&window, &elf));
    ck_assert_uint_eq(elf.section_count, UINT64_MAX);
    ck_assert_uint_eq(elf.segment_count, PN_XNUM);
    free(bytes);
}
END_TEST

START_TEST(other_files_are_no_elf)
{
    static const char *const texts[] = {"", "\177EL", "\177ELF",
                                        "#!/bin/sh\nexec true # 0123456789"};
    struct vmmap_elf elf;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char *bytes = open_bytes(texts[i], strlen(texts[i]));
        ck_assert(!vmmap_elf_parse(&window, &elf));
        free(bytes);
    }
    /* A class, an order and a program header size that do not exist. */
    static const struct {
        size_t at;
        char value;
    } wrong[] = {{EI_CLASS, 3}, {EI_CLASS, 0}, {EI_DATA, 0}, {EI_DATA, 3}, {54, 55}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct core_builder builder;
        struct vmmap_buffer file;
        builder_init(&builder, true, false, 0);
        builder_load(&builder, PF_R, 0x1000, 0x1000, NULL, 0);
        builder_finish(&builder, &file);
        file.data[wrong[i].at] = wrong[i].value;
        char *bytes = open_bytes(file.data, file.size);
        ck_assert(!vmmap_elf_parse(&window, &elf));
        free(bytes);
        vmmap_buffer_deinit(&file);
    }
}
END_TEST

/* "OWNER TYPE SIZE[!]" of every note of the first segment, "broken" after them if it is. */
static char *notes_of(const struct vmmap_elf *elf, uint64_t segment_index)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_elf_segment segment;
    struct vmmap_elf_notes notes;
    struct vmmap_elf_note note;
    ck_assert(vmmap_elf_read_segment(elf, &window, segment_index, &segment));
    vmmap_elf_notes_init(&notes, elf, &window, &segment);
    while (vmmap_elf_notes_next(&notes, &note)) {
        vmmap_buffer_printf(&text, "%s %" PRIx32 " %" PRIu64 "%s\n", note.owner, note.type,
                            note.size, note.is_truncated ? "!" : "");
        ck_assert_uint_le(note.offset + note.size, reader.size);
    }
    if (notes.is_broken)
        vmmap_buffer_append_string(&text, "broken\n");
    return take_text(&text);
}

#define assert_notes_of(elf, index, wanted)                                                        \
    do {                                                                                           \
        char *text_ = notes_of(elf, index);                                                        \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

static void add_note(struct core_builder *builder, const char *owner, uint32_t type, size_t size)
{
    struct vmmap_buffer descriptor = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < size; i++)
        vmmap_buffer_append(&descriptor, "x", 1);
    builder_note(builder, owner, type, &descriptor);
}

static void check_notes_are_walked_with_either_alignment(int i)
{
    struct core_builder builder;
    builder_init(&builder, true, i & 2, 0);
    builder.note_align = i & 1 ? 8 : 4;
    add_note(&builder, "CORE", 1, 5);
    add_note(&builder, "LINUX", 0x202, 0);
    add_note(&builder, "", 7, 9);
    add_note(&builder, "a long owner that is cut", 8, 1);
    builder_end_notes(&builder);
    add_note(&builder, "GDB", 0xff000000, 4);
    struct vmmap_elf elf;
    char *bytes = open_core(&builder, &elf);
    assert_notes_of(&elf, 0, "CORE 1 5\nLINUX 202 0\n 7 9\na long owner th 8 1\n");
    assert_notes_of(&elf, 1, "GDB ff000000 4\n");
    free(bytes);
}

START_TEST(notes_are_walked_with_either_alignment)
{
    for (int i = 0; i < 4; i++)
        check_notes_are_walked_with_either_alignment(i);
}
END_TEST

START_TEST(notes_end_where_the_file_ends)
{
    struct core_builder builder;
    builder_init(&builder, true, false, 0);
    add_note(&builder, "CORE", 1, 8);
    add_note(&builder, "CORE", 2, 8);
    struct vmmap_buffer file;
    builder_finish(&builder, &file);
    const size_t begin = 64 + 56, note = 12 + 8 + 8;
    for (size_t cut = 0; cut <= 2 * note; cut++) {
        char *bytes = open_bytes(file.data, begin + cut);
        struct vmmap_elf elf;
        ck_assert(vmmap_elf_parse(&window, &elf));
        struct vmmap_buffer wanted = VMMAP_BUFFER_INIT;
        for (size_t i = 0; i < 2; i++) {
            size_t there = cut > i * note ? cut - i * note : 0;
            if (there >= note)
                vmmap_buffer_printf(&wanted, "CORE %zu 8\n", i + 1);
            else if (there >= 20) /* the header and the owner */
                vmmap_buffer_printf(&wanted, "CORE %zu %zu!\n", i + 1, there - 20);
        }
        if (cut < 2 * note)
            vmmap_buffer_append_string(&wanted, "broken\n");
        char *text = take_text(&wanted);
        assert_notes_of(&elf, 0, text);
        free(text);
        free(bytes);
    }
    vmmap_buffer_deinit(&file);
}
END_TEST

START_TEST(sizes_that_can_not_be_end_the_walk)
{
    struct core_builder builder;
    builder_init(&builder, true, false, 0);
    add_note(&builder, "CORE", 1, 4);
    struct vmmap_buffer *notes = &builder.notes;
    builder_append(&builder, notes, 0xffffffff, 4);
    builder_append(&builder, notes, 0xffffffff, 4);
    builder_append(&builder, notes, 1, 4);
    struct vmmap_elf elf;
    char *bytes = open_core(&builder, &elf);
    assert_notes_of(&elf, 0, "CORE 1 4\nbroken\n");
    free(bytes);
}
END_TEST

static void check_the_build_id_is_found(int i)
{
    struct core_builder builder;
    builder_init(&builder, i & 1, i & 2, 0);
    add_note(&builder, "GNU", 1, 16);
    add_note(&builder, "Go", 3, 4);
    builder_end_notes(&builder);
    struct vmmap_buffer id = VMMAP_BUFFER_INIT, found = VMMAP_BUFFER_INIT;
    vmmap_buffer_append(&id, "\x00\x12\xab\xff", 4);
    builder_note(&builder, "GNU", 3, &id);
    struct vmmap_elf elf;
    char *bytes = open_core(&builder, &elf);
    vmmap_elf_append_build_id(&elf, &window, &found);
    assert_buffer(&found, "0012abff");
    free(bytes);
}

START_TEST(the_build_id_is_found)
{
    for (int i = 0; i < 4; i++)
        check_the_build_id_is_found(i);
}
END_TEST

START_TEST(no_build_id_appends_nothing)
{
    struct core_builder builder;
    builder_init(&builder, true, false, 0);
    add_note(&builder, "GNU", 3, 65); /* no build-id is that long */
    struct vmmap_elf elf;
    char *bytes = open_core(&builder, &elf);
    struct vmmap_buffer found = VMMAP_BUFFER_INIT;
    vmmap_elf_append_build_id(&elf, &window, &found);
    ck_assert_uint_eq(found.size, 0);
    free(bytes);
}
END_TEST

int main(void)
{
    return RUN_TESTS("elf", both_classes_and_orders_are_read, more_segments_than_16_bits_count,
                     notes_are_walked_with_either_alignment, the_build_id_is_found,
                     numbers_are_read_in_the_files_order,
                     a_section_table_beyond_the_end_is_still_one, other_files_are_no_elf,
                     notes_end_where_the_file_ends, sizes_that_can_not_be_end_the_walk,
                     no_build_id_appends_nothing);
}
