/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A file that claims to be a saved map. What is accepted comes out of the renderer and is accepted
 * again, as the same text. */

#include <string.h>

#include "fuzz.h"
#include "providers/manual/saved_map.h"
#include "render/render.h"

static const struct vmmap_target target;

static struct vmmap_map *read_map(const char *text, size_t size)
{
    struct vmmap_map *map;
    REQUIRE(!vmmap_map_create(&map));
    struct vmmap_error *error = vmmap_saved_map_read(&target, "It", text, size, map);
    if (!error)
        return map;
    vmmap_error_destroy(error);
    vmmap_map_destroy(map);
    return NULL;
}

static struct vmmap_buffer render(const struct vmmap_map *map)
{
    const struct vmmap_filter filter = {.kind = VMMAP_FILTER_NONE};
    struct vmmap_selection selection;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    REQUIRE(!vmmap_selection_init(map, &filter, &selection));
    const struct vmmap_view view = {.map = map, .filter = &filter, .selection = &selection};
    vmmap_render_json(&text, &view);
    vmmap_selection_deinit(&selection);
    REQUIRE(!vmmap_buffer_status(&text));
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_map *map = read_map((const char *)data, size);
    if (!map)
        return 0;
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *region = &map->regions[i];
        REQUIRE(region->start <= region->last);
        REQUIRE(i == 0 || map->regions[i - 1].last < region->start);
        REQUIRE((region->perms.set & ~region->perms.known) == 0);
    }
    struct vmmap_buffer first = render(map);
    struct vmmap_map *again = read_map(first.data, first.size);
    REQUIRE(again && again->count == map->count);
    struct vmmap_buffer second = render(again);
    REQUIRE(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    vmmap_buffer_deinit(&second);
    vmmap_buffer_deinit(&first);
    vmmap_map_destroy(again);
    vmmap_map_destroy(map);
    return 0;
}
