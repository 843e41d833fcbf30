/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Linux on AArch64 and RISC-V: where things are depends on the version, the configuration and
 * chance, but the kernel says it itself in VMCOREINFO (arch/arm64/kernel/vmcore_info.c since 5.18
 * with all the numbers below, arch/riscv/kernel/vmcore_info.c since 6.2). The text is in a page of
 * its own, to which the variable vmcoreinfo_data points.
 *
 * The bounds of the image are in init_mm, as setup_initial_init_mm() (mm/init-mm.c) wrote them.
 */

#include <string.h>

#include "base/little_endian.h"
#include "formats/vmcoreinfo.h"
#include "os/linux_layout.h"

enum {
    WORD = sizeof(uint64_t),
    BOUNDS_SIZE = 6 * WORD,
    PAGE = 0x1000,
    TEXT_SIZE = PAGE, /* VMCOREINFO_BYTES is a page, of at least 4 KiB */
    MAX_CANDIDATES = 4096,
};

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

#define UPPER_HALF (UINT64_C(1) << 63)

/* How far from its exception vectors an image reaches at most. */
#define WINDOW_BELOW (64 * MIB)
#define WINDOW_ABOVE (192 * MIB)

struct vmcoreinfo {
    const char *text;
    size_t size;
};

static bool number(const struct vmcoreinfo *info, const char *name, uint64_t *ret)
{
    return vmmap_vmcoreinfo_number(info->text, info->size, name, ret);
}

/* An area of the kernel; numbers that lead elsewhere make no sense. */
static void add_area(struct vmmap_kernel_layout *layout, const struct vmmap_kernel_area *area)
{
    if (area->start >= UPPER_HALF)
        vmmap_kernel_layout_add(layout, area);
}

static void add(struct vmmap_kernel_layout *layout, const char *name, uint64_t start, uint64_t last)
{
    const struct vmmap_kernel_area area = {.name = name, .start = start, .last = last};
    add_area(layout, &area);
}

/* The last byte of what ends at `end`; VMALLOC_END of RISC-V has been PAGE_OFFSET - 1. */
static uint64_t last_before(uint64_t end)
{
    return end & 1 ? end : end - 1;
}

/* An area whose bounds have names of their own. */
static void add_numbers(const struct vmcoreinfo *info, const char *name, const char *start_name,
                        const char *end_name, struct vmmap_kernel_layout *layout)
{
    uint64_t start, end;
    if (number(info, start_name, &start) && number(info, end_name, &end))
        add(layout, name, start, last_before(end));
}

/*
 * arch/arm64/include/asm/memory.h and fixmap.h: since 6.9 the PCI I/O space and the fixmap are
 * above vmemmap, which ends 1 GiB below the top; before that they are in the 256 MiB below it.
 */
static void add_aarch64_fixmap(const struct vmcoreinfo *info, struct vmmap_kernel_layout *ret)
{
    uint64_t vmalloc_end, start, end;
    if (!number(info, "VMALLOC_END", &vmalloc_end) || !number(info, "VMEMMAP_START", &start) ||
        !number(info, "VMEMMAP_END", &end))
        return;
    if (end == -GIB) {
        add(ret, "[pci_io]", end + 8 * MIB, end + 24 * MIB - 1);
        add(ret, "[fixmap]", end + 24 * MIB, 0 - 8 * MIB - 1);
    } else if (start - vmalloc_end == 256 * MIB) {
        add(ret, "[fixmap]", vmalloc_end, start - 32 * MIB - 1);
        add(ret, "[pci_io]", start - 24 * MIB, start - 8 * MIB - 1);
    }
}

/* __virt_to_phys() of arch/arm64/include/asm/memory.h: PHYS_OFFSET is for the VA_BITS of the
 * configuration, even if the CPU has fewer. */
static void add_aarch64_direct_map(const struct vmmap_paging_aarch64 *arm,
                                   const struct vmcoreinfo *info, struct vmmap_kernel_layout *ret)
{
    enum { MAX_BITS = 52, MIN_BITS = 36, T1SZ_SHIFT = 16, T1SZ_MASK = 0x3f };
    const uint64_t bits = 64 - (arm->tcr >> T1SZ_SHIFT & T1SZ_MASK);
    uint64_t configured, offset, end;
    if (!number(info, "VA_BITS", &configured) || !number(info, "PHYS_OFFSET", &offset) ||
        configured > MAX_BITS || configured < bits || bits < MIN_BITS)
        return;
    if (!number(info, "MODULES_VADDR", &end))
        end = -(UINT64_C(1) << (bits - 1));
    const struct vmmap_kernel_area area = {
        .name = "[direct_map]",
        .start = -(UINT64_C(1) << bits),
        .last = end - 1,
        .physical = (UINT64_C(1) << configured) - (UINT64_C(1) << bits) + offset,
        .rule = VMMAP_KERNEL_AREA_LINEAR,
    };
    add_area(ret, &area);
}

/* With VA_BITS of 52 on a CPU with 48, the beginning of vmemmap is not used, and vmalloc has it
 * (VMEMMAP_UNUSED_NPAGES of arch/arm64/include/asm/pgtable.h). */
static void add_aarch64(const struct vmmap_paging_aarch64 *arm, const struct vmcoreinfo *info,
                        struct vmmap_kernel_layout *ret)
{
    add_aarch64_direct_map(arm, info, ret);
    add_numbers(info, "[modules]", "MODULES_VADDR", "MODULES_END", ret);
    add_numbers(info, "[vmemmap]", "VMEMMAP_START", "VMEMMAP_END", ret);
    add_numbers(info, "[vmalloc]", "VMALLOC_START", "VMALLOC_END", ret);
    add_aarch64_fixmap(info, ret);
}

/* Documentation/arch/riscv/vm-layout.rst; arch/riscv/include/asm/pgtable.h. */
static void add_riscv(const struct vmcoreinfo *info, struct vmmap_kernel_layout *ret)
{
    uint64_t vmemmap, vmalloc_end, modules, ram;
    add_numbers(info, "[vmemmap]", "VMEMMAP_START", "VMEMMAP_END", ret);
    add_numbers(info, "[vmalloc]", "VMALLOC_START", "VMALLOC_END", ret);
    add_numbers(info, "[modules]", "MODULES_VADDR", "MODULES_END", ret);
    if (number(info, "VMEMMAP_START", &vmemmap) && vmemmap >= UPPER_HALF) {
        add(ret, "[pci_io]", vmemmap - 16 * MIB, vmemmap - 1);
        add(ret, "[fixmap]", vmemmap - 22 * MIB, vmemmap - 16 * MIB - 1);
    }
    if (!number(info, "VMALLOC_END", &vmalloc_end) || !number(info, "phys_ram_base", &ram) ||
        !number(info, "MODULES_VADDR", &modules))
        return;
    const struct vmmap_kernel_area area = {
        .name = "[direct_map]",
        .start = last_before(vmalloc_end) + 1, /* PAGE_OFFSET */
        .last = modules - 1,
        .physical = ram,
        .rule = VMMAP_KERNEL_AREA_LINEAR,
    };
    add_area(ret, &area);
}

/* Fills `text`, `size` bytes, if `address` is where VMCOREINFO is. */
static struct vmmap_error *read_text(const struct vmmap_kernel_memory *kernel, uint64_t address,
                                     char *text, size_t size, bool *found)
{
    *found = address >= UPPER_HALF && address % PAGE == 0;
    struct vmmap_error *error =
        *found ? vmmap_kernel_memory_read(kernel, address, text, size, found) : NULL;
    *found = !error && *found && vmmap_vmcoreinfo_is(text, size);
    return error;
}

/* What init_mm has of the image. */
struct bounds {
    uint64_t text;
    uint64_t text_end;
    uint64_t end;
};

/* In struct mm_struct: start_code, end_code, start_data, end_data, start_brk, brk, of which
 * start_data and start_brk stay 0 in init_mm. */
static bool decode_bounds(const unsigned char *bytes, struct bounds *ret)
{
    uint64_t words[BOUNDS_SIZE / WORD];
    for (size_t i = 0; i < BOUNDS_SIZE / WORD; i++)
        words[i] = vmmap_load_u64(bytes + i * WORD);
    *ret = (struct bounds){words[0], words[1], words[5]};
    return words[0] < words[1] && words[2] == 0 && words[3] >= words[1] && words[4] == 0 &&
           words[5] > words[3];
}

/* The image is mapped from the beginning of the page that its first symbol is in to the end of that
 * of the last: they may be big ones. */
static struct vmmap_error *add_image(const struct vmmap_kernel_memory *kernel, uint64_t text,
                                     uint64_t end, struct vmmap_kernel_layout *ret)
{
    struct vmmap_paging_translation page;
    uint64_t start = text, last = end - 1;
    struct vmmap_error *error =
        vmmap_paging_translate(kernel->config, kernel->memory, start, &page);
    if (!error && page.outcome == VMMAP_PAGING_MAPPED)
        start = page.page.start;
    if (!error)
        error = vmmap_paging_translate(kernel->config, kernel->memory, last, &page);
    if (!error && page.outcome == VMMAP_PAGING_MAPPED)
        last = page.page.last;
    if (!error && last - start < WINDOW_BELOW + WINDOW_ABOVE)
        add(ret, "[kernel]", start, last);
    return error;
}

static struct vmmap_error *add_kernel(const struct vmmap_kernel_memory *kernel,
                                      const struct vmmap_linux_places *places,
                                      struct vmmap_kernel_layout *ret)
{
    unsigned char bytes[BOUNDS_SIZE];
    struct bounds bounds = {.text = places->text, .end = places->end};
    bool done = true;
    struct vmmap_error *error = NULL;
    if (places->init_mm_bounds) {
        error =
            vmmap_kernel_memory_read(kernel, places->init_mm_bounds, bytes, sizeof(bytes), &done);
        done = !error && done && decode_bounds(bytes, &bounds);
    }
    /* What it has to hold is known. */
    if (!done || bounds.text > places->vmcoreinfo_data || bounds.end <= places->vmcoreinfo_data)
        return error;
    return add_image(kernel, bounds.text, bounds.end, ret);
}

static struct vmmap_error *vmcoreinfo_read(const struct vmmap_kernel_memory *kernel,
                                           const struct vmmap_linux_places *places,
                                           struct vmmap_kernel_layout *ret, bool *found)
{
    char text[TEXT_SIZE];
    uint64_t address;
    if (places->vmcoreinfo_data < UPPER_HALF)
        return NULL;
    struct vmmap_error *error =
        vmmap_kernel_memory_read_word(kernel, places->vmcoreinfo_data, &address, found);
    if (!error && *found)
        error = read_text(kernel, address, text, sizeof(text), found);
    if (error || !*found)
        return error;
    const struct vmcoreinfo info = {text, strnlen(text, sizeof(text))};
    const struct vmmap_kernel_area user = {
        .name = "[user]", .last = UPPER_HALF - 1, .rule = VMMAP_KERNEL_AREA_USER};
    vmmap_kernel_layout_add(ret, &user);
    if (kernel->config->architecture == VMMAP_PAGING_AARCH64)
        add_aarch64(&kernel->config->aarch64, &info, ret);
    else
        add_riscv(&info, ret);
    vmmap_kernel_layout_add_proof(ret, places->vmcoreinfo_data, address);
    return add_kernel(kernel, places, ret);
}

static bool vmcoreinfo_window(uint64_t code, uint64_t *first, uint64_t *last)
{
    if (code < UPPER_HALF)
        return false;
    *first = (code - WINDOW_BELOW) & ~(uint64_t)(PAGE - 1);
    *last = code > UINT64_MAX - WINDOW_ABOVE ? UINT64_MAX : (code + WINDOW_ABOVE) | (PAGE - 1);
    return true;
}

struct finding {
    const struct vmmap_kernel_memory *kernel;
    uint64_t code;
    unsigned int candidates; /* tried */
    struct vmmap_linux_places *places;
};

/* Asked of every word of the image: nearly always the first says no. */
static bool is_image_of(const unsigned char *bytes, uint64_t code)
{
    struct bounds bounds;
    return code - vmmap_load_u64(bytes) <= WINDOW_BELOW && decode_bounds(bytes, &bounds) &&
           code < bounds.text_end && bounds.end - code <= WINDOW_ABOVE;
}

/* kernel/vmcore_info.c (before 6.9 crash_core.c): vmcoreinfo_data, vmcoreinfo_size and
 * vmcoreinfo_note, one after the other, in this order or the other way round. */
static struct vmmap_error *take_vmcoreinfo(struct finding *finding, uint64_t address,
                                           const unsigned char *bytes)
{
    const uint64_t size = vmmap_load_u64(bytes + WORD);
    if (size == 0 || size >= 16 * PAGE || size % PAGE == 0)
        return NULL;
    for (int i = 0; i < 2; i++) {
        const uint64_t data = vmmap_load_u64(bytes + (i ? 2 * WORD : 0));
        const uint64_t note = vmmap_load_u64(bytes + (i ? 0 : 2 * WORD));
        char text[32];
        bool found;
        if (data < UPPER_HALF || note < UPPER_HALF || data % PAGE || note % PAGE ||
            finding->candidates++ >= MAX_CANDIDATES)
            return NULL;
        struct vmmap_error *error = read_text(finding->kernel, data, text, sizeof(text), &found);
        if (error)
            return error;
        if (found)
            finding->places->vmcoreinfo_data = address + (i ? 2 * WORD : 0);
    }
    return NULL;
}

static struct vmmap_error *look(void *context, uint64_t address, const unsigned char *bytes,
                                size_t size, bool *enough)
{
    struct finding *finding = context;
    struct vmmap_linux_places *places = finding->places;
    struct vmmap_error *error = NULL;
    for (size_t at = 0; !error && !*enough && at + BOUNDS_SIZE <= size; at += WORD) {
        if (!places->init_mm_bounds && is_image_of(bytes + at, finding->code))
            places->init_mm_bounds = address + at;
        if (!places->vmcoreinfo_data)
            error = take_vmcoreinfo(finding, address + at, bytes + at);
        *enough = places->init_mm_bounds && places->vmcoreinfo_data;
    }
    return error;
}

static struct vmmap_error *vmcoreinfo_search(struct vmmap_kernel_memory *kernel,
                                             const struct vmmap_paging_runs *runs, uint64_t code,
                                             struct vmmap_linux_places *ret)
{
    struct finding finding = {.kernel = kernel, .code = code, .places = ret};
    const struct vmmap_kernel_search search = {&finding, look};
    const struct vmmap_paging_run *image = vmmap_paging_runs_find(runs, code);
    struct vmmap_error *error = NULL;
    bool enough = false;
    for (size_t i = 0; image && !error && !enough && i < runs->count; i++) {
        const struct vmmap_paging_run *run = &runs->runs[i];
        if (run->start - run->physical == image->start - image->physical && !run->user &&
            run->kernel & VMMAP_PERM_WRITE)
            error = vmmap_kernel_memory_search(kernel, run, &search, &enough);
    }
    return error;
}

const struct vmmap_linux_architecture vmmap_linux_vmcoreinfo = {
    .read = vmcoreinfo_read,
    .window = vmcoreinfo_window,
    .search = vmcoreinfo_search,
};
