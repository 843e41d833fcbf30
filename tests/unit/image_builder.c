/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image_builder.h"

#include <dlfcn.h>
#include <elf.h>
#include <string.h>

#include "support.h"

enum { PAGE = 0x1000 };

const char image_vmcoreinfo[] = "OSRELEASE=6.1.0\nNUMBER(phys_base)=0\n";

static const uint64_t pages[] = {1, 2, 5};

unsigned char image_byte(uint64_t physical)
{
    return (unsigned char)(physical / PAGE * 16 + physical % 251);
}

static void append_zeros(struct vmmap_buffer *buffer, size_t size)
{
    char *bytes = vmmap_buffer_reserve(buffer, size);
    ck_assert_ptr_nonnull(bytes);
    memset(bytes, 0, size);
    buffer->size += size;
}

static void append_page(struct vmmap_buffer *buffer, uint64_t page)
{
    for (uint64_t at = page * PAGE; at < (page + 1) * PAGE; at++)
        vmmap_buffer_append(buffer, &(unsigned char){image_byte(at)}, 1);
}

void image_put(struct vmmap_buffer *buffer, size_t at, uint64_t value, size_t size)
{
    ck_assert_uint_le(at + size, buffer->size);
    for (size_t i = 0; i < size; i++, value >>= 8)
        buffer->data[at + i] = (char)value;
}

static void append_number(struct vmmap_buffer *buffer, uint64_t value, size_t size)
{
    append_zeros(buffer, size);
    image_put(buffer, buffer->size - size, value, size);
}

/* QEMUCPUState, 440 bytes: rsp and rip are 0x1001 and 0x2002, cr0 cr3 cr4 idt, 64-bit code. */
static void build_qemu_note(struct vmmap_buffer *ret)
{
    append_zeros(ret, 440);
    image_put(ret, 0, 1, 4);
    image_put(ret, 4, 440, 4);
    image_put(ret, 56, 0x1001, 8);
    image_put(ret, 136, 0x2002, 8);
    image_put(ret, 160, 1 << 21, 4);
    image_put(ret, 152 + 4 * 24 + 16, 0x4004, 8);
    image_put(ret, 152 + 9 * 24 + 16, 0x3003, 8);
    image_put(ret, 392, 0x80000001, 8);
    image_put(ret, 416, 0x5000, 8);
    image_put(ret, 424, 0x20, 8);
    image_put(ret, 432, 0x6006, 8);
}

static void append_note(struct vmmap_buffer *ret, const char *owner, uint32_t type,
                        const void *data, size_t size)
{
    const size_t owner_size = strlen(owner) + 1;
    append_number(ret, owner_size, 4);
    append_number(ret, size, 4);
    append_number(ret, type, 4);
    vmmap_buffer_append(ret, owner, owner_size);
    append_zeros(ret, -owner_size % 4);
    vmmap_buffer_append(ret, data, size);
    append_zeros(ret, -size % 4);
}

static void build_notes(struct vmmap_buffer *ret)
{
    struct vmmap_buffer qemu = VMMAP_BUFFER_INIT;
    unsigned char prstatus[336] = {0};
    build_qemu_note(&qemu);
    append_note(ret, "CORE", NT_PRSTATUS, prstatus, sizeof(prstatus));
    append_note(ret, "QEMU", 0, qemu.data, qemu.size);
    append_note(ret, "VMCOREINFO", 0, image_vmcoreinfo, sizeof(image_vmcoreinfo) - 1);
    vmmap_buffer_deinit(&qemu);
}

static void append_elf_header(struct vmmap_buffer *ret, uint16_t segment_count)
{
    const Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_phoff = sizeof(header),
        .e_ehsize = 8, /* as QEMU 7.2 writes it */
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = segment_count,
    };
    vmmap_buffer_append(ret, &header, sizeof(header));
}

/* Virtual addresses are nonsense: only physical ones count. */
static void build_elf(struct vmmap_buffer *ret)
{
    struct vmmap_buffer notes = VMMAP_BUFFER_INIT;
    build_notes(&notes);
    const Elf64_Off data = sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr);
    const Elf64_Phdr segments[] = {
        {.p_type = PT_NOTE, .p_offset = data, .p_filesz = notes.size},
        {.p_type = PT_LOAD,
         .p_vaddr = 0xffff888000000000,
         .p_paddr = PAGE,
         .p_offset = data + notes.size,
         .p_filesz = 2 * PAGE,
         .p_memsz = 2 * PAGE},
        {.p_type = PT_LOAD, .p_paddr = 5 * PAGE, .p_memsz = PAGE},
    };
    append_elf_header(ret, 3);
    vmmap_buffer_append(ret, segments, sizeof(segments));
    vmmap_buffer_append(ret, notes.data, notes.size);
    append_page(ret, 1);
    append_page(ret, 2);
    vmmap_buffer_deinit(&notes);
}

/* A page as zlib packs it, by the library that will unpack it: dpkg depends on it. */
static void pack_page(uint64_t page, struct vmmap_buffer *ret)
{
    struct vmmap_buffer plain = VMMAP_BUFFER_INIT;
    unsigned char packed[2 * PAGE];
    unsigned long size = sizeof(packed);
    int (*compress)(void *, unsigned long *, const void *, unsigned long);
    void *library = dlopen("libz.so.1", RTLD_NOW);
    ck_assert_ptr_nonnull(library);
    *(void **)&compress = dlsym(library, "compress");
    append_page(&plain, page);
    ck_assert_int_eq(compress(packed, &size, plain.data, plain.size), 0);
    ck_assert_uint_lt(size, PAGE);
    vmmap_buffer_append(ret, packed, size);
    vmmap_buffer_deinit(&plain);
    dlclose(library);
}

static void append_descriptor(struct vmmap_buffer *ret, uint64_t offset, uint32_t size,
                              uint32_t flags)
{
    append_number(ret, offset, 8);
    append_number(ret, size, 4);
    append_number(ret, flags, 4);
    append_number(ret, 0, 8);
}

/* Page 1 as it is, page 2 packed, page 5 not there. */
static void build_kdump(struct vmmap_buffer *ret)
{
    struct vmmap_buffer notes = VMMAP_BUFFER_INIT, packed = VMMAP_BUFFER_INIT;
    const size_t bitmaps = 3 * PAGE, descriptors = 5 * PAGE, data = 6 * PAGE;
    build_notes(&notes);
    pack_page(2, &packed);
    append_zeros(ret, data);
    memcpy(ret->data, "KDUMP   ", 8);
    image_put(ret, 8, 6, 4);
    memcpy(ret->data + 12 + 4 * 65, "x86_64", 6);
    image_put(ret, 428, PAGE, 4);
    image_put(ret, 432, 2, 4); /* blocks of the sub header: it and the notes */
    image_put(ret, 436, 2, 4);
    image_put(ret, PAGE + 32, 2 * PAGE + notes.size, 8);
    image_put(ret, PAGE + 40, sizeof(image_vmcoreinfo) - 1, 8);
    image_put(ret, PAGE + 48, 2 * PAGE, 8);
    image_put(ret, PAGE + 56, notes.size, 8);
    image_put(ret, PAGE + 96, 6, 8);
    memcpy(ret->data + 2 * PAGE, notes.data, notes.size);
    memcpy(ret->data + 2 * PAGE + notes.size, image_vmcoreinfo, sizeof(image_vmcoreinfo) - 1);
    ret->data[bitmaps] = 1 << 1 | 1 << 2 | 1 << 5;
    ret->data[bitmaps + PAGE] = 1 << 1 | 1 << 2;
    const size_t size = ret->size;
    ret->size = descriptors;
    append_descriptor(ret, data, PAGE, 0);
    append_descriptor(ret, data + PAGE, (uint32_t)packed.size, 1);
    ret->size = size;
    append_page(ret, 1);
    vmmap_buffer_append(ret, packed.data, packed.size);
    vmmap_buffer_deinit(&packed);
    vmmap_buffer_deinit(&notes);
}

static void append_big_endian(struct vmmap_buffer *ret, uint64_t value)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        vmmap_buffer_append(ret, &(unsigned char){(unsigned char)(value >> shift)}, 1);
}

static void append_piece(struct vmmap_buffer *ret, const struct vmmap_buffer *file, size_t start,
                         size_t size)
{
    append_big_endian(ret, start);
    append_big_endian(ret, size);
    vmmap_buffer_append(ret, file->data + start, size);
}

/* Out of order, with the header first as zeros and again when it is known, and a hole left out. */
static void build_flattened(struct vmmap_buffer *ret)
{
    struct vmmap_buffer file = VMMAP_BUFFER_INIT, zeros = VMMAP_BUFFER_INIT;
    build_kdump(&file);
    append_zeros(&zeros, PAGE);
    append_zeros(ret, PAGE);
    memcpy(ret->data, "makedumpfile", 12);
    image_put(ret, 23, 1, 1);
    image_put(ret, 31, 1, 1);
    append_piece(ret, &zeros, 0, PAGE);
    append_piece(ret, &file, 6 * PAGE, file.size - 6 * PAGE);
    append_piece(ret, &file, 3 * PAGE, 2 * PAGE);
    append_piece(ret, &file, 5 * PAGE, 48);
    append_piece(ret, &file, PAGE, 2 * PAGE);
    append_piece(ret, &file, 0, 464);
    append_big_endian(ret, UINT64_MAX);
    append_big_endian(ret, UINT64_MAX);
    vmmap_buffer_deinit(&file);
    vmmap_buffer_deinit(&zeros);
}

static void append_lime_range(struct vmmap_buffer *ret, uint64_t first_page, uint64_t count)
{
    vmmap_buffer_append(ret, "EMiL", 4);
    append_number(ret, 1, 4);
    append_number(ret, first_page * PAGE, 8);
    append_number(ret, (first_page + count) * PAGE - 1, 8);
    append_number(ret, 0, 8);
    for (uint64_t i = 0; i < count; i++)
        append_page(ret, first_page + i);
}

static void build_lime(struct vmmap_buffer *ret)
{
    append_lime_range(ret, 1, 2);
    append_lime_range(ret, 5, 1);
}

/* Where fields are in the header of either width. */
struct dmp_fields {
    const char *magic;
    size_t header;
    size_t word;
    size_t modules, processes, machine, debugger_data, runs, ip, sp, type;
    uint32_t image_machine;
};

static const struct dmp_fields dmp_64 = {
    "PAGEDU64",   2 * PAGE,     8,     0x20,   0x28, 0x30, 0x80, 0x88,
    0x348 + 0xf8, 0x348 + 0x98, 0xf98, 0x8664,
};
static const struct dmp_fields dmp_32 = {
    "PAGEDUMP", PAGE, 4, 0x18, 0x1c, 0x20, 0x60, 0x64, 0x320 + 0xb8, 0x320 + 0xc4, 0xf88, 0x14c,
};

static void append_dmp_header(struct vmmap_buffer *ret, const struct dmp_fields *fields,
                              uint32_t type)
{
    while (ret->size < fields->header)
        vmmap_buffer_append(ret, "PAGE", 4);
    memcpy(ret->data, fields->magic, 8);
    image_put(ret, 0xc, 19041, 4);
    image_put(ret, 0x10, 0x5000, fields->word);
    image_put(ret, fields->processes, 0x80001000, fields->word); /* the modules stay unset */
    image_put(ret, fields->machine, fields->image_machine, 4);
    image_put(ret, fields->debugger_data, 0x80002000, fields->word);
    image_put(ret, fields->ip, 0x2002, fields->word);
    image_put(ret, fields->sp, 0x1001, fields->word);
    image_put(ret, fields->type, type, 4);
    if (fields->word == 4)
        image_put(ret, 0x5c, 1, 1);
}

static void build_dmp(const struct dmp_fields *fields, struct vmmap_buffer *ret)
{
    append_dmp_header(ret, fields, 1);
    const size_t word = fields->word;
    const uint64_t runs[] = {2, 3, 1, 2, 5, 1}; /* count, pages, then base and count of each */
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
        image_put(ret, fields->runs + i * word, runs[i], word);
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        append_page(ret, pages[i]);
}

static void build_dmp_bitmap(const struct dmp_fields *fields, struct vmmap_buffer *ret)
{
    const size_t data = fields->header + PAGE;
    append_dmp_header(ret, fields, 5);
    append_zeros(ret, PAGE);
    memcpy(ret->data + fields->header, "SDMPDUMP", 8);
    image_put(ret, fields->header + 0x20, data, 8);
    image_put(ret, fields->header + 0x28, 2, 8);
    image_put(ret, fields->header + 0x30, 8, 8);
    ret->data[fields->header + 0x38] = 1 << 1 | 1 << 2;
    append_page(ret, 1);
    append_page(ret, 2);
}

void image_build(enum image_kind kind, struct vmmap_buffer *ret)
{
    switch (kind) {
    case IMAGE_ELF:
        build_elf(ret);
        break;
    case IMAGE_KDUMP:
        build_kdump(ret);
        break;
    case IMAGE_KDUMP_FLATTENED:
        build_flattened(ret);
        break;
    case IMAGE_LIME:
        build_lime(ret);
        break;
    case IMAGE_DMP64:
    case IMAGE_DMP32:
        build_dmp(kind == IMAGE_DMP64 ? &dmp_64 : &dmp_32, ret);
        break;
    case IMAGE_DMP64_BITMAP:
    case IMAGE_DMP32_BITMAP:
        build_dmp_bitmap(kind == IMAGE_DMP64_BITMAP ? &dmp_64 : &dmp_32, ret);
        break;
    case IMAGE_RAW:
        append_page(ret, 1);
        append_page(ret, 2);
        break;
    case IMAGE_KIND_COUNT:
        break;
    }
    ck_assert(!ret->failed);
}
