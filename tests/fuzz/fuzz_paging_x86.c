/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Registers: cr0, cr3, cr4, efer; own flag 0: the CPU has 40 bits of physical address. */

#include "fuzz.h"
#include "paging_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct paging_input input = paging_input_over(data, size);
    struct vmmap_paging_config config = {.architecture = VMMAP_PAGING_X86};
    config.x86.cr0 = paging_input_64(&input);
    config.x86.cr3 = paging_input_64(&input);
    config.x86.cr4 = paging_input_64(&input);
    config.x86.efer = paging_input_64(&input);
    config.x86.physical_bits = paging_input_flag(&input, 0) ? 40 : 0;
    paging_input_run(&input, &config);
    return 0;
}
