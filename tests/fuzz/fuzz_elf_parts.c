/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An ELF file that somebody else made: program headers, sections and their names. The first byte
 * says by how much it is to be moved. */

#include <string.h>

#include "fuzz.h"
#include "providers/manual/elf_parts.h"

static const struct vmmap_target target;

struct bytes {
    const uint8_t *data;
    size_t size;
};

static size_t read_bytes(void *context, uint64_t offset, void *ret, size_t size)
{
    const struct bytes *bytes = context;
    REQUIRE(offset <= bytes->size && size <= bytes->size - offset);
    memcpy(ret, bytes->data + offset, size);
    return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes bytes = {data + 1, size - 1};
    const struct vmmap_reader reader = {&bytes, bytes.size, read_bytes};
    struct vmmap_window window;
    struct vmmap_map *map;
    vmmap_window_init(&window, &reader);
    REQUIRE(!vmmap_map_create(&map));
    const uint64_t slide = (uint64_t)(int64_t)(int8_t)data[0] * 0x1000;
    struct vmmap_error *error = vmmap_elf_parts_add(&target, &window, "file", slide, map);
    REQUIRE(error || map->count > 0);
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *region = &map->regions[i];
        REQUIRE(region->start <= region->last);
        REQUIRE(i == 0 || map->regions[i - 1].last < region->start);
        REQUIRE(strcmp(region->name, "file") == 0);
        REQUIRE(!region->label || strlen(region->label) < VMMAP_ELF_NAME_SIZE);
    }
    vmmap_error_destroy(error);
    vmmap_map_destroy(map);
    return 0;
}
