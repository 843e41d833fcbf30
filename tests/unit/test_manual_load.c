/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/load.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core_builder.h"
#include "fake_target.h"
#include "fault.h"
#include "host/file.h"
#include "support.h"
#include "view.h"

static struct fake_target fake;
static char path[] = "/tmp/vmmap-load-XXXXXX";

/* Writes a file of this content; its path is in `path`, which unlink_file() makes a template again.
 */
static void write_file(const void *data, size_t size)
{
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
    close(fd);
    fake_target_init(&fake);
}

static void unlink_file(void)
{
    unlink(path);
    strcpy(path + strlen(path) - 6, "XXXXXX");
}

/* What comes of loading: the rows with `FILE` for the path, or the error's message. */
static char *loaded_text(const void *data, size_t size, uint64_t slide)
{
    struct vmmap_map *map;
    write_file(data, size);
    assert_ok(vmmap_map_create(&map));
    struct vmmap_error *error = vmmap_pages_load(&fake.target, path, slide, map);
    char *text = error ? strdup(error->message) : rows_text(map);
    for (char *at; (at = strstr(text, path));) {
        memcpy(at, "FILE", 4);
        memmove(at + 4, at + strlen(path), strlen(at + strlen(path)) + 1);
    }
    if (error)
        ck_assert(error->code == VMMAP_ERROR_INVALID || error->code == VMMAP_ERROR_UNAVAILABLE);
    vmmap_error_destroy(error);
    vmmap_map_destroy(map);
    unlink_file();
    return text;
}

static void check_text(const char *text, const char *wanted)
{
    char *loaded = loaded_text(text, strlen(text), 0);
    ck_assert_str_eq(loaded, wanted);
    free(loaded);
}

/* ELF files. */

struct section {
    const char *name;
    uint64_t address;
    uint64_t size;
    uint32_t type;
    uint64_t flags;
};

struct image {
    bool is_64;
    bool is_big_endian;
    const struct builder_segment *segments;
    size_t segment_count;
    const struct section *sections; /* NULL for a file without a section table */
    size_t section_count;
};

static void put(const struct image *image, unsigned char *at, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[image->is_big_endian ? size - 1 - i : i] = (unsigned char)(value >> 8 * i);
}

/* Fields by their offsets in the 32-bit and the 64-bit form. */
static void put_field(const struct image *image, unsigned char *at, size_t at_32, size_t at_64,
                      uint64_t value, size_t size)
{
    put(image, at + (image->is_64 ? at_64 : at_32), value, size);
}

static void put_word(const struct image *image, unsigned char *at, size_t at_32, size_t at_64,
                     uint64_t value)
{
    put_field(image, at, at_32, at_64, value, image->is_64 ? 8 : 4);
}

enum { SEGMENTS_AT = 0x40, SECTIONS_AT = 0x400, NAMES_AT = 0xc00, FILE_SIZE = 0x1000 };

static void put_section(const struct image *image, unsigned char *at, uint32_t name,
                        const struct section *section)
{
    put(image, at, name, 4);
    put(image, at + 4, section->type, 4);
    put_word(image, at, 8, 8, section->flags);
    put_word(image, at, 12, 16, section->address);
    put_word(image, at, 20, 32, section->size);
}

/* Section 0 is empty, the last one has the names. */
static void put_sections(const struct image *image, unsigned char *file)
{
    const size_t size = image->is_64 ? 64 : 40;
    const struct section names = {.type = SHT_STRTAB, .size = FILE_SIZE - NAMES_AT};
    unsigned char *at = file + SECTIONS_AT;
    uint32_t name = 1;
    for (size_t i = 0; i < image->section_count; i++) {
        at += size;
        put_section(image, at, name, &image->sections[i]);
        strcpy((char *)file + NAMES_AT + name, image->sections[i].name);
        name += (uint32_t)strlen(image->sections[i].name) + 1;
    }
    at += size;
    put_section(image, at, 0, &names);
    put_word(image, at, 16, 24, NAMES_AT);
    put_word(image, file, 32, 40, SECTIONS_AT);
    put_field(image, file, 46, 58, size, 2);
    put_field(image, file, 48, 60, image->section_count + 2, 2);
    put_field(image, file, 50, 62, image->section_count + 1, 2);
}

static void make_file(const struct image *image, unsigned char file[FILE_SIZE])
{
    memset(file, 0, FILE_SIZE);
    memcpy(file, "\177ELF", 4);
    file[4] = image->is_64 ? 2 : 1;
    file[5] = image->is_big_endian ? 2 : 1;
    put(image, file + 16, ET_EXEC, 2);
    put_word(image, file, 28, 32, SEGMENTS_AT);
    put_field(image, file, 42, 54, image->is_64 ? 56 : 32, 2);
    put_field(image, file, 44, 56, image->segment_count, 2);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct builder_segment *segment = &image->segments[i];
        unsigned char *at = file + SEGMENTS_AT + i * (image->is_64 ? 56 : 32);
        put(image, at, segment->type, 4);
        put_field(image, at, 24, 4, segment->flags, 4);
        put_word(image, at, 4, 8, segment->offset);
        put_word(image, at, 8, 16, segment->address);
        put_word(image, at, 20, 40, segment->memory_size);
    }
    if (image->sections)
        put_sections(image, file);
}

static void check_image(const struct image *image, uint64_t slide, const char *wanted)
{
    unsigned char file[FILE_SIZE];
    for (unsigned int i = 0; i < 2; i++) {
        struct image made = *image;
        made.is_big_endian = i == 1;
        make_file(&made, file);
        char *loaded = loaded_text(file, sizeof(file), slide);
        ck_assert_str_eq(loaded, wanted);
        free(loaded);
    }
}

/* In both classes and byte orders. */
static void check_image_of_both(struct image image, uint64_t slide, const char *wanted)
{
    image.is_64 = false;
    check_image(&image, slide, wanted);
    image.is_64 = true;
    check_image(&image, slide, wanted);
}

static const struct builder_segment board_segments[] = {
    {.type = PT_LOAD,
     .flags = PF_R | PF_X,
     .address = 0x1000,
     .memory_size = 0x500,
     .offset = 0x100},
    {.type = PT_NOTE, .flags = PF_R, .address = 0x1100, .memory_size = 0x20},
    {.type = PT_LOAD,
     .flags = PF_R | PF_W,
     .address = 0x20000000,
     .memory_size = 0x800,
     .offset = 0x600},
};
static const struct section board_sections[] = {
    {".vectors", 0x1000, 0x40, SHT_PROGBITS, SHF_ALLOC},
    {".text", 0x1040, 0x300, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR},
    {".data", 0x20000000, 0x100, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE},
    {".tbss", 0x20000000, 0x80, SHT_NOBITS, SHF_ALLOC | SHF_TLS},
    {".bss", 0x20000100, 0x700, SHT_NOBITS, SHF_ALLOC | SHF_WRITE},
    {".comment", 0x1000, 0x30, SHT_PROGBITS, 0},
};

#define BOARD(sections_, count_)                                                                   \
    (struct image)                                                                                 \
    {                                                                                              \
        .segments = board_segments, .segment_count = 3, .sections = sections_,                     \
        .section_count = count_                                                                    \
    }

START_TEST(parts_are_split_by_their_sections)
{
    check_image_of_both(BOARD(board_sections, 6), 0,
                        "1000-103f r-x? 100 FILE # .vectors\n"
                        "1040-133f r-x? 140 FILE # .text\n"
                        "1340-14ff r-x? 440 FILE\n"
                        "20000000-200000ff rw-? 600 FILE # .data\n"
                        "20000100-200007ff rw-? 700 FILE # .bss\n");
}
END_TEST

START_TEST(parts_without_sections_are_whole)
{
    check_image_of_both(BOARD(NULL, 0), 0,
                        "1000-14ff r-x? 100 FILE\n20000000-200007ff rw-? 600 FILE\n");
}
END_TEST

START_TEST(an_offset_moves_everything)
{
    check_image_of_both(BOARD(board_sections, 1), 0x10000,
                        "11000-1103f r-x? 100 FILE # .vectors\n"
                        "11040-114ff r-x? 140 FILE\n"
                        "20010000-200107ff rw-? 600 FILE\n");
    check_image_of_both(BOARD(NULL, 0), (uint64_t)-0x800,
                        "800-cff r-x? 100 FILE\n1ffff800-1fffffff rw-? 600 FILE\n");
}
END_TEST

START_TEST(sections_that_overlap_are_cut)
{
    static const struct section sections[] = {
        {".a", 0x1000, 0x100, SHT_PROGBITS, SHF_ALLOC},
        {".b", 0x1080, 0x100, SHT_PROGBITS, SHF_ALLOC},
        {".empty", 0x1200, 0, SHT_PROGBITS, SHF_ALLOC},
        {".long", 0x1400, 0xfffffff, SHT_PROGBITS, SHF_ALLOC}, /* beyond its part */
        {".far", 0x5000, 0x100, SHT_PROGBITS, SHF_ALLOC},      /* in none */
    };
    check_image_of_both(BOARD(sections, 5), 0,
                        "1000-10ff r-x? 100 FILE # .a\n"
                        "1100-117f r-x? 200 FILE # .b\n"
                        "1180-13ff r-x? 280 FILE\n"
                        "1400-14ff r-x? 500 FILE # .long\n"
                        "20000000-200007ff rw-? 600 FILE\n");
}
END_TEST

START_TEST(parts_that_do_not_fit_are_refused)
{
    struct builder_segment segment = {
        .type = PT_LOAD, .address = 0xfffff000, .memory_size = 0x1001};
    struct image image = {.segments = &segment, .segment_count = 1};
    check_image(&image, 0,
                "The part of FILE at 0xfffff000, 0x1001 bytes large, goes past the top of the "
                "address space.");
    segment.memory_size = 0x1000;
    check_image(&image, 0, "fffff000-ffffffff ---? 0 FILE\n");
    segment.address = UINT64_MAX - 0xfff;
    image.is_64 = true;
    check_image(&image, 0, "fffffffffffff000-ffffffffffffffff ---? 0 FILE\n");
    check_image(&image, 1,
                "The part of FILE at 0xfffffffffffff001, 0x1000 bytes large, goes past the top of "
                "the address space.");
    segment.memory_size = 0;
    check_image(&image, 0, "FILE has no part that is to be loaded (PT_LOAD).");
    image.segment_count = 0;
    check_image(&image, 0, "FILE has no part that is to be loaded (PT_LOAD).");
}
END_TEST

START_TEST(a_broken_elf_file_is_refused)
{
    check_text("\177ELF", "The ELF header of FILE is broken.");
    check_text("\177ELF\2\1\1", "The ELF header of FILE is broken.");
}
END_TEST

/* Maps that were saved. */

static struct vmmap_buffer render(const struct vmmap_map *map)
{
    struct vmmap_filter filter = {.kind = VMMAP_FILTER_NONE};
    struct vmmap_selection selection;
    assert_ok(vmmap_selection_init(map, &filter, &selection));
    const struct vmmap_view view = {.map = map, .filter = &filter, .selection = &selection};
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    vmmap_render_json(&text, &view);
    vmmap_selection_deinit(&selection);
    return text;
}

/* One region of every kind that there is. */
static struct vmmap_map *make_odd_map(void)
{
    static const struct vmmap_region regions[] = {
        {.start = 0, .last = 0xfff, .perms = {0, 0}, .origin = VMMAP_ORIGIN_ASSUMED},
        {.start = 0x1000,
         .last = 0x1fff,
         .perms = {VMMAP_PERM_READ | VMMAP_PERM_SHARED, VMMAP_PERM_ALL},
         .name = "/a \"b\"\\\n\xc3\xa9\x1b",
         .label = "stack of thread 1",
         .has_offset = true,
         .offset = 0x123456789abcdef0,
         .origin = VMMAP_ORIGIN_PROCFS},
        {.start = 0x2000,
         .last = 0x2fff,
         .perms = {VMMAP_PERM_WRITE, VMMAP_PERM_ALL},
         .name = "[anon_00002] ",
         .has_saved = true,
         .saved = 0x800,
         .origin = VMMAP_ORIGIN_CORE_SEGMENT},
        {.start = 0x3000, .last = 0x3fff, .has_saved = true, .origin = VMMAP_ORIGIN_CORE_NOTE},
        {.start = 0x4000,
         .last = 0x4fff,
         .perms = {VMMAP_PERM_READ | VMMAP_PERM_USER, VMMAP_PERM_ACCESS | VMMAP_PERM_USER},
         .has_physical = true,
         .physical = 0x80000000,
         .page_size = 0x1000,
         .user = VMMAP_PERM_READ,
         .kernel = VMMAP_PERM_READ | VMMAP_PERM_WRITE,
         .origin = VMMAP_ORIGIN_PAGE_TABLE},
        {.start = 0x5000,
         .last = 0x5fff,
         .perms = {VMMAP_PERM_READ, VMMAP_PERM_ACCESS | VMMAP_PERM_USER},
         .kernel = VMMAP_PERM_READ,
         .origin = VMMAP_ORIGIN_PAGE_TABLE},
        {.start = 0x6000, .last = 0x6fff, .name = "<explored>", .origin = VMMAP_ORIGIN_PROBED},
        {.start = 0x7000, .last = 0x7fff, .origin = VMMAP_ORIGIN_MONITOR},
        {.start = 0x8000, .last = 0x8fff, .origin = VMMAP_ORIGIN_GDB},
        {.start = 0xfffffffffffff000, .last = UINT64_MAX, .origin = VMMAP_ORIGIN_MANUAL},
    };
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
        assert_ok(vmmap_map_add(map, &regions[i]));
    vmmap_map_finish(map, NULL);
    return map;
}

START_TEST(a_saved_map_comes_back_byte_for_byte)
{
    struct vmmap_map *map = make_odd_map(), *loaded;
    struct vmmap_buffer saved = render(map);
    write_file(saved.data, saved.size);
    assert_ok(vmmap_map_create(&loaded));
    assert_ok(vmmap_pages_load(&fake.target, path, 0, loaded));
    struct vmmap_buffer again = render(loaded);
    char *wanted = take_text(&saved), *got = take_text(&again);
    ck_assert_str_eq(got, wanted);
    ck_assert_ptr_null(loaded->regions[0].name); /* "[anon_00000]" is no name */
    ck_assert_str_eq(loaded->regions[2].name, "[anon_00002] ");
    free(got);
    free(wanted);
    unlink_file();
    vmmap_map_destroy(loaded);
    vmmap_map_destroy(map);
}
END_TEST

#define REGION(members) "{\"regions\": [{" members "}]}"
#define GOOD            "\"start\": \"0x1000\", \"end\": \"0x2000\", \"perms\": \"r--p\""
#define CAN_NOT         "The file FILE can not be loaded: "

START_TEST(a_saved_map_that_makes_no_sense_is_refused)
{
    check_text(REGION(GOOD), "1000-1fff r--p ? -\n");
    check_text("\n\t" REGION(GOOD ", \"new\": {\"a\": [1]}, \"size\": \"?\""),
               "1000-1fff r--p ? -\n");
    check_text("{}", CAN_NOT "it has no \"regions\", so it is no map that \"vmmap_save\" wrote.");
    check_text("{\"regions\": 1}",
               CAN_NOT "it has no \"regions\", so it is no map that \"vmmap_save\" wrote.");
    check_text("{\"regions\": []", CAN_NOT "it is no complete JSON.");
    check_text("{\"regions\": [1]}", CAN_NOT "it is no complete JSON.");
    check_text(REGION(GOOD) "x", CAN_NOT "it is no complete JSON.");
    check_text(REGION("\"end\": \"0x2000\", \"perms\": \"r--p\""),
               CAN_NOT "region 1 of it has no \"start\" that makes sense.");
    check_text(REGION("\"start\": \"0x1000\", \"perms\": \"r--p\""),
               CAN_NOT "region 1 of it has no \"end\" that makes sense.");
    check_text(REGION("\"start\": \"0x1000\", \"end\": \"0x2000\""),
               CAN_NOT "region 1 of it has no \"perms\" that makes sense.");
    check_text(REGION("\"start\": 4096, \"end\": \"0x2000\", \"perms\": \"r--p\""),
               CAN_NOT "region 1 of it has no \"start\" that makes sense.");
    check_text(REGION(GOOD ", \"end\": \"0x1000\""),
               CAN_NOT "region 1 of it has no \"end\" that makes sense.");
    check_text(REGION(GOOD ", \"end\": \"0x0\""),
               CAN_NOT "region 1 of it has no \"end\" that makes sense.");
    check_text(REGION(GOOD ", \"start\": \"0x10000000000000000\""),
               CAN_NOT "region 1 of it has no \"start\" that makes sense.");
    check_text(REGION(GOOD ", \"start\": \"1000\""),
               CAN_NOT "region 1 of it has no \"start\" that makes sense.");
    check_text(REGION(GOOD ", \"perms\": \"rwz-\""),
               CAN_NOT "region 1 of it has no \"perms\" that makes sense.");
    check_text(REGION(GOOD ", \"perms\": \"xwrp\""),
               CAN_NOT "region 1 of it has no \"perms\" that makes sense.");
    check_text(REGION(GOOD ", \"perms\": \"r--p \""),
               CAN_NOT "region 1 of it has no \"perms\" that makes sense.");
    check_text(REGION(GOOD ", \"origin\": \"god\""),
               CAN_NOT "region 1 of it has no \"origin\" that makes sense.");
    check_text(REGION(GOOD ", \"user\": \"rw\""),
               CAN_NOT "region 1 of it has no \"user\" that makes sense.");
    check_text(REGION(GOOD ", \"saved\": \"\""),
               CAN_NOT "region 1 of it has no \"saved\" that makes sense.");
    check_text("{\"regions\": [{" GOOD "}, {" GOOD "}]}", CAN_NOT "regions of it overlap.");
}
END_TEST

START_TEST(a_maps_text_is_recognised)
{
    check_text("1000-2000 r-xp 00000000 fe:00 7     /a\n2000-3000 ---p 00000000 00:00 0 \n",
               "1000-1fff r-xp 0 /a\n2000-2fff ---p 0 -\n");
    check_text("1000-2000 r-xp 00000000 fe:00 7     /a\nhello\n",
               "The file FILE can not be loaded: it begins like a maps file, but some lines are "
               "none or overlap.");
    check_text("1000-2000 r-xp 00000000 fe:00 7     /a\n1800-3000 ---p 00000000 00:00 0 \n",
               "The file FILE can not be loaded: it begins like a maps file, but some lines are "
               "none or overlap.");
}
END_TEST

START_TEST(other_files_are_refused)
{
    static const char neither[] =
        "The file FILE can not be loaded: it is neither an ELF file, nor a map that "
        "\"vmmap_save\" wrote, nor the text of a /proc/PID/maps.";
    check_text("", neither);
    check_text("hello\n", neither);
    check_text(" \n", neither);
    char *text = loaded_text("{}", 2, 0x1000);
    ck_assert_str_eq(text, "The file FILE is a map, whose addresses are final: an offset makes "
                           "sense for ELF files only.");
    free(text);
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    assert_error(vmmap_pages_load(&fake.target, "/no/such/file", 0, map), VMMAP_ERROR_UNAVAILABLE,
                 "The file /no/such/file can not be read: No such file or directory.");
    assert_error(vmmap_pages_load(&fake.target, "/tmp", 0, map), VMMAP_ERROR_UNAVAILABLE,
                 "The file /tmp is no regular file.");
    assert_error(vmmap_pages_load(&fake.target, "/dev/zero", 0, map), VMMAP_ERROR_UNAVAILABLE,
                 "The file /dev/zero is no regular file.");
    vmmap_map_destroy(map);
}
END_TEST

START_TEST(a_file_of_proc_can_be_loaded)
{
    struct vmmap_map *map;
    fake_target_init(&fake);
    assert_ok(vmmap_map_create(&map));
    assert_ok(vmmap_pages_load(&fake.target, "/proc/self/maps", 0, map));
    ck_assert_uint_ne(vmmap_map_find(map, (uintptr_t)&fake), VMMAP_NO_REGION);
    ck_assert_uint_eq(map->regions[0].origin, VMMAP_ORIGIN_MANUAL);
    vmmap_map_destroy(map);
}
END_TEST

/* Every allocation and read fails once: an error, no leak, and none in the end. */
static void check_faults(enum fault_kind kind, const void *data, size_t size)
{
    struct fault_report report;
    unsigned int at = 0;
    write_file(data, size);
    do {
        struct vmmap_map *map;
        const struct fault_plan plan = {.kind = kind, .at = ++at, .number = EIO};
        assert_ok(vmmap_map_create(&map));
        fault_begin(&plan);
        struct vmmap_error *error = vmmap_pages_load(&fake.target, path, 0, map);
        report = fault_end();
        ck_assert_int_eq(report.descriptors, 0);
        vmmap_map_destroy(map);
        if (error && kind == FAULT_ALLOCATION)
            ck_assert_int_eq(error->code, VMMAP_ERROR_NO_MEMORY);
        vmmap_error_destroy(error);
    } while (at <= report.calls[kind]);
    ck_assert_uint_gt(at, 2);
    unlink_file();
}

START_TEST(everything_may_fail)
{
    unsigned char elf[FILE_SIZE];
    const struct image image = BOARD(board_sections, 6);
    struct vmmap_map *map = make_odd_map();
    struct vmmap_buffer saved = render(map);
    static const char maps[] = "1000-2000 r-xp 00000000 fe:00 7     /a\n";
    make_file(&image, elf);
    check_faults(FAULT_ALLOCATION, elf, sizeof(elf));
    check_faults(FAULT_ALLOCATION, saved.data, saved.size);
    check_faults(FAULT_SYSTEM_CALL, saved.data, saved.size);
    check_faults(FAULT_ALLOCATION, maps, strlen(maps));
    check_faults(FAULT_SYSTEM_CALL, maps, strlen(maps));
    vmmap_buffer_deinit(&saved);
    vmmap_map_destroy(map);
}
END_TEST

/* Writing files. */

static char *content(const char *name)
{
    char text[64] = "";
    int fd = open(name, O_RDONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
    close(fd);
    return strdup(text);
}

static void check_content(const char *name, const char *wanted)
{
    char *text = content(name);
    ck_assert_str_eq(text, wanted);
    free(text);
}

START_TEST(a_file_is_written_whole_or_not_at_all)
{
    char folder[] = "/tmp/vmmap-write-XXXXXX", name[64], message[256], link_name[64];
    struct stat status;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(name, sizeof(name), "%s/map", folder);
    snprintf(link_name, sizeof(link_name), "%s/link", folder);
    assert_ok(vmmap_file_write(name, "first", 5, false));
    check_content(name, "first");
    snprintf(message, sizeof(message),
             "There is a file %s already, which is kept: take another name, or --force to replace "
             "it.",
             name);
    assert_error(vmmap_file_write(name, "second", 6, false), VMMAP_ERROR_UNAVAILABLE, message);
    check_content(name, "first");
    ck_assert_int_eq(chmod(name, 0600), 0);
    ck_assert_int_eq(symlink("map", link_name), 0);
    assert_ok(vmmap_file_write(link_name, "second", 6, true));
    check_content(name, "second");
    ck_assert_int_eq(stat(name, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0600);
    ck_assert_int_eq(lstat(link_name, &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(unlink(link_name), 0);
    ck_assert_int_eq(unlink(name), 0);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing is left in it */
}
END_TEST

START_TEST(a_full_disk_is_told_and_leaves_nothing)
{
    char folder[] = "/tmp/vmmap-write-XXXXXX", name[64], message[256];
    const struct rlimit limit = {4, 4};
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(name, sizeof(name), "%s/map", folder);
    assert_error(vmmap_file_write("/dev/full", "text", 4, true), VMMAP_ERROR_UNAVAILABLE,
                 "/dev/full can not be written: No space left on device.");
    assert_error(vmmap_file_write("/no/such/folder", "text", 4, true), VMMAP_ERROR_UNAVAILABLE,
                 "/no/such/folder can not be written: No such file or directory.");
    assert_ok(vmmap_file_write(name, "old", 3, false));
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0); /* of this test's own process */
    snprintf(message, sizeof(message), "%s can not be written: File too large.", name);
    assert_error(vmmap_file_write(name, "longer", 6, true), VMMAP_ERROR_UNAVAILABLE, message);
    check_content(name, "old");
    ck_assert_int_eq(unlink(name), 0);
    assert_error(vmmap_file_write(name, "longer", 6, false), VMMAP_ERROR_UNAVAILABLE, message);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

int main(void)
{
    return RUN_TESTS("manual_load", parts_are_split_by_their_sections,
                     parts_without_sections_are_whole, an_offset_moves_everything,
                     sections_that_overlap_are_cut, parts_that_do_not_fit_are_refused,
                     a_broken_elf_file_is_refused, a_saved_map_comes_back_byte_for_byte,
                     a_saved_map_that_makes_no_sense_is_refused, a_maps_text_is_recognised,
                     other_files_are_refused, a_file_of_proc_can_be_loaded, everything_may_fail,
                     a_file_is_written_whole_or_not_at_all, a_full_disk_is_told_and_leaves_nothing);
}
