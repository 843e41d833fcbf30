/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Memory images in every format, right, cut off at every byte, and with everything failing once. */

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_target.h"
#include "fault.h"
#include "formats/elf.h"
#include "image_builder.h"
#include "images/image.h"
#include "support.h"

enum { PAGE = 0x1000 };

static struct fake_target fake;
static char path[32];
static int file = -1;

/* The image that the next open() opens. */
static void write_image(const void *bytes, size_t size)
{
    if (file < 0) {
        file = memfd_create("image", MFD_CLOEXEC);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
        fake_target_init(&fake);
    }
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(ftruncate(file, 0), 0);
    ck_assert_int_eq(pwrite(file, bytes, size, 0), (ssize_t)size);
}

static const struct vmmap_image_options raw_at_page_1 = {.raw_base = PAGE};

static struct vmmap_error *open_image(struct vmmap_image **ret)
{
    return vmmap_image_open(&fake.target, path, &raw_at_page_1, ret);
}

static struct vmmap_image *image_of(enum image_kind kind)
{
    struct vmmap_buffer bytes = VMMAP_BUFFER_INIT;
    struct vmmap_image *image;
    image_build(kind, &bytes);
    write_image(bytes.data, bytes.size);
    vmmap_buffer_deinit(&bytes);
    assert_ok(open_image(&image));
    return image;
}

static void assert_opens_with(const void *bytes, size_t size, enum vmmap_error_code code,
                              const char *message)
{
    struct vmmap_image *image;
    char *wanted;
    write_image(bytes, size);
    ck_assert_int_gt(asprintf(&wanted, message, path), 0);
    assert_error(open_image(&image), code, wanted);
    free(wanted);
}

/* "first-last saved", a line each. */
static void append_ranges(struct vmmap_image *image, struct vmmap_buffer *ret)
{
    static const char *const words[] = {"no memory", "not saved", "saved"};
    struct vmmap_image_range range;
    for (uint64_t from = 0; vmmap_image_next_range(image, from, &range); from = range.last + 1) {
        ck_assert_uint_ge(range.last, from);
        vmmap_buffer_printf(ret, "%" PRIx64 "-%" PRIx64 " %s\n", range.start, range.last,
                            words[range.presence]);
    }
}

static const struct {
    const char *format;
    const char *ranges;
    bool has_notes;
    bool has_windows;
    bool is_filtered;
    uint16_t machine;
} wanted[IMAGE_KIND_COUNT] = {
    [IMAGE_ELF] = {"ELF core of a machine", "1000-2fff saved\n5000-5fff not saved\n", true, false,
                   true, VMMAP_ELF_X86_64},
    [IMAGE_KDUMP] = {"kdump-compressed", "1000-2fff saved\n5000-5fff not saved\n", true, false,
                     true, VMMAP_ELF_X86_64},
    [IMAGE_KDUMP_FLATTENED] = {"kdump-compressed", "1000-2fff saved\n5000-5fff not saved\n", true,
                               false, true, VMMAP_ELF_X86_64},
    [IMAGE_LIME] = {"LiME", "1000-2fff saved\n5000-5fff saved\n", false, false, false, 0},
    [IMAGE_DMP64] = {"Windows crash dump", "1000-2fff saved\n5000-5fff saved\n", false, true, false,
                     VMMAP_ELF_X86_64},
    [IMAGE_DMP32] = {"Windows crash dump", "1000-2fff saved\n5000-5fff saved\n", false, true, false,
                     VMMAP_ELF_386},
    [IMAGE_DMP64_BITMAP] = {"Windows crash dump", "1000-2fff saved\n", false, true, true,
                            VMMAP_ELF_X86_64},
    [IMAGE_DMP32_BITMAP] = {"Windows crash dump", "1000-2fff saved\n", false, true, true,
                            VMMAP_ELF_386},
    [IMAGE_RAW] = {"raw", "1000-2fff saved\n", false, false, false, 0},
};

static void assert_bytes(struct vmmap_image *image, uint64_t physical, size_t size)
{
    unsigned char *bytes = malloc(size);
    ck_assert_ptr_nonnull(bytes);
    assert_ok(vmmap_image_read(image, physical, bytes, size));
    for (size_t i = 0; i < size; i++)
        ck_assert_msg(bytes[i] == image_byte(physical + i), "at 0x%" PRIx64, physical + i);
    free(bytes);
}

START_TEST(every_format_tells_the_same_memory)
{
    const enum image_kind kind = (enum image_kind)_i;
    struct vmmap_image *image = image_of(kind);
    struct vmmap_buffer ranges = VMMAP_BUFFER_INIT;
    append_ranges(image, &ranges);
    assert_buffer(&ranges, wanted[kind].ranges);
    assert_bytes(image, PAGE, 1);
    assert_bytes(image, 2 * PAGE - 1, 2);
    assert_bytes(image, PAGE + 7, 0x1234);
    assert_bytes(image, PAGE, 2 * PAGE);
    ck_assert_int_eq(vmmap_image_presence(image, 2 * PAGE), VMMAP_IMAGE_SAVED);
    ck_assert_int_eq(vmmap_image_presence(image, 3 * PAGE), VMMAP_IMAGE_NO_MEMORY);
    unsigned char byte;
    assert_error(vmmap_image_read(image, 3 * PAGE, &byte, 1), VMMAP_ERROR_UNAVAILABLE,
                 "The image has no memory at physical address 0x3000.");
    if (strstr(wanted[kind].ranges, "not saved"))
        assert_error(vmmap_image_read(image, 5 * PAGE + 1, &byte, 1), VMMAP_ERROR_UNAVAILABLE,
                     "The image does not have the bytes of the page at physical address 0x5001.");
    vmmap_image_close(image);
}
END_TEST

START_TEST(every_format_tells_what_it_knows)
{
    const enum image_kind kind = (enum image_kind)_i;
    struct vmmap_image *image = image_of(kind);
    const struct vmmap_image_facts *facts = vmmap_image_facts(image);
    ck_assert_str_eq(facts->format, wanted[kind].format);
    ck_assert_uint_eq(facts->machine, wanted[kind].machine);
    ck_assert(facts->is_filtered == wanted[kind].is_filtered);
    ck_assert(!facts->is_truncated);
    ck_assert(facts->has_windows == wanted[kind].has_windows);
    const bool has_cpu = wanted[kind].has_notes || wanted[kind].has_windows;
    ck_assert_uint_eq(facts->cpu_count, has_cpu ? 1 : 0);
    if (has_cpu) {
        ck_assert(facts->cpus[0].has_registers);
        ck_assert_uint_eq(facts->cpus[0].stack_pointer, 0x1001);
        ck_assert_uint_eq(facts->cpus[0].instruction_pointer, 0x2002);
        ck_assert(facts->cpus[0].has_control_registers == wanted[kind].has_notes);
    }
    if (wanted[kind].has_notes) {
        const struct vmmap_image_cpu *cpu = facts->cpus;
        ck_assert(cpu->is_long_mode);
        ck_assert_uint_eq(cpu->cr0, 0x80000001);
        ck_assert_uint_eq(cpu->cr3, 0x5000);
        ck_assert_uint_eq(cpu->cr4, 0x20);
        ck_assert_uint_eq(cpu->idt, 0x3003);
        ck_assert_uint_eq(cpu->gs_base, 0x4004);
        ck_assert_uint_eq(cpu->kernel_gs_base, 0x6006);
        ck_assert_uint_eq(facts->vmcoreinfo_size, strlen(image_vmcoreinfo));
        ck_assert_int_eq(memcmp(facts->vmcoreinfo, image_vmcoreinfo, facts->vmcoreinfo_size), 0);
    } else {
        ck_assert_ptr_null(facts->vmcoreinfo);
    }
    if (facts->has_windows) {
        const struct vmmap_image_windows *windows = &facts->windows;
        ck_assert(windows->is_64 == (facts->machine == VMMAP_ELF_X86_64));
        ck_assert(windows->is_pae == !windows->is_64);
        ck_assert_uint_eq(windows->build, 19041);
        ck_assert_uint_eq(windows->directory_table_base, 0x5000);
        ck_assert_uint_eq(windows->ps_loaded_module_list, 0);
        ck_assert_uint_eq(windows->ps_active_process_head, 0x80001000);
        ck_assert_uint_eq(windows->kd_debugger_data_block, 0x80002000);
    }
    vmmap_image_close(image);
}
END_TEST

/* Whatever the file says: every byte that can be read of it is the memory's. */
static void assert_never_wrong(struct vmmap_image *image)
{
    struct vmmap_image_range range;
    unsigned char bytes[PAGE];
    for (uint64_t from = 0; vmmap_image_next_range(image, from, &range) && range.last < 0x10000;
         from = range.last + 1)
        ck_assert_uint_le(range.start, range.last);
    for (uint64_t page = 0; page < 8; page++) {
        struct vmmap_error *error = vmmap_image_read(image, page * PAGE, bytes, PAGE);
        for (size_t i = 0; !error && i < PAGE; i++)
            ck_assert_uint_eq(bytes[i], image_byte(page * PAGE + i));
        vmmap_error_destroy(error);
    }
}

START_TEST(a_file_that_is_cut_off_tells_only_what_it_has)
{
    struct vmmap_buffer bytes = VMMAP_BUFFER_INIT;
    image_build((enum image_kind)_i, &bytes);
    /* Data is cut at a byte of every kind, headers at every byte. */
    for (size_t size = bytes.size; size-- > 0;) {
        struct vmmap_image *image;
        if (size > 0x800 && size % 61 != 0 && size % PAGE > 64)
            continue;
        write_image(bytes.data, size);
        struct vmmap_error *error = open_image(&image);
        if (!error) {
            /* Whatever is cut to nothing of its format is raw memory, of which any byte is good. */
            if (strcmp(vmmap_image_facts(image)->format, wanted[_i].format) == 0)
                assert_never_wrong(image);
            vmmap_image_close(image);
        }
        vmmap_error_destroy(error);
    }
    vmmap_buffer_deinit(&bytes);
}
END_TEST

/* Opens and reads with one thing failing; returns how many there are of the kind. */
static unsigned int try_fault(enum fault_kind kind, unsigned int at)
{
    const struct fault_plan plan = {.kind = kind, .at = at, .number = 5};
    unsigned char bytes[2 * PAGE];
    struct vmmap_image *image = NULL;
    fault_begin(&plan);
    struct vmmap_error *error = open_image(&image);
    if (!error)
        error = vmmap_image_read(image, PAGE, bytes, sizeof(bytes));
    vmmap_image_close(image);
    if (error && kind == FAULT_ALLOCATION)
        ck_assert_int_eq(error->code, VMMAP_ERROR_NO_MEMORY);
    const bool failed = error != NULL;
    vmmap_error_destroy(error);
    const struct fault_report report = fault_end();
    ck_assert_int_eq(report.blocks, 0);
    ck_assert_int_eq(report.descriptors, 0);
    for (size_t i = 0; !failed && i < sizeof(bytes); i++)
        ck_assert_uint_eq(bytes[i], image_byte(PAGE + i));
    return report.calls[kind];
}

START_TEST(everything_fails_once)
{
    vmmap_image_close(image_of((enum image_kind)_i));
    for (enum fault_kind kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        try_fault(kind, 0); /* libraries are loaded once, and are kept */
        const unsigned int count = try_fault(kind, 0);
        ck_assert_uint_gt(count, 0);
        for (unsigned int at = 1; at <= count; at++)
            try_fault(kind, at);
    }
}
END_TEST

START_TEST(refuses_what_it_does_not_read)
{
    static const struct {
        const char *magic;
        size_t size;
        const char *message;
    } files[] = {
        {"QEVM\0\0\0\3", 8,
         "The file %s is a migration stream of QEMU (\"virsh dump\" or \"savevm\"): make an image "
         "with \"dump-guest-memory\" or \"virsh dump --memory-only\"."},
        {"AVML\2\0\0\0", 8,
         "The file %s is a compressed image of AVML: convert it with \"avml-convert "
         "--source-format lime-compressed --format lime\"."},
        {"\xd2\xbe\xd2\xbe", 4,
         "The file %s is a VMware snapshot: use the .vmem file beside it, as a raw image."},
        {"\x1f\x8b\x08\0\0\0", 6,
         "The file %s is compressed (gzip): unpack it with \"gzip -dc < FILE > image\"."},
        {"LUKS\xba\xbe", 6, "The file %s is encrypted (LUKS): open it with cryptsetup first."},
        {"MDMP", 4, "The file %s is a minidump of a Windows program, not the memory of a machine."},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_opens_with(files[i].magic, files[i].size, VMMAP_ERROR_UNSUPPORTED, files[i].message);
    assert_opens_with("", 0, VMMAP_ERROR_UNAVAILABLE, "The memory image %s is empty.");
}
END_TEST

/* Changes bytes of an image that is right, and what opening it then says. */
static void assert_broken(enum image_kind kind, size_t at, uint64_t value, size_t size,
                          enum vmmap_error_code code, const char *message)
{
    struct vmmap_buffer bytes = VMMAP_BUFFER_INIT;
    image_build(kind, &bytes);
    image_put(&bytes, at, value, size);
    assert_opens_with(bytes.data, bytes.size, code, message);
    vmmap_buffer_deinit(&bytes);
}

START_TEST(refuses_headers_that_make_no_sense)
{
    assert_broken(IMAGE_ELF, 16, 2, 2, VMMAP_ERROR_UNSUPPORTED,
                  "The file %s is a program or library (ELF), not a memory image.");
    assert_broken(IMAGE_ELF, 56, 1, 2, VMMAP_ERROR_UNAVAILABLE,
                  "The memory image %s (ELF core of a machine) is broken: no memory is in it.");
    assert_broken(IMAGE_KDUMP, 428, 12345, 4, VMMAP_ERROR_UNSUPPORTED,
                  "The memory image %s is kdump-compressed, but not of a 64-bit little-endian "
                  "machine, or its header is broken.");
    assert_broken(IMAGE_KDUMP, PAGE + 12, 1, 4, VMMAP_ERROR_UNSUPPORTED,
                  "The memory image %s is one part of a split dump: join the parts with "
                  "\"makedumpfile --reassemble PART... NEW-IMAGE\".");
    assert_broken(IMAGE_KDUMP_FLATTENED, PAGE + 8, 0, 8, VMMAP_ERROR_UNAVAILABLE,
                  "The memory image %s (kdump-compressed) is broken: a piece of the flattened file "
                  "has a size that makes no sense.");
    assert_broken(IMAGE_LIME, 4, 2, 4, VMMAP_ERROR_UNSUPPORTED,
                  "The memory image %s is LiME's, of a version that is not known (2): write it "
                  "with \"format=lime\".");
    assert_broken(IMAGE_LIME, 8, 0x9000, 8, VMMAP_ERROR_UNAVAILABLE,
                  "The memory image %s (LiME) is broken: a range ends before it begins.");
    assert_broken(IMAGE_LIME, 32 + 2 * PAGE, 0, 4, VMMAP_ERROR_UNAVAILABLE,
                  "The memory image %s (LiME) is broken: a header is not where the range before it "
                  "ends.");
    assert_broken(IMAGE_DMP64, 0xf98, 2, 4, VMMAP_ERROR_UNSUPPORTED,
                  "The file %s is a crash dump of Windows without the page tables (type 2): a "
                  "complete memory dump is needed.");
    assert_broken(IMAGE_DMP64, 0x88, 43, 4, VMMAP_ERROR_UNAVAILABLE,
                  "The memory image %s (Windows crash dump) is broken: its list of memory makes no "
                  "sense.");
    assert_broken(IMAGE_DMP64_BITMAP, 0x2000, 0, 4, VMMAP_ERROR_UNAVAILABLE,
                  "The memory image %s (Windows crash dump) is broken: its second header is "
                  "missing.");
}
END_TEST

START_TEST(a_core_of_a_program_is_no_image)
{
    struct vmmap_buffer bytes = VMMAP_BUFFER_INIT;
    image_build(IMAGE_ELF, &bytes);
    image_put(&bytes, 64 + 3 * 56 + 8, 6, 4); /* the first note becomes NT_AUXV */
    assert_opens_with(bytes.data, bytes.size, VMMAP_ERROR_UNSUPPORTED,
                      "The file %s is the core of a program, not of a machine: load it with "
                      "\"core-file\".");
    vmmap_buffer_deinit(&bytes);
}
END_TEST

START_TEST(later_ranges_replace_earlier_ones)
{
    struct vmmap_buffer bytes = VMMAP_BUFFER_INIT;
    struct vmmap_image *image;
    image_build(IMAGE_LIME, &bytes);
    image_put(&bytes, 32 + 2 * PAGE + 8, PAGE, 8); /* the second range: page 1 as well */
    image_put(&bytes, 32 + 2 * PAGE + 16, 2 * PAGE - 1, 8);
    write_image(bytes.data, bytes.size);
    vmmap_buffer_deinit(&bytes);
    assert_ok(open_image(&image));
    unsigned char read[2];
    assert_ok(vmmap_image_read(image, 2 * PAGE - 1, read, 2));
    ck_assert_uint_eq(read[0], image_byte(6 * PAGE - 1));
    ck_assert_uint_eq(read[1], image_byte(2 * PAGE));
    vmmap_image_close(image);
}
END_TEST

START_TEST(a_page_that_does_not_unpack_is_not_there)
{
    struct vmmap_buffer bytes = VMMAP_BUFFER_INIT;
    struct vmmap_image *image;
    unsigned char byte;
    image_build(IMAGE_KDUMP, &bytes);
    image_put(&bytes, 7 * PAGE, 0, 8); /* the beginning of page 2's data */
    write_image(bytes.data, bytes.size);
    vmmap_buffer_deinit(&bytes);
    assert_ok(open_image(&image));
    assert_bytes(image, PAGE, PAGE);
    assert_error(vmmap_image_read(image, 2 * PAGE, &byte, 1), VMMAP_ERROR_UNAVAILABLE,
                 "The image does not have the bytes of the page at physical address 0x2000.");
    vmmap_image_close(image);
}
END_TEST

START_TEST(a_read_ends_at_the_top_of_the_space)
{
    struct vmmap_image *image;
    unsigned char bytes[2];
    write_image("ab", 2);
    const struct vmmap_image_options options = {.raw_base = UINT64_MAX};
    assert_ok(vmmap_image_open(&fake.target, path, &options, &image));
    assert_ok(vmmap_image_read(image, UINT64_MAX, bytes, 1));
    ck_assert_uint_eq(bytes[0], 'a');
    assert_error(vmmap_image_read(image, UINT64_MAX, bytes, 2), VMMAP_ERROR_UNAVAILABLE,
                 "The image does not have the bytes of the page at physical address "
                 "0xffffffffffffffff.");
    vmmap_image_close(image);
}
END_TEST

START_TEST(a_sparse_image_takes_no_memory)
{
    struct vmmap_image *image;
    unsigned char byte = 1;
    write_image("", 0);
    ck_assert_int_eq(ftruncate(file, INT64_C(4) << 30), 0);
    fault_begin(&(struct fault_plan){.kind = FAULT_ALLOCATION});
    assert_ok(open_image(&image));
    assert_ok(vmmap_image_read(image, UINT64_C(3) << 30, &byte, 1));
    const struct fault_report report = fault_end();
    ck_assert_int_lt(report.blocks, 8);
    ck_assert_uint_eq(byte, 0);
    vmmap_image_close(image);
}
END_TEST

/* Stands for each kind of image as well as the number of loops does. */
int main(void)
{
    Suite *suite = suite_create("image");
    TCase *formats = tcase_create("formats"), *others = tcase_create("others");
    tcase_set_timeout(formats, 120);
    tcase_add_loop_test(formats, every_format_tells_the_same_memory, 0, IMAGE_KIND_COUNT);
    tcase_add_loop_test(formats, every_format_tells_what_it_knows, 0, IMAGE_KIND_COUNT);
    tcase_add_loop_test(formats, a_file_that_is_cut_off_tells_only_what_it_has, 0,
                        IMAGE_KIND_COUNT);
    tcase_add_loop_test(formats, everything_fails_once, 0, IMAGE_KIND_COUNT);
    tcase_add_test(others, refuses_what_it_does_not_read);
    tcase_add_test(others, refuses_headers_that_make_no_sense);
    tcase_add_test(others, a_core_of_a_program_is_no_image);
    tcase_add_test(others, later_ranges_replace_earlier_ones);
    tcase_add_test(others, a_page_that_does_not_unpack_is_not_there);
    tcase_add_test(others, a_read_ends_at_the_top_of_the_space);
    tcase_add_test(others, a_sparse_image_takes_no_memory);
    suite_add_tcase(suite, formats);
    suite_add_tcase(suite, others);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
