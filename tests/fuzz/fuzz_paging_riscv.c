/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Register: satp; own flags: 0: 32 bits, 1: machine mode, 2: no Svnapot, 3: no Svpbmt. */

#include "fuzz.h"
#include "paging_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct paging_input input = paging_input_over(data, size);
    struct vmmap_paging_config config = {.architecture = VMMAP_PAGING_RISCV};
    config.riscv.satp = paging_input_64(&input);
    config.riscv.xlen = paging_input_flag(&input, 0) ? 32 : 64;
    config.riscv.machine_mode = paging_input_flag(&input, 1);
    config.riscv.no_svnapot = paging_input_flag(&input, 2);
    config.riscv.no_svpbmt = paging_input_flag(&input, 3);
    paging_input_run(&input, &config);
    return 0;
}
