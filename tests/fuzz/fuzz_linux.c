/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A machine whose memory may hold a Linux kernel. Registers: cr0, cr3, cr4, efer; or SCTLR, TCR,
 * TTBR0, TTBR1; or satp and three that are not used. Then an address of code and the seven places.
 * Own flags 0 and 1: the architecture, x86, AArch64 or RISC-V.
 */

#include "fuzz.h"
#include "os/linux.h"
#include "paging_input.h"

#define SEARCH_BYTES (UINT64_C(1) << 20)
/* A word at least for each read of tables (4 MiB) and of what is searched, and what is followed. */
#define MOST_READS ((UINT64_C(4) << 20) / 8 + SEARCH_BYTES / 8 + 4096 * 8)

static struct vmmap_paging_config take_config(struct paging_input *input)
{
    struct vmmap_paging_config config = {.architecture = VMMAP_PAGING_X86};
    uint64_t registers[4];
    for (size_t i = 0; i < 4; i++)
        registers[i] = paging_input_64(input);
    if (paging_input_flag(input, 0)) {
        config.architecture = VMMAP_PAGING_AARCH64;
        config.aarch64 = (struct vmmap_paging_aarch64){.sctlr = registers[0],
                                                       .tcr = registers[1],
                                                       .ttbr0 = registers[2],
                                                       .ttbr1 = registers[3],
                                                       .two_ranges = true};
    } else if (paging_input_flag(input, 1)) {
        config.architecture = VMMAP_PAGING_RISCV;
        config.riscv = (struct vmmap_paging_riscv){.satp = registers[0], .xlen = 64};
    } else {
        config.x86 = (struct vmmap_paging_x86){
            .cr0 = registers[0], .cr3 = registers[1], .cr4 = registers[2], .efer = registers[3]};
    }
    return config;
}

/* Names the whole space and a few pages: the map is the same, but for names and cuts. */
static void check_names(const struct vmmap_kernel_layout *layout, const struct vmmap_region *region)
{
    struct vmmap_map *map;
    uint64_t next = region->start;
    REQUIRE(!vmmap_map_create(&map));
    REQUIRE(!vmmap_map_add(map, region));
    vmmap_map_finish(map, NULL);
    REQUIRE(!vmmap_kernel_layout_name_regions(layout, map));
    REQUIRE(map->count > 0 && map->regions[map->count - 1].last == region->last);
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *part = &map->regions[i];
        REQUIRE(part->start == next && part->last >= part->start && part->start % 4096 == 0);
        REQUIRE(part->physical == region->physical + (part->start - region->start) ||
                !region->has_physical);
        REQUIRE(!part->name || part->name[0] == '[');
        next = part->last + 1;
    }
    vmmap_map_destroy(map);
}

static void check_layout(const struct vmmap_kernel_memory *kernel,
                         const struct vmmap_linux_places *places)
{
    static const struct vmmap_region regions[] = {
        {.last = UINT64_MAX},
        {.start = UINT64_C(0xffff888000000000), .last = UINT64_MAX, .has_physical = true},
        {.last = INT64_MAX, .user = VMMAP_PERM_READ},
    };
    struct vmmap_kernel_layout layout;
    bool found;
    REQUIRE(!vmmap_linux_layout_read(kernel, places, &layout, &found));
    REQUIRE(found == (layout.count > 0) && layout.count <= VMMAP_KERNEL_MAX_AREAS);
    for (size_t i = 0; i < layout.count; i++) {
        const struct vmmap_kernel_area *area = &layout.areas[i];
        REQUIRE(area->start <= area->last && area->name[0] == '[');
        REQUIRE(area->start >> 63 || area->rule == VMMAP_KERNEL_AREA_USER);
    }
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++)
        check_names(&layout, &regions[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct paging_input input = paging_input_over(data, size);
    const struct vmmap_paging_config config = take_config(&input);
    const uint64_t code = paging_input_64(&input);
    struct vmmap_linux_places places, found;
    uint64_t *const numbers[] = {
        &places.banner,       &places.page_offset_base, &places.vmalloc_base,
        &places.vmemmap_base, &places.vmcoreinfo_data,  &places.text,
        &places.end};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        *numbers[i] = paging_input_64(&input);
    places.init_mm_bounds = places.text;
    struct paging_input_memory memory = paging_input_memory(&input);
    const struct vmmap_paging_memory callbacks = {.context = &memory, .read = paging_input_read};
    struct vmmap_kernel_memory kernel = {.config = &config,
                                         .memory = &callbacks,
                                         .search = &callbacks,
                                         .search_bytes = SEARCH_BYTES};
    uint64_t searched = 0;
    REQUIRE(!vmmap_linux_places_search(&kernel, code, &searched, &found));
    REQUIRE(kernel.search_bytes <= SEARCH_BYTES && memory.reads <= MOST_READS);
    check_layout(&kernel, &found);
    check_layout(&kernel, &places);
    free(memory.bytes);
    return 0;
}
