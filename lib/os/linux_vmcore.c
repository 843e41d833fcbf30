/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The kernel keeps VMCOREINFO in two pages: the bare text (vmcoreinfo_data), and behind the header
 * of an ELF note (vmcoreinfo_note), both at the beginning of a page (kernel/vmcore_info.c, before
 * 6.9 kernel/crash_core.c). Bytes that only look like it are not believed: the release that it
 * names has to be where its own page tables and its own symbol init_uts_ns say.
 */
#include "os/linux_vmcore.h"

#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "formats/vmcoreinfo.h"

enum {
    PAGE = 0x1000,
    NOTE_HEADER_SIZE = 24, /* three words, "VMCOREINFO" and its NUL, padded to 12 */
    PAGES_PER_POLL = 1 << 12,
    RELEASE_MAX = 64, /* __NEW_UTS_LEN */
};

static bool symbol(const struct vmmap_linux_vmcore *vmcore, const char *name, uint64_t *ret)
{
    return vmmap_vmcoreinfo_symbol(vmcore->vmcoreinfo, vmcore->vmcoreinfo_size, name, ret);
}

static bool number(const struct vmmap_linux_vmcore *vmcore, const char *name, uint64_t *ret)
{
    return vmmap_vmcoreinfo_number(vmcore->vmcoreinfo, vmcore->vmcoreinfo_size, name, ret);
}

bool vmmap_linux_vmcore_symbol(const struct vmmap_linux_vmcore *vmcore, const char *name,
                               uint64_t *ret)
{
    return symbol(vmcore, name, ret);
}

/* arch/x86/kernel/vmcore_info_64.c: swapper_pg_dir is in the image, which is mapped from
 * __START_KERNEL_map on, phys_base higher in physical memory. */
static bool configure_x86(const struct vmmap_linux_vmcore *vmcore, uint64_t root,
                          struct vmmap_paging_config *ret)
{
    enum { CR4_PAE = 1 << 5, CR4_LA57 = 1 << 12, EFER_LME_LMA_NXE = 0xd00 };
    uint64_t phys_base, image_size, five_levels;
    if (!number(vmcore, "phys_base", &phys_base) ||
        !number(vmcore, "KERNEL_IMAGE_SIZE", &image_size))
        return false;
    const bool is_la57 = number(vmcore, "pgtable_l5_enabled", &five_levels) && five_levels == 1;
    *ret = (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_X86,
        .x86 = {.cr0 = UINT64_C(0x80000001),
                .cr3 = root - UINT64_C(0xffffffff80000000) + phys_base,
                .cr4 = CR4_PAE | (is_la57 ? CR4_LA57 : 0),
                .efer = EFER_LME_LMA_NXE},
    };
    return true;
}

/* arch/arm64/kernel/vmcore_info.c. TG1 and TG0 of TCR_EL1 count granules differently; DS is what 52
 * bits take with granules below 64 KiB. */
static bool configure_aarch64(const struct vmmap_linux_vmcore *vmcore, uint64_t root,
                              struct vmmap_paging_config *ret)
{
    enum {
        TG0_SHIFT = 14,
        TG1_SHIFT = 30,
        T1SZ_SHIFT = 16,
        IPS_SHIFT = 32,
        IPS_52 = 6,
        DS_SHIFT = 59
    };
    uint64_t offset, t1sz, tg0, tg1;
    if (!number(vmcore, "kimage_voffset", &offset) || !number(vmcore, "TCR_EL1_T1SZ", &t1sz) ||
        t1sz > 0x3f)
        return false;
    switch (vmcore->page_size) {
    case 0x1000:
        tg0 = 0, tg1 = 2;
        break;
    case 0x4000:
        tg0 = 2, tg1 = 1;
        break;
    case 0x10000:
        tg0 = 1, tg1 = 3;
        break;
    default:
        return false;
    }
    const bool has_52_bits = t1sz < 16;
    const uint64_t ds = has_52_bits && vmcore->page_size != 0x10000;
    *ret = (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_AARCH64,
        .aarch64 = {.sctlr = 1,
                    .tcr = t1sz | t1sz << T1SZ_SHIFT | tg0 << TG0_SHIFT | tg1 << TG1_SHIFT |
                           (uint64_t)(has_52_bits ? IPS_52 : IPS_52 - 1) << IPS_SHIFT |
                           ds << DS_SHIFT,
                    .ttbr1 = root - offset,
                    .two_ranges = true},
    };
    return true;
}

/* arch/riscv/kernel/vmcore_info.c */
static bool configure_riscv(const struct vmmap_linux_vmcore *vmcore, uint64_t root,
                            struct vmmap_paging_config *ret)
{
    enum { MODE_SHIFT = 60, SV39 = 8, SV48 = 9, SV57 = 10, PAGE_SHIFT = 12 };
    uint64_t offset, bits;
    if (!number(vmcore, "va_kernel_pa_offset", &offset) || !number(vmcore, "VA_BITS", &bits))
        return false;
    const uint64_t mode = bits == 57 ? SV57 : bits == 48 ? SV48 : SV39;
    *ret = (struct vmmap_paging_config){
        .architecture = VMMAP_PAGING_RISCV,
        .riscv = {.satp = mode << MODE_SHIFT | (root - offset) >> PAGE_SHIFT, .xlen = 64},
    };
    return true;
}

static bool configure(struct vmmap_linux_vmcore *vmcore)
{
    static bool (*const architectures[])(const struct vmmap_linux_vmcore *, uint64_t,
                                         struct vmmap_paging_config *) = {
        configure_x86, configure_aarch64, configure_riscv};
    uint64_t root;
    if (!symbol(vmcore, "swapper_pg_dir", &root) ||
        !vmmap_vmcoreinfo_decimal(vmcore->vmcoreinfo, vmcore->vmcoreinfo_size, "PAGESIZE",
                                  &vmcore->page_size))
        return false;
    for (size_t i = 0; i < sizeof(architectures) / sizeof(architectures[0]); i++) {
        if (architectures[i](vmcore, root, &vmcore->config))
            return true;
    }
    return false;
}

/* Whether the kernel that the text describes is the one in memory: its release is in init_uts_ns,
 * among the other names of uname(2). */
struct vmmap_error *vmmap_linux_vmcore_check(const struct vmmap_linux_vmcore *vmcore,
                                             const struct vmmap_paging_memory *memory, bool *holds)
{
    enum { UTS_SIZE = 512 };
    const struct vmmap_kernel_memory kernel = {.config = &vmcore->config, .memory = memory};
    const char *release = vmcore->vmcoreinfo + strlen("OSRELEASE=");
    const char *end = memchr(release, '\n', vmcore->vmcoreinfo_size - strlen("OSRELEASE="));
    char uts[UTS_SIZE];
    uint64_t address;
    *holds = end && end > release && end - release <= RELEASE_MAX &&
             symbol(vmcore, "init_uts_ns", &address);
    if (!*holds)
        return NULL;
    struct vmmap_error *error = vmmap_kernel_memory_read(&kernel, address, uts, sizeof(uts), holds);
    *holds = !error && *holds && memmem(uts, sizeof(uts), "Linux", sizeof("Linux")) &&
             memmem(uts, sizeof(uts), release, (size_t)(end - release));
    return error;
}

/* Takes a copy of the text, up to its NUL. */
static struct vmmap_error *take_text(const struct vmmap_linux_source *source, const char *text,
                                     size_t size, struct vmmap_linux_vmcore *ret, bool *found)
{
    size = strnlen(text, size);
    ret->vmcoreinfo = malloc(size + 1);
    if (!ret->vmcoreinfo)
        return &vmmap_error_no_memory;
    memcpy(ret->vmcoreinfo, text, size);
    ret->vmcoreinfo_size = size;
    struct vmmap_error *error = NULL;
    *found = vmmap_vmcoreinfo_is(text, size) && configure(ret);
    if (*found)
        error = vmmap_linux_vmcore_check(ret, source->memory, found);
    if (!*found)
        vmmap_linux_vmcore_deinit(ret);
    return error;
}

/* How many bytes of a page are before the text of VMCOREINFO, by the page's first bytes. */
static bool find_text(const char *bytes, size_t *ret)
{
    static const char name[] = "VMCOREINFO\0"; /* with both NULs: padded to a multiple of 4 */
    const unsigned char *words = (const unsigned char *)bytes;
    if (vmmap_vmcoreinfo_is(bytes, NOTE_HEADER_SIZE)) {
        *ret = 0;
        return true;
    }
    *ret = NOTE_HEADER_SIZE;
    return vmmap_load_u32(words) == sizeof(name) - 1 && vmmap_load_u32(words + 8) == 0 &&
           memcmp(bytes + 12, name, sizeof(name)) == 0;
}

static struct vmmap_error *try_page(const struct vmmap_linux_source *source, uint64_t physical,
                                    struct vmmap_linux_vmcore *ret, bool *found)
{
    char header[NOTE_HEADER_SIZE], page[PAGE];
    size_t skipped;
    struct vmmap_error *error = source->peek(source->context, physical, header, sizeof(header));
    if (!error && find_text(header, &skipped)) {
        error = source->memory->read(source->memory->context, physical, page, PAGE);
        if (!error)
            return take_text(source, page + skipped, PAGE - skipped, ret, found);
    }
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

static struct vmmap_error *search_range(const struct vmmap_linux_source *source, uint64_t first,
                                        uint64_t last, struct vmmap_linux_vmcore *ret, bool *found)
{
    uint64_t page = (first + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    for (uint64_t i = 1; page >= first && last - page >= PAGE - 1 && page <= last; i++) {
        struct vmmap_error *error = try_page(source, page, ret, found);
        if (!error && i % PAGES_PER_POLL == 0 && source->memory->poll)
            error = source->memory->poll(source->memory->context);
        if (error || *found)
            return error;
        if (__builtin_add_overflow(page, PAGE, &page))
            break;
    }
    return NULL;
}

static struct vmmap_error *search(const struct vmmap_linux_source *source,
                                  struct vmmap_linux_vmcore *ret, bool *found)
{
    uint64_t first, last, from = 0;
    while (!*found && source->next_range(source->context, from, &first, &last)) {
        struct vmmap_error *error =
            search_range(source, first > from ? first : from, last, ret, found);
        if (error || last == UINT64_MAX)
            return error;
        from = last + 1;
    }
    return NULL;
}

struct vmmap_error *vmmap_linux_vmcore_init(const struct vmmap_linux_source *source,
                                            struct vmmap_linux_vmcore *ret, bool *found)
{
    *ret = (struct vmmap_linux_vmcore){.vmcoreinfo = NULL};
    *found = false;
    if (!source->vmcoreinfo)
        return search(source, ret, found);
    return take_text(source, source->vmcoreinfo, source->vmcoreinfo_size, ret, found);
}

void vmmap_linux_vmcore_deinit(struct vmmap_linux_vmcore *vmcore)
{
    free(vmcore->vmcoreinfo);
    vmcore->vmcoreinfo = NULL;
    vmcore->vmcoreinfo_size = 0;
}

struct vmmap_error *vmmap_linux_vmcore_search_image(const struct vmmap_linux_vmcore *vmcore,
                                                    struct vmmap_kernel_memory *kernel,
                                                    const struct vmmap_kernel_search *search)
{
    enum { IMAGE_MAX = 128 << 20 };
    struct vmmap_paging_runs runs;
    uint64_t text;
    bool enough = false;
    if (!symbol(vmcore, "_stext", &text))
        return NULL;
    const uint64_t last = text > UINT64_MAX - IMAGE_MAX ? UINT64_MAX : text + IMAGE_MAX;
    struct vmmap_error *error = vmmap_kernel_memory_runs(kernel, text, last, &runs);
    for (size_t i = 0; !error && !enough && i < runs.count; i++)
        error = vmmap_kernel_memory_search(kernel, &runs.runs[i], search, &enough);
    vmmap_paging_runs_deinit(&runs);
    return error;
}
