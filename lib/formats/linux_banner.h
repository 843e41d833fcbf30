/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_LINUX_BANNER_H
#define VMMAP_FORMATS_LINUX_BANNER_H

/**
 * @file
 * The sentence by which a Linux kernel can be told in memory: its variable `linux_banner`
 * (init/version.c, since 6.2 init/version-timestamp.c), which is also what /proc/version says:
 *
 *     Linux version 6.1.0-13-amd64 (user@host) (gcc ...) #1 SMP ...
 */

#include <stdbool.h>
#include <stddef.h>

struct vmmap_linux_version {
    unsigned int major;
    unsigned int minor;
};

/** What vmmap_linux_banner_parse() looks at, at most. */
enum { VMMAP_LINUX_BANNER_SIZE = 512 };

/** Whether `text` begins with a banner, the part up to the `)` after the host. */
bool vmmap_linux_banner_parse(const char *text, size_t size, struct vmmap_linux_version *ret);

/** Finds the first banner in `size` bytes; NULL if there is none. */
const char *vmmap_linux_banner_find(const char *bytes, size_t size);

#endif
