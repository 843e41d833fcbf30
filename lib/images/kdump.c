/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * kdump-compressed files (makedumpfile's IMPLEMENTATION, diskdump_mod.h; QEMU's dump/dump.c), of
 * 64-bit little-endian machines, flattened or not:
 *
 *   block 0                     header: "KDUMP   ", version, utsname, status, block size, ...
 *   1 .. sub header's blocks    sub header: where VMCOREINFO and the ELF notes are, max_mapnr_64
 *   then                        two bitmaps of equal size, a bit a page: those that exist, and
 *                               those that are in the file
 *   then                        a descriptor of 24 bytes for each page of the second bitmap:
 *                               offset and size of its data, how it is compressed
 */

#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "images/decompress.h"
#include "images/flattened.h"
#include "images/format.h"
#include "images/page_bitmap.h"

enum {
    MAGIC_SIZE = 8,
    STATUS_AT = 424,
    BLOCK_SIZE_AT = 428,
    SUB_BLOCKS_AT = 432,
    BITMAP_BLOCKS_AT = 436,
    MAX_PAGE_AT = 440,
    HEADER_SIZE = 464,
    SUB_HEADER_SIZE = 104,
    SPLIT_AT = 12,
    VMCOREINFO_AT = 32, /* offset and size; likewise: */
    NOTES_AT = 48,
    MAX_PAGE_64_AT = 96, /* since version 6 */
    VERSION_64 = 6,
    BLOCK_SIZE_MIN = 1 << 12,
    BLOCK_SIZE_MAX = 1 << 16,
    STATUS_INCOMPLETE = 0x8, /* DUMP_DH_COMPRESSED_INCOMPLETE: the disk was full */
    DESCRIPTOR_SIZE = 24,
    MACHINE_AT = 12 + 4 * 65, /* utsname.machine */
    MACHINE_SIZE = 65,
};

static const char magic[] = "KDUMP   ";

/* The bits of a descriptor's flags that say how the page is compressed. */
static const struct {
    uint32_t flag;
    enum vmmap_compression_method method;
} methods[] = {
    {0x01, VMMAP_METHOD_ZLIB},
    {0x02, VMMAP_METHOD_LZO},
    {0x04, VMMAP_METHOD_SNAPPY},
    {0x20, VMMAP_METHOD_ZSTD},
};

static const struct {
    const char *name; /* as uname(2) has it */
    uint16_t machine;
} machines[] = {
    {"x86_64", VMMAP_ELF_X86_64},
    {"aarch64", VMMAP_ELF_AARCH64},
    {"riscv64", VMMAP_ELF_RISCV},
};

struct kdump {
    struct vmmap_flattened flattened;
    const struct vmmap_reader *reader; /* of the file as it would be without that */
    struct vmmap_window window;        /* over `reader` */
    uint32_t version;
    uint64_t block_size;
    uint64_t descriptors; /* where they begin */
    struct vmmap_page_bitmap existing;
    struct vmmap_page_bitmap saved;
    unsigned char packed[BLOCK_SIZE_MAX];
    unsigned char page[BLOCK_SIZE_MAX];
    uint64_t page_number; /* of `page`, if has_page */
    bool has_page;
};

static bool is_plain(struct vmmap_window *file)
{
    const unsigned char *header = vmmap_window_at(file, 0, MAGIC_SIZE);
    return header && memcmp(header, magic, MAGIC_SIZE) == 0;
}

static bool kdump_detect(struct vmmap_window *file)
{
    return is_plain(file) || vmmap_flattened_detect(file);
}

/* Undoes the flattened form, if it is that. */
static struct vmmap_error *choose_reader(struct vmmap_image *image, struct kdump *kdump)
{
    kdump->reader = &image->file.reader;
    if (!is_plain(&image->window)) {
        struct vmmap_error *error =
            vmmap_flattened_init(image->target, &image->window, &kdump->flattened);
        if (error && !vmmap_error_is_fatal(error)) {
            struct vmmap_error *broken = vmmap_image_broken(image, error->message);
            vmmap_error_destroy(error);
            return broken;
        }
        if (error)
            return error;
        kdump->reader = &kdump->flattened.reader;
        image->facts.is_truncated = kdump->flattened.is_truncated;
    }
    vmmap_window_init(&kdump->window, kdump->reader);
    if (!is_plain(&kdump->window))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The file %s is flattened by makedumpfile, but no "
                                  "kdump-compressed image is in it: \"makedumpfile -R NEW-IMAGE < "
                                  "%s\" makes it a file of its own format.",
                                  image->path, image->path);
    return NULL;
}

static void take_machine(struct vmmap_image *image, const unsigned char *header)
{
    const char *name = (const char *)header + MACHINE_AT;
    const size_t length = strnlen(name, MACHINE_SIZE);
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        if (strlen(machines[i].name) == length && memcmp(name, machines[i].name, length) == 0)
            image->facts.machine = machines[i].machine;
    }
}

static bool is_block_size(uint64_t size)
{
    return size >= BLOCK_SIZE_MIN && size <= BLOCK_SIZE_MAX && (size & (size - 1)) == 0;
}

/* What the two headers say of the rest of the file. */
struct layout {
    uint64_t bitmaps;     /* where the first begins */
    uint64_t bitmap_size; /* of each, in bytes */
    uint64_t pages;       /* how many there can be */
    bool is_split;
    uint64_t vmcoreinfo[2]; /* offset and size */
    uint64_t notes[2];
};

static bool read_sub_header(struct kdump *kdump, struct layout *ret)
{
    const unsigned char *sub = vmmap_window_at(&kdump->window, kdump->block_size, SUB_HEADER_SIZE);
    if (!sub)
        return false;
    ret->is_split = vmmap_load_u32(sub + SPLIT_AT) != 0;
    for (size_t i = 0; i < 2; i++) {
        ret->vmcoreinfo[i] = vmmap_load_u64(sub + VMCOREINFO_AT + 8 * i);
        ret->notes[i] = vmmap_load_u64(sub + NOTES_AT + 8 * i);
    }
    if (kdump->version >= VERSION_64)
        ret->pages = vmmap_load_u64(sub + MAX_PAGE_64_AT);
    return true;
}

static struct vmmap_error *read_headers(struct vmmap_image *image, struct kdump *kdump,
                                        struct layout *ret)
{
    const unsigned char *header = vmmap_window_at(&kdump->window, 0, HEADER_SIZE);
    if (!header)
        return vmmap_image_broken(image, "its header is cut off");
    kdump->version = vmmap_load_u32(header + MAGIC_SIZE);
    kdump->block_size = vmmap_load_u32(header + BLOCK_SIZE_AT);
    if (!is_block_size(kdump->block_size))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The memory image %s is kdump-compressed, but not of a 64-bit "
                                  "little-endian machine, or its header is broken.",
                                  image->path);
    if (vmmap_load_u32(header + STATUS_AT) & STATUS_INCOMPLETE)
        image->facts.is_truncated = true;
    take_machine(image, header);
    /* Both are 32 bits wide: the sums below do not overflow. */
    const uint64_t sub_blocks = vmmap_load_u32(header + SUB_BLOCKS_AT);
    const uint64_t bitmap_blocks = vmmap_load_u32(header + BITMAP_BLOCKS_AT);
    *ret = (struct layout){
        .bitmaps = (1 + sub_blocks) * kdump->block_size,
        .bitmap_size = bitmap_blocks / 2 * kdump->block_size,
        .pages = vmmap_load_u32(header + MAX_PAGE_AT),
    };
    kdump->descriptors = ret->bitmaps + bitmap_blocks * kdump->block_size;
    return read_sub_header(kdump, ret) ? NULL : vmmap_image_broken(image, "its header is cut off");
}

static struct vmmap_error *read_facts(struct vmmap_image *image, struct kdump *kdump,
                                      const struct layout *layout)
{
    const struct vmmap_elf elf = {.is_64 = true, .machine = image->facts.machine};
    const struct vmmap_elf_segment notes = {.offset = layout->notes[0],
                                            .file_size = layout->notes[1]};
    struct vmmap_error *error = vmmap_image_take_vmcoreinfo(
        image, &kdump->window, layout->vmcoreinfo[0], layout->vmcoreinfo[1]);
    if (!error && notes.offset != 0)
        error = vmmap_image_read_notes(image, &elf, &kdump->window, &notes);
    return error;
}

static struct vmmap_error *read_bitmaps(struct vmmap_image *image, struct kdump *kdump,
                                        const struct layout *layout)
{
    const uint64_t room = layout->bitmap_size * 8;
    const uint64_t pages = layout->pages < room ? layout->pages : room;
    struct vmmap_error *error = vmmap_page_bitmap_init(image->target, kdump->reader,
                                                       layout->bitmaps, pages, &kdump->existing);
    if (!error)
        error = vmmap_page_bitmap_init(image->target, kdump->reader,
                                       layout->bitmaps + layout->bitmap_size, pages, &kdump->saved);
    if (!error && kdump->saved.pages < pages)
        image->facts.is_truncated = true;
    return error;
}

static struct vmmap_error *kdump_open(struct vmmap_image *image)
{
    struct kdump *kdump = calloc(1, sizeof(*kdump));
    struct layout layout = {.pages = 0};
    if (!kdump)
        return &vmmap_error_no_memory;
    image->state = kdump;
    struct vmmap_error *error = choose_reader(image, kdump);
    if (!error)
        error = read_headers(image, kdump, &layout);
    if (!error && layout.is_split)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                  "The memory image %s is one part of a split dump: join the parts "
                                  "with \"makedumpfile --reassemble PART... NEW-IMAGE\".",
                                  image->path);
    if (!error)
        error = read_facts(image, kdump, &layout);
    if (!error)
        error = read_bitmaps(image, kdump, &layout);
    if (!error)
        image->facts.is_filtered = kdump->existing.set_count > kdump->saved.set_count;
    return error;
}

static void kdump_close(struct vmmap_image *image)
{
    struct kdump *kdump = image->state;
    if (!kdump)
        return;
    vmmap_page_bitmap_deinit(&kdump->existing);
    vmmap_page_bitmap_deinit(&kdump->saved);
    vmmap_flattened_deinit(&kdump->flattened);
    free(kdump);
}

/* Fills kdump->page from `size` bytes of the file that are in `packed`. */
static struct vmmap_error *unpack(struct kdump *kdump, size_t size, uint32_t flags, bool *done)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (flags & methods[i].flag)
            return vmmap_decompress(methods[i].method, kdump->packed, size, kdump->page,
                                    (size_t)kdump->block_size, done);
    }
    *done = size == kdump->block_size;
    if (*done)
        memcpy(kdump->page, kdump->packed, size);
    return NULL;
}

/* Loads a page that is in the file; `*done` is false where it is broken or cut off. */
static struct vmmap_error *load_page(struct kdump *kdump, uint64_t number, bool *done)
{
    *done = kdump->has_page && kdump->page_number == number;
    if (*done)
        return NULL;
    const uint64_t rank = vmmap_page_bitmap_rank(&kdump->saved, number);
    const unsigned char *descriptor = vmmap_window_at(
        &kdump->window, kdump->descriptors + rank * DESCRIPTOR_SIZE, DESCRIPTOR_SIZE);
    if (!descriptor)
        return NULL;
    const uint64_t offset = vmmap_load_u64(descriptor);
    const uint32_t size = vmmap_load_u32(descriptor + 8), flags = vmmap_load_u32(descriptor + 12);
    if (size == 0 || size > kdump->block_size || offset > kdump->reader->size ||
        size > kdump->reader->size - offset)
        return NULL;
    for (size_t at = 0; at < size;) {
        size_t got =
            kdump->reader->read(kdump->reader->context, offset + at, kdump->packed + at, size - at);
        if (got == 0)
            return NULL;
        at += got;
    }
    kdump->has_page = false;
    struct vmmap_error *error = unpack(kdump, size, flags, done);
    kdump->has_page = *done;
    kdump->page_number = number;
    return error;
}

static struct vmmap_error *kdump_read(struct vmmap_image *image, uint64_t physical, void *bytes,
                                      size_t size, size_t *done)
{
    struct kdump *kdump = image->state;
    const uint64_t number = physical / kdump->block_size;
    if (!vmmap_page_bitmap_test(&kdump->saved, number))
        return NULL;
    bool loaded;
    struct vmmap_error *error = load_page(kdump, number, &loaded);
    if (error || !loaded)
        return error;
    const size_t offset = physical % kdump->block_size;
    const size_t left = (size_t)kdump->block_size - offset;
    *done = size < left ? size : left;
    memcpy(bytes, kdump->page + offset, *done);
    return NULL;
}

/* Pages up to the next at which one of the bitmaps changes. */
static bool kdump_next_range(struct vmmap_image *image, uint64_t from,
                             struct vmmap_image_range *ret)
{
    struct kdump *kdump = image->state;
    uint64_t page = from / kdump->block_size;
    const uint64_t existing = vmmap_page_bitmap_next(&kdump->existing, page, true);
    const uint64_t saved = vmmap_page_bitmap_next(&kdump->saved, page, true);
    page = existing < saved ? existing : saved;
    if (page >= kdump->saved.pages)
        return false;
    const bool is_saved = vmmap_page_bitmap_test(&kdump->saved, page);
    uint64_t end = vmmap_page_bitmap_next(&kdump->saved, page, !is_saved);
    if (!is_saved) {
        const uint64_t hole = vmmap_page_bitmap_next(&kdump->existing, page, false);
        end = hole < end ? hole : end;
    }
    *ret = (struct vmmap_image_range){
        page * kdump->block_size,
        end * kdump->block_size - 1,
        is_saved ? VMMAP_IMAGE_SAVED : VMMAP_IMAGE_NOT_SAVED,
    };
    return true;
}

const struct vmmap_image_format vmmap_image_kdump = {
    .name = "kdump-compressed",
    .detect = kdump_detect,
    .open = kdump_open,
    .close = kdump_close,
    .read = kdump_read,
    .next_range = kdump_next_range,
};
