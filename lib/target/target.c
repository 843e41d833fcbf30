/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "target/target.h"

#include <stdlib.h>

struct vmmap_error *vmmap_target_poll(const struct vmmap_target *target)
{
    return target->poll ? target->poll(target->context) : NULL;
}

struct vmmap_error *vmmap_target_threads(const struct vmmap_target *target,
                                         struct vmmap_thread **ret, size_t *count)
{
    *ret = NULL;
    *count = 0;
    struct vmmap_error *error =
        target->threads ? target->threads(target->context, ret, count) : NULL;
    if (error && vmmap_error_is_fatal(error)) {
        free(*ret);
        *ret = NULL;
        *count = 0;
    }
    return error;
}

bool vmmap_target_is_machine(const struct vmmap_target_info *info)
{
    return info->kind == VMMAP_TARGET_QEMU_SYSTEM || info->kind == VMMAP_TARGET_IMAGE;
}

const char *vmmap_target_kind_name(enum vmmap_target_kind kind)
{
    static const char *const names[] = {
        [VMMAP_TARGET_NONE] = "none",
        [VMMAP_TARGET_NATIVE] = "native",
        [VMMAP_TARGET_REMOTE] = "remote",
        [VMMAP_TARGET_CORE] = "core",
        [VMMAP_TARGET_OTHER] = "bare",
        [VMMAP_TARGET_QEMU_USER] = "qemu-user",
        [VMMAP_TARGET_QEMU_SYSTEM] = "qemu-system",
        [VMMAP_TARGET_IMAGE] = "image",
    };
    return names[kind];
}
