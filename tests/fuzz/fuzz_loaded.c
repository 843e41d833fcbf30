/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The memory of a process whose ELF headers, dynamic section and list of loaded files may be
 * anything. The first 64 bytes are the values of AT_PHDR, AT_PHENT, AT_BASE, AT_EXECFN and
 * AT_SYSINFO_EHDR; the rest is the memory from 0x10000 on, and again at every multiple of it below
 * 2^32, so that addresses hit it often.
 */

#include <elf.h>
#include <string.h>

#include "fuzz.h"
#include "providers/process/loaded.h"

enum { HEADER_SIZE = 64, REPEAT = 0x10000 };

struct memory {
    const uint8_t *bytes;
    size_t size;
    size_t reads;
};

static size_t read_memory(void *context, uint64_t address, void *ret, size_t size)
{
    struct memory *memory = context;
    uint64_t at = address % REPEAT;
    memory->reads++;
    if (address < REPEAT || address > UINT32_MAX || at >= memory->size)
        return 0;
    size = size < memory->size - at ? size : memory->size - (size_t)at;
    memcpy(ret, memory->bytes + at, size);
    return size;
}

static void check_image(const struct vmmap_loaded_elf *image)
{
    REQUIRE(image->count >= 1 && image->count <= VMMAP_LOADED_ELF_MAX_SEGMENTS);
    for (size_t i = 0; i < image->count; i++) {
        const struct vmmap_loaded_elf_segment *segment = &image->segments[i];
        REQUIRE(segment->start < segment->last);
        REQUIRE(segment->start % 0x1000 == 0 && segment->last % 0x1000 == 0xfff);
        REQUIRE(segment->anonymous - segment->start <= segment->last - segment->start + 1);
    }
    REQUIRE(vmmap_loaded_elf_last(image) == image->segments[image->count - 1].last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned int types[] = {AT_PHDR, AT_PHENT, AT_BASE, AT_EXECFN, AT_SYSINFO_EHDR};
    struct vmmap_auxv auxv = {.known = 0};
    if (size < HEADER_SIZE)
        return 0;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        memcpy(&auxv.values[types[i]], data + 8 * i, 8);
        auxv.known |= UINT64_C(1) << types[i];
    }
    struct memory memory = {data + HEADER_SIZE, size - HEADER_SIZE, 0};
    const struct vmmap_reader reader = {&memory, UINT64_MAX, read_memory};
    struct vmmap_loaded loaded;
    REQUIRE(vmmap_loaded_init(&reader, &auxv, 0x1000, &loaded) == NULL);
    REQUIRE(loaded.program == SIZE_MAX || loaded.program < loaded.count);
    for (size_t i = 0; i < loaded.count; i++) {
        check_image(&loaded.files[i].image);
        REQUIRE(!loaded.files[i].name || loaded.files[i].name[0] != '\0');
    }
    REQUIRE(memory.reads < 200000);
    vmmap_loaded_deinit(&loaded);
    return 0;
}
