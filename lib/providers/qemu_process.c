/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/qemu_process.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "host/guest_memory.h"

enum {
    HOST_PAGE = 0x1000,
    RANDOM_SIZE = 16,
    MAX_ANCHORS = 3,
    SEARCH_BLOCK = 1 << 16,
};

/* How much memory is searched for the random bytes, of all processes together: some 50 ms. */
#define SEARCH_LIMIT ((uint64_t)1 << 28)

/* What the guest's memory is recognised by. */
struct evidence {
    uint64_t random_address;
    unsigned char random[RANDOM_SIZE];
    /* Where ELF headers of the guest are, and the first one's bytes. */
    uint64_t anchors[MAX_ANCHORS];
    size_t anchor_count;
    unsigned char header[sizeof(Elf64_Ehdr)];
    uint64_t search_left; /* of SEARCH_LIMIT */
};

static struct vmmap_error *read_guest(const struct vmmap_target *target, uint64_t address,
                                      void *buffer, size_t size, struct vmmap_qemu_process *process,
                                      bool *done)
{
    size_t count;
    struct vmmap_error *error = target->read_memory(target->context, address, buffer, size, &count);
    process->packet_count++;
    *done = !error && count == size;
    return error;
}

/* Bytes that are all the same, as in memory that was cleared, would be found anywhere. */
static bool is_telling(const unsigned char *bytes, size_t size)
{
    return memcmp(bytes, bytes + 1, size - 1) != 0;
}

/* The ELF headers of the program, ahead of its program headers, of its interpreter and vdso. */
static void list_anchors(const struct vmmap_auxv *auxv, struct evidence *ret)
{
    uint64_t headers, entry_size = 0, address;
    (void)vmmap_auxv_get(auxv, AT_PHENT, &entry_size);
    size_t size = entry_size == sizeof(Elf32_Phdr) ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
    if (vmmap_auxv_get(auxv, AT_PHDR, &headers) && headers >= size)
        ret->anchors[ret->anchor_count++] = headers - size;
    if (vmmap_auxv_get(auxv, AT_BASE, &address) && address != 0)
        ret->anchors[ret->anchor_count++] = address;
}

static struct vmmap_error *collect_evidence(const struct vmmap_target *target,
                                            const struct vmmap_auxv *auxv,
                                            struct vmmap_qemu_process *process,
                                            struct evidence *ret)
{
    bool done = false;
    struct vmmap_error *error = NULL;
    *ret = (struct evidence){.search_left = SEARCH_LIMIT};
    if (vmmap_auxv_get(auxv, AT_RANDOM, &ret->random_address))
        error = read_guest(target, ret->random_address, ret->random, RANDOM_SIZE, process, &done);
    if (error)
        return error;
    if (!done || !is_telling(ret->random, RANDOM_SIZE))
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "The stub tells no random bytes (AT_RANDOM) by which its memory "
                                  "could be recognised in a process of this machine.");
    list_anchors(auxv, ret);
    if (ret->anchor_count > 0)
        error =
            read_guest(target, ret->anchors[0], ret->header, sizeof(ret->header), process, &done);
    if (!error && !done)
        ret->anchor_count = 0;
    return error;
}

bool vmmap_qemu_process_may_be_guest(const struct vmmap_qemu_process *process, size_t index)
{
    const struct vmmap_map *mappings = process->host.mappings;
    const struct vmmap_region *region = &mappings->regions[index];
    if (process->host.is_qemu)
        return !region->name || region->name[0] != '[';
    return !(region->perms.set & VMMAP_PERM_EXEC) && !vmmap_host_row_is_own(mappings, index);
}

/* Whether the process has these bytes at a guest's address, in memory that may be the guest's. */
static bool has_bytes(const struct vmmap_qemu_process *process, uint64_t host, const void *wanted,
                      size_t size)
{
    unsigned char bytes[sizeof(Elf64_Ehdr)];
    const struct vmmap_map *mappings = process->host.mappings;
    const size_t index = vmmap_map_find(mappings, host);
    return index < mappings->count && mappings->regions[index].last - host >= size - 1 &&
           vmmap_qemu_process_may_be_guest(process, index) &&
           vmmap_process_memory_read(&process->host.memory, host, bytes, size) == size &&
           memcmp(bytes, wanted, size) == 0;
}

/* Whether the process holds the guest's memory at this distance. */
static bool verify(const struct vmmap_qemu_process *process, const struct evidence *evidence,
                   uint64_t base)
{
    return has_bytes(process, base + evidence->random_address, evidence->random, RANDOM_SIZE) &&
           (evidence->anchor_count == 0 || has_bytes(process, base + evidence->anchors[0],
                                                     evidence->header, sizeof(evidence->header)));
}

/* Takes the base if it is verified. */
static bool try_base(struct vmmap_qemu_process *process, const struct evidence *evidence,
                     uint64_t base)
{
    if (!verify(process, evidence, base))
        return false;
    process->guest_base = base;
    return true;
}

/* A file that QEMU has mapped from its beginning may be one of those that the guest's ELF headers
 * are the beginning of. */
static bool try_anchors(struct vmmap_qemu_process *process, const struct evidence *evidence)
{
    for (size_t i = 0; i < process->host.mappings->count; i++) {
        const struct vmmap_region *region = &process->host.mappings->regions[i];
        if (!region->name || region->offset != 0)
            continue;
        for (size_t j = 0; j < evidence->anchor_count; j++) {
            if (try_base(process, evidence, region->start - evidence->anchors[j]))
                return true;
        }
    }
    return false;
}

/* Looks for the random bytes in one block of memory, whose first byte is at a page's beginning. */
static bool search_block(struct vmmap_qemu_process *process, const struct evidence *evidence,
                         uint64_t start, const unsigned char *block, size_t size)
{
    for (size_t at = evidence->random_address % HOST_PAGE; at + RANDOM_SIZE <= size;
         at += HOST_PAGE) {
        if (memcmp(block + at, evidence->random, RANDOM_SIZE) == 0 &&
            try_base(process, evidence, start + at - evidence->random_address))
            return true;
    }
    return false;
}

static struct vmmap_error *search_region(const struct vmmap_target *target,
                                         struct vmmap_qemu_process *process,
                                         const struct evidence *evidence,
                                         const struct vmmap_region *region, bool *found)
{
    static unsigned char block[SEARCH_BLOCK + RANDOM_SIZE]; /* the bytes may cross a page's end */
    for (uint64_t at = region->start; at < region->last; at += SEARCH_BLOCK) {
        struct vmmap_error *error = vmmap_target_poll(target);
        if (error)
            return error;
        size_t size = vmmap_process_memory_read(&process->host.memory, at, block, sizeof(block));
        *found = search_block(process, evidence, at, block, size);
        if (*found || size < SEARCH_BLOCK)
            return NULL;
    }
    return NULL;
}

/* The random bytes are on the guest's stack: private writable memory without a name. */
static bool may_be_stack(const struct vmmap_region *region)
{
    const uint8_t wanted = VMMAP_PERM_READ | VMMAP_PERM_WRITE;
    return !region->name && (region->perms.set & (wanted | VMMAP_PERM_SHARED)) == wanted;
}

static struct vmmap_error *search_everywhere(const struct vmmap_target *target,
                                             struct vmmap_qemu_process *process,
                                             struct evidence *evidence, bool *found)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < process->host.mappings->count && !error && !*found; i++) {
        const struct vmmap_region *region = &process->host.mappings->regions[i];
        if (!may_be_stack(region) || !vmmap_qemu_process_may_be_guest(process, i) ||
            vmmap_region_extent(region) >= evidence->search_left)
            continue;
        evidence->search_left -= vmmap_region_extent(region);
        error = search_region(target, process, evidence, region, found);
    }
    return error;
}

static struct vmmap_error *find_base(const struct vmmap_target *target,
                                     struct vmmap_qemu_process *process, struct evidence *evidence,
                                     bool *found)
{
    *found = try_base(process, evidence, 0) || try_anchors(process, evidence);
    return *found ? NULL : search_everywhere(target, process, evidence, found);
}

/* What the process is judged by, and where the answer goes. */
struct trial {
    const struct vmmap_target *target;
    struct evidence evidence;
    struct vmmap_qemu_process *process;
};

/* `host` is the one in the trial's process. */
static struct vmmap_error *try_process(void *context, struct vmmap_stub_process *host, bool *found)
{
    struct trial *trial = context;
    (void)host;
    *found = false;
    return find_base(trial->target, trial->process, &trial->evidence, found);
}

struct vmmap_error *vmmap_qemu_process_find(const struct vmmap_target *target,
                                            const struct vmmap_target_info *info,
                                            const struct vmmap_auxv *auxv,
                                            struct vmmap_qemu_process *ret)
{
    struct trial trial = {.target = target, .process = ret};
    *ret = (struct vmmap_qemu_process){.host = VMMAP_STUB_PROCESS_INIT};
    struct vmmap_error *error = collect_evidence(target, auxv, ret, &trial.evidence);
    if (error)
        return error;
    const struct vmmap_stub_visitor visitor = {&trial, try_process};
    return vmmap_stub_find(target, info, &visitor, &ret->host);
}

void vmmap_qemu_process_deinit(struct vmmap_qemu_process *process)
{
    vmmap_stub_process_deinit(&process->host);
}
