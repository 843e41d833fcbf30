/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Crash dumps of Windows kernels: a header of one page (32-bit) or two, then memory. Bytes of the
 * header that nobody set are "PAGE" over and over. Layouts as volatility and Rekall have them, and
 * as QEMU writes them (dump/win_dump.c):
 *
 *   full dump (1)            the runs of PhysicalMemoryBlock, one behind the other
 *   bitmap dumps (5, 6)      a second header, "SDMP" or "FDMP" "DUMP", a bitmap of the pages that
 *                            follow it
 *
 * Kernel dumps (2) and smaller ones have no page tables.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "images/format.h"
#include "images/page_bitmap.h"

enum {
    PAGE = 0x1000,
    MAGIC_SIZE = 8,
    DUMP_FULL = 1,
    DUMP_BITMAP_FULL = 5,
    DUMP_BITMAP_KERNEL = 6,
    BITMAP_HEADER_SIZE = 0x38,
    BITMAP_DATA_AT = 0x20, /* where in the file the first page is */
    BITMAP_PAGES_AT = 0x30,
};

/* "PAGE", which fills what was not set. */
#define NOT_SET UINT32_C(0x45474150)

/* Where things are in the header of either width. */
static const struct layout {
    const char *magic;
    bool is_64;
    uint16_t header_size;
    uint16_t build;
    uint16_t directory_table_base;
    uint16_t modules;
    uint16_t processes;
    uint16_t machine;
    uint16_t debugger_data;
    uint16_t runs; /* PhysicalMemoryBlock: count; then pages, then the runs */
    uint16_t runs_max;
    uint16_t context;
    uint16_t context_ip;
    uint16_t context_sp;
    uint16_t dump_type;
} layouts[] = {
    {"PAGEDU64", true, 0x2000, 0xc, 0x10, 0x20, 0x28, 0x30, 0x80, 0x88, 42, 0x348, 0xf8, 0x98,
     0xf98},
    {"PAGEDUMP", false, 0x1000, 0xc, 0x10, 0x18, 0x1c, 0x20, 0x60, 0x64, 86, 0x320, 0xb8, 0xc4,
     0xf88},
};

enum { PAE_ENABLED_AT = 0x5c }; /* 32-bit only */

/* IMAGE_FILE_MACHINE_ constants. */
static const struct {
    uint32_t image_machine;
    uint16_t machine;
} machines[] = {{0x014c, VMMAP_ELF_386}, {0x8664, VMMAP_ELF_X86_64}, {0xaa64, VMMAP_ELF_AARCH64}};

struct dmp {
    bool has_bitmap;
    struct vmmap_page_bitmap saved;
    uint64_t data; /* where the first of its pages is */
};

static const struct layout *find_layout(struct vmmap_window *file)
{
    const unsigned char *magic = vmmap_window_at(file, 0, MAGIC_SIZE);
    for (size_t i = 0; magic && i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        if (memcmp(magic, layouts[i].magic, MAGIC_SIZE) == 0)
            return &layouts[i];
    }
    return NULL;
}

static bool dmp_detect(struct vmmap_window *file)
{
    return find_layout(file) != NULL;
}

static uint64_t load_word(const struct layout *layout, const unsigned char *bytes)
{
    return layout->is_64 ? vmmap_load_u64(bytes) : vmmap_load_u32(bytes);
}

/* A field that holds an address; 0 where nobody set it. */
static uint64_t load_address(const struct layout *layout, const unsigned char *header, size_t at)
{
    const uint64_t filler = layout->is_64 ? (uint64_t)NOT_SET << 32 | NOT_SET : NOT_SET;
    const uint64_t value = load_word(layout, header + at);
    return value == filler ? 0 : value;
}

static void take_machine(struct vmmap_image *image, uint32_t image_machine)
{
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        if (machines[i].image_machine == image_machine)
            image->facts.machine = machines[i].machine;
    }
}

static struct vmmap_error *read_facts(struct vmmap_image *image, const struct layout *layout,
                                      const unsigned char *header)
{
    image->facts.has_windows = true;
    image->facts.windows = (struct vmmap_image_windows){
        .is_64 = layout->is_64,
        .is_pae = !layout->is_64 && header[PAE_ENABLED_AT] == 1,
        .build = vmmap_load_u32(header + layout->build),
        .directory_table_base = load_address(layout, header, layout->directory_table_base),
        .ps_loaded_module_list = load_address(layout, header, layout->modules),
        .ps_active_process_head = load_address(layout, header, layout->processes),
        .kd_debugger_data_block = load_address(layout, header, layout->debugger_data),
    };
    take_machine(image, vmmap_load_u32(header + layout->machine));
    const unsigned char *context = header + layout->context;
    if (vmmap_load_u32(context + layout->context_ip) == NOT_SET)
        return NULL;
    struct vmmap_image_cpu *cpu = vmmap_image_add_cpu(image);
    if (!cpu)
        return &vmmap_error_no_memory;
    cpu->has_registers = true;
    cpu->instruction_pointer = load_word(layout, context + layout->context_ip);
    cpu->stack_pointer = load_word(layout, context + layout->context_sp);
    return NULL;
}

static struct vmmap_error *read_runs(struct vmmap_image *image, const struct layout *layout,
                                     const unsigned char *header)
{
    const size_t word = layout->is_64 ? 8 : 4;
    const unsigned char *run = header + layout->runs + 2 * word;
    const uint32_t count = vmmap_load_u32(header + layout->runs);
    uint64_t offset = layout->header_size;
    if (count == 0 || count > layout->runs_max)
        return vmmap_image_broken(image, "its list of memory makes no sense");
    struct vmmap_error *error = NULL;
    for (uint32_t i = 0; !error && i < count; i++, run += 2 * word) {
        const uint64_t base = load_word(layout, run), pages = load_word(layout, run + word);
        if (base > UINT64_MAX / PAGE || pages > UINT64_MAX / PAGE ||
            offset > UINT64_MAX - pages * PAGE)
            return vmmap_image_broken(image, "its list of memory makes no sense");
        error = vmmap_image_add_memory(image, base * PAGE, pages * PAGE, offset, pages * PAGE);
        offset += pages * PAGE;
    }
    return error;
}

static struct vmmap_error *read_bitmap(struct vmmap_image *image, const struct layout *layout,
                                       struct dmp *dmp)
{
    const unsigned char *header =
        vmmap_window_at(&image->window, layout->header_size, BITMAP_HEADER_SIZE);
    if (!header || (memcmp(header, "SDMPDUMP", MAGIC_SIZE) != 0 &&
                    memcmp(header, "FDMPDUMP", MAGIC_SIZE) != 0))
        return vmmap_image_broken(image, "its second header is missing");
    dmp->data = vmmap_load_u64(header + BITMAP_DATA_AT);
    dmp->has_bitmap = true;
    image->facts.is_filtered = true;
    const uint64_t pages = vmmap_load_u64(header + BITMAP_PAGES_AT);
    return vmmap_page_bitmap_init(image->target, &image->file.reader,
                                  layout->header_size + BITMAP_HEADER_SIZE, pages, &dmp->saved);
}

static struct vmmap_error *read_memory(struct vmmap_image *image, const struct layout *layout,
                                       const unsigned char *header, struct dmp *dmp)
{
    const uint32_t type = vmmap_load_u32(header + layout->dump_type);
    if (type == DUMP_BITMAP_FULL || type == DUMP_BITMAP_KERNEL)
        return read_bitmap(image, layout, dmp);
    /* Writers that do not set it write full dumps. */
    if (type == DUMP_FULL || type == NOT_SET || type == 0)
        return read_runs(image, layout, header);
    return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                              "The file %s is a crash dump of Windows without the page tables "
                              "(type %" PRIu32 "): a complete memory dump is needed.",
                              image->path, type);
}

static struct vmmap_error *dmp_open(struct vmmap_image *image)
{
    const struct layout *layout = find_layout(&image->window);
    struct dmp *dmp = calloc(1, sizeof(*dmp));
    if (!dmp)
        return &vmmap_error_no_memory;
    image->state = dmp;
    const unsigned char *header = vmmap_window_at(&image->window, 0, PAGE);
    if (!header)
        return vmmap_image_broken(image, "its header is cut off");
    struct vmmap_error *error = read_facts(image, layout, header);
    return error ? error : read_memory(image, layout, header, dmp);
}

static void dmp_close(struct vmmap_image *image)
{
    struct dmp *dmp = image->state;
    if (dmp)
        vmmap_page_bitmap_deinit(&dmp->saved);
    free(dmp);
}

static struct vmmap_error *dmp_read(struct vmmap_image *image, uint64_t physical, void *bytes,
                                    size_t size, size_t *done)
{
    struct dmp *dmp = image->state;
    if (!dmp->has_bitmap)
        return vmmap_image_read_pieces(image, physical, bytes, size, done);
    if (!vmmap_page_bitmap_test(&dmp->saved, physical / PAGE))
        return NULL;
    const size_t offset = physical % PAGE;
    const uint64_t rank = vmmap_page_bitmap_rank(&dmp->saved, physical / PAGE);
    uint64_t at;
    if (__builtin_add_overflow(dmp->data, rank * PAGE + offset, &at) ||
        at >= image->file.reader.size)
        return NULL;
    *done = image->file.reader.read(image->file.reader.context, at, bytes,
                                    size < PAGE - offset ? size : PAGE - offset);
    return NULL;
}

static bool dmp_next_range(struct vmmap_image *image, uint64_t from, struct vmmap_image_range *ret)
{
    struct dmp *dmp = image->state;
    if (!dmp->has_bitmap)
        return vmmap_image_next_piece(image, from, ret);
    const uint64_t page = vmmap_page_bitmap_next(&dmp->saved, from / PAGE, true);
    if (page >= dmp->saved.pages)
        return false;
    const uint64_t end = vmmap_page_bitmap_next(&dmp->saved, page, false);
    *ret = (struct vmmap_image_range){page * PAGE, end * PAGE - 1, VMMAP_IMAGE_SAVED};
    return true;
}

const struct vmmap_image_format vmmap_image_dmp = {
    .name = "Windows crash dump",
    .detect = dmp_detect,
    .open = dmp_open,
    .close = dmp_close,
    .read = dmp_read,
    .next_range = dmp_next_range,
};
