/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Registers: SCTLR, TTBCR, TTBCR2, DACR of 32 bits, TTBR0 and TTBR1 of 64; own flag 0: no PXN. */

#include "fuzz.h"
#include "paging_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct paging_input input = paging_input_over(data, size);
    struct vmmap_paging_config config = {.architecture = VMMAP_PAGING_ARM};
    config.arm.sctlr = paging_input_32(&input);
    config.arm.ttbcr = paging_input_32(&input);
    config.arm.ttbcr2 = paging_input_32(&input);
    config.arm.dacr = paging_input_32(&input);
    config.arm.ttbr0 = paging_input_64(&input);
    config.arm.ttbr1 = paging_input_64(&input);
    config.arm.no_pxn = paging_input_flag(&input, 0);
    paging_input_run(&input, &config);
    return 0;
}
