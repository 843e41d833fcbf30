/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/elf.h"

#include <string.h>

#include "base/bytes.h"

/* A field of a structure that exists in both classes, in the file's byte order. */
#define FIELD(elf, bytes, structure, field)                                                        \
    ((elf)->is_64                                                                                  \
         ? vmmap_bytes_load((const char *)(bytes) + offsetof(Elf64_##structure, field),            \
                            sizeof(((Elf64_##structure *)NULL)->field), (elf)->big_endian)         \
         : vmmap_bytes_load((const char *)(bytes) + offsetof(Elf32_##structure, field),            \
                            sizeof(((Elf32_##structure *)NULL)->field), (elf)->big_endian))

static bool parse_identification(const unsigned char *bytes, size_t size, struct vmmap_elf *ret)
{
    if (size < EI_NIDENT || memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return false;
    unsigned char class = bytes[EI_CLASS], order = bytes[EI_DATA];
    ret->is_64 = class == ELFCLASS64;
    ret->big_endian = order == ELFDATA2MSB;
    return (ret->is_64 || class == ELFCLASS32) && (ret->big_endian || order == ELFDATA2LSB) &&
           size >= (ret->is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
}

bool vmmap_elf_parse(const void *bytes, size_t size, struct vmmap_elf *ret)
{
    struct vmmap_elf elf = {.is_64 = false};
    if (!parse_identification(bytes, size, &elf))
        return false;
    elf.type = (uint16_t)FIELD(&elf, bytes, Ehdr, e_type);
    elf.machine = (uint16_t)FIELD(&elf, bytes, Ehdr, e_machine);
    elf.entry = FIELD(&elf, bytes, Ehdr, e_entry);
    elf.program_offset = FIELD(&elf, bytes, Ehdr, e_phoff);
    elf.section_offset = FIELD(&elf, bytes, Ehdr, e_shoff);
    elf.program_entry_size = (uint16_t)FIELD(&elf, bytes, Ehdr, e_phentsize);
    elf.program_count = (uint16_t)FIELD(&elf, bytes, Ehdr, e_phnum);
    elf.section_entry_size = (uint16_t)FIELD(&elf, bytes, Ehdr, e_shentsize);
    elf.section_count = (uint16_t)FIELD(&elf, bytes, Ehdr, e_shnum);
    *ret = elf;
    return true;
}

size_t vmmap_elf_segment_size(const struct vmmap_elf *elf)
{
    return elf->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

bool vmmap_elf_segment_parse(const struct vmmap_elf *elf, const void *bytes, size_t size,
                             struct vmmap_elf_segment *ret)
{
    if (size < vmmap_elf_segment_size(elf))
        return false;
    *ret = (struct vmmap_elf_segment){
        .type = (uint32_t)FIELD(elf, bytes, Phdr, p_type),
        .flags = (uint32_t)FIELD(elf, bytes, Phdr, p_flags),
        .offset = FIELD(elf, bytes, Phdr, p_offset),
        .address = FIELD(elf, bytes, Phdr, p_vaddr),
        .file_size = FIELD(elf, bytes, Phdr, p_filesz),
        .memory_size = FIELD(elf, bytes, Phdr, p_memsz),
        .alignment = FIELD(elf, bytes, Phdr, p_align),
    };
    return true;
}
