/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/machine/space.h"

#include <inttypes.h>

#include "paging/root.h"

enum { CR0_PE = 1 << 0, SCTLR_M = 1 << 0 };
#define CR0_PG (UINT32_C(1) << 31)

/* arch/x86/entry/calling.h: the tables for user mode are one page after the kernel's own. */
enum { PTI_BIT = 0x1000, TABLE_SIZE = 0x1000 };

bool vmmap_space_is_own(const struct vmmap_space *space)
{
    return space->root.kind == VMMAP_ROOT_CPU && space->mode == VMMAP_SPACE_BOTH &&
           !space->is_physical && !space->has_physical;
}

static struct vmmap_error *refuse(const char *what, const char *word)
{
    return vmmap_error_create(VMMAP_ERROR_INVALID,
                              "This CPU has no %s, so there is no \"--root %s\".", what, word);
}

/* satp: an address, to which the mode that is set is added, or a whole value. `*table` is the
 * address that has to come out. */
static struct vmmap_error *set_satp(struct vmmap_paging_riscv *riscv, uint64_t address,
                                    uint64_t *table)
{
    const unsigned int page_bits = 12, mode_bit = riscv->xlen == 32 ? 31 : 60;
    const uint64_t mode = riscv->satp >> mode_bit;
    riscv->machine_mode = false;
    if (riscv->xlen == 64 && address >> mode_bit) {
        const uint64_t pages = UINT64_MAX >> (64 - 44);
        riscv->satp = address;
        *table = (address & pages) << page_bits;
        return NULL;
    }
    if (mode == 0)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "Translation is off, so the register tells no mode for the root "
                                  "0x%" PRIx64 ": give a whole value of satp, with its mode.",
                                  address);
    riscv->satp = mode << mode_bit | address >> page_bits;
    return NULL;
}

/* Puts `root` in place of the register; `*table` is the address that has to come out. */
static struct vmmap_error *set_root(struct vmmap_paging_config *config,
                                    const struct vmmap_root *root, uint64_t *table)
{
    const bool upper = root->kind == VMMAP_ROOT_UPPER;
    *table = root->address;
    switch (config->architecture) {
    case VMMAP_PAGING_X86:
        config->x86.cr0 |= CR0_PG | CR0_PE;
        config->x86.cr3 = root->address;
        return upper ? refuse("TTBR1", "ttbr1:") : NULL;
    case VMMAP_PAGING_AARCH64:
        config->aarch64.sctlr |= SCTLR_M;
        *(upper ? &config->aarch64.ttbr1 : &config->aarch64.ttbr0) = root->address;
        return upper && !config->aarch64.two_ranges ? refuse("TTBR1", "ttbr1:") : NULL;
    case VMMAP_PAGING_ARM:
        config->arm.sctlr |= SCTLR_M;
        *(upper ? &config->arm.ttbr1 : &config->arm.ttbr0) = root->address;
        return upper && config->arm.hyp ? refuse("TTBR1", "ttbr1:") : NULL;
    case VMMAP_PAGING_RISCV:
        return upper ? refuse("TTBR1", "ttbr1:") : set_satp(&config->riscv, root->address, table);
    case VMMAP_PAGING_GUEST_PHYSICAL:
        break;
    }
    return NULL;
}

/* The nested tables; without the CPU's own they are the only stage. Their lowest bits are flags. */
static struct vmmap_error *set_nested(struct vmmap_paging_config *config,
                                      const struct vmmap_root *root, uint64_t *table)
{
    const bool is_ept = root->kind == VMMAP_ROOT_EPT || root->kind == VMMAP_ROOT_CPU_IN_EPT;
    enum { EPTP_FLAGS = 0x7f };
    if (config->architecture != VMMAP_PAGING_X86)
        return refuse("nested tables", is_ept ? "ept:" : "npt:");
    config->stage2 = (struct vmmap_paging_stage2){
        .format = is_ept ? VMMAP_PAGING_STAGE2_EPT : VMMAP_PAGING_STAGE2_NPT,
        .root = root->address,
    };
    if (root->kind == VMMAP_ROOT_EPT || root->kind == VMMAP_ROOT_NPT)
        config->architecture = VMMAP_PAGING_GUEST_PHYSICAL;
    *table = is_ept ? root->address & ~(uint64_t)EPTP_FLAGS : root->address;
    return NULL;
}

/* Registers that name a root have to name the very address, and it has to be RAM. */
static struct vmmap_error *check_root(const struct vmmap_machine *machine,
                                      const struct vmmap_paging_config *config, bool upper,
                                      uint64_t table, struct vmmap_map *notes)
{
    struct vmmap_paging_root root;
    struct vmmap_error *error = vmmap_paging_root_find(config, &machine->memory, upper, &root);
    if (!error)
        error = vmmap_machine_status(machine);
    if (error)
        return error;
    if (!root.found)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "The CPU's other registers leave no place for a root: %s",
                                  root.problem ? root.problem : "that half is disabled.");
    if (root.table != table)
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "0x%" PRIx64 " is not aligned as a root of %s has to be, or no "
                                  "physical address; the CPU would take 0x%" PRIx64 ".",
                                  table, root.mode, root.table);
    if (!root.is_readable)
        return vmmap_error_create(
            VMMAP_ERROR_UNAVAILABLE,
            "There is no RAM at 0x%" PRIx64 ", so no page tables begin there.", table);
    return vmmap_map_add_note(notes,
                              "These are the page tables at 0x%" PRIx64 " (%s), not those that the "
                              "selected CPU uses now.",
                              table, root.mode);
}

static struct vmmap_error *read_table(const struct vmmap_paging_memory *memory, uint64_t table,
                                      uint64_t ret[TABLE_SIZE / sizeof(uint64_t)], bool *done)
{
    struct vmmap_error *error = memory->read(memory->context, table, ret, TABLE_SIZE);
    *done = !error;
    if (!error || vmmap_error_is_fatal(error))
        return error;
    vmmap_error_destroy(error);
    return NULL;
}

/*
 * Whether two roots are those of one isolated process (__pti_set_user_pgtbl(),
 * arch/x86/mm/pti.c): the lower halves are the same but for NX, which the kernel's has, and for
 * what hardware sets; and there is something in them.
 */
static bool are_halves(const uint64_t *kernel, const uint64_t *user)
{
    const uint64_t not_compared = UINT64_C(1) << 63 | 0x60;
    enum { HALF = TABLE_SIZE / sizeof(uint64_t) / 2 };
    bool has_any = false, has_upper = false;
    for (size_t i = 0; i < HALF; i++) {
        if ((kernel[i] ^ user[i]) & ~not_compared)
            return false;
        has_any = has_any || user[i];
        has_upper = has_upper || (kernel[HALF + i] && user[HALF + i]);
    }
    return has_any && has_upper;
}

/* The half of page-table isolation that is asked for, after a look at both. */
static struct vmmap_error *set_isolated(struct vmmap_machine *machine,
                                        const struct vmmap_root *root, uint64_t *table)
{
    struct vmmap_paging_x86 *x86 = &machine->config.x86;
    uint64_t kernel[TABLE_SIZE / sizeof(uint64_t)], user[TABLE_SIZE / sizeof(uint64_t)];
    bool has_kernel = false, has_user = false;
    const char *word = root->kind == VMMAP_ROOT_KERNEL ? "kernel" : "user";
    if (machine->config.architecture != VMMAP_PAGING_X86)
        return refuse("isolated page tables", word);
    const uint64_t own = x86->cr3 & ~(uint64_t)(TABLE_SIZE - 1) & ~(uint64_t)PTI_BIT;
    struct vmmap_error *error = read_table(&machine->memory, own, kernel, &has_kernel);
    if (!error)
        error = read_table(&machine->memory, own | PTI_BIT, user, &has_user);
    if (error)
        return error;
    if (!has_kernel || !has_user || !are_halves(kernel, user))
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "The kernel does not isolate the page tables of this process, as "
                                  "far as can be seen (0x%" PRIx64 " and 0x%" PRIx64 " are not two "
                                  "halves of one): there is no \"--root %s\".",
                                  own, own | PTI_BIT, word);
    *table = root->kind == VMMAP_ROOT_USER ? own | PTI_BIT : own;
    x86->cr3 = *table;
    return NULL;
}

struct vmmap_error *vmmap_machine_use_root(struct vmmap_machine *machine,
                                           const struct vmmap_root *root, struct vmmap_map *notes)
{
    struct vmmap_paging_config *config = &machine->config;
    struct vmmap_error *error = NULL;
    uint64_t table = 0;
    switch (root->kind) {
    case VMMAP_ROOT_CPU:
        return NULL;
    case VMMAP_ROOT_TABLE:
    case VMMAP_ROOT_UPPER:
        error = set_root(config, root, &table);
        break;
    case VMMAP_ROOT_KERNEL:
    case VMMAP_ROOT_USER:
        error = set_isolated(machine, root, &table);
        break;
    case VMMAP_ROOT_EPT:
    case VMMAP_ROOT_NPT:
    case VMMAP_ROOT_CPU_IN_EPT:
    case VMMAP_ROOT_CPU_IN_NPT:
        error = set_nested(config, root, &table);
        break;
    }
    /* Of two stages the nested one is what was named. */
    struct vmmap_paging_config named = *config;
    if (root->kind == VMMAP_ROOT_CPU_IN_EPT || root->kind == VMMAP_ROOT_CPU_IN_NPT)
        named.architecture = VMMAP_PAGING_GUEST_PHYSICAL;
    if (!error)
        error = check_root(machine, &named, root->kind == VMMAP_ROOT_UPPER, table, notes);
    return error;
}
