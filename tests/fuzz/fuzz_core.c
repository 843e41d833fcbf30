/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is a core file: the map of it is in order, and the threads of it can be read. */

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "providers/provider.h"

static int core_fd = -1;

static struct vmmap_error *core_path(void *context, struct vmmap_buffer *ret)
{
    (void)context;
    vmmap_buffer_printf(ret, "/proc/self/fd/%d", core_fd);
    return vmmap_buffer_status(ret);
}

static struct vmmap_error *symbol_address(void *context, const char *name, uint64_t *ret)
{
    (void)context;
    (void)name;
    *ret = 0x1000;
    return NULL;
}

static struct vmmap_error *executable_id(void *context, struct vmmap_buffer *ret)
{
    (void)context;
    vmmap_buffer_append_string(ret, "abcd");
    return vmmap_buffer_status(ret);
}

static const struct vmmap_target target = {
    .core_path = core_path,
    .symbol_address = symbol_address,
    .executable_id = executable_id,
};

static void check(const struct vmmap_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        const struct vmmap_region *region = &map->regions[i];
        REQUIRE(region->start <= region->last);
        REQUIRE(i == 0 || region[-1].last < region->start);
        REQUIRE((region->perms.set & ~region->perms.known) == 0);
        REQUIRE(region->saved == 0 || region->saved - 1 <= vmmap_region_extent(region));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (core_fd < 0)
        core_fd = memfd_create("core", MFD_CLOEXEC);
    REQUIRE(core_fd >= 0 && ftruncate(core_fd, 0) == 0);
    REQUIRE(pwrite(core_fd, data, size, 0) == (ssize_t)size);
    const struct vmmap_target_info info = {.kind = VMMAP_TARGET_CORE};
    struct vmmap_map *map;
    struct vmmap_error *error = vmmap_map_create(&map);
    if (error)
        return 0;
    error = vmmap_provider_core.fill(&target, &info, map);
    if (!error)
        check(map);
    vmmap_error_destroy(error);
    vmmap_map_destroy(map);

    struct vmmap_thread threads[] = {{.tid = 1}, {.tid = 10}, {.tid = 4242}};
    vmmap_error_destroy(vmmap_provider_core.complete_threads(&target, threads, 3));
    return 0;
}
