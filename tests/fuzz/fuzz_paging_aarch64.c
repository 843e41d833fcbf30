/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Registers: SCTLR, TCR, TTBR0, TTBR1, ID_AA64MMFR0; own flags: 0: that one is known, 1: there are
 * two ranges. */

#include "fuzz.h"
#include "paging_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct paging_input input = paging_input_over(data, size);
    struct vmmap_paging_config config = {.architecture = VMMAP_PAGING_AARCH64};
    config.aarch64.sctlr = paging_input_64(&input);
    config.aarch64.tcr = paging_input_64(&input);
    config.aarch64.ttbr0 = paging_input_64(&input);
    config.aarch64.ttbr1 = paging_input_64(&input);
    config.aarch64.id_aa64mmfr0 = paging_input_64(&input);
    config.aarch64.has_id_aa64mmfr0 = paging_input_flag(&input, 0);
    config.aarch64.two_ranges = paging_input_flag(&input, 1);
    paging_input_run(&input, &config);
    return 0;
}
