/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/region.h"
#include "paging/format.h"

/*
 * The RISC-V Instruction Set Manual, volume II (privileged), chapter "Supervisor-Level ISA": satp,
 * Sv32, Sv39, Sv48, Sv57 and the extensions Svnapot and Svpbmt. What QEMU makes of it is
 * get_physical_address() in target/riscv/cpu_helper.c.
 *
 * Attributes: PBMT (bits 62:61).
 *
 * For the kernel, a page with the U bit is shown readable and writable as if mstatus.SUM were set,
 * and never executable, which SUM does not change: the kernel sets and clears SUM around each copy
 * from user memory. An execute-only page is shown as not readable, as if mstatus.MXR were clear,
 * for the same reason. A and D are ignored: hardware or a handler sets them.
 *
 * The second stage (chapter "Hypervisor Extension", "Two-Stage Address Translation") has the same
 * entries, and a root of four tables' size for two bits more. Every access is one of user mode
 * there: a page without the U bit allows nothing.
 */

enum { OPTION_STAGE2 = 1 << 0, ROOT_EXTRA_BITS = 2 };

enum {
    ENTRY_VALID = 1 << 0,
    ENTRY_READ = 1 << 1,
    ENTRY_WRITE = 1 << 2,
    ENTRY_EXEC = 1 << 3,
    ENTRY_USER = 1 << 4,
    ENTRY_ACCESSED = 1 << 6,
    ENTRY_DIRTY = 1 << 7,
    ENTRY_RIGHTS = ENTRY_READ | ENTRY_WRITE | ENTRY_EXEC,
};
#define ENTRY_RESERVED (UINT64_C(0x7f) << 54)
#define ENTRY_PBMT     (UINT64_C(3) << 61)
#define ENTRY_NAPOT    (UINT64_C(1) << 63)

enum { PPN_FIRST_BIT = 10, PBMT_FIRST_BIT = 61, PAGE_SHIFT = 12 };
/* The one size that Svnapot has: 16 pages, told by the lowest bits of the page number. */
enum { NAPOT_PAGES = 16, NAPOT_CODE = 8 };

static uint8_t access_of(uint64_t value)
{
    uint8_t access = 0;
    if (value & ENTRY_READ)
        access |= VMMAP_PERM_READ;
    if (value & ENTRY_WRITE)
        access |= VMMAP_PERM_WRITE;
    if (value & ENTRY_EXEC)
        access |= VMMAP_PERM_EXEC;
    return access;
}

/* "Svnapot": the entry maps its own 4 KiB of a 64 KiB page; the others say the same. Above the last
 * level an aligned page number can not have the code. */
static bool decode_napot(uint64_t index, struct vmmap_paging_entry *ret)
{
    uint64_t page = ret->physical >> PAGE_SHIFT;
    if (page % NAPOT_PAGES != NAPOT_CODE)
        return false;
    ret->physical = (page - NAPOT_CODE + index % NAPOT_PAGES) << PAGE_SHIFT;
    ret->page_size = (uint64_t)NAPOT_PAGES << PAGE_SHIFT;
    return true;
}

/* False if the entry breaks the rules. */
static bool decode_page(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                        uint64_t value, struct vmmap_paging_entry *ret)
{
    unsigned int shift = range->shifts[place.depth];
    uint64_t pbmt = vmmap_paging_bits(value, PBMT_FIRST_BIT, 2);
    bool unreadable_write = value & ENTRY_WRITE && !(value & ENTRY_READ);
    bool misaligned = ret->physical & vmmap_paging_mask(shift);
    if (unreadable_write || misaligned || pbmt == 3)
        return false;
    ret->page_size = UINT64_C(1) << shift;
    if (value & ENTRY_NAPOT && !decode_napot(place.index, ret))
        return false;
    uint8_t access = access_of(value);
    ret->attributes = (uint32_t)pbmt;
    if (range->options & OPTION_STAGE2) {
        ret->user = ret->kernel = value & ENTRY_USER ? access : 0;
        return true;
    }
    ret->user = value & ENTRY_USER ? access : 0;
    ret->kernel = value & ENTRY_USER ? access & (uint8_t)~VMMAP_PERM_EXEC : access;
    return true;
}

/* Steps 2 to 5 of "Virtual Address Translation Process". */
static void decode(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                   uint64_t value, struct vmmap_paging_entry *ret)
{
    const uint64_t not_in_pointers =
        ENTRY_DIRTY | ENTRY_ACCESSED | ENTRY_USER | ENTRY_PBMT | ENTRY_NAPOT;
    if (!(value & ENTRY_VALID))
        return;
    ret->kind = VMMAP_PAGING_ENTRY_INVALID;
    if (value & range->invalid_mask)
        return;
    ret->physical = (value & range->address_mask) >> PPN_FIRST_BIT << PAGE_SHIFT;
    if (value & ENTRY_RIGHTS) {
        if (decode_page(range, place, value, ret))
            ret->kind = VMMAP_PAGING_ENTRY_PAGE;
    } else if (!(value & not_in_pointers) && place.depth + 1u < range->depth_count) {
        ret->kind = VMMAP_PAGING_ENTRY_TABLE;
    }
}

static void set_names(struct vmmap_paging_range *range)
{
    static const char *const names[] = {"level 4", "level 3", "level 2", "level 1", "level 0"};
    for (size_t i = 0; i < range->depth_count; i++)
        range->names[i] = names[VMMAP_PAGING_MAX_DEPTH - range->depth_count + i];
}

/* satp and hgatp: page number in 21:0. Physical addresses have 34 bits. */
static struct vmmap_paging_range range_of_32(uint64_t root)
{
    struct vmmap_paging_range range = {
        .last = UINT32_MAX,
        .table = vmmap_paging_bits(root, 0, 22) << PAGE_SHIFT,
        .decode = decode,
        .entry_size = 4,
        .address_mask = vmmap_paging_mask(22) << PPN_FIRST_BIT,
    };
    vmmap_paging_range_set_levels(&range, 2, PAGE_SHIFT, 10);
    set_names(&range);
    return range;
}

/* satp and hgatp: page number in 43:0. Physical addresses have 56 bits. */
static struct vmmap_paging_range range_of_64(uint64_t root, unsigned int depths)
{
    struct vmmap_paging_range range = {
        .table = vmmap_paging_bits(root, 0, 44) << PAGE_SHIFT,
        .decode = decode,
        .entry_size = 8,
        .address_mask = vmmap_paging_mask(44) << PPN_FIRST_BIT,
        .invalid_mask = ENTRY_RESERVED,
    };
    vmmap_paging_range_set_levels(&range, depths, PAGE_SHIFT, 9);
    set_names(&range);
    return range;
}

/* The mode is in bit 31, or in 63:60, where 8 to 10 have 3 to 5 levels. */
enum { FIRST_MODE = 8, LAST_MODE = 10, FIRST_MODE_LEVELS = 3 };

static void setup_32(const struct vmmap_paging_riscv *registers, struct vmmap_paging_space *space)
{
    if (registers->machine_mode || !(registers->satp >> 31 & 1)) {
        vmmap_paging_space_set_off(space, "RISC-V without translation", UINT32_MAX);
        return;
    }
    const struct vmmap_paging_range range = range_of_32(registers->satp);
    space->mode = "RISC-V Sv32";
    vmmap_paging_space_add(space, &range);
}

static void setup_64(const struct vmmap_paging_riscv *registers, struct vmmap_paging_space *space)
{
    static const char *const modes[] = {"RISC-V Sv39", "RISC-V Sv48", "RISC-V Sv57"};
    uint64_t mode = registers->satp >> 60;
    if (registers->machine_mode || mode == 0) {
        vmmap_paging_space_set_off(space, "RISC-V without translation", vmmap_paging_mask(56));
        return;
    }
    if (mode < FIRST_MODE || mode > LAST_MODE) {
        space->mode = "RISC-V with a reserved mode";
        vmmap_paging_space_add_problem(
            space, "satp names a translation mode that is reserved, so nothing is known to be "
                   "mapped.");
        return;
    }
    const unsigned int depths = (unsigned int)mode - FIRST_MODE + FIRST_MODE_LEVELS;
    struct vmmap_paging_range range = range_of_64(registers->satp, depths);
    range.invalid_mask |=
        (registers->no_svnapot ? ENTRY_NAPOT : 0) | (registers->no_svpbmt ? ENTRY_PBMT : 0);
    space->mode = modes[mode - FIRST_MODE];
    vmmap_paging_space_add_halves(space, &range, PAGE_SHIFT + 9 * depths);
}

/* The two bits more of a guest-physical address are the root's; the root is aligned to its size. */
static void add_stage2(struct vmmap_paging_range range, struct vmmap_paging_space *space)
{
    const unsigned int index_bits = range.shifts[range.depth_count - 2] - PAGE_SHIFT;
    range.last = vmmap_paging_mask(range.shifts[0] + index_bits + ROOT_EXTRA_BITS);
    range.table &= ~vmmap_paging_mask(PAGE_SHIFT + ROOT_EXTRA_BITS);
    range.options = OPTION_STAGE2;
    vmmap_paging_space_add(space, &range);
}

void vmmap_paging_stage2_setup_riscv(const struct vmmap_paging_stage2 *stage2,
                                     struct vmmap_paging_space *space)
{
    static const char *const modes[] = {"RISC-V Sv39x4", "RISC-V Sv48x4", "RISC-V Sv57x4"};
    const bool is_32 = stage2->xlen == 32;
    const uint64_t mode = is_32 ? stage2->root >> 31 & 1 : stage2->root >> 60;
    if (mode == 0) {
        vmmap_paging_space_set_off(space, "RISC-V without a second stage",
                                   vmmap_paging_mask(is_32 ? 34 : 56));
    } else if (is_32) {
        space->mode = "RISC-V Sv32x4";
        add_stage2(range_of_32(stage2->root), space);
    } else if (mode < FIRST_MODE || mode > LAST_MODE) {
        space->mode = "RISC-V with a reserved mode";
        vmmap_paging_space_add_problem(
            space, "hgatp names a translation mode that is reserved, so nothing is known to be "
                   "mapped.");
    } else {
        space->mode = modes[mode - FIRST_MODE];
        add_stage2(range_of_64(stage2->root, (unsigned int)mode - FIRST_MODE + FIRST_MODE_LEVELS),
                   space);
    }
}

static void setup(const struct vmmap_paging_config *config, struct vmmap_paging_space *space)
{
    if (config->riscv.xlen == 32)
        setup_32(&config->riscv, space);
    else
        setup_64(&config->riscv, space);
}

const struct vmmap_paging_format vmmap_paging_riscv_format = {setup};
