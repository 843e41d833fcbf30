/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a map costs: fills one from the maps file of a process with the library and prints the
 * number of regions and the bytes that the allocator holds for them. */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "session/session.h"

static struct vmmap_error *describe(void *context, struct vmmap_target_info *ret)
{
    ret->kind = VMMAP_TARGET_NATIVE;
    ret->pid = *(const uint64_t *)context;
    ret->address_bits = 64;
    return NULL;
}

static size_t allocated(void)
{
#if __GLIBC_PREREQ(2, 33)
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    struct mallinfo info = mallinfo();
    return (unsigned int)info.uordblks + (size_t)(unsigned int)info.hblkhd;
#endif
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    uint64_t pid = strtoull(argv[1], NULL, 10);
    const struct vmmap_target target = {.context = &pid, .describe = describe};
    struct vmmap_session *session;
    const struct vmmap_map *map;
    size_t before = allocated();
    struct vmmap_error *error = vmmap_session_create(&target, &session);
    if (!error)
        error = vmmap_session_map(session, &map);
    if (error) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    printf("%zu %zu\n", map->count, allocated() - before);
    vmmap_session_destroy(session);
    return 0;
}
