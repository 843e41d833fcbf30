/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Memory like that of Linux kernels, with the numbers of real ones (Debian's 5.10, 6.1 and 6.12
 * under QEMU), and what is only like that.
 */

#include "os/linux.h"

#include <inttypes.h>
#include <string.h>

#include "fault.h"
#include "kernel_support.h"

#define MIB (UINT64_C(1) << 20)

enum { ENOUGH = 48 << 20, DISTANCE_FROM_NOTE = 0x1000 };

/* Searches, then reads the layout. */
static struct vmmap_error *try_layout(const struct kernel *kernel, uint64_t code,
                                      uint64_t *searched, struct vmmap_kernel_layout *ret,
                                      bool *found)
{
    struct vmmap_kernel_memory memory = kernel_memory(kernel, ENOUGH);
    struct vmmap_linux_places places;
    *found = false;
    ret->count = 0;
    struct vmmap_error *error = vmmap_linux_places_search(&memory, code, searched, &places);
    return error ? error : vmmap_linux_layout_read(&memory, &places, ret, found);
}

/* "" for a layout that is not found; to be freed. */
static char *searched_text(const struct kernel *kernel, uint64_t code)
{
    struct vmmap_kernel_layout layout;
    uint64_t searched = 0;
    bool found;
    assert_ok(try_layout(kernel, code, &searched, &layout, &found));
    ck_assert_int_eq(found, layout.count > 0);
    ck_assert_uint_ne(searched, 0);
    return layout_text(&layout);
}

#define assert_layout(kernel, code, wanted)                                                        \
    do {                                                                                           \
        char *text_ = searched_text(kernel, code);                                                 \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

static char *read_text(const struct kernel *kernel, const struct vmmap_linux_places *places)
{
    const struct vmmap_kernel_memory memory = kernel_memory(kernel, 0);
    struct vmmap_kernel_layout layout;
    bool found;
    assert_ok(vmmap_linux_layout_read(&memory, places, &layout, &found));
    ck_assert_int_eq(found, layout.count > 0);
    return layout_text(&layout);
}

#define assert_places(kernel, places, wanted)                                                      \
    do {                                                                                           \
        char *text_ = read_text(kernel, places);                                                   \
        ck_assert_str_eq(text_, wanted);                                                           \
        free(text_);                                                                               \
    } while (0)

/* x86-64. */

/* Where things are in the image, and where that is in physical memory. */
enum {
    X86_PHYSICAL = 4 << 20,
    X86_RODATA = 2 << 20,
    X86_BANNER = X86_RODATA + 0x123,
    X86_VARIABLES = X86_RODATA + 0x1ff000 + 0xff8 - 16, /* the last that is there */
    X86_DATA = 6 << 20,                                 /* before it a hole, which was init code */
    X86_END = 8 << 20,
};

#define BANNER_6_1                                                                                 \
    "Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian "         \
    "12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP\n"

struct x86 {
    unsigned int levels;
    const char *banner;
    uint64_t text;
    uint64_t direct_map;   /* what is mapped */
    uint64_t variables[3]; /* as they stand in memory */
};

static void set_up_x86(struct kernel *kernel, const struct x86 *x86)
{
    kernel_init(kernel, VMMAP_PAGING_X86, x86->levels, 0);
    kernel_map(kernel, x86->text, X86_PHYSICAL, X86_RODATA, "r-x");
    kernel_map(kernel, x86->text + X86_RODATA, X86_PHYSICAL + X86_RODATA, 2 * MIB, "r--");
    kernel_map(kernel, x86->text + X86_DATA, X86_PHYSICAL + X86_DATA, 2 * MIB, "rw-");
    kernel_map(kernel, UINT64_C(0xffffffffc0800000), X86_PHYSICAL + 0x9000, 0x1000, "r-x");
    kernel_map(kernel, x86->direct_map, 0, KERNEL_RAM_SIZE, "rw-");
    kernel_put_text(kernel, X86_PHYSICAL + X86_BANNER, x86->banner);
    for (size_t i = 0; i < 3; i++)
        put_64(&kernel->ram, X86_PHYSICAL + X86_VARIABLES + 8 * i, x86->variables[i]);
}

/* Sets the memory up and compares what a search finds. */
static void check_x86(const struct x86 *x86, const char *wanted)
{
    struct kernel kernel;
    set_up_x86(&kernel, x86);
    assert_layout(&kernel, 0, wanted);
    kernel_deinit(&kernel);
}

#define RANDOM_DIRECT_MAP UINT64_C(0xffff8992c0000000)
#define RANDOM_VMALLOC    UINT64_C(0xffffce5700000000)
#define RANDOM_VMEMMAP    UINT64_C(0xfffff3cf80000000)

/* As 6.1 has it. */
static const struct x86 randomised = {
    .levels = 4,
    .banner = BANNER_6_1,
    .text = UINT64_C(0xffffffffba400000),
    .direct_map = RANDOM_DIRECT_MAP,
    .variables = {RANDOM_VMEMMAP, RANDOM_VMALLOC, RANDOM_DIRECT_MAP},
};

#define X86_USER "0000000000000000-7fffffffffffffff [user] user\n"
#define X86_FIXED                                                                                  \
    "fffffe0000000000-fffffe7fffffffff [cpu_entry_area]\n"                                         \
    "ffffff0000000000-ffffff7fffffffff [espfix]\n"                                                 \
    "ffffffef00000000-fffffffeffffffff [efi]\n"                                                    \
    "ffffffffff000000-ffffffffff5fffff [fixmap]\n"                                                 \
    "ffffffffff600000-ffffffffff600fff [vsyscall] user\n"
#define X86_LDT            X86_USER "ffff880000000000-ffff887fffffffff [ldt]\n"
#define MODULES_WITH_KASLR "ffffffffc0000000-fffffffffeffffff [modules]\n"
#define RANDOMISED_AREAS                                                                           \
    "ffff8992c0000000-ffffce56ffffffff [direct_map]\n"                                             \
    "ffffce5700000000-ffffee56ffffffff [vmalloc]\n"                                                \
    "fffff3cf80000000-fffff4cf7fffffff [vmemmap]\n" X86_LDT X86_FIXED MODULES_WITH_KASLR
#define RANDOMISED_LAYOUT RANDOMISED_AREAS "ffffffffba400000-ffffffffbabfffff [kernel]\n"

START_TEST(x86_randomised)
{
    struct x86 x86 = randomised;
    check_x86(&x86, RANDOMISED_LAYOUT);
    x86.variables[0] = RANDOM_DIRECT_MAP; /* in the order of their definition */
    x86.variables[2] = RANDOM_VMEMMAP;
    check_x86(&x86, RANDOMISED_LAYOUT);
}
END_TEST

/* A kernel without the variables, and one in which they have the values of always. */
START_TEST(x86_default)
{
    static const char wanted[] =
        "ffff888000000000-ffffc8ffffffffff [direct_map]\n"
        "ffffc90000000000-ffffe8ffffffffff [vmalloc]\n"
        "ffffea0000000000-ffffeaffffffffff [vmemmap]\n"
        "ffffec0000000000-fffffbffffffffff [kasan_shadow]\n" X86_LDT X86_FIXED
        "ffffffffa0000000-fffffffffeffffff [modules]\n"
        "ffffffff81000000-ffffffff817fffff [kernel]\n";
    struct x86 x86 = {
        .levels = 4,
        .banner = "Linux version 5.0.0 (a@b)",
        .text = UINT64_C(0xffffffff81000000),
        .direct_map = UINT64_C(0xffff888000000000),
    };
    check_x86(&x86, wanted);
    x86.variables[0] = UINT64_C(0xffffea0000000000);
    x86.variables[1] = UINT64_C(0xffffc90000000000);
    x86.variables[2] = UINT64_C(0xffff888000000000);
    check_x86(&x86, wanted);
}
END_TEST

#define FIVE_LDT X86_USER "ff10000000000000-ff10ffffffffffff [ldt]\n"

START_TEST(x86_five_levels)
{
    struct x86 x86 = {
        .levels = 5,
        .banner = BANNER_6_1,
        .text = UINT64_C(0xffffffff81000000),
        .direct_map = UINT64_C(0xff11000000000000),
    };
    check_x86(&x86, "ff11000000000000-ff9fffffffffffff [direct_map]\n"
                    "ffa0000000000000-ffd1ffffffffffff [vmalloc]\n"
                    "ffd4000000000000-ffd5ffffffffffff [vmemmap]\n"
                    "ffdf000000000000-fffffbffffffffff [kasan_shadow]\n" FIVE_LDT X86_FIXED
                    "ffffffffa0000000-fffffffffeffffff [modules]\n"
                    "ffffffff81000000-ffffffff817fffff [kernel]\n");
    x86.direct_map = x86.variables[0] = UINT64_C(0xff21b4c000000000);
    x86.variables[1] = UINT64_C(0xffa1800080000000);
    x86.variables[2] = UINT64_C(0xffd5123440000000);
    check_x86(&x86, "ff21b4c000000000-ffa180007fffffff [direct_map]\n"
                    "ffa1800080000000-ffd380007fffffff [vmalloc]\n"
                    "ffd5123440000000-ffd712343fffffff [vmemmap]\n" FIVE_LDT X86_FIXED
                    "ffffffffa0000000-fffffffffeffffff [modules]\n"
                    "ffffffff81000000-ffffffff817fffff [kernel]\n");
    /* vmemmap has room for what there is of memory, not for half a petabyte. */
    x86.variables[2] = UINT64_C(0xfffffd0040000000);
    check_x86(&x86, "ff21b4c000000000-ffa180007fffffff [direct_map]\n"
                    "ffa1800080000000-ffd380007fffffff [vmalloc]\n"
                    "fffffd0040000000-fffffdffffffffff [vmemmap]\n" FIVE_LDT X86_FIXED
                    "ffffffffa0000000-fffffffffeffffff [modules]\n"
                    "ffffffff81000000-ffffffff817fffff [kernel]\n");
}
END_TEST

/* What kaslr.c can not have chosen is not taken, and without the bases nothing proves that this is
 * Linux at all. */
START_TEST(x86_implausible_bases)
{
    static const uint64_t variables[][3] = {
        {0, 0, 0},
        {RANDOM_VMALLOC, RANDOM_DIRECT_MAP, RANDOM_VMEMMAP},
        {RANDOM_VMALLOC, RANDOM_VMEMMAP, RANDOM_DIRECT_MAP},
        {RANDOM_DIRECT_MAP, RANDOM_VMALLOC, RANDOM_VMALLOC},
        {RANDOM_DIRECT_MAP, RANDOM_DIRECT_MAP, RANDOM_VMEMMAP},
        {RANDOM_DIRECT_MAP, RANDOM_VMALLOC + 0x1000, RANDOM_VMEMMAP},
        {RANDOM_DIRECT_MAP, RANDOM_VMALLOC, RANDOM_VMEMMAP + 0x20000000},
        {RANDOM_DIRECT_MAP + 0x20000000, RANDOM_VMALLOC, RANDOM_VMEMMAP},
        {RANDOM_DIRECT_MAP, RANDOM_VMALLOC, RANDOM_VMALLOC + (UINT64_C(31) << 40)},
        {RANDOM_DIRECT_MAP, RANDOM_VMALLOC, UINT64_C(0xfffffe0000000000)},
        {RANDOM_DIRECT_MAP, RANDOM_VMALLOC, UINT64_C(0xffffffffc0000000)},
        {UINT64_C(0xffff880000000000), RANDOM_VMALLOC, RANDOM_VMEMMAP},
        {0, RANDOM_VMALLOC, RANDOM_VMEMMAP},
        {RANDOM_DIRECT_MAP + 0x40000000, RANDOM_VMALLOC, RANDOM_VMEMMAP}, /* shows no banner */
    };
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        struct x86 x86 = randomised;
        memcpy(x86.variables, variables[i], sizeof(x86.variables));
        check_x86(&x86, "");
    }
}
END_TEST

/* What a direct map shows begins and ends with it: an address beyond, or behind the top, proves
 * nothing. */
START_TEST(x86_direct_map_that_is_too_small)
{
    struct x86 x86 = randomised;
    struct kernel kernel;
    x86.variables[1] = RANDOM_DIRECT_MAP + (UINT64_C(1) << 30);
    check_x86(&x86,
              "ffff8992c0000000-ffff8992ffffffff [direct_map]\n"
              "ffff899300000000-ffffa992ffffffff [vmalloc]\n"
              "fffff3cf80000000-fffff4cf7fffffff [vmemmap]\n" X86_LDT X86_FIXED MODULES_WITH_KASLR
              "ffffffffba400000-ffffffffbabfffff [kernel]\n");
    /* The image is beyond that gigabyte, where vmalloc is. */
    kernel_init(&kernel, VMMAP_PAGING_X86, 4, UINT64_C(1) << 30);
    kernel_map(&kernel, x86.text, (UINT64_C(1) << 30) + X86_PHYSICAL, X86_END, "r--");
    kernel_map(&kernel, x86.direct_map + (UINT64_C(1) << 30), UINT64_C(1) << 30, KERNEL_RAM_SIZE,
               "rw-");
    kernel_put_text(&kernel, (UINT64_C(1) << 30) + X86_PHYSICAL + X86_BANNER, x86.banner);
    for (size_t i = 0; i < 3; i++)
        put_64(&kernel.ram, (UINT64_C(1) << 30) + X86_PHYSICAL + X86_VARIABLES + 8 * i,
               x86.variables[i]);
    assert_layout(&kernel, 0, "");
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(x86_other_systems)
{
    static const char *const banners[] = {
        "",
        "Linux version 4.19.0-25-amd64 (debian-kernel@lists.debian.org) (gcc) #1 SMP",
        "Linux version 4.20.17 (a@b)",
        "Linux version 6.1.0",
        "Linux version %s (%s)",
        "FreeBSD 14.0-RELEASE (GENERIC) (root@releng1.nyi.freebsd.org)",
    };
    for (size_t i = 0; i < sizeof(banners) / sizeof(banners[0]); i++) {
        struct x86 x86 = randomised;
        x86.banner = banners[i];
        check_x86(&x86, "");
    }
    /* Another system that has a banner in memory, for programs made for Linux. */
    struct x86 x86 = randomised;
    memset(x86.variables, 0, sizeof(x86.variables));
    x86.direct_map = UINT64_C(0xfffff80000000000);
    check_x86(&x86, "");
}
END_TEST

/* Before the kernel protects its data from itself there is no read-only data. */
START_TEST(x86_early)
{
    struct kernel kernel;
    set_up_x86(&kernel, &randomised);
    kernel_map(&kernel, randomised.text, X86_PHYSICAL, X86_END, "rwx");
    assert_layout(&kernel, 0, RANDOMISED_LAYOUT);
    kernel_deinit(&kernel);
}
END_TEST

/* The image ends where the distance to physical memory changes, or far away from it; a module page
 * that has its distance by chance does not belong to it. */
START_TEST(x86_image)
{
    const uint64_t text = UINT64_C(0xffffffff81000000), module = UINT64_C(0xffffffffa0000000);
    struct x86 x86 = {
        .levels = 4,
        .banner = BANNER_6_1,
        .text = text,
        .direct_map = UINT64_C(0xffff888000000000),
    };
    struct kernel kernel;
    for (int i = 0; i < 2; i++) {
        set_up_x86(&kernel, &x86);
        if (i == 0)
            kernel_map(&kernel, text + X86_END, X86_PHYSICAL, 0x1000, "r--");
        kernel_map(&kernel, i ? module : text + X86_END + 0x1000,
                   X86_PHYSICAL + (i ? module - text : X86_END + 0x1000), 0x1000, "r-x");
        kernel_map(&kernel, text - 0x1000, 0, 0x1000, "r--");
        char *text_ = searched_text(&kernel, 0);
        ck_assert_ptr_nonnull(strstr(text_, "ffffffffa0000000-fffffffffeffffff [modules]\n"
                                            "ffffffff81000000-ffffffff817fffff [kernel]\n"));
        free(text_);
        kernel_deinit(&kernel);
    }
}
END_TEST

/* From symbols, which may be of another kernel. */
START_TEST(x86_symbols)
{
    const uint64_t text = randomised.text, variables = text + X86_VARIABLES;
    const struct vmmap_linux_places right = {
        .banner = text + X86_BANNER,
        .vmemmap_base = variables,
        .vmalloc_base = variables + 8,
        .page_offset_base = variables + 16,
        .text = text,
        .end = text + X86_END - 0x7123, /* its last page is mapped whole */
    };
    struct kernel kernel;
    set_up_x86(&kernel, &randomised);
    assert_places(&kernel, &right, RANDOMISED_LAYOUT);

    struct vmmap_linux_places places = right;
    static const uint64_t bounds[][2] = {
        {0, 0},
        {1, 0},
        {0, UINT64_MAX},
        {UINT64_C(0xffffffffba400000), 0},
        {UINT64_C(0xffffffffba400000), UINT64_C(0xffffffffba400000)},
        {UINT64_C(0xffffffffba400000), UINT64_C(0xffffffffba600000)}, /* without the banner */
        {UINT64_C(0xffffffffba800000), UINT64_C(0xffffffffbac00000)},
        {UINT64_C(0xffffffffba400000), UINT64_C(0xffffffffc0000001)},
        {UINT64_C(0xffffffffba400000), UINT64_MAX},
        {UINT64_C(0xffffffff7fffffff), UINT64_C(0xffffffffbac00000)},
    };
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        places.text = bounds[i][0];
        places.end = bounds[i][1];
        assert_places(&kernel, &places, RANDOMISED_AREAS);
    }

    static const uint64_t banners[] = {
        0,
        1,
        UINT64_C(0xffff8992c0600123), /* in the direct map */
        UINT64_C(0xffffffffba600124),
        UINT64_C(0xffffffffba7ffff8), /* up to what is not mapped */
        UINT64_C(0xffffffff7fffffff),
        UINT64_C(0xffffffffc0000000),
        UINT64_C(0xffffffffffffff00),
        UINT64_MAX,
    };
    for (size_t i = 0; i < sizeof(banners) / sizeof(banners[0]); i++) {
        places = right;
        places.banner = banners[i];
        assert_places(&kernel, &places, "");
    }

    uint64_t *const addresses[] = {&places.page_offset_base, &places.vmalloc_base,
                                   &places.vmemmap_base};
    for (size_t i = 0; i < 3; i++) {
        static const uint64_t wrong[] = {0, 1, UINT64_MAX, UINT64_MAX - 7,
                                         UINT64_C(0xffffffffba600000)};
        for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++) {
            places = right;
            *addresses[i] = wrong[j];
            assert_places(&kernel, &places, "");
        }
    }
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(the_same_image_is_not_searched_again)
{
    struct vmmap_kernel_layout layout;
    struct x86 x86 = randomised;
    struct kernel kernel;
    uint64_t searched = 0;
    bool found;
    x86.banner = "Linux version 4.19.0 (a@b)";
    set_up_x86(&kernel, &x86);
    assert_ok(try_layout(&kernel, 0, &searched, &layout, &found));
    ck_assert(!found);
    const uint64_t before = searched;
    const size_t reads = kernel.ram.reads;
    assert_ok(try_layout(&kernel, 0, &searched, &layout, &found));
    ck_assert(!found);
    ck_assert_uint_eq(searched, before);
    ck_assert_uint_lt(kernel.ram.reads - reads, 20); /* the tables */

    kernel_put_text(&kernel, X86_PHYSICAL + X86_BANNER, BANNER_6_1);
    assert_ok(try_layout(&kernel, 0, &searched, &layout, &found));
    ck_assert(!found);
    kernel_map(&kernel, UINT64_C(0xffffffffbffff000), X86_PHYSICAL, 0x1000, "rw-");
    assert_ok(try_layout(&kernel, 0, &searched, &layout, &found));
    ck_assert(found);
    ck_assert_uint_ne(searched, before);
    kernel_deinit(&kernel);
}
END_TEST

/* A budget that does not reach: nothing, and what is charged is what is read. */
START_TEST(a_search_is_limited)
{
    struct kernel kernel;
    set_up_x86(&kernel, &randomised);
    for (uint64_t budget = 0; budget <= 2 * MIB; budget += MIB / 2) {
        struct vmmap_kernel_memory memory = kernel_memory(&kernel, budget);
        struct vmmap_linux_places places;
        uint64_t searched = 0;
        assert_ok(vmmap_linux_places_search(&memory, 0, &searched, &places));
        ck_assert_int_eq(places.page_offset_base != 0, budget >= 2 * MIB);
        ck_assert_int_eq(places.banner != 0, budget >= MIB / 2);
        ck_assert_uint_eq(memory.search_bytes, 0);
    }
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(machines_without_a_layout)
{
    const struct vmmap_linux_places places = {.banner = randomised.text + X86_BANNER};
    struct vmmap_kernel_layout layout;
    uint64_t searched = 0;
    struct kernel kernel;
    bool found;
    set_up_x86(&kernel, &randomised);
    const struct vmmap_paging_config configs[] = {
        {.architecture = VMMAP_PAGING_ARM},
        {.architecture = VMMAP_PAGING_X86, .x86 = {.cr0 = 0x80010001, .cr4 = 0x20}},
        {.architecture = VMMAP_PAGING_X86, .x86 = {.cr0 = 1, .efer = 0xd00}},
        {.architecture = VMMAP_PAGING_AARCH64, .aarch64 = {.sctlr = 1}},
        {.architecture = VMMAP_PAGING_RISCV, .riscv = {.xlen = 32}},
        {.architecture = VMMAP_PAGING_RISCV, .riscv = {.xlen = 64, .machine_mode = true}},
    };
    for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        kernel.config = configs[i];
        assert_ok(try_layout(&kernel, UINT64_MAX, &searched, &layout, &found));
        ck_assert(!found);
        ck_assert_uint_eq(searched, 0);
        assert_places(&kernel, &places, "");
    }
    ck_assert_uint_eq(kernel.ram.reads, 0);
    kernel_deinit(&kernel);
}
END_TEST

/* AArch64 and RISC-V. */

/* Where things are in the image; the text is where `data` is mapped, the note behind it. */
enum {
    IMAGE_PHYSICAL = 2 << 20, /* from the beginning of RAM on */
    IMAGE_RODATA = 2 << 20,
    IMAGE_DATA = 4 << 20,
    IMAGE_VMCOREINFO = IMAGE_DATA + 0x1008,
    IMAGE_INIT_MM = IMAGE_DATA + 0x2340,
    IMAGE_END = 6 << 20,
    DATA_PHYSICAL = 12 << 20,
};

struct image {
    enum vmmap_paging_architecture architecture;
    unsigned int levels;
    uint64_t ram;
    uint64_t text;
    uint64_t data; /* the address of VMCOREINFO in the direct map */
    const char *info;
    bool backwards; /* the three variables */
};

/* What stands in the image's data; `end` is of the image's symbols. */
static void put_variables(struct kernel *kernel, const struct image *image, uint64_t end)
{
    const uint64_t at = image->ram + IMAGE_PHYSICAL + IMAGE_VMCOREINFO;
    const uint64_t bounds = image->ram + IMAGE_PHYSICAL + IMAGE_INIT_MM;
    put_64(&kernel->ram, at + (image->backwards ? 16 : 0), image->data);
    put_64(&kernel->ram, at + 8, strlen(image->info));
    put_64(&kernel->ram, at + (image->backwards ? 0 : 16), image->data + DISTANCE_FROM_NOTE);
    put_64(&kernel->ram, bounds, image->text + 0x10000); /* _stext */
    put_64(&kernel->ram, bounds + 8, image->text + IMAGE_RODATA - 0x2345);
    put_64(&kernel->ram, bounds + 24, end - 0x4321);
    put_64(&kernel->ram, bounds + 40, end);
}

static void set_up_image(struct kernel *kernel, const struct image *image)
{
    kernel_init(kernel, image->architecture, image->levels, image->ram);
    const uint64_t physical = image->ram + IMAGE_PHYSICAL;
    kernel_map(kernel, image->text, physical, IMAGE_RODATA, "r-x");
    kernel_map(kernel, image->text + IMAGE_RODATA, physical + IMAGE_RODATA, 2 * MIB, "r--");
    kernel_map(kernel, image->text + IMAGE_DATA, physical + IMAGE_DATA, 2 * MIB, "rw-");
    kernel_map(kernel, image->data, image->ram + DATA_PHYSICAL, 0x2000, "rw-");
    kernel_put_text(kernel, image->ram + DATA_PHYSICAL, image->info);
    put_variables(kernel, image, image->text + IMAGE_END - 0x1234);
}

#define CODE(image) ((image)->text + 0x10800)

static void check_image(const struct image *image, const char *wanted)
{
    struct kernel kernel;
    set_up_image(&kernel, image);
    assert_layout(&kernel, CODE(image), wanted);
    kernel_deinit(&kernel);
}

#define HALF_USER "0000000000000000-7fffffffffffffff [user] user\n"

/* 52 bits configured, 48 in the CPU: vmemmap is as for 52. */
static const struct image arm_6_12 = {
    .architecture = VMMAP_PAGING_AARCH64,
    .levels = 4,
    .ram = 0x40000000,
    .text = UINT64_C(0xffffaf0fafe00000),
    .data = UINT64_C(0xffff46a840c00000),
    .info = "OSRELEASE=6.12.107+deb13-cloud-arm64\n"
            "BUILD-ID=f44ce0b1d197e8e3dab952a5de8835b4ebe1e28c\n"
            "PAGESIZE=4096\n"
            "NUMBER(VMALLOC_START)=0xffff800080000000\n"
            "SYMBOL(vmemmap)=ffffff1a60000000\n"
            "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
            "NUMBER(VA_BITS)=52\n"
            "NUMBER(MODULES_VADDR)=0xffff800000000000\n"
            "NUMBER(MODULES_END)=0xffff800080000000\n"
            "NUMBER(VMALLOC_END)=0xfffffdffbf800000\n"
            "NUMBER(VMEMMAP_START)=0xffffc1ffc0000000\n"
            "NUMBER(VMEMMAP_END)=0xffffffffc0000000\n"
            "NUMBER(kimage_voffset)=0xffffaf0f6fc00000\n"
            "NUMBER(PHYS_OFFSET)=0xfff0b95800000000\n"
            "NUMBER(TCR_EL1_T1SZ)=0x10\n"
            "KERNELOFFSET=2f0f2fe00000\n"
            "NUMBER(KERNELPACMASK)=0x0\n",
};
#define ARM_6_12_AREAS                                                                             \
    HALF_USER "ffff000000000000-ffff7fffffffffff [direct_map] linear ffffb95800000000\n"           \
              "ffff800000000000-ffff80007fffffff [modules]\n"                                      \
              "ffffc1ffc0000000-ffffffffbfffffff [vmemmap]\n"                                      \
              "ffff800080000000-fffffdffbf7fffff [vmalloc]\n"                                      \
              "ffffffffc0800000-ffffffffc17fffff [pci_io]\n"                                       \
              "ffffffffc1800000-ffffffffff7fffff [fixmap]\n"
#define ARM_6_12_LAYOUT ARM_6_12_AREAS "ffffaf0fafe00000-ffffaf0fb03fffff [kernel]\n"

START_TEST(arm_new)
{
    struct image image = arm_6_12;
    check_image(&image, ARM_6_12_LAYOUT);
    image.backwards = true;
    check_image(&image, ARM_6_12_LAYOUT);
}
END_TEST

static const struct image arm_6_1 = {
    .architecture = VMMAP_PAGING_AARCH64,
    .levels = 4,
    .ram = 0x40000000,
    .text = UINT64_C(0xffffc00c7c600000),
    .data = UINT64_C(0xffff332100c00000),
    .info = "OSRELEASE=6.1.0-56-cloud-arm64\n"
            "NUMBER(VA_BITS)=48\n"
            "NUMBER(MODULES_VADDR)=0xffff800000000000\n"
            "NUMBER(MODULES_END)=0xffff800008000000\n"
            "NUMBER(VMALLOC_START)=0xffff800008000000\n"
            "NUMBER(VMALLOC_END)=0xfffffbfff0000000\n"
            "NUMBER(VMEMMAP_START)=0xfffffc0000000000\n"
            "NUMBER(VMEMMAP_END)=0xfffffe0000000000\n"
            "NUMBER(kimage_voffset)=0xffffc00c3c400000\n"
            "NUMBER(PHYS_OFFSET)=0xffffccdf40000000\n",
};

START_TEST(arm_old)
{
    check_image(&arm_6_1,
                HALF_USER "ffff000000000000-ffff7fffffffffff [direct_map] linear ffffccdf40000000\n"
                          "ffff800000000000-ffff800007ffffff [modules]\n"
                          "fffffc0000000000-fffffdffffffffff [vmemmap]\n"
                          "ffff800008000000-fffffbffefffffff [vmalloc]\n"
                          "fffffbfff0000000-fffffbfffdffffff [fixmap]\n"
                          "fffffbfffe800000-fffffbffff7fffff [pci_io]\n"
                          "ffffc00c7c600000-ffffc00c7cbfffff [kernel]\n");
}
END_TEST

/* Before 5.17 there is little to know. */
START_TEST(arm_oldest)
{
    struct image image = arm_6_1;
    image.text = UINT64_C(0xffffb3c35c800000);
    image.data = UINT64_C(0xffff73ccc0c00000);
    image.info = "OSRELEASE=5.10.0-32-cloud-arm64\n"
                 "NUMBER(VA_BITS)=48\n"
                 "NUMBER(kimage_voffset)=0xffffb3c31c600000\n"
                 "NUMBER(PHYS_OFFSET)=0xffff8c3380000000\n"
                 "NUMBER(TCR_EL1_T1SZ)=0x10\n";
    check_image(&image,
                HALF_USER "ffff000000000000-ffff7fffffffffff [direct_map] linear ffff8c3380000000\n"
                          "ffffb3c35c800000-ffffb3c35cdfffff [kernel]\n");
    image.info = "OSRELEASE=5.10.0\n";
    check_image(&image, HALF_USER "ffffb3c35c800000-ffffb3c35cdfffff [kernel]\n");
}
END_TEST

static const struct image riscv_6_12 = {
    .architecture = VMMAP_PAGING_RISCV,
    .levels = 5,
    .ram = 0x80000000,
    .text = UINT64_C(0xffffffff80000000),
    .data = UINT64_C(0xff60000000c00000),
    .info = "OSRELEASE=6.12.107+deb13-riscv64\n"
            "NUMBER(VMALLOC_START)=0xff20000000000000\n"
            "NUMBER(phys_ram_base)=2147483648\n"
            "NUMBER(PAGE_OFFSET)=0xff60000000000000\n"
            "NUMBER(VMALLOC_END)=0xff60000000000000\n"
            "NUMBER(VA_BITS)=57\n"
            "NUMBER(VMEMMAP_START)=0xff1c000000000000\n"
            "NUMBER(VMEMMAP_END)=0xff20000000000000\n"
            "NUMBER(MODULES_VADDR)=0xffffffff01e6b000\n"
            "NUMBER(MODULES_END)=0xffffffff80000000\n"
            "NUMBER(KERNEL_LINK_ADDR)=0xffffffff80000000\n"
            "NUMBER(va_kernel_pa_offset)=0xfffffffeffe00000\n",
};
#define RISCV_LAYOUT                                                                               \
    HALF_USER "ff1c000000000000-ff1fffffffffffff [vmemmap]\n"                                      \
              "ff20000000000000-ff5fffffffffffff [vmalloc]\n"                                      \
              "ffffffff01e6b000-ffffffff7fffffff [modules]\n"                                      \
              "ff1bffffff000000-ff1bffffffffffff [pci_io]\n"                                       \
              "ff1bfffffea00000-ff1bfffffeffffff [fixmap]\n"                                       \
              "ff60000000000000-ffffffff01e6afff [direct_map] linear 80000000\n"                   \
              "ffffffff80000000-ffffffff805fffff [kernel]\n"

START_TEST(riscv)
{
    struct image image = riscv_6_12;
    check_image(&image, RISCV_LAYOUT);
    image.backwards = true;
    check_image(&image, RISCV_LAYOUT);
    /* With ends that are the last byte. */
    image.info = "OSRELEASE=6.2.0\n"
                 "NUMBER(VMALLOC_START)=0xff20000000000000\n"
                 "NUMBER(VMALLOC_END)=0xff5fffffffffffff\n"
                 "NUMBER(VMEMMAP_START)=0xff1c000000000000\n"
                 "NUMBER(VMEMMAP_END)=0xff1fffffffffffff\n"
                 "NUMBER(MODULES_VADDR)=0xffffffff01e6b000\n"
                 "NUMBER(MODULES_END)=0xffffffff7fffffff\n"
                 "NUMBER(phys_ram_base)=2147483648\n";
    check_image(&image, RISCV_LAYOUT);
}
END_TEST

/* Numbers that can not be: what makes no sense is left out, the rest is as it was. */
START_TEST(senseless_numbers)
{
    static const char *const riscv_infos[] = {
        "OSRELEASE=\n",
        ("OSRELEASE=x\nNUMBER(VMALLOC_START)=0x1000\nNUMBER(VMALLOC_END)=0\n"
         "NUMBER(MODULES_VADDR)=-1\nNUMBER(MODULES_END)=0xff20000000000000\n"
         "NUMBER(VMEMMAP_START)=0\nNUMBER(VMEMMAP_END)=0\nNUMBER(phys_ram_base)=0\n"),
        "OSRELEASE=x\nNUMBER(VMEMMAP_START)=16777215\nNUMBER(VMEMMAP_END)=16777216\n",
        ("OSRELEASE=x\nNUMBER(VMALLOC_END)=0xff60000000000000\nNUMBER(phys_ram_base)=-1\n"
         "NUMBER(MODULES_VADDR)=0x0fffffff00000000\n"),
    };
    static const char *const arm_infos[] = {
        "OSRELEASE=x\nNUMBER(VA_BITS)=53\nNUMBER(PHYS_OFFSET)=0\n",
        "OSRELEASE=x\nNUMBER(VA_BITS)=47\nNUMBER(PHYS_OFFSET)=0\n",
        "OSRELEASE=x\nNUMBER(VA_BITS)=-1\nNUMBER(PHYS_OFFSET)=0\n",
        "OSRELEASE=x\nNUMBER(VA_BITS)=48\n",
        "OSRELEASE=x\nNUMBER(VA_BITS)=48\nNUMBER(PHYS_OFFSET)=0\nNUMBER(MODULES_VADDR)=0x1000\n",
        ("OSRELEASE=x\nNUMBER(VMALLOC_END)=0\nNUMBER(VMEMMAP_START)=0x10000000\n"
         "NUMBER(VMEMMAP_END)=0x20000000\n"),
        ("OSRELEASE=x\nNUMBER(VMALLOC_END)=0xffffffffffff0000\nNUMBER(VMEMMAP_START)=0xfff0000\n"
         "NUMBER(VMEMMAP_END)=0xfffffe0000000000\n"),
    };
    struct image image = riscv_6_12;
    for (size_t i = 0; i < sizeof(riscv_infos) / sizeof(riscv_infos[0]); i++) {
        image.info = riscv_infos[i];
        check_image(&image, HALF_USER "ffffffff80000000-ffffffff805fffff [kernel]\n");
    }
    image = arm_6_12;
    for (size_t i = 0; i < sizeof(arm_infos) / sizeof(arm_infos[0]); i++) {
        image.info = arm_infos[i];
        check_image(&image, HALF_USER "ffffaf0fafe00000-ffffaf0fb03fffff [kernel]\n");
    }
    /* Areas up to the end of the space. */
    image.info = "OSRELEASE=x\nNUMBER(VMALLOC_START)=0xffffff0000000000\nNUMBER(VMALLOC_END)=0\n";
    check_image(&image, HALF_USER "ffffff0000000000-ffffffffffffffff [vmalloc]\n"
                                  "ffffaf0fafe00000-ffffaf0fb03fffff [kernel]\n");
}
END_TEST

/* Without what init_mm says, or with what can not be, the image has no bounds. */
START_TEST(images_without_bounds)
{
    static const struct {
        unsigned int word;
        uint64_t value;
    } changes[] = {
        {0, 0},
        {0, UINT64_MAX},
        {0, UINT64_C(0xffffaf0fafe10801)}, /* behind the code */
        {0, UINT64_C(0xffffaf0fabe107ff)}, /* too far before it */
        {1, UINT64_C(0xffffaf0fafe10800)}, /* the code's end is the code */
        {1, UINT64_MAX},
        {2, 1},
        {3, UINT64_C(0xffffaf0fafe10900)},
        {4, 1},
        {5, UINT64_C(0xffffaf0fafe20000)},
        {5, UINT64_C(0xffffaf0fbbe10801)}, /* too far behind it */
        {5, UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct kernel kernel;
        set_up_image(&kernel, &arm_6_12);
        put_64(&kernel.ram,
               arm_6_12.ram + IMAGE_PHYSICAL + IMAGE_INIT_MM + UINT64_C(8) * changes[i].word,
               changes[i].value);
        assert_layout(&kernel, CODE(&arm_6_12), ARM_6_12_AREAS);
        kernel_deinit(&kernel);
    }
}
END_TEST

/* Bounds up to the last byte of what is mapped, and beyond. */
START_TEST(bounds_are_rounded)
{
    static const int64_t ends[] = {IMAGE_VMCOREINFO + 1 - IMAGE_END, -1, 0};
    struct kernel kernel;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        set_up_image(&kernel, &arm_6_12);
        put_variables(&kernel, &arm_6_12, arm_6_12.text + IMAGE_END + (uint64_t)ends[i]);
        assert_layout(&kernel, CODE(&arm_6_12), ARM_6_12_LAYOUT);
        kernel_deinit(&kernel);
    }
    set_up_image(&kernel, &arm_6_12);
    put_variables(&kernel, &arm_6_12,
                  arm_6_12.text + IMAGE_END + 1); /* of which nothing is mapped */
    assert_layout(&kernel, CODE(&arm_6_12),
                  ARM_6_12_AREAS "ffffaf0fafe00000-ffffaf0fb0400fff [kernel]\n");
    kernel_deinit(&kernel);
}
END_TEST

/* What is not vmcoreinfo_data. */
START_TEST(images_that_look_alike)
{
    static const struct {
        unsigned int word;
        uint64_t value;
    } changes[] = {
        {0, 0},
        {0, UINT64_C(0x0000700000c00000)},
        {0, UINT64_C(0xffff46a840c00008)}, /* within a page */
        {0, UINT64_C(0xffff46a840c01000)}, /* something else */
        {0, UINT64_C(0xffff46a840c02000)}, /* not mapped */
        {0, UINT64_C(0xfffffffffffff000)},
        {1, 0},
        {1, 0x1000},
        {1, 0x10000},
        {1, UINT64_MAX},
        {2, 0},
        {2, UINT64_C(0xffff46a840c01001)},
    };
    struct kernel kernel;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        set_up_image(&kernel, &arm_6_12);
        put_64(&kernel.ram,
               arm_6_12.ram + IMAGE_PHYSICAL + IMAGE_VMCOREINFO + UINT64_C(8) * changes[i].word,
               changes[i].value);
        assert_layout(&kernel, CODE(&arm_6_12), "");
        kernel_deinit(&kernel);
    }

    set_up_image(&kernel, &arm_6_12);
    kernel_put_text(&kernel, arm_6_12.ram + DATA_PHYSICAL, "OSVERSION=");
    assert_layout(&kernel, CODE(&arm_6_12), "");
    kernel_deinit(&kernel);

    /* Data that is not the image's: another distance, or not writable, or the user's. */
    static const char *const accesses[] = {"rw-", "r--", "rw-u"};
    for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        const uint64_t physical = arm_6_12.ram + IMAGE_PHYSICAL + IMAGE_DATA;
        set_up_image(&kernel, &arm_6_12);
        kernel_map(&kernel, arm_6_12.text + IMAGE_DATA, physical + (i ? 0 : 2 * MIB), 2 * MIB,
                   accesses[i]);
        if (i == 0)
            kernel_map(&kernel, arm_6_12.text + IMAGE_END, physical, 2 * MIB, "rw-");
        assert_layout(&kernel, CODE(&arm_6_12), "");
        kernel_deinit(&kernel);
    }
}
END_TEST

/* Memory full of pointers that may be vmcoreinfo_data: only so many are followed. */
START_TEST(candidates_are_limited)
{
    struct kernel kernel;
    struct vmmap_kernel_layout layout;
    uint64_t searched = 0;
    bool found;
    set_up_image(&kernel, &arm_6_12);
    for (uint64_t at = 0; at < 2 * MIB; at += 16) {
        put_64(&kernel.ram, arm_6_12.ram + IMAGE_PHYSICAL + IMAGE_DATA + at,
               arm_6_12.data + DISTANCE_FROM_NOTE);
        put_64(&kernel.ram, arm_6_12.ram + IMAGE_PHYSICAL + IMAGE_DATA + at + 8, 100);
    }
    put_64(&kernel.ram, arm_6_12.ram + IMAGE_PHYSICAL + IMAGE_DATA + 2 * MIB - 16, arm_6_12.data);
    assert_ok(try_layout(&kernel, CODE(&arm_6_12), &searched, &layout, &found));
    ck_assert(!found);
    ck_assert_uint_lt(kernel.ram.reads, 4096 * 6 + 1000);
    kernel_deinit(&kernel);
}
END_TEST

/* Wherever the vectors are said to be. */
START_TEST(code_elsewhere)
{
    const uint64_t text = arm_6_12.text;
    struct vmmap_kernel_layout layout;
    struct kernel kernel;
    uint64_t searched = 0;
    bool found;
    set_up_image(&kernel, &arm_6_12);
    const uint64_t nowhere[] = {0,          1,        INT64_MAX,        (uint64_t)INT64_MAX + 1,
                                UINT64_MAX, text - 1, text + IMAGE_END, arm_6_12.data};
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
        searched = 0;
        assert_ok(try_layout(&kernel, nowhere[i], &searched, &layout, &found));
        ck_assert(!found);
        ck_assert_int_eq(searched != 0, nowhere[i] > INT64_MAX);
    }
    assert_layout(&kernel, text + 0x10801, ARM_6_12_LAYOUT); /* stvec has a mode in such bits */
    kernel_deinit(&kernel);

    /* At the very top, where the end of the window would be beyond it. */
    struct image image = arm_6_12;
    image.text = 0 - (uint64_t)IMAGE_END;
    set_up_image(&kernel, &image);
    put_variables(&kernel, &image, UINT64_MAX);
    assert_layout(&kernel, CODE(&image),
                  ARM_6_12_AREAS "ffffffffffa00000-ffffffffffffffff [kernel]\n");
    kernel_deinit(&kernel);
}
END_TEST

START_TEST(vmcoreinfo_symbols)
{
    const struct vmmap_linux_places right = {
        .banner = arm_6_12.text + IMAGE_RODATA,
        .vmcoreinfo_data = arm_6_12.text + IMAGE_VMCOREINFO,
        .text = arm_6_12.text,
        .end = arm_6_12.text + IMAGE_END,
    };
    static const uint64_t bounds[][2] = {
        {0, 0},
        {UINT64_C(0xffffaf0fafe00000), 0},
        {0, UINT64_MAX},
        {UINT64_C(0xffffaf0fafe00000), UINT64_C(0xffffaf0fb0201008)}, /* without the variable */
        {UINT64_C(0xffffaf0fb0201009), UINT64_C(0xffffaf0fb0400000)},
        {UINT64_C(0xffffaf0fafe00000), UINT64_C(0xffffaf0fbfe00001)}, /* too big */
        {UINT64_C(0xffff800000000000), UINT64_MAX},
    };
    static const uint64_t variables[] = {
        1,          INT64_MAX,      UINT64_C(0xffffaf0fb0201009), UINT64_C(0xffffaf0fb0201010),
        UINT64_MAX, UINT64_MAX - 3, UINT64_C(0xffff46a840c00000),
    };
    struct kernel kernel;
    struct vmmap_linux_places places = right;
    set_up_image(&kernel, &arm_6_12);
    assert_places(&kernel, &right, ARM_6_12_LAYOUT);
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        places.text = bounds[i][0];
        places.end = bounds[i][1];
        assert_places(&kernel, &places, ARM_6_12_AREAS);
    }
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        places = right;
        places.vmcoreinfo_data = variables[i];
        assert_places(&kernel, &places, "");
    }
    kernel_deinit(&kernel);
}
END_TEST

/* Failures. */

/* Whether every area is one of the whole layout, but for the image, which may be smaller. */
static void check_part(const struct vmmap_kernel_layout *layout, const char *whole)
{
    char *text = layout_text(layout);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strstr(line, "[kernel]"))
            ck_assert_msg(strstr(whole, line) != NULL, "%s is in no whole layout", line);
    }
    free(text);
}

static void fail_each_read(struct kernel *kernel, uint64_t code, const char *whole)
{
    struct vmmap_kernel_layout layout;
    uint64_t searched = 0;
    bool found;
    kernel->ram.reads = 0;
    assert_ok(try_layout(kernel, code, &searched, &layout, &found));
    ck_assert(found);
    const size_t reads = kernel->ram.reads;
    ck_assert_uint_gt(reads, 10);
    for (size_t i = 1; i <= reads; i++) {
        searched = 0;
        kernel->ram.reads = 0;
        kernel->ram.fail_read = i;
        assert_ok(try_layout(kernel, code, &searched, &layout, &found));
        ck_assert_int_eq(found, layout.count > 0);
        check_part(&layout, whole);
        kernel->ram.fail_read = 0;

        searched = 0;
        kernel->ram.reads = 0;
        kernel->ram.interrupt_read = i;
        assert_error(try_layout(kernel, code, &searched, &layout, &found), VMMAP_ERROR_INTERRUPTED,
                     "Quit.");
        ck_assert(!found);
        ck_assert_uint_eq(layout.count, 0);
        kernel->ram.interrupt_read = 0;
    }
}

static void fail_each_allocation(const struct kernel *kernel, uint64_t code)
{
    for (unsigned int at = 1;; at++) {
        const struct fault_plan plan = {.kind = FAULT_ALLOCATION, .at = at};
        struct vmmap_kernel_layout layout;
        uint64_t searched = 0;
        bool found;
        fault_begin(&plan);
        struct vmmap_error *error = try_layout(kernel, code, &searched, &layout, &found);
        const struct fault_report report = fault_end();
        ck_assert_int_eq(report.blocks, 0);
        if (report.calls[FAULT_ALLOCATION] < at) {
            assert_ok(error);
            ck_assert(found);
            ck_assert_uint_gt(at, 3);
            break;
        }
        ck_assert_ptr_eq(error, &vmmap_error_no_memory);
        ck_assert(!found);
    }
}

START_TEST(everything_fails_in_turn)
{
    struct kernel kernel;
    set_up_x86(&kernel, &randomised);
    fail_each_read(&kernel, 0, RANDOMISED_LAYOUT);
    fail_each_allocation(&kernel, 0);
    kernel_deinit(&kernel);
    set_up_image(&kernel, &arm_6_12);
    fail_each_read(&kernel, CODE(&arm_6_12), ARM_6_12_LAYOUT);
    fail_each_allocation(&kernel, CODE(&arm_6_12));
    kernel_deinit(&kernel);
    set_up_image(&kernel, &riscv_6_12);
    fail_each_read(&kernel, CODE(&riscv_6_12), RISCV_LAYOUT);
    fail_each_allocation(&kernel, CODE(&riscv_6_12));
    kernel_deinit(&kernel);
}
END_TEST

int main(void)
{
    return RUN_TESTS("linux", x86_randomised, x86_default, x86_five_levels, x86_implausible_bases,
                     x86_direct_map_that_is_too_small, x86_other_systems, x86_early, x86_image,
                     x86_symbols, the_same_image_is_not_searched_again, a_search_is_limited,
                     machines_without_a_layout, arm_new, arm_old, arm_oldest, riscv,
                     senseless_numbers, images_without_bounds, bounds_are_rounded,
                     images_that_look_alike, candidates_are_limited, code_elsewhere,
                     vmcoreinfo_symbols, everything_fails_in_turn);
}
