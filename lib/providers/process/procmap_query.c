/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/process/procmap_query.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "formats/procmaps.h"
#include "formats/scan.h"

/* From include/uapi/linux/fs.h of Linux 6.11; distributions' headers are often older. */
struct procmap_query {
    uint64_t size;
    uint64_t query_flags;
    uint64_t query_addr;
    uint64_t vma_start;
    uint64_t vma_end;
    uint64_t vma_flags;
    uint64_t vma_page_size;
    uint64_t vma_offset;
    uint64_t inode;
    uint32_t dev_major;
    uint32_t dev_minor;
    uint32_t vma_name_size;
    uint32_t build_id_size;
    uint64_t vma_name_addr;
    uint64_t build_id_addr;
};

#define PROCMAP_QUERY                      _IOWR('f', 17, struct procmap_query)
#define PROCMAP_QUERY_COVERING_OR_NEXT_VMA 0x10

/* vma_flags are laid out as our permission bits are. */
_Static_assert(VMMAP_PERM_READ == 0x1 && VMMAP_PERM_WRITE == 0x2 && VMMAP_PERM_EXEC == 0x4 &&
                   VMMAP_PERM_SHARED == 0x8,
               "permission bits are PROCMAP_QUERY_VMA_*");

/* Asks the kernel, which leaves out the gate page. */
static struct vmmap_error *query_kernel(struct vmmap_procmap *procmap, uint64_t address,
                                        struct vmmap_region *ret, bool *found)
{
    struct procmap_query query = {
        .size = sizeof(query),
        .query_flags = PROCMAP_QUERY_COVERING_OR_NEXT_VMA,
        .query_addr = address,
        .vma_name_size = sizeof(procmap->name),
        .vma_name_addr = (uintptr_t)procmap->name,
    };
    *found = false;
    if (ioctl(procmap->fd, PROCMAP_QUERY, &query) != 0) {
        if (errno == ENOENT)
            return NULL;
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "PROCMAP_QUERY failed: %s.",
                                  strerror(errno));
    }
    *ret = (struct vmmap_region){
        .start = query.vma_start,
        .last = query.vma_end - 1,
        .offset = query.vma_offset,
        .has_offset = true,
        .name = query.vma_name_size > 0 && procmap->name[0] ? procmap->name : NULL,
        .perms = {query.vma_flags & VMMAP_PERM_ALL, VMMAP_PERM_ALL},
        .origin = VMMAP_ORIGIN_PROCFS,
    };
    *found = true;
    return NULL;
}

/* The last line of this process's maps file. False when it can not be read. */
static bool read_own_last_entry(int fd, char *text, size_t size, struct vmmap_procmaps_entry *ret)
{
    size_t kept = 0;
    ssize_t count;
    while ((count = read(fd, text + kept, size - kept)) > 0) {
        /* Keep the last complete line and what follows it. */
        kept += (size_t)count;
        char *newline = memrchr(text, '\n', kept - 1);
        if (newline) {
            kept -= (size_t)(newline + 1 - text);
            memmove(text, newline + 1, kept);
        } else if (kept == size) {
            return false;
        }
    }
    if (count < 0 || kept == 0 || text[kept - 1] != '\n')
        return false;
    return vmmap_procmaps_parse(text, kept - 1, ret);
}

static const char gate_name[] = "[vsyscall]";

/* This process's gate page: what its maps file lists and PROCMAP_QUERY does not know. */
static struct vmmap_error *read_gate(struct vmmap_procmap *own, struct vmmap_region *ret,
                                     bool *found)
{
    char text[2 * VMMAP_PROCMAP_NAME_SIZE];
    struct vmmap_procmaps_entry entry;
    struct vmmap_region known;
    bool is_known;
    if (!read_own_last_entry(own->fd, text, sizeof(text), &entry))
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "/proc/self/maps can not be read.");
    *found = false;
    if (entry.name_size != strlen(gate_name) || memcmp(entry.name, gate_name, entry.name_size) != 0)
        return NULL;
    struct vmmap_error *error = query_kernel(own, entry.start, &known, &is_known);
    *found = !error && !is_known;
    *ret = (struct vmmap_region){
        .start = entry.start,
        .last = entry.last,
        .has_offset = true,
        .name = gate_name,
        .perms = entry.perms,
        .origin = VMMAP_ORIGIN_PROCFS,
    };
    return error;
}

static struct vmmap_error *read_own_gate(struct vmmap_region *ret, bool *found)
{
    struct vmmap_procmap own = {.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)};
    if (own.fd < 0)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "/proc/self/maps can not be opened: %s.",
                                  strerror(errno));
    struct vmmap_error *error = read_gate(&own, ret, found);
    close(own.fd);
    return error;
}

/* `*ret` is NULL where there is none. The gate page is the kernel's choice at boot, so it is asked
 * for once. Like the whole library, this is not safe to call from several threads at once. */
static struct vmmap_error *gate_region(const struct vmmap_region **ret)
{
    static bool asked, found;
    static struct vmmap_region gate;
    if (!asked) {
        struct vmmap_error *error = read_own_gate(&gate, &found);
        if (error)
            return error;
        asked = true;
    }
    *ret = found ? &gate : NULL;
    return NULL;
}

struct vmmap_error *vmmap_procmap_next(struct vmmap_procmap *procmap, uint64_t address,
                                       struct vmmap_region *ret, bool *found)
{
    const struct vmmap_region *gate;
    struct vmmap_error *error = query_kernel(procmap, address, ret, found);
    if (error || *found || !procmap->has_gate)
        return error;
    error = gate_region(&gate);
    if (!error && gate && gate->last >= address) {
        *ret = *gate;
        *found = true;
    }
    return error;
}

/* What is known while looking for the last region below an address. */
struct descent {
    uint64_t address;
    uint64_t low;  /* the byte after the best region so far, 0 while there is none */
    uint64_t high; /* no region begins in [high, address) */
};

/* Narrows the descent by what begins at or after `probe`, which is in [low, high). */
static struct vmmap_error *descend(struct vmmap_procmap *procmap, uint64_t probe,
                                   struct descent *descent, struct vmmap_region *ret, bool *found)
{
    bool any;
    struct vmmap_region region;
    struct vmmap_error *error = vmmap_procmap_next(procmap, probe, &region, &any);
    if (error)
        return error;
    if (any && region.start < descent->address) {
        *ret = region;
        *found = true;
        descent->low = region.last + 1;
    } else {
        descent->high = probe;
    }
    return NULL;
}

struct vmmap_error *vmmap_procmap_previous(struct vmmap_procmap *procmap, uint64_t address,
                                           struct vmmap_region *ret, bool *found)
{
    struct descent descent = {.address = address, .low = 0, .high = address};
    struct vmmap_error *error = NULL;
    *found = false;
    for (uint64_t step = 0x1000; !error && !*found && descent.high > 0; step <<= 1) {
        uint64_t probe = step < descent.high ? descent.high - step : 0;
        error = descend(procmap, probe, &descent, ret, found);
    }
    while (!error && *found && descent.low < descent.high) {
        uint64_t middle = descent.low + (descent.high - descent.low) / 2;
        error = descend(procmap, middle, &descent, ret, found);
    }
    /* The probes that came after it have overwritten its name. */
    if (!error && *found)
        error = vmmap_procmap_next(procmap, ret->start, ret, found);
    return error;
}
