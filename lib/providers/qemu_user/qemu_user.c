/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The map of a program under QEMU's user mode emulation, from the best source at hand: see
 * docs/qemu-user.md.
 */

#include "providers/qemu_user/qemu_user.h"

#include "providers/maps_text.h"
#include "providers/process/probe.h"
#include "providers/settings.h"

static const struct way {
    const char *name;
    struct vmmap_error *(*fill)(const struct vmmap_target *target,
                                const struct vmmap_target_info *info, struct vmmap_map *map);
} ways[] = {
    [VMMAP_QEMU_USER_AUTO] = {"auto", NULL},
    [VMMAP_QEMU_USER_VFILE] = {"vfile", vmmap_qemu_vfile_fill},
    [VMMAP_QEMU_USER_HOST] = {"host", vmmap_qemu_host_fill},
    [VMMAP_QEMU_USER_PROBE] = {"probe", vmmap_probe_fill},
    [VMMAP_QEMU_USER_FULL] = {"full", vmmap_full_range_fill},
};

enum { WAY_COUNT = sizeof(ways) / sizeof(ways[0]) };

const char *vmmap_qemu_user_way_name(unsigned int way)
{
    return way < WAY_COUNT ? ways[way].name : NULL;
}

/* The same path and the same bytes that the guest itself would read: QEMU resolves it for the
 * guest, so no PID is involved. */
struct vmmap_error *vmmap_qemu_vfile_fill(const struct vmmap_target *target,
                                          const struct vmmap_target_info *info,
                                          struct vmmap_map *map)
{
    (void)info;
    if (!target->read_file)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "There is no access to remote files.");
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    struct vmmap_error *error =
        target->read_file(target->context, "/proc/self/maps", VMMAP_MAPS_TEXT_LIMIT, &text);
    if (!error) {
        error = vmmap_map_fill_from_maps_text(map, text.data, text.size);
    } else if (!vmmap_error_is_fatal(error)) {
        vmmap_error_destroy(error);
        error = vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                   "QEMU's stub does not serve the guest's /proc/self/maps (that "
                                   "of QEMU 8.1 and later does).");
    }
    vmmap_buffer_deinit(&text);
    if (error)
        return error;
    if (map->count == 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "What QEMU's stub serves as the guest's /proc/self/maps has no "
                                  "row in it.");
    map->provider = "vfile";
    return vmmap_map_add_note(map, "This is the guest's own /proc/self/maps, served by QEMU.");
}

static bool qemu_user_applies(const struct vmmap_target *target,
                              const struct vmmap_target_info *info)
{
    (void)target;
    return info->kind == VMMAP_TARGET_QEMU_USER;
}

/* A stub that went away must not be taken for one that tells nothing. */
static struct vmmap_error *check_presence(const struct vmmap_target *target)
{
    struct vmmap_target_info info = {.kind = VMMAP_TARGET_NONE};
    struct vmmap_error *error = target->describe(target->context, &info);
    if (!error && info.kind == VMMAP_TARGET_NONE)
        error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "The connection to QEMU was lost.");
    return error;
}

static struct vmmap_error *try_all(const struct vmmap_target *target,
                                   const struct vmmap_target_info *info, struct vmmap_map *map)
{
    struct vmmap_error *error = NULL;
    for (size_t i = VMMAP_QEMU_USER_AUTO + 1; i < WAY_COUNT && !error && map->count == 0; i++) {
        error = vmmap_map_note_error(map, ways[i].fill(target, info, map));
        if (!error && map->count == 0)
            error = check_presence(target);
    }
    return error;
}

static struct vmmap_error *qemu_user_fill(const struct vmmap_target *target,
                                          const struct vmmap_target_info *info,
                                          struct vmmap_map *map)
{
    const enum vmmap_qemu_user_way chosen = info->settings->qemu_user;
    return chosen == VMMAP_QEMU_USER_AUTO ? try_all(target, info, map)
                                          : ways[chosen].fill(target, info, map);
}

const struct vmmap_provider vmmap_provider_qemu_user = {
    .name = "qemu-user",
    .applies = qemu_user_applies,
    .fill = qemu_user_fill,
};
