/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The text of a /proc/PID/maps file, as a hostile stub may send it. */

#include <string.h>

#include "fuzz.h"
#include "providers/maps_text.h"

static void check_region(const struct vmmap_region *region, size_t size)
{
    REQUIRE(region->start <= region->last);
    REQUIRE(region->perms.known == VMMAP_PERM_ALL);
    REQUIRE((region->perms.set & ~region->perms.known) == 0);
    REQUIRE(region->has_offset && !region->label);
    REQUIRE(region->origin == VMMAP_ORIGIN_PROCFS);
    if (region->name) {
        REQUIRE(region->name[0] != '\0');
        REQUIRE(strlen(region->name) < size && !strchr(region->name, '\n'));
    }
}

static void check_map(const struct vmmap_map *map, size_t size)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *region = &map->regions[i];
        check_region(region, size);
        REQUIRE(i == 0 || region[-1].last < region->start);
        REQUIRE(vmmap_map_find(map, region->start) == i);
        REQUIRE(vmmap_map_find(map, region->last) == i);
        REQUIRE(vmmap_map_lower_bound(map, region->last) == i);
    }
    REQUIRE(map->exact == (map->note_count == 0));
}

/* Laid over itself a map stays what it is. */
static void check_overlay(struct vmmap_map *map)
{
    const size_t count = map->count;
    REQUIRE(vmmap_map_overlay(map, map) == NULL);
    REQUIRE(map->count == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_map *map;
    REQUIRE(vmmap_map_create(&map) == NULL);
    REQUIRE(vmmap_map_fill_from_maps_text(map, (const char *)data, size) == NULL);
    /* The shortest line there can be. */
    REQUIRE(map->count <= size / strlen("0-1 r--p 0 0:0 0"));
    check_map(map, size);
    check_overlay(map);
    check_map(map, size);
    vmmap_map_destroy(map);
    return 0;
}
