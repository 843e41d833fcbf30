/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/core_notes.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

#include "core_builder.h"
#include "support.h"

static struct vmmap_window window, names;
static struct vmmap_reader reader;

static size_t read_bytes(void *context, uint64_t offset, void *ret, size_t size)
{
    memcpy(ret, (const char *)context + offset, size);
    return size;
}

/* One note of a built core, over an exact copy of its first `size` bytes. */
struct fixture {
    char *bytes;
    struct vmmap_elf elf;
    struct vmmap_elf_notes notes;
    struct vmmap_elf_note note;
};

static void open_first(const struct vmmap_buffer *file, size_t size, struct fixture *ret)
{
    ret->bytes = malloc(size);
    memcpy(ret->bytes, file->data, size);
    reader = (struct vmmap_reader){ret->bytes, size, read_bytes};
    vmmap_window_init(&window, &reader);
    vmmap_window_init(&names, &reader);
    struct vmmap_elf_segment segment;
    ck_assert(vmmap_elf_parse(&window, &ret->elf));
    ck_assert(vmmap_elf_read_segment(&ret->elf, &window, 0, &segment));
    vmmap_elf_notes_init(&ret->notes, &ret->elf, &window, &segment);
    ret->note = (struct vmmap_elf_note){.size = 0};
    (void)vmmap_elf_notes_next(&ret->notes, &ret->note);
}

static void open_core(struct core_builder *builder, struct fixture *ret)
{
    struct vmmap_buffer file;
    builder_finish(builder, &file);
    open_first(&file, file.size, ret);
    vmmap_buffer_deinit(&file);
}

/* "START-LAST OFFSET NAME" of every entry, "broken" after them if it is. */
static char *mappings_of(const struct fixture *fixture)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_core_mappings mappings;
    struct vmmap_core_mapping mapping;
    vmmap_core_mappings_init(&mappings, &fixture->elf, &window, &names, &fixture->note);
    while (vmmap_core_mappings_next(&mappings, &mapping)) {
        vmmap_buffer_printf(&text, "%" PRIx64 "-%" PRIx64 " %" PRIx64 " %.*s\n", mapping.start,
                            mapping.last, mapping.offset, (int)mapping.name_size, mapping.name);
    }
    if (mappings.is_broken)
        vmmap_buffer_append_string(&text, "broken\n");
    return take_text(&text);
}

#define assert_mappings(fixture, wanted)                                                           \
    do {                                                                                           \
        char *text_ = mappings_of(fixture);                                                        \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

static const struct builder_file some_files[] = {
    {0x1000, 0x3000, 0, "/bin/a"},
    {0x3000, 0x4000, 2, "/bin/a"},
    {0x8000, 0x9000, 16, "/tmp/with space\nand newline (deleted)"},
};

static void check_files_are_listed(int i)
{
    struct core_builder builder;
    builder_init(&builder, i & 1, i & 2, 0);
    builder_files(&builder, 4096, some_files, 3);
    struct fixture fixture;
    open_core(&builder, &fixture);
    assert_mappings(&fixture, "1000-2fff 0 /bin/a\n"
                              "3000-3fff 2000 /bin/a\n"
                              "8000-8fff 10000 /tmp/with space\nand newline (deleted)\n");
    free(fixture.bytes);
}

START_TEST(files_are_listed)
{
    for (int i = 0; i < 4; i++)
        check_files_are_listed(i);
}
END_TEST

START_TEST(gcore_counts_offsets_in_bytes)
{
    static const struct builder_file file = {0x1000, 0x2000, 0x3000, "/a"};
    struct core_builder builder;
    builder_init(&builder, true, false, 0);
    builder_files(&builder, 1, &file, 1);
    struct fixture fixture;
    open_core(&builder, &fixture);
    assert_mappings(&fixture, "1000-1fff 3000 /a\n");
    free(fixture.bytes);
}
END_TEST

START_TEST(a_list_that_is_cut_off_has_a_beginning_of_the_rows)
{
    struct core_builder builder;
    builder_init(&builder, true, false, 0);
    builder_files(&builder, 4096, some_files, 3);
    struct vmmap_buffer file;
    builder_finish(&builder, &file);
    static const char whole[] = "1000-2fff 0 /bin/a\n"
                                "3000-3fff 2000 /bin/a\n"
                                "8000-8fff 10000 /tmp/with space\nand newline (deleted)\n";
    for (size_t size = 64 + 56 + 20; size < file.size; size++) {
        struct fixture fixture;
        open_first(&file, size, &fixture);
        char *text = mappings_of(&fixture), *broken = strstr(text, "broken\n");
        bool has_all = strncmp(text, whole, strlen(whole)) == 0;
        ck_assert_msg(broken || has_all, "%zu bytes", size);
        if (broken)
            *broken = '\0';
        ck_assert(strncmp(whole, text, strlen(text)) == 0);
        free(text);
        free(fixture.bytes);
    }
    vmmap_buffer_deinit(&file);
}
END_TEST

/* NT_FILE with these words and then these bytes. */
static void open_words(const uint64_t *words, size_t count, const char *bytes, size_t size,
                       struct fixture *ret)
{
    struct core_builder builder;
    builder_init(&builder, true, false, 0);
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < count; i++)
        builder_append_word(&builder, &text, words[i]);
    vmmap_buffer_append(&text, bytes, size);
    builder_note(&builder, "CORE", NT_FILE, &text);
    open_core(&builder, ret);
}

#define assert_words(wanted, text, ...)                                                            \
    do {                                                                                           \
        const uint64_t words_[] = {__VA_ARGS__};                                                   \
        struct fixture fixture_;                                                                   \
        open_words(words_, sizeof(words_) / sizeof(words_[0]), text, sizeof(text) - 1, &fixture_); \
        assert_mappings(&fixture_, wanted);                                                        \
        free(fixture_.bytes);                                                                      \
    } while (0)

START_TEST(counts_that_can_not_be_give_nothing)
{
    assert_words("broken\n", "", 0);
    assert_words("", "", 0, 4096);
    assert_words("broken\n", "", 1, 4096);
    assert_words("broken\n", "/a\0", UINT64_MAX, 4096, 0x1000, 0x2000, 0);
    assert_words("broken\n", "/a\0", UINT64_MAX / 24, 4096, 0x1000, 0x2000, 0);
    assert_words("broken\n", "/a\0", UINT64_C(1) << 61, 4096, 0x1000, 0x2000, 0);
    assert_words("broken\n", "/a", 1, 4096, 0x1000, 0x2000, 0); /* no NUL, nor any padding */
}
END_TEST

START_TEST(entries_that_can_not_be_are_passed_over)
{
    assert_words("3000-3fff 0 /b\nbroken\n", "/a\0/b\0", 2, 4096, 0x2000, 0x1000, 0, 0x3000, 0x4000,
                 0);
    assert_words("3000-3fff 0 /b\nbroken\n", "/a\0/b\0", 2, 4096, 0x2000, 0x2000, 0, 0x3000, 0x4000,
                 0);
    assert_words("3000-3fff 0 /b\nbroken\n", "\0/b\0", 2, 4096, 0x1000, 0x2000, 0, 0x3000, 0x4000,
                 0);
    assert_words("3000-3fff 0 /b\nbroken\n", "/a\0/b\0", 2, 4096, 0x1000, 0x2000, UINT64_MAX,
                 0x3000, 0x4000, 0);
}
END_TEST

START_TEST(a_name_of_any_length_leaves_the_others_alone)
{
    const size_t lengths[] = {4095, 5000, VMMAP_WINDOW_SIZE, VMMAP_WINDOW_SIZE + 1, 40000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char *name = malloc(lengths[i] + 1);
        memset(name, 'n', lengths[i]);
        name[lengths[i]] = '\0';
        const struct builder_file files[] = {{0x1000, 0x2000, 0, name}, {0x3000, 0x4000, 0, "/b"}};
        struct core_builder builder;
        builder_init(&builder, true, false, 0);
        builder_files(&builder, 4096, files, 2);
        struct fixture fixture;
        open_core(&builder, &fixture);
        struct vmmap_buffer wanted = VMMAP_BUFFER_INIT;
        bool fits = lengths[i] <= VMMAP_WINDOW_SIZE;
        if (fits)
            vmmap_buffer_printf(&wanted, "1000-1fff 0 %s\n", name);
        vmmap_buffer_printf(&wanted, "3000-3fff 0 /b\n%s", fits ? "" : "broken\n");
        char *text = take_text(&wanted);
        assert_mappings(&fixture, text);
        free(text);
        free(name);
        free(fixture.bytes);
    }
}
END_TEST

static void check_the_auxiliary_vector_is_searched(int i)
{
    static const uint64_t pairs[][2] = {
        {AT_PAGESZ, 4096}, {AT_PHDR, 0x400040}, {AT_EXECFN, 0x7ff8}};
    struct core_builder builder;
    builder_init(&builder, i & 1, i & 2, 0);
    builder_auxv(&builder, pairs, 3);
    struct fixture fixture;
    open_core(&builder, &fixture);
    uint64_t value = 0;
    ck_assert(
        vmmap_core_find_auxv(&fixture.elf, &window, &fixture.note, VMMAP_AUXV_EXECFN, &value));
    ck_assert_uint_eq(value, 0x7ff8);
    ck_assert(
        vmmap_core_find_auxv(&fixture.elf, &window, &fixture.note, VMMAP_AUXV_PAGESZ, &value));
    ck_assert_uint_eq(value, 4096);
    ck_assert(!vmmap_core_find_auxv(&fixture.elf, &window, &fixture.note, VMMAP_AUXV_SYSINFO_EHDR,
                                    &value));
    struct vmmap_elf_note cut = fixture.note; /* in the middle of the last value */
    cut.size = 6 * vmmap_elf_word_size(&fixture.elf) - 1;
    ck_assert(!vmmap_core_find_auxv(&fixture.elf, &window, &cut, VMMAP_AUXV_EXECFN, &value));
    free(fixture.bytes);
}

START_TEST(the_auxiliary_vector_is_searched)
{
    for (int i = 0; i < 4; i++)
        check_the_auxiliary_vector_is_searched(i);
}
END_TEST

/* Registers count up: number n is 0x100 + n, so that the right one shows. */
static const struct architecture {
    uint16_t machine;
    bool is_64;
    bool is_big;
    uint8_t word;
    uint64_t stack;
    uint64_t tls; /* 0: in no register */
} architectures[] = {
    {EM_X86_64, true, false, 8, 0x100 + 19, 0x100 + 21},
    {EM_X86_64, false, false, 8, 0x100 + 19, 0x100 + 21},
    {EM_386, false, false, 4, 0x100 + 15, 0},
    {EM_AARCH64, true, false, 8, 0x100 + 31, 0},
    {EM_AARCH64, true, true, 8, 0x100 + 31, 0},
    {EM_ARM, false, false, 4, 0x100 + 13, 0},
    {EM_RISCV, true, false, 8, 0x100 + 2, 0x100 + 4},
    {EM_RISCV, false, false, 4, 0x100 + 2, 0x100 + 4},
    {EM_PPC64, true, true, 8, 0x100 + 1, UINT64_C(0x100) + 13 - 0x7000},
    {EM_S390, true, true, 8, 0x100 + 17, 0x100 + 18},
};

enum { ARCHITECTURE_COUNT = sizeof(architectures) / sizeof(architectures[0]) };

static void open_prstatus(const struct architecture *architecture, struct fixture *ret)
{
    uint64_t registers[40];
    for (size_t i = 0; i < 40; i++)
        registers[i] = 0x100 + i;
    struct core_builder builder;
    builder_init(&builder, architecture->is_64, architecture->is_big, architecture->machine);
    builder_prstatus(&builder, 4242, architecture->word, registers, 40);
    open_core(&builder, ret);
}

static void check_registers_are_found_on_each_architecture(int i)
{
    const struct architecture *architecture = &architectures[i];
    struct fixture fixture;
    struct vmmap_core_thread thread;
    open_prstatus(architecture, &fixture);
    ck_assert(vmmap_core_read_prstatus(&fixture.elf, &window, &fixture.note, &thread));
    ck_assert_uint_eq(thread.tid, 4242);
    ck_assert_uint_eq(thread.stack_pointer, architecture->stack);
    ck_assert_int_eq(thread.has_thread_pointer, architecture->tls != 0);
    ck_assert_uint_eq(thread.thread_pointer, architecture->tls);
    for (size_t size = 0; size < 80; size++) {
        struct vmmap_elf_note cut = fixture.note;
        cut.size = size;
        ck_assert(!vmmap_core_read_prstatus(&fixture.elf, &window, &cut, &thread));
    }
    free(fixture.bytes);
}

START_TEST(registers_are_found_on_each_architecture)
{
    for (int i = 0; i < ARCHITECTURE_COUNT; i++)
        check_registers_are_found_on_each_architecture(i);
}
END_TEST

START_TEST(other_architectures_have_no_registers)
{
    const struct architecture mips = {EM_MIPS, true, true, 8, 0, 0};
    struct fixture fixture;
    struct vmmap_core_thread thread;
    open_prstatus(&mips, &fixture);
    ck_assert(!vmmap_core_read_prstatus(&fixture.elf, &window, &fixture.note, &thread));
    free(fixture.bytes);
}
END_TEST

START_TEST(gs_picks_a_descriptor)
{
    struct core_builder builder;
    builder_init(&builder, false, false, EM_386);
    struct vmmap_buffer tls = VMMAP_BUFFER_INIT;
    const uint32_t descriptors[3][4] = {
        {12, 0xf7f00740, 0xfffff, 0x51}, {13, 0x11110000, 0xfffff, 0x51}, {14, 0, 0, 0x28}};
    for (size_t i = 0; i < 12; i++)
        builder_append(&builder, &tls, descriptors[i / 4][i % 4], 4);
    builder_note(&builder, "LINUX", NT_386_TLS, &tls);
    struct fixture fixture;
    open_core(&builder, &fixture);

    struct vmmap_core_thread thread = {.segment = 0x63}; /* entry 12, privilege 3 */
    vmmap_core_add_tls(&fixture.elf, &window, &fixture.note, &thread);
    ck_assert(thread.has_thread_pointer);
    ck_assert_uint_eq(thread.thread_pointer, 0xf7f00740);
    thread = (struct vmmap_core_thread){.segment = 0};
    vmmap_core_add_tls(&fixture.elf, &window, &fixture.note, &thread);
    ck_assert(!thread.has_thread_pointer);
    fixture.note.size = 15;
    thread.segment = 0x63;
    vmmap_core_add_tls(&fixture.elf, &window, &fixture.note, &thread);
    ck_assert(!thread.has_thread_pointer);
    free(fixture.bytes);
}
END_TEST

START_TEST(arm_has_a_note_for_the_thread_pointer)
{
    struct core_builder builder;
    builder_init(&builder, true, false, EM_AARCH64);
    struct vmmap_buffer tls = VMMAP_BUFFER_INIT;
    builder_append(&builder, &tls, 0xffff80001740, 8);
    builder_append(&builder, &tls, 0, 8); /* tpidr2_el0 */
    builder_note(&builder, "LINUX", NT_ARM_TLS, &tls);
    struct fixture fixture;
    open_core(&builder, &fixture);
    struct vmmap_core_thread thread = {.tid = 1};
    vmmap_core_add_tls(&fixture.elf, &window, &fixture.note, &thread);
    ck_assert(thread.has_thread_pointer);
    ck_assert_uint_eq(thread.thread_pointer, 0xffff80001740);

    thread.has_thread_pointer = false; /* the number means something else elsewhere */
    fixture.elf.machine = EM_X86_64;
    vmmap_core_add_tls(&fixture.elf, &window, &fixture.note, &thread);
    ck_assert(!thread.has_thread_pointer);
    free(fixture.bytes);
}
END_TEST

int main(void)
{
    return RUN_TESTS("core_notes", files_are_listed, the_auxiliary_vector_is_searched,
                     registers_are_found_on_each_architecture, gcore_counts_offsets_in_bytes,
                     a_list_that_is_cut_off_has_a_beginning_of_the_rows,
                     counts_that_can_not_be_give_nothing, entries_that_can_not_be_are_passed_over,
                     a_name_of_any_length_leaves_the_others_alone,
                     other_architectures_have_no_registers, gs_picks_a_descriptor,
                     arm_has_a_note_for_the_thread_pointer);
}
