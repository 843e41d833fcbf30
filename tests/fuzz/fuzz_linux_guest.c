/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is the physical memory of a machine, from address 0 on, in which a Linux kernel may be:
 * its tasks and their regions, in bounded time and memory. */

#include <string.h>

#include "fuzz.h"
#include "os/linux_guest.h"

enum { PROCESSES_ASKED = 16, REGIONS_MOST = 1 << 16 };

/* The longest are the image, searched three times a word at a time, and nodes of trees. */
#define READS_MOST (UINT64_C(1) << 24)

struct ram {
    const uint8_t *bytes;
    size_t size;
    uint64_t reads;
};

static struct vmmap_error *read_ram(void *context, uint64_t physical, void *bytes, size_t size)
{
    struct ram *ram = context;
    REQUIRE(++ram->reads < READS_MOST);
    if (physical > ram->size || size > ram->size - physical)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "There is no memory.");
    memcpy(bytes, ram->bytes + physical, size);
    return NULL;
}

static bool next_range(void *context, uint64_t from, uint64_t *first, uint64_t *last)
{
    const struct ram *ram = context;
    *first = 0;
    *last = ram->size - 1;
    return from < ram->size;
}

static void check_regions(struct vmmap_linux_guest *guest,
                          const struct vmmap_guest_process *process)
{
    struct vmmap_map *map;
    REQUIRE(!vmmap_map_create(&map));
    struct vmmap_error *error = vmmap_linux_guest_regions(guest, process, map);
    REQUIRE(error || map->count < REGIONS_MOST);
    for (size_t i = 0; !error && i < map->count; i++) {
        REQUIRE(map->regions[i].start <= map->regions[i].last);
        REQUIRE(i == 0 || map->regions[i - 1].last < map->regions[i].start);
    }
    vmmap_error_destroy(error);
    vmmap_map_destroy(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ram ram = {data, size, 0};
    const struct vmmap_paging_memory memory = {.context = &ram, .read = read_ram};
    const struct vmmap_linux_source source = {
        .memory = &memory, .peek = read_ram, .next_range = next_range, .context = &ram};
    struct vmmap_linux_guest guest;
    struct vmmap_guest_processes list = {.items = NULL};
    bool complete;
    struct vmmap_error *error = vmmap_linux_guest_open(&source, &guest);
    if (!error)
        error = vmmap_linux_guest_processes(&guest, &list, &complete);
    for (size_t i = 0; !error && i < list.count; i++) {
        REQUIRE(memchr(list.items[i].name, '\0', sizeof(list.items[i].name)));
        REQUIRE(i == 0 || list.items[i - 1].pid <= list.items[i].pid);
        if (i < PROCESSES_ASKED)
            check_regions(&guest, &list.items[i]);
    }
    vmmap_error_destroy(error);
    vmmap_guest_processes_deinit(&list);
    vmmap_linux_guest_close(&guest);
    return 0;
}
