/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel_support.h"

#include "base/little_endian.h"
#include <inttypes.h>
#include <string.h>

enum { INDEX_BITS = 9, PAGE_SHIFT = 12, TABLES_END = 2 << 20 };

#define BIT(n) (UINT64_C(1) << (n))

static uint64_t make_table(struct kernel *kernel)
{
    const uint64_t table = kernel->next;
    kernel->next += KERNEL_SMALL_PAGE;
    ck_assert_uint_le(kernel->next - kernel->ram.base, TABLES_END);
    return table;
}

static struct vmmap_paging_config make_config(enum vmmap_paging_architecture architecture,
                                              unsigned int levels, const uint64_t *roots)
{
    enum { FIVE_LEVELS = 5, LA57 = 1 << 12, PAE = 1 << 5, LONG_MODE = 0xd00, BITS_48 = 16 };
    struct vmmap_paging_config config = {.architecture = architecture};
    if (architecture == VMMAP_PAGING_X86)
        config.x86 = (struct vmmap_paging_x86){
            .cr0 = 0x80010001,
            .cr3 = roots[0],
            .cr4 = PAE | (levels == FIVE_LEVELS ? LA57 : 0),
            .efer = LONG_MODE,
        };
    else if (architecture == VMMAP_PAGING_AARCH64)
        config.aarch64 = (struct vmmap_paging_aarch64){
            .sctlr = 1,
            .tcr = BITS_48 | BITS_48 << 16 | BIT(31) | UINT64_C(5) << 32,
            .ttbr0 = roots[0],
            .ttbr1 = roots[1],
            .two_ranges = true,
        };
    else
        config.riscv = (struct vmmap_paging_riscv){
            .satp = (uint64_t)(levels + 5) << 60 | roots[0] >> PAGE_SHIFT, .xlen = 64};
    return config;
}

void kernel_init(struct kernel *kernel, enum vmmap_paging_architecture architecture,
                 unsigned int levels, uint64_t base)
{
    *kernel = (struct kernel){.levels = levels, .next = base + KERNEL_SMALL_PAGE};
    ram_init(&kernel->ram, base, KERNEL_RAM_SIZE);
    kernel->memory = ram_memory(&kernel->ram);
    kernel->roots[0] = kernel->roots[1] = make_table(kernel);
    if (architecture == VMMAP_PAGING_AARCH64)
        kernel->roots[1] = make_table(kernel);
    kernel->config = make_config(architecture, levels, kernel->roots);
}

void kernel_deinit(struct kernel *kernel)
{
    ram_deinit(&kernel->ram);
}

static uint64_t get_entry(const struct kernel *kernel, uint64_t table, uint64_t index)
{
    return vmmap_load_u64(kernel->ram.bytes + (table - kernel->ram.base) + 8 * index);
}

static uint64_t table_entry(const struct kernel *kernel, uint64_t table)
{
    if (kernel->config.architecture == VMMAP_PAGING_RISCV)
        return table >> 2 | 1;
    return table | (kernel->config.architecture == VMMAP_PAGING_X86 ? 7 : 3);
}

static uint64_t pointed_to(const struct kernel *kernel, uint64_t entry)
{
    if (kernel->config.architecture == VMMAP_PAGING_RISCV)
        return entry >> 10 << PAGE_SHIFT;
    return entry & UINT64_C(0xffffffffff000);
}

static uint64_t page_entry(const struct kernel *kernel, uint64_t physical, bool big,
                           const char *access)
{
    const bool write = access[1] == 'w', execute = access[2] == 'x', user = access[3] == 'u';
    switch (kernel->config.architecture) {
    case VMMAP_PAGING_X86:
        return physical | 1 | (write ? 2 : 0) | (user ? 4 : 0) | (big ? 0x80 : 0) |
               (execute ? 0 : BIT(63));
    case VMMAP_PAGING_AARCH64: /* AF, AP[1] for user, AP[2] for read-only, UXN, PXN */
        return physical | (big ? 1 : 3) | BIT(10) | (user ? BIT(6) : 0) | (write ? 0 : BIT(7)) |
               (execute ? 0 : BIT(53) | BIT(54));
    default:
        return physical >> 2 | 0xc3 | (write ? 4 : 0) | (execute ? 8 : 0) | (user ? 16 : 0);
    }
}

static void map_page(struct kernel *kernel, uint64_t virtual, uint64_t physical, bool big,
                     const char *access)
{
    uint64_t table = kernel->roots[virtual >> 63];
    for (unsigned int level = kernel->levels - 1;; level--) {
        const uint64_t index = virtual >> (PAGE_SHIFT + INDEX_BITS * level) & 511;
        if (level == (big ? 1 : 0)) {
            put_entry_64(&kernel->ram, table, index, page_entry(kernel, physical, big, access));
            return;
        }
        if (!get_entry(kernel, table, index))
            put_entry_64(&kernel->ram, table, index, table_entry(kernel, make_table(kernel)));
        table = pointed_to(kernel, get_entry(kernel, table, index));
    }
}

void kernel_map(struct kernel *kernel, uint64_t virtual, uint64_t physical, uint64_t size,
                const char *access)
{
    for (uint64_t at = 0; at < size;) {
        const bool big = (virtual + at) % KERNEL_BIG_PAGE == 0 &&
                         (physical + at) % KERNEL_BIG_PAGE == 0 && size - at >= KERNEL_BIG_PAGE;
        map_page(kernel, virtual + at, physical + at, big, access);
        at += big ? KERNEL_BIG_PAGE : KERNEL_SMALL_PAGE;
    }
}

void kernel_put_text(struct kernel *kernel, uint64_t physical, const char *text)
{
    ck_assert_uint_le(physical - kernel->ram.base + strlen(text), kernel->ram.size);
    memcpy(kernel->ram.bytes + (physical - kernel->ram.base), text, strlen(text));
}

void kernel_clear(struct kernel *kernel, uint64_t physical, uint64_t size)
{
    ck_assert_uint_le(physical - kernel->ram.base + size, kernel->ram.size);
    memset(kernel->ram.bytes + (physical - kernel->ram.base), 0, size);
}

struct vmmap_kernel_memory kernel_memory(const struct kernel *kernel, uint64_t search_bytes)
{
    return (struct vmmap_kernel_memory){
        .config = &kernel->config,
        .memory = &kernel->memory,
        .search = &kernel->memory,
        .search_bytes = search_bytes,
    };
}

char *layout_text(const struct vmmap_kernel_layout *layout)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    vmmap_buffer_append_string(&text, "");
    for (size_t i = 0; i < layout->count; i++) {
        const struct vmmap_kernel_area *area = &layout->areas[i];
        vmmap_buffer_printf(&text, "%016" PRIx64 "-%016" PRIx64 " %s", area->start, area->last,
                            area->name);
        if (area->rule == VMMAP_KERNEL_AREA_LINEAR)
            vmmap_buffer_printf(&text, " linear %" PRIx64, area->physical);
        vmmap_buffer_append_string(&text, area->rule == VMMAP_KERNEL_AREA_USER ? " user\n" : "\n");
    }
    return take_text(&text);
}
