/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core_builder.h"
#include "fake_target.h"
#include "providers/provider.h"
#include "support.h"

/* A fake target with a core file on the disk. */
struct fixture {
    struct fake_target fake;
    char path[32];
};

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void fixture_init(struct fixture *fixture, const void *bytes, size_t size)
{
    strcpy(fixture->path, "/tmp/vmmap-core-XXXXXX");
    int fd = mkstemp(fixture->path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    write_file(fixture->path, bytes, size);
    fake_target_init(&fixture->fake);
    fixture->fake.info.kind = VMMAP_TARGET_CORE;
    fixture->fake.core_path = fixture->path;
}

static void fixture_init_built(struct fixture *fixture, struct core_builder *builder)
{
    struct vmmap_buffer file;
    builder_finish(builder, &file);
    fixture_init(fixture, file.data, file.size);
    vmmap_buffer_deinit(&file);
}

static void fixture_deinit(struct fixture *fixture)
{
    unlink(fixture->path);
}

static struct vmmap_error *fill(struct fixture *fixture, struct vmmap_map **ret)
{
    assert_ok(vmmap_map_create(ret));
    ck_assert(vmmap_provider_core.applies(&fixture->fake.target, &fixture->fake.info));
    return vmmap_provider_core.fill(&fixture->fake.target, &fixture->fake.info, *ret);
}

static struct vmmap_map *map_of(struct fixture *fixture)
{
    struct vmmap_map *map;
    assert_ok(fill(fixture, &map));
    return map;
}

/* "START-LAST PERMS OFFSET SAVED ORIGIN NAME" */
static void append_row(struct vmmap_buffer *text, const struct vmmap_region *region)
{
    char perms[5];
    vmmap_perms_format(region->perms, perms);
    ck_assert_int_eq(region->perms.set & ~region->perms.known, 0);
    ck_assert(region->has_saved);
    vmmap_buffer_printf(text, "%" PRIx64 "-%" PRIx64 " %s ", region->start, region->last, perms);
    if (region->has_offset)
        vmmap_buffer_printf(text, "%" PRIx64, region->offset);
    else
        vmmap_buffer_append_string(text, "?");
    vmmap_buffer_printf(text, " %" PRIx64 " %s %s\n", region->saved,
                        region->origin == VMMAP_ORIGIN_CORE_SEGMENT ? "segment" : "note",
                        region->name ? region->name : "-");
}

#define assert_core_rows(map, wanted)                                                              \
    do {                                                                                           \
        struct vmmap_buffer rows_ = VMMAP_BUFFER_INIT;                                             \
        for (size_t i_ = 0; i_ < (map)->count; i_++)                                               \
            append_row(&rows_, &(map)->regions[i_]);                                               \
        assert_buffer(&rows_, wanted);                                                             \
    } while (0)

#define NOTE_SHARING                                                                               \
    "A core does not tell whether a file's mapping is private or shared: the fourth letter is "    \
    "not known there.\n"
#define NOTE_NOT_SAVED(count, bytes)                                                               \
    count " pages were not saved, or not in full (" bytes " bytes): file contents, and what "      \
          "coredump_filter or MADV_DONTDUMP leaves out (core(5)).\n"
#define NOTE_NO_HEAP                                                                               \
    "The heap is not named: that takes the C library's symbols. The fake has no symbol "           \
    "__curbrk.\n"
#define NOTE_GCORE                                                                                 \
    "This core has a section table, so gcore wrote it, which marks every range as readable: "      \
    "whether it was is not known. Ranges without any permission, and memory that the kernel "      \
    "manages, can be missing.\n"
#define NOTE_NO_FILES                                                                              \
    "The core file does not list the mapped files (NT_FILE): which range belongs to which file "   \
    "is not known.\n"

static char page[4096];

static const struct builder_file some_files[] = {
    {0x400000, 0x401000, 0, "/bin/a b"},
    {0x401000, 0x403000, 1, "/bin/a b"},
    {0x405000, 0x406000, 3, "/lib/c (deleted)"},
};

/* As Linux writes it: every mapping has a PT_LOAD. */
static void build_kernel_core(struct core_builder *builder, bool is_64, bool is_big,
                              uint16_t machine)
{
    static const uint64_t auxv[][2] = {
        {AT_PAGESZ, 4096}, {AT_EXECFN, 0x7fffeff8}, {AT_SYSINFO_EHDR, 0x70000000}};
    builder_init(builder, is_64, is_big, machine);
    builder_kernel_notes(builder);
    builder_auxv(builder, auxv, 3);
    builder_files(builder, 4096, some_files, 3);
    builder_end_notes(builder);
    builder_load(builder, PF_R, 0x400000, 0x1000, page, 4096);
    builder_load(builder, PF_R | PF_X, 0x401000, 0x2000, page, 4096);
    builder_load(builder, PF_R | PF_W, 0x403000, 0x1000, page, 4096);
    builder_load(builder, PF_W, 0x404000, 0x1000, NULL, 0);
    builder_load(builder, 0, 0x405000, 0x1000, NULL, 0);
    builder_load(builder, PF_X, 0x406000, 0x1000, page, 4096);
    builder_load(builder, PF_R | PF_X, 0x70000000, 0x2000, page, 4096);
    builder_load(builder, PF_R | PF_W, 0x7ffef000, 0x10000, page, 4096);
}

#define KERNEL_ROWS                                                                                \
    "400000-400fff r--? 0 1000 segment /bin/a b\n"                                                 \
    "401000-402fff r-x? 1000 1000 segment /bin/a b\n"                                              \
    "403000-403fff rw-p 0 1000 segment -\n"                                                        \
    "404000-404fff -w-p 0 0 segment -\n"                                                           \
    "405000-405fff ---? 3000 0 segment /lib/c (deleted)\n"                                         \
    "406000-406fff --xp 0 1000 segment -\n"                                                        \
    "70000000-70001fff r-xp 0 1000 segment [vdso]\n"                                               \
    "7ffef000-7fffefff rw-p 0 1000 segment [stack]\n"

static void check_kernel_core(bool is_64, bool is_big, uint16_t machine)
{
    struct core_builder builder;
    struct fixture fixture;
    build_kernel_core(&builder, is_64, is_big, machine);
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    assert_core_rows(map, KERNEL_ROWS);
    assert_notes(map, NOTE_NOT_SAVED("5", "0x13000") NOTE_SHARING NOTE_NO_HEAP);
    ck_assert_uint_eq(map->address_bits, is_64 ? 64 : 32);
    ck_assert(!map->exact);
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}

START_TEST(a_kernel_core_tells_nearly_all)
{
    check_kernel_core(true, false, EM_X86_64);
    check_kernel_core(false, false, EM_386);
    check_kernel_core(true, false, EM_AARCH64);
    check_kernel_core(false, false, EM_ARM);
    check_kernel_core(true, false, EM_RISCV);
    check_kernel_core(true, true, EM_S390);
    check_kernel_core(true, true, EM_PPC64);
    check_kernel_core(false, true, EM_MIPS);
}
END_TEST

START_TEST(a_core_without_files_and_holes_is_exact)
{
    struct core_builder builder;
    struct fixture fixture;
    builder_init(&builder, true, false, EM_X86_64);
    builder_kernel_notes(&builder);
    builder_auxv(&builder, NULL, 0);
    builder_files(&builder, 4096, NULL, 0);
    builder_load(&builder, PF_R, 0x1000, 0x1000, page, 4096);
    builder_load(&builder, PF_X, 0xffffffffff600000, 0x1000, page, 4096);
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    assert_core_rows(map, "1000-1fff r--p 0 1000 segment -\n"
                          "ffffffffff600000-ffffffffff600fff --xp 0 1000 segment [vsyscall]\n");
    assert_notes(map, NOTE_NO_HEAP);
    ck_assert(map->exact);
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}
END_TEST

START_TEST(the_number_of_segments_may_be_in_section_0)
{
    struct core_builder builder;
    struct fixture fixture;
    build_kernel_core(&builder, true, false, EM_X86_64);
    builder.sections = 1;
    builder.has_large_count = true;
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    assert_core_rows(map, KERNEL_ROWS);
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}
END_TEST

/* Whether the shorter file's row says nothing that the whole file's row does not. */
static bool agrees(const struct vmmap_region *row, const struct vmmap_region *whole)
{
    return row->start == whole->start && row->last == whole->last && row->saved <= whole->saved &&
           (row->perms.known & ~whole->perms.known) == 0 &&
           row->perms.set == (whole->perms.set & row->perms.known) &&
           (!row->has_offset || (whole->has_offset && row->offset == whole->offset)) &&
           (!row->name || (whole->name && strcmp(row->name, whole->name) == 0));
}

/* Cuts a core at every byte: never a crash, never a row that the whole core does not have. */
static void check_truncation(const struct vmmap_buffer *file)
{
    struct fixture fixture;
    fixture_init(&fixture, file->data, file->size);
    struct vmmap_map *whole = map_of(&fixture);
    size_t rows = 0;
    for (size_t size = 0; size < file->size; size++) {
        struct vmmap_map *map;
        ck_assert_int_eq(truncate(fixture.path, 0), 0);
        write_file(fixture.path, file->data, size);
        struct vmmap_error *error = fill(&fixture, &map);
        ck_assert(!error || map->count == 0);
        ck_assert(error || (map->note_count > 0 && !map->exact));
        for (size_t i = 0; i < map->count; i++) {
            size_t index = vmmap_map_find(whole, map->regions[i].start);
            ck_assert_msg(index != VMMAP_NO_REGION &&
                              agrees(&map->regions[i], &whole->regions[index]),
                          "%zu of %zu bytes, row %zu", size, file->size, i);
        }
        ck_assert_uint_ge(map->count, rows); /* more bytes never tell less */
        rows = map->count;
        vmmap_error_destroy(error);
        vmmap_map_destroy(map);
    }
    ck_assert_uint_eq(rows, whole->count);
    vmmap_map_destroy(whole);
    fixture_deinit(&fixture);
}

START_TEST(a_kernel_core_may_be_cut_anywhere)
{
    struct core_builder builder;
    struct vmmap_buffer file;
    build_kernel_core(&builder, true, false, EM_X86_64);
    for (size_t i = 0; i < builder.segment_count; i++) {
        if (builder.segments[i].size > 16 && builder.segments[i].type == PT_LOAD)
            builder.segments[i].size = builder.segments[i].file_size = 16; /* a small file */
    }
    builder_finish(&builder, &file);
    check_truncation(&file);
    vmmap_buffer_deinit(&file);
}
END_TEST

/*
 * An image as ld makes it: headers and read-only data, code, RELRO and data, at 0x100000 in memory.
 *
 *     offset 0     r--  0x0 to 0xfff
 *     offset 1000  r-x  0x1000 to 0x2fff
 *     offset 3000  rw-  0x3000 to 0x4fff, the first page of it RELRO
 */
static void build_image(struct vmmap_buffer *ret)
{
    struct core_builder builder;
    builder_init(&builder, true, false, EM_X86_64);
    builder.type = ET_DYN;
    struct vmmap_buffer id = VMMAP_BUFFER_INIT;
    vmmap_buffer_append(&id, "\xab\xcd\x01", 3);
    builder_note(&builder, "GNU", NT_GNU_BUILD_ID, &id);
    builder_end_notes(&builder);
    static const struct builder_segment segments[] = {
        {.type = PT_LOAD,
         .flags = PF_R,
         .file_size = 0x1000,
         .memory_size = 0x1000,
         .offset = 0,
         .has_offset = true},
        {.type = PT_LOAD,
         .flags = PF_R | PF_X,
         .address = 0x1000,
         .file_size = 0x1800,
         .memory_size = 0x1800,
         .offset = 0x1000,
         .has_offset = true},
        {.type = PT_LOAD,
         .flags = PF_R | PF_W,
         .address = 0x3000,
         .file_size = 0x1800,
         .memory_size = 0x9000,
         .offset = 0x3000,
         .has_offset = true},
        {.type = PT_GNU_RELRO,
         .flags = PF_R,
         .address = 0x3000,
         .file_size = 0x1000,
         .memory_size = 0x1000,
         .offset = 0x3000,
         .has_offset = true},
    };
    for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++)
        builder_claim(&builder, &segments[i]);
    builder_finish(&builder, ret);
}

static const struct builder_file image_files[] = {
    {0x100000, 0x101000, 0, "/bin/image"},      {0x101000, 0x103000, 0x1000, "/bin/image"},
    {0x103000, 0x104000, 0x3000, "/bin/image"}, {0x104000, 0x105000, 0x4000, "/bin/image"},
    {0x200000, 0x201000, 0x1000, "/bin/image"}, /* mapped by the program itself */
    {0x300000, 0x301000, 0, "/some/data"},      {0x301000, 0x302000, 0x1000, "/some/data"},
};

/* As gcore writes it: in no PT_LOAD what was not modified, all readable, offsets in bytes. */
static void build_gcore(struct core_builder *builder, const struct vmmap_buffer *image)
{
    static const uint64_t auxv[][2] = {
        {AT_PAGESZ, 4096}, {AT_PHDR, 0x100040}, {AT_EXECFN, 0x7fffeff8}};
    builder_init(builder, true, false, EM_X86_64);
    builder_auxv(builder, auxv, 3);
    builder_files(builder, 1, image_files, 7);
    builder_end_notes(builder);
    builder->sections = 3;
    builder_load(builder, PF_R, 0x100000, 0x1000, image->data, image->size);
    builder_load(builder, PF_R | PF_W, 0x500000, 0x1000, page, 4096);
    builder_load(builder, PF_R | PF_X, 0x501000, 0x1000, page, 4096);
    builder_load(builder, PF_R | PF_W, 0x7ffef000, 0x10000, page, 4096);
}

START_TEST(gcore_leaves_permissions_to_the_headers_of_the_files)
{
    struct core_builder builder;
    struct vmmap_buffer image;
    struct fixture fixture;
    build_image(&image);
    build_gcore(&builder, &image);
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    struct vmmap_buffer wanted = VMMAP_BUFFER_INIT;
    vmmap_buffer_printf(&wanted,
                        "100000-100fff ?--? 0 %zx segment /bin/image\n"
                        "101000-102fff r-x? 1000 0 note /bin/image\n"
                        "103000-103fff r?-? 3000 0 note /bin/image\n"
                        "104000-104fff r?-? 4000 0 note /bin/image\n"
                        "200000-200fff ???? 1000 0 note /bin/image\n"
                        "300000-300fff ???? 0 0 note /some/data\n"
                        "301000-301fff ???? 1000 0 note /some/data\n"
                        "500000-500fff ?w-? ? 1000 segment -\n"
                        "501000-501fff ?-x? ? 1000 segment -\n"
                        "7ffef000-7fffefff ?w-? ? 1000 segment [stack]\n",
                        image.size);
    char *text = take_text(&wanted);
    assert_core_rows(map, text);
    free(text);
    ck_assert(!map->exact);
    ck_assert_uint_eq(map->note_count, 6);
    ck_assert_str_eq(map->notes[0],
                     "The core has no permissions for some mapped file ranges: those shown (3 "
                     "rows) are what the mapped files' program headers ask for, as the core saved "
                     "them.");
    ck_assert_str_eq(map->notes[1], "The core has no permissions for some mapped file ranges (3 "
                                    "rows), and no program header tells them either.");
    ck_assert_int_eq(strncmp(map->notes[2], NOTE_GCORE, strlen(NOTE_GCORE) - 1), 0);
    vmmap_map_destroy(map);
    vmmap_buffer_deinit(&image);
    fixture_deinit(&fixture);
}
END_TEST

START_TEST(a_gcore_may_be_cut_anywhere)
{
    struct core_builder builder;
    struct vmmap_buffer image, file;
    build_image(&image);
    build_gcore(&builder, &image);
    for (size_t i = 2; i < builder.segment_count; i++)
        builder.segments[i].size = builder.segments[i].file_size = 16;
    builder_finish(&builder, &file);
    check_truncation(&file);
    vmmap_buffer_deinit(&image);
    vmmap_buffer_deinit(&file);
}
END_TEST

static struct vmmap_map *map_of_gcore(const char *executable_id)
{
    struct core_builder builder;
    struct vmmap_buffer image;
    struct fixture fixture;
    build_image(&image);
    build_gcore(&builder, &image);
    fixture_init_built(&fixture, &builder);
    fixture.fake.executable_id = executable_id;
    struct vmmap_map *map = map_of(&fixture);
    vmmap_buffer_deinit(&image);
    fixture_deinit(&fixture);
    return map;
}

static bool has_note(const struct vmmap_map *map, const char *note)
{
    for (size_t i = 0; i < map->note_count; i++) {
        if (strcmp(map->notes[i], note) == 0)
            return true;
    }
    return false;
}

START_TEST(an_executable_of_another_build_is_noticed)
{
    static const char note[] =
        "The executable in GDB (build-id abcd02) is not the one that crashed (abcd01): symbols, "
        "and what GDB shows of memory that was not saved, may be wrong; this map is made from the "
        "core alone.";
    struct vmmap_map *other = map_of_gcore("abcd02"), *same = map_of_gcore("abcd01"),
                     *none = map_of_gcore(NULL);
    ck_assert(has_note(other, note));
    ck_assert(!has_note(same, note) && same->note_count == none->note_count);
    ck_assert(!has_note(none, note));
    vmmap_map_destroy(other);
    vmmap_map_destroy(same);
    vmmap_map_destroy(none);
}
END_TEST

START_TEST(without_a_list_of_files_there_are_no_names)
{
    struct core_builder builder;
    struct fixture fixture;
    builder_init(&builder, true, true, EM_PPC64);
    builder_load(&builder, PF_R, 0x1000, 0x1000, page, 4096);
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    assert_core_rows(map, "1000-1fff r--? ? 1000 segment -\n");
    assert_notes(map, NOTE_NO_FILES NOTE_SHARING NOTE_NO_HEAP);
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}
END_TEST

START_TEST(the_dump_of_a_machine_has_no_permissions)
{
    struct core_builder builder;
    struct fixture fixture;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    builder_init(&builder, true, false, EM_X86_64);
    builder_note(&builder, "VMCOREINFO", 0, &text);
    builder_load(&builder, PF_R | PF_W | PF_X, 0xffff888000000000, 0x1000, page, 4096);
    builder_load(&builder, 0, 0xffffffffff600000, 0x1000, page, 4096);
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    assert_core_rows(map, "ffff888000000000-ffff888000000fff ???? ? 1000 segment -\n"
                          "ffffffffff600000-ffffffffff600fff ???? ? 1000 segment -\n");
    assert_notes(map, "This is the dump of a kernel or a whole machine: its ranges are memory that "
                      "was saved, and permissions are not in it.\n");
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}
END_TEST

/* A kernel core whose page at 0x1000 holds `brk` as __curbrk. */
static char *name_above(uint64_t brk, uint64_t curbrk)
{
    struct core_builder builder;
    struct fixture fixture;
    uint64_t saved = brk; /* little-endian, as the host of these tests */
    builder_init(&builder, true, false, EM_X86_64);
    builder_load(&builder, PF_R | PF_W, 0x1000, 0x1000, &saved, 8);
    builder_load(&builder, PF_R | PF_W, 0x10000, 0x3000, page, 4096);
    builder_load(&builder, PF_R, 0x20000, 0x1000, page, 4096);
    fixture_init_built(&fixture, &builder);
    fixture.fake.curbrk = curbrk;
    struct vmmap_map *map = map_of(&fixture);
    struct vmmap_buffer names = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < map->count; i++)
        vmmap_buffer_printf(&names, "%s ", map->regions[i].name ? map->regions[i].name : "-");
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
    return take_text(&names);
}

#define assert_names(brk, curbrk, wanted)                                                          \
    do {                                                                                           \
        char *text_ = name_above(brk, curbrk);                                                     \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

START_TEST(the_heap_ends_at_the_break)
{
    assert_names(0x13000, 0x1000, "- [heap] - ");
    assert_names(0x12008, 0x1000, "- [heap] - "); /* in the last page */
    assert_names(0x12000, 0x1000, "- - - ");      /* a page below the end */
    assert_names(0x13008, 0x1000, "- - - ");
    assert_names(0x21000, 0x1000, "- - - "); /* not writable */
    assert_names(0, 0x1000, "- - - ");
    assert_names(0x13000, 0x9000, "- - - "); /* the variable was not saved */
    assert_names(0x13000, 0, "- - - ");
}
END_TEST

START_TEST(segments_that_can_not_be_are_cut)
{
    struct core_builder builder;
    struct fixture fixture;
    builder_init(&builder, true, false, EM_X86_64);
    builder_load(&builder, PF_X, 0x5000, 0x4000, page, 4096);
    builder_load(&builder, PF_R, 0x1000, 0x2000, page, 4096);
    builder_load(&builder, PF_W, 0x2000, 0x2000, page, 4096);
    builder_load(&builder, PF_R, 0x6000, 0x1000, page, 4096);
    builder_load(&builder, PF_R, 0xfffffffffffff000, 0x2000, NULL, 0);
    builder_load(&builder, PF_R, 0xa000, 0, page, 4096);
    builder_load(&builder, PF_R, 0xb000, 0x1000, page, 4096);
    builder.segments[6].file_size = UINT64_MAX;
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    assert_core_rows(map, "1000-2fff r--? ? 1000 segment -\n"
                          "3000-3fff -w-? ? 0 segment -\n"
                          "5000-8fff --x? ? 1000 segment -\n"
                          "b000-bfff r--? ? 1000 segment -\n"
                          "fffffffffffff000-ffffffffffffffff r--? ? 0 segment -\n");
    ck_assert(!map->exact);
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}
END_TEST

START_TEST(segments_of_a_32_bit_core_stay_in_32_bits)
{
    struct core_builder builder;
    struct fixture fixture;
    builder_init(&builder, false, true, EM_PPC);
    builder_load(&builder, PF_R, 0xfffff000, 0x2000, NULL, 0);
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    assert_core_rows(map, "fffff000-ffffffff r--? ? 0 segment -\n");
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}
END_TEST

START_TEST(a_count_beyond_the_file_is_not_believed)
{
    struct core_builder builder;
    struct fixture fixture;
    builder_init(&builder, true, false, EM_X86_64);
    builder_load(&builder, PF_R, 0x1000, 0x1000, NULL, 0);
    builder.sections = 1;
    builder.has_large_count = true;
    builder.false_count = UINT32_MAX;
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    ck_assert_uint_eq(map->regions[0].start, 0x1000);
    ck_assert_ptr_nonnull(strstr(map->notes[0], "Of 4294967295 program headers 42949672"));
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}
END_TEST

static void check_refused(const void *bytes, size_t size, const char *wanted)
{
    struct fixture fixture;
    struct vmmap_map *map;
    fixture_init(&fixture, bytes, size);
    struct vmmap_error *error = fill(&fixture, &map);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, VMMAP_ERROR_UNAVAILABLE);
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    vmmap_buffer_printf(&text, wanted, fixture.path);
    char *message = take_text(&text);
    ck_assert_str_eq(error->message, message);
    ck_assert_uint_eq(map->count, 0);
    free(message);
    vmmap_error_destroy(error);
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}

START_TEST(files_that_are_no_cores_are_refused_with_a_sentence)
{
    static const char zeros[4096];
    static const char no_core[] = "The core file %s is no ELF core file, or its header is broken.";
    check_refused("", 0, "The core file %s is empty.");
    check_refused(zeros, sizeof(zeros), no_core);
    check_refused("\177ELF", 4, no_core);
    check_refused("#!/bin/sh\n", 10, no_core);
    check_refused("\x28\xb5\x2f\xfd\x04\x00\x01", 7,
                  "The core file %s is compressed (zstd), which GDB does not read either: unpack "
                  "it with \"zstd -dc < FILE > core\", or with \"coredumpctl dump -o core\", and "
                  "load it with \"core-file core\".");
    struct core_builder builder;
    struct vmmap_buffer file;
    builder_init(&builder, true, false, EM_X86_64);
    builder.type = ET_EXEC;
    builder_load(&builder, PF_R, 0x1000, 0x1000, NULL, 0);
    builder_finish(&builder, &file);
    check_refused(file.data, file.size, no_core);
    vmmap_buffer_deinit(&file);

    builder_init(&builder, true, false, EM_X86_64);
    builder_finish(&builder, &file);
    check_refused(file.data, file.size,
                  "The core file describes no memory: its program headers are empty, damaged, or "
                  "cut off.");
    vmmap_buffer_deinit(&file);
}
END_TEST

START_TEST(paths_that_are_no_files_are_refused_at_once)
{
    struct fixture fixture;
    struct vmmap_map *map;
    fixture_init(&fixture, "", 0);
    fixture.fake.core_path = "/tmp/vmmap no such core";
    assert_error(fill(&fixture, &map), VMMAP_ERROR_UNAVAILABLE,
                 "The core file /tmp/vmmap no such core can not be read: No such file or "
                 "directory.");
    vmmap_map_destroy(map);
    fixture.fake.core_path = "/tmp";
    assert_error(fill(&fixture, &map), VMMAP_ERROR_UNAVAILABLE,
                 "The core file /tmp is no regular file.");
    vmmap_map_destroy(map);
    unlink(fixture.path);
    ck_assert_int_eq(mkfifo(fixture.path, 0600), 0);
    fixture.fake.core_path = fixture.path;
    struct vmmap_error *error = fill(&fixture, &map);
    ck_assert_ptr_nonnull(error);
    vmmap_error_destroy(error);
    vmmap_map_destroy(map);
    fixture_deinit(&fixture);
}
END_TEST

START_TEST(an_error_of_the_target_ends_it_only_if_it_is_fatal)
{
    struct core_builder builder;
    struct fixture fixture;
    struct vmmap_buffer image;
    build_image(&image);
    build_gcore(&builder, &image);
    fixture_init_built(&fixture, &builder);
    struct vmmap_map *map = map_of(&fixture);
    unsigned int calls = fixture.fake.total_calls;
    vmmap_map_destroy(map);
    ck_assert_uint_ge(calls, 3); /* path, symbol, build-id */
    const enum vmmap_error_code codes[] = {VMMAP_ERROR_NO_MEMORY, VMMAP_ERROR_INTERRUPTED};
    for (unsigned int at = 1; at <= calls; at++) {
        for (size_t i = 0; i < 2; i++) {
            fake_target_reset_calls(&fixture.fake);
            fixture.fake.fail_at = at;
            fixture.fake.fail_code = codes[i];
            struct vmmap_error *error = fill(&fixture, &map);
            ck_assert_ptr_nonnull(error);
            ck_assert_int_eq(error->code, codes[i]);
            vmmap_error_destroy(error);
            vmmap_map_destroy(map);
        }
    }
    vmmap_buffer_deinit(&image);
    fixture_deinit(&fixture);
}
END_TEST

/* Each range takes reading the headers of its file, of which a hostile core has many. */
START_TEST(headers_of_files_are_read_with_an_eye_on_ctrl_c)
{
    enum { COUNT = 1000 };
    static struct builder_file files[COUNT];
    struct core_builder builder;
    struct fixture fixture;
    struct vmmap_map *map;
    for (uint64_t i = 0; i < COUNT; i++)
        files[i] = (struct builder_file){0x100000 + i * 4096, 0x101000 + i * 4096, i * 4096, "/f"};
    builder_init(&builder, true, false, EM_X86_64);
    builder_files(&builder, 1, files, COUNT);
    fixture_init_built(&fixture, &builder);
    vmmap_map_destroy(map_of(&fixture));
    const unsigned int calls = fixture.fake.total_calls;
    ck_assert_uint_ge(fixture.fake.calls[FAKE_POLL], 3);
    for (unsigned int at = 1; at <= calls; at++) {
        fake_target_reset_calls(&fixture.fake);
        fixture.fake.fail_at = at;
        fixture.fake.fail_code = VMMAP_ERROR_INTERRUPTED;
        assert_error(fill(&fixture, &map), VMMAP_ERROR_INTERRUPTED, fake_failure_message);
        vmmap_map_destroy(map);
    }
    fixture_deinit(&fixture);
}
END_TEST

START_TEST(threads_get_the_registers_that_the_debugger_lacks)
{
    uint64_t registers[40];
    struct core_builder builder;
    struct fixture fixture;
    builder_init(&builder, true, true, EM_S390);
    for (uint32_t tid = 10; tid <= 30; tid += 10) {
        for (size_t i = 0; i < 40; i++)
            registers[i] = tid * 0x1000 + i;
        builder_prstatus(&builder, tid, 8, registers, 40);
        if (tid == 10)
            builder_end_notes(&builder); /* threads may be in several segments */
    }
    fixture_init_built(&fixture, &builder);
    struct vmmap_thread threads[] = {
        {.number = 1, .tid = 30, .stack_pointer = 7, .has_stack_pointer = true},
        {.number = 2, .tid = 10, .thread_pointer = 8, .has_thread_pointer = true},
        {.number = 3, .tid = 99},
        {.number = 4, .tid = 20},
    };
    assert_ok(vmmap_provider_core.complete_threads(&fixture.fake.target, threads, 4));
    ck_assert_uint_eq(threads[0].stack_pointer, 7);
    ck_assert_uint_eq(threads[0].thread_pointer, 0x1e000 + 18);
    ck_assert_uint_eq(threads[1].stack_pointer, 0xa000 + 17);
    ck_assert_uint_eq(threads[1].thread_pointer, 8);
    ck_assert(!threads[2].has_stack_pointer && !threads[2].has_thread_pointer);
    ck_assert(threads[3].has_stack_pointer && threads[3].has_thread_pointer);
    ck_assert_uint_eq(threads[3].thread_pointer, 0x14000 + 18);
    fixture_deinit(&fixture);
}
END_TEST

START_TEST(only_core_files_are_served)
{
    struct fake_target fake;
    fake_target_init(&fake);
    ck_assert(!vmmap_provider_core.applies(&fake.target, &fake.info));
    fake.info.kind = VMMAP_TARGET_CORE;
    ck_assert(vmmap_provider_core.applies(&fake.target, &fake.info));
    fake.target.core_path = NULL;
    ck_assert(!vmmap_provider_core.applies(&fake.target, &fake.info));
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "core", a_kernel_core_tells_nearly_all, a_core_without_files_and_holes_is_exact,
        the_number_of_segments_may_be_in_section_0, a_kernel_core_may_be_cut_anywhere,
        gcore_leaves_permissions_to_the_headers_of_the_files, a_gcore_may_be_cut_anywhere,
        an_executable_of_another_build_is_noticed, without_a_list_of_files_there_are_no_names,
        the_dump_of_a_machine_has_no_permissions, the_heap_ends_at_the_break,
        segments_that_can_not_be_are_cut, segments_of_a_32_bit_core_stay_in_32_bits,
        a_count_beyond_the_file_is_not_believed,
        files_that_are_no_cores_are_refused_with_a_sentence,
        paths_that_are_no_files_are_refused_at_once,
        an_error_of_the_target_ends_it_only_if_it_is_fatal,
        headers_of_files_are_read_with_an_eye_on_ctrl_c,
        threads_get_the_registers_that_the_debugger_lacks, only_core_files_are_served);
}
