/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/arm_long.h"

#include "map/region.h"

/*
 * Arm ARM DDI 0487: VMSAv8-64 descriptors in section D8.3, address sizes and start levels in D8.2,
 * hierarchical and direct permissions in D8.4; DDI 0406 section B3.6 for AArch32. What QEMU makes
 * of it is get_phys_addr_lpae() and get_S1prot() in target/arm/ptw.c.
 *
 * Attributes: AttrIndx[2:0], the index into MAIR; MemAttr[3:0] in a second stage.
 *
 * The contiguous bit changes nothing of what is mapped and is ignored. An entry whose access flag
 * is clear counts as mapped: the first access sets it, in hardware or in a handler.
 */

enum {
    DESCRIPTOR_VALID = 1 << 0,
    DESCRIPTOR_TABLE = 1 << 1, /* or page, at the last level */
    DESCRIPTOR_USER = 1 << 6,  /* AP[1] */
    DESCRIPTOR_READ_ONLY = 1 << 7,
    STAGE2_READ = 1 << 6, /* S2AP */
    STAGE2_WRITE = 1 << 7,
};
#define DESCRIPTOR_DIRTY_MODIFIER (UINT64_C(1) << 51)
#define DESCRIPTOR_PXN            (UINT64_C(1) << 53)
#define DESCRIPTOR_XN             (UINT64_C(1) << 54) /* UXN where there are two modes */

/* Bits 62:59 of a table descriptor: APTable, XNTable and PXNTable take away from all below. */
enum { LIMIT_PXN = 1 << 0, LIMIT_XN = 1 << 1, LIMIT_USER = 1 << 2, LIMIT_WRITE = 1 << 3 };
enum { LIMITS_FIRST_BIT = 59, LIMITS_BITS = 4 };

enum { LAST_LEVEL = 3, ENTRY_BITS = 3, HIGH_ROOT_ALIGN_BITS = 6 };

struct rights {
    bool user;     /* user mode may read */
    bool writable; /* whoever may read may write */
    bool pxn;
    bool xn;
};

static struct rights rights_of(const struct vmmap_paging_range *range, uint64_t value,
                               uint32_t limits)
{
    bool dirty_managed = range->options & VMMAP_ARM_LONG_DIRTY && value & DESCRIPTOR_DIRTY_MODIFIER;
    bool privileged = range->options & VMMAP_ARM_LONG_PRIVILEGED;
    return (struct rights){
        .user = !privileged && value & DESCRIPTOR_USER && !(limits & LIMIT_USER),
        .writable = (!(value & DESCRIPTOR_READ_ONLY) || dirty_managed) && !(limits & LIMIT_WRITE),
        .pxn = value & DESCRIPTOR_PXN || limits & LIMIT_PXN,
        .xn = value & DESCRIPTOR_XN || limits & LIMIT_XN,
    };
}

/* Section D8.4.1, "Permissions for instruction execution"; DDI 0406 B3.7.2. */
static uint8_t kernel_access(uint32_t options, struct rights rights)
{
    uint8_t access = VMMAP_PERM_READ;
    if (rights.writable)
        access |= VMMAP_PERM_WRITE;
    bool user_writes = rights.user && rights.writable;
    bool no_exec;
    if (options & VMMAP_ARM_LONG_PRIVILEGED)
        no_exec = rights.xn;
    else if (options & VMMAP_ARM_LONG_AARCH32)
        no_exec = rights.xn || rights.pxn || (options & VMMAP_ARM_LONG_UWXN && user_writes);
    else
        no_exec = rights.pxn || user_writes; /* EL1 never executes what EL0 may write */
    if (!no_exec && !(options & VMMAP_ARM_LONG_WXN && rights.writable))
        access |= VMMAP_PERM_EXEC;
    return access;
}

/* In AArch64 user mode may be allowed to execute what it may not read. */
static uint8_t user_access(uint32_t options, struct rights rights)
{
    if (options & (VMMAP_ARM_LONG_PRIVILEGED | VMMAP_ARM_LONG_NO_USER))
        return 0;
    uint8_t access = 0;
    if (rights.user)
        access |= VMMAP_PERM_READ;
    if (rights.user && rights.writable)
        access |= VMMAP_PERM_WRITE;
    bool no_exec = rights.xn || (options & VMMAP_ARM_LONG_AARCH32 && !rights.user);
    if (!no_exec && !(options & VMMAP_ARM_LONG_WXN && access & VMMAP_PERM_WRITE))
        access |= VMMAP_PERM_EXEC;
    return access;
}

/* Section D8.4.2: S2AP in bits 7:6, XN in bits 54:53, of which 53 came with FEAT_XNX. A page that a
 * hypervisor made read-only is one if hardware sets no dirty state. */
static void set_stage2_access(uint32_t options, uint64_t value, struct vmmap_paging_entry *ret)
{
    enum { NOBODY = 2, USER_ONLY = 1, KERNEL_ONLY = 3 };
    const uint64_t no_exec =
        vmmap_paging_bits(value, 53, 2) & (options & VMMAP_ARM_LONG_NO_XNX ? NOBODY : KERNEL_ONLY);
    uint8_t access = 0;
    if (value & STAGE2_READ)
        access |= VMMAP_PERM_READ;
    if (value & STAGE2_WRITE ||
        (options & VMMAP_ARM_LONG_DIRTY && value & DESCRIPTOR_DIRTY_MODIFIER))
        access |= VMMAP_PERM_WRITE;
    ret->user = ret->kernel = access;
    if (no_exec == 0 || no_exec == USER_ONLY)
        ret->user |= VMMAP_PERM_EXEC;
    if (no_exec == 0 || no_exec == KERNEL_ONLY)
        ret->kernel |= VMMAP_PERM_EXEC;
    ret->attributes = (uint32_t)vmmap_paging_bits(value, 2, 4);
}

static void set_access(const struct vmmap_paging_range *range, uint64_t value, uint32_t limits,
                       struct vmmap_paging_entry *ret)
{
    const struct rights rights = rights_of(range, value, limits);
    ret->attributes = (uint32_t)vmmap_paging_bits(value, 2, 3);
    ret->kernel = kernel_access(range->options, rights);
    ret->user = user_access(range->options, rights);
}

/* The address in a descriptor, from which bits the format says (section D8.3.1). */
static uint64_t address_in(const struct vmmap_paging_range *range, uint64_t value)
{
    uint64_t address = value & range->address_mask;
    if (range->options & VMMAP_ARM_LONG_HIGH_LPA)
        address |= vmmap_paging_bits(value, 12, 4) << 48;
    if (range->options & VMMAP_ARM_LONG_HIGH_LPA2)
        address |= vmmap_paging_bits(value, 8, 2) << 50;
    return address;
}

void vmmap_arm_long_decode(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                           uint64_t value, struct vmmap_paging_entry *ret)
{
    if (!(value & DESCRIPTOR_VALID))
        return;
    bool last = place.depth + 1u == range->depth_count;
    bool page = last == !!(value & DESCRIPTOR_TABLE);
    uint64_t address = address_in(range, value);
    bool possible = page ? last || place.depth >= range->first_page_depth : !last;
    if (!possible || address & ~vmmap_paging_mask(range->physical_bits)) {
        ret->kind = VMMAP_PAGING_ENTRY_INVALID;
        return;
    }
    if (!page) {
        ret->kind = VMMAP_PAGING_ENTRY_TABLE;
        ret->physical = address;
        ret->limits = place.limits;
        if (!(range->options & VMMAP_ARM_LONG_FLAT))
            ret->limits |= (uint32_t)vmmap_paging_bits(value, LIMITS_FIRST_BIT, LIMITS_BITS);
        return;
    }
    unsigned int shift = range->shifts[place.depth];
    ret->kind = VMMAP_PAGING_ENTRY_PAGE;
    ret->physical = address & ~vmmap_paging_mask(shift);
    ret->page_size = UINT64_C(1) << shift;
    if (range->options & VMMAP_ARM_LONG_STAGE2)
        set_stage2_access(range->options, value, ret);
    else
        set_access(range, value, place.limits, ret);
}

/* Section D8.2.5: the root is aligned to its size, and to 64 bytes where TTBR bits 5:2 hold
 * address bits 51:48. The lowest bits are CnP and RES0, the highest the ASID. */
static bool set_root(struct vmmap_paging_range *range, uint64_t ttbr, unsigned int size_bits)
{
    uint64_t table = ttbr & vmmap_paging_mask(48);
    if (range->physical_bits > 48) {
        table |= vmmap_paging_bits(ttbr, 2, 4) << 48;
        if (size_bits < HIGH_ROOT_ALIGN_BITS)
            size_bits = HIGH_ROOT_ALIGN_BITS;
    }
    range->table = table & ~vmmap_paging_mask(size_bits);
    return !(table & ~vmmap_paging_mask(range->physical_bits));
}

int vmmap_arm_long_first_level(unsigned int input_bits, unsigned int page_shift)
{
    const unsigned int stride = page_shift - ENTRY_BITS;
    return LAST_LEVEL + 1 - (int)((input_bits - page_shift + stride - 1) / stride);
}

bool vmmap_arm_long_set_levels(struct vmmap_paging_range *range, uint64_t ttbr,
                               unsigned int input_bits, unsigned int page_shift,
                               struct vmmap_arm_long_levels levels)
{
    static const char *const names[] = {"level -1", "level 0", "level 1", "level 2", "level 3"};
    const unsigned int depths = (unsigned int)(LAST_LEVEL + 1 - levels.first);
    range->decode = vmmap_arm_long_decode;
    range->entry_size = 1 << ENTRY_BITS;
    range->first_page_depth =
        (uint8_t)(levels.first_page > levels.first ? levels.first_page - levels.first : 0);
    for (unsigned int depth = 0; depth < depths; depth++)
        range->names[depth] = names[levels.first + 1 + (int)depth];
    vmmap_paging_range_set_levels(range, depths, page_shift, page_shift - ENTRY_BITS);
    unsigned int root_bits = input_bits - range->shifts[0];
    return set_root(range, ttbr, root_bits + ENTRY_BITS);
}
