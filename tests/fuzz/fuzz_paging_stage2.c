/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Registers: format (from NONE, one up) and first stage, as bytes in 8; root; control; ID register
 * of Arm; and the first stage's root. Own flags: 0: ID register known, 1: no FEAT_XNX, 2: 32 bits
 * of RISC-V, 3: the first stage is off. */

#include "fuzz.h"
#include "paging_input.h"

/* A first stage with ordinary registers. */
static void set_first(struct vmmap_paging_config *config, uint64_t which, uint64_t root, bool off)
{
    switch (which % 4) {
    case 0:
        config->architecture = VMMAP_PAGING_GUEST_PHYSICAL;
        break;
    case 1:
        config->architecture = VMMAP_PAGING_X86;
        config->x86 = (struct vmmap_paging_x86){
            .cr0 = off ? 1 : 0x80000001, .cr3 = root, .cr4 = 0x30, .efer = 0xd00};
        break;
    case 2:
        config->architecture = VMMAP_PAGING_AARCH64;
        config->aarch64 = (struct vmmap_paging_aarch64){
            .sctlr = !off, .tcr = 0x200801900, .ttbr0 = root, .ttbr1 = root, .two_ranges = true};
        break;
    default:
        config->architecture = VMMAP_PAGING_RISCV;
        config->riscv = (struct vmmap_paging_riscv){.satp = root, .xlen = 64};
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct paging_input input = paging_input_over(data, size);
    struct vmmap_paging_config config = {.architecture = VMMAP_PAGING_GUEST_PHYSICAL};
    const uint64_t choice = paging_input_64(&input);
    struct vmmap_paging_stage2 *stage2 = &config.stage2;
    stage2->format = (enum vmmap_paging_stage2_format)(VMMAP_PAGING_STAGE2_AARCH64 + choice % 5);
    stage2->root = paging_input_64(&input);
    stage2->control = paging_input_64(&input);
    stage2->id_aa64mmfr0 = paging_input_64(&input);
    stage2->has_id_aa64mmfr0 = paging_input_flag(&input, 0);
    stage2->no_xnx = paging_input_flag(&input, 1);
    stage2->xlen = paging_input_flag(&input, 2) ? 32 : 64;
    set_first(&config, choice >> 8, paging_input_64(&input), paging_input_flag(&input, 3));
    paging_input_run(&input, &config);
    return 0;
}
