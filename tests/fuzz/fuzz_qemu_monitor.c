/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Texts of QEMU's monitor: each input is read as the answer to every command. */

#include <string.h>

#include "formats/qemu_monitor.h"
#include "fuzz.h"

static void read_mtree(const char *text, size_t size)
{
    struct vmmap_qemu_mtree mtree;
    struct vmmap_qemu_range memory;
    size_t rows = 0;
    vmmap_qemu_mtree_init(&mtree, text, size);
    while (vmmap_qemu_mtree_next_range(&mtree, &memory)) {
        REQUIRE(memory.start <= memory.last && mtree.in_cpu_view &&
                (mtree.views > 0 || !mtree.in_normal_view));
        REQUIRE(memory.name >= text && memory.name_size <= size);
        REQUIRE(memory.name + memory.name_size <= text + size);
        rows++;
    }
    REQUIRE(rows <= size / strlen("0-0 (prio , ram)"));
    REQUIRE(mtree.rest.at == mtree.rest.end);
}

static void read_mem(const char *text, size_t size)
{
    struct vmmap_qemu_mem mem;
    struct vmmap_qemu_mem_entry entry;
    size_t rows = 0;
    vmmap_qemu_mem_init(&mem, text, size);
    while (vmmap_qemu_mem_next(&mem, &entry)) {
        REQUIRE(entry.start <= entry.last);
        REQUIRE((entry.access & ~VMMAP_PERM_ACCESS) == 0);
        REQUIRE(entry.has_exec || !(entry.access & VMMAP_PERM_EXEC));
        REQUIRE(entry.has_physical || entry.physical == 0);
        rows++;
    }
    REQUIRE(rows <= size / strlen("0-1 1 ---"));
    REQUIRE(mem.rest.at == mem.rest.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { LIMIT = 8 };
    const char *text = (const char *)data;
    struct vmmap_qemu_x86_state state;
    uint64_t host, cpu, values[LIMIT + 1] = {0};
    values[LIMIT] = UINT64_MAX;
    read_mtree(text, size);
    read_mem(text, size);
    (void)vmmap_qemu_hva_parse(text, size, &host);
    (void)vmmap_qemu_cpus_parse(text, size, &cpu);
    if (vmmap_qemu_x86_state_parse(text, size, &state))
        REQUIRE(state.level <= 3);
    bool is_virtual;
    (void)vmmap_qemu_riscv_virtual_parse(text, size, &cpu, &is_virtual);
    REQUIRE(vmmap_qemu_xp_parse(text, size, 0x200000, values, LIMIT) <= LIMIT);
    REQUIRE(values[LIMIT] == UINT64_MAX);
    return 0;
}
