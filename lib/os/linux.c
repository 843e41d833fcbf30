/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "os/linux.h"

#include "os/linux_layout.h"
#include "paging/x86_mode.h"

/* NULL where the layout of Linux is not known. */
static const struct vmmap_linux_architecture *
architecture_of(const struct vmmap_paging_config *config)
{
    switch (config->architecture) {
    case VMMAP_PAGING_X86:
        return vmmap_x86_is_long_mode(&config->x86) ? &vmmap_linux_x86 : NULL;
    case VMMAP_PAGING_AARCH64:
        return config->aarch64.two_ranges ? &vmmap_linux_vmcoreinfo : NULL;
    case VMMAP_PAGING_RISCV:
        return config->riscv.xlen == 64 && !config->riscv.machine_mode ? &vmmap_linux_vmcoreinfo
                                                                       : NULL;
    case VMMAP_PAGING_ARM:
    case VMMAP_PAGING_GUEST_PHYSICAL:
        break;
    }
    return NULL;
}

struct vmmap_error *vmmap_linux_layout_read(const struct vmmap_kernel_memory *kernel,
                                            const struct vmmap_linux_places *places,
                                            struct vmmap_kernel_layout *ret, bool *found)
{
    const struct vmmap_linux_architecture *architecture = architecture_of(kernel->config);
    *ret = (struct vmmap_kernel_layout){.count = 0};
    *found = false;
    struct vmmap_error *error =
        architecture ? architecture->read(kernel, places, ret, found) : NULL;
    *found = *found && !error;
    if (!*found)
        *ret = (struct vmmap_kernel_layout){.count = 0};
    return error;
}

struct vmmap_error *vmmap_linux_layout_check(const struct vmmap_kernel_memory *kernel,
                                             const struct vmmap_kernel_layout *layout, bool *holds)
{
    struct vmmap_error *error = NULL;
    *holds = layout->proof_count > 0;
    for (size_t i = 0; !error && *holds && i < layout->proof_count; i++) {
        uint64_t value;
        error = vmmap_kernel_memory_read_word(kernel, layout->proofs[i].address, &value, holds);
        *holds = !error && *holds && value == layout->proofs[i].value;
    }
    return error;
}

/* FNV-1a over where the runs are; never 0. Where the image's code is known, only those at the same
 * distance to physical memory: others may be modules and what is allocated, which come and go. */
static uint64_t fingerprint(const struct vmmap_paging_runs *runs, uint64_t code)
{
    const struct vmmap_paging_run *image = vmmap_paging_runs_find(runs, code);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < runs->count; i++) {
        const struct vmmap_paging_run *run = &runs->runs[i];
        const uint64_t words[] = {run->start, run->last, run->physical};
        if (image && run->start - run->physical != image->start - image->physical)
            continue;
        for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++)
            hash = (hash ^ words[j]) * UINT64_C(0x100000001b3);
    }
    return hash | 1;
}

struct vmmap_error *vmmap_linux_places_search(struct vmmap_kernel_memory *kernel, uint64_t code,
                                              uint64_t *searched, struct vmmap_linux_places *ret)
{
    const struct vmmap_linux_architecture *architecture = architecture_of(kernel->config);
    struct vmmap_paging_runs runs;
    uint64_t first, last;
    *ret = (struct vmmap_linux_places){.banner = 0};
    if (!architecture || !architecture->window(code, &first, &last))
        return NULL;
    struct vmmap_error *error = vmmap_kernel_memory_runs(kernel, first, last, &runs);
    const uint64_t image = fingerprint(&runs, code);
    if (!error && image != *searched) {
        error = architecture->search(kernel, &runs, code, ret);
        if (!error)
            *searched = image;
    }
    vmmap_paging_runs_deinit(&runs);
    return error;
}
