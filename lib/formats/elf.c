/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/elf.h"

#include <string.h>

enum {
    IDENT_SIZE = 16, /* e_ident: magic, class, byte order, ... */
    CLASS_32 = 1,
    CLASS_64 = 2,
    LITTLE_ENDIAN_DATA = 1,
    BIG_ENDIAN_DATA = 2,
    HEADER_SIZE_32 = 52,
    HEADER_SIZE_64 = 64,
    SEGMENT_SIZE_32 = 32,
    SEGMENT_SIZE_64 = 56,
    SECTION_SIZE_32 = 40,
    SECTION_SIZE_64 = 64,
    /* e_phnum when the number does not fit: it is then in sh_info of section 0. */
    COUNT_IN_SECTION_0 = 0xffff,
    INDEX_IN_SECTION_0 = 0xffff, /* likewise e_shstrndx, in sh_link */
    NOTE_HEADER_SIZE = 12,
    NOTE_GNU_BUILD_ID = 3,
    BUILD_ID_MAX = 64, /* SHA-1 has 20 bytes; --build-id=0x... any number */
    IMAGE_SEGMENTS_MAX = 1024,
};

size_t vmmap_elf_word_size(const struct vmmap_elf *elf)
{
    return elf->is_64 ? 8 : 4;
}

uint64_t vmmap_elf_load(const struct vmmap_elf *elf, const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;
    if (elf->is_big_endian) {
        for (size_t i = 0; i < size; i++)
            value = value << 8 | bytes[i];
    } else {
        for (size_t i = size; i > 0; i--)
            value = value << 8 | bytes[i - 1];
    }
    return value;
}

/* Fields are given by their offsets in the 32-bit and the 64-bit form of a structure. */
static uint64_t load_field(const struct vmmap_elf *elf, const unsigned char *bytes, size_t at_32,
                           size_t at_64, size_t size)
{
    return vmmap_elf_load(elf, bytes + (elf->is_64 ? at_64 : at_32), size);
}

static uint64_t load_address(const struct vmmap_elf *elf, const unsigned char *bytes, size_t at_32,
                             size_t at_64)
{
    return load_field(elf, bytes, at_32, at_64, vmmap_elf_word_size(elf));
}

static bool parse_ident(const unsigned char *ident, struct vmmap_elf *ret)
{
    if (memcmp(ident, "\177ELF", 4) != 0 || (ident[4] != CLASS_32 && ident[4] != CLASS_64) ||
        (ident[5] != LITTLE_ENDIAN_DATA && ident[5] != BIG_ENDIAN_DATA))
        return false;
    *ret = (struct vmmap_elf){
        .is_64 = ident[4] == CLASS_64,
        .is_big_endian = ident[5] == BIG_ENDIAN_DATA,
    };
    return true;
}

/* Numbers of segments and sections that are too large for the header are in section 0. */
static void parse_section_0(struct vmmap_window *window, uint64_t offset, struct vmmap_elf *elf)
{
    const unsigned char *section =
        vmmap_window_at(window, offset, elf->is_64 ? SECTION_SIZE_64 : SECTION_SIZE_32);
    if (!section) {
        if (elf->section_count == 0)
            elf->section_count = UINT64_MAX;
        return;
    }
    if (elf->segment_count == COUNT_IN_SECTION_0) {
        uint64_t count = load_field(elf, section, 28, 44, 4);
        elf->segment_count = count ? count : elf->segment_count;
    }
    if (elf->section_count == 0)
        elf->section_count = load_address(elf, section, 20, 32);
    if (elf->names_index == INDEX_IN_SECTION_0)
        elf->names_index = load_field(elf, section, 24, 40, 4);
}

bool vmmap_elf_parse(struct vmmap_window *window, struct vmmap_elf *ret)
{
    const unsigned char *header = vmmap_window_at(window, 0, IDENT_SIZE);
    struct vmmap_elf elf;
    if (!header || !parse_ident(header, &elf))
        return false;
    header = vmmap_window_at(window, 0, elf.is_64 ? HEADER_SIZE_64 : HEADER_SIZE_32);
    if (!header)
        return false;
    elf.type = (uint16_t)vmmap_elf_load(&elf, header + 16, 2);
    elf.machine = (uint16_t)vmmap_elf_load(&elf, header + 18, 2);
    elf.segments_offset = load_address(&elf, header, 28, 32);
    elf.segment_size = (uint16_t)load_field(&elf, header, 42, 54, 2);
    elf.segment_count = load_field(&elf, header, 44, 56, 2);
    elf.section_count = load_field(&elf, header, 48, 60, 2);
    if (elf.segment_count > 0 && elf.segment_size < (elf.is_64 ? SEGMENT_SIZE_64 : SEGMENT_SIZE_32))
        return false;
    elf.sections_offset = load_address(&elf, header, 32, 40);
    elf.section_size = (uint16_t)load_field(&elf, header, 46, 58, 2);
    elf.names_index = load_field(&elf, header, 50, 62, 2);
    if (elf.sections_offset != 0)
        parse_section_0(window, elf.sections_offset, &elf);
    *ret = elf;
    return true;
}

bool vmmap_elf_read_segment(const struct vmmap_elf *elf, struct vmmap_window *window,
                            uint64_t index, struct vmmap_elf_segment *ret)
{
    /* A count is at most 32 bits wide and a size 16: this product does not overflow. */
    uint64_t offset;
    if (__builtin_add_overflow(elf->segments_offset, index * elf->segment_size, &offset))
        return false;
    const unsigned char *bytes =
        vmmap_window_at(window, offset, elf->is_64 ? SEGMENT_SIZE_64 : SEGMENT_SIZE_32);
    if (!bytes)
        return false;
    *ret = (struct vmmap_elf_segment){
        .type = (uint32_t)vmmap_elf_load(elf, bytes, 4),
        .flags = (uint32_t)load_field(elf, bytes, 24, 4, 4),
        .offset = load_address(elf, bytes, 4, 8),
        .address = load_address(elf, bytes, 8, 16),
        .physical = load_address(elf, bytes, 12, 24),
        .file_size = load_address(elf, bytes, 16, 32),
        .memory_size = load_address(elf, bytes, 20, 40),
        .align = load_address(elf, bytes, 28, 48),
    };
    return true;
}

bool vmmap_elf_read_section(const struct vmmap_elf *elf, struct vmmap_window *window,
                            uint64_t index, struct vmmap_elf_section *ret)
{
    const size_t size = elf->is_64 ? SECTION_SIZE_64 : SECTION_SIZE_32;
    uint64_t offset;
    if (elf->sections_offset == 0 || elf->section_size < size ||
        __builtin_mul_overflow(index, elf->section_size, &offset) ||
        __builtin_add_overflow(offset, elf->sections_offset, &offset))
        return false;
    const unsigned char *bytes = vmmap_window_at(window, offset, size);
    if (!bytes)
        return false;
    *ret = (struct vmmap_elf_section){
        .name = (uint32_t)vmmap_elf_load(elf, bytes, 4),
        .type = (uint32_t)vmmap_elf_load(elf, bytes + 4, 4),
        .flags = load_address(elf, bytes, 8, 8),
        .address = load_address(elf, bytes, 12, 16),
        .offset = load_address(elf, bytes, 16, 24),
        .size = load_address(elf, bytes, 20, 32),
    };
    return true;
}

void vmmap_elf_section_name(const struct vmmap_elf *elf, struct vmmap_window *window,
                            const struct vmmap_elf_section *section, char ret[VMMAP_ELF_NAME_SIZE])
{
    struct vmmap_elf_section names;
    uint64_t at;
    ret[0] = '\0';
    if (!vmmap_elf_read_section(elf, window, elf->names_index, &names) ||
        section->name >= names.size || __builtin_add_overflow(names.offset, section->name, &at))
        return;
    uint64_t left = names.size - section->name;
    for (size_t i = 0; i < left && i < VMMAP_ELF_NAME_SIZE - 1; i++) {
        const unsigned char *byte = vmmap_window_at(window, at + i, 1);
        ret[i] = byte ? (char)*byte : '\0';
        ret[i + 1] = '\0';
        if (ret[i] == '\0')
            return;
    }
}

struct vmmap_perms vmmap_elf_segment_perms(const struct vmmap_elf_segment *segment)
{
    struct vmmap_perms perms = {0, VMMAP_PERM_ACCESS};
    if (segment->flags & VMMAP_ELF_READ)
        perms.set |= VMMAP_PERM_READ;
    if (segment->flags & VMMAP_ELF_WRITE)
        perms.set |= VMMAP_PERM_WRITE;
    if (segment->flags & VMMAP_ELF_EXECUTE)
        perms.set |= VMMAP_PERM_EXEC;
    return perms;
}

void vmmap_elf_notes_init(struct vmmap_elf_notes *notes, const struct vmmap_elf *elf,
                          struct vmmap_window *window, const struct vmmap_elf_segment *segment)
{
    uint64_t size = window->reader->size;
    *notes = (struct vmmap_elf_notes){
        .elf = elf,
        .window = window,
        .at = segment->offset < size ? segment->offset : size,
        /* The ABI wants 8 in 64-bit files, all the world writes 4; kernels say 0 or 4, gcore 1. */
        .align = segment->align == 8 ? 8 : 4,
    };
    notes->is_broken = segment->file_size > size - notes->at;
    notes->end = notes->is_broken ? size : notes->at + segment->file_size;
}

static uint64_t align_up(uint64_t value, unsigned int align)
{
    return (value + align - 1) & ~(uint64_t)(align - 1);
}

static void copy_owner(struct vmmap_elf_notes *notes, uint64_t size, struct vmmap_elf_note *ret)
{
    size_t wanted = size < sizeof(ret->owner) ? (size_t)size : sizeof(ret->owner) - 1;
    const unsigned char *owner =
        vmmap_window_at(notes->window, notes->at + NOTE_HEADER_SIZE, wanted);
    if (owner)
        memcpy(ret->owner, owner, wanted);
}

bool vmmap_elf_notes_next(struct vmmap_elf_notes *notes, struct vmmap_elf_note *ret)
{
    uint64_t left = notes->end - notes->at;
    const unsigned char *header = left < NOTE_HEADER_SIZE
                                      ? NULL
                                      : vmmap_window_at(notes->window, notes->at, NOTE_HEADER_SIZE);
    if (!header) {
        notes->is_broken = notes->is_broken || left > 0;
        return false;
    }
    /* Both are 32 bits wide: the sums below do not overflow. */
    uint64_t owner_size = vmmap_elf_load(notes->elf, header, 4);
    uint64_t size = vmmap_elf_load(notes->elf, header + 4, 4);
    *ret = (struct vmmap_elf_note){.type = (uint32_t)vmmap_elf_load(notes->elf, header + 8, 4)};
    uint64_t begin = align_up(NOTE_HEADER_SIZE + owner_size, notes->align);
    if (begin > left) {
        notes->is_broken = true;
        return false;
    }
    copy_owner(notes, owner_size, ret);
    ret->offset = notes->at + begin;
    ret->is_truncated = size > left - begin;
    ret->size = ret->is_truncated ? left - begin : size;
    notes->is_broken = notes->is_broken || ret->is_truncated;
    uint64_t next = align_up(begin + ret->size, notes->align);
    notes->at += next < left ? next : left;
    return true;
}

static bool append_build_id(struct vmmap_elf_notes *notes, struct vmmap_buffer *ret)
{
    struct vmmap_elf_note note;
    while (vmmap_elf_notes_next(notes, &note)) {
        if (note.type != NOTE_GNU_BUILD_ID || strcmp(note.owner, "GNU") != 0 || note.is_truncated ||
            note.size > BUILD_ID_MAX)
            continue;
        const unsigned char *id = vmmap_window_at(notes->window, note.offset, (size_t)note.size);
        for (size_t i = 0; id && i < note.size; i++)
            vmmap_buffer_append_hex(ret, id[i], 2, '0');
        return true;
    }
    return false;
}

void vmmap_elf_append_build_id(const struct vmmap_elf *elf, struct vmmap_window *window,
                               struct vmmap_buffer *ret)
{
    struct vmmap_elf_segment segment;
    for (uint64_t i = 0; i < elf->segment_count && i < IMAGE_SEGMENTS_MAX &&
                         vmmap_elf_read_segment(elf, window, i, &segment);
         i++) {
        if (segment.type != VMMAP_ELF_SEGMENT_NOTE)
            continue;
        struct vmmap_elf_notes notes;
        vmmap_elf_notes_init(&notes, elf, window, &segment);
        if (append_build_id(&notes, ret))
            return;
    }
}
