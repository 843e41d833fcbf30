/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/region.h"
#include "paging/format.h"

/*
 * Intel SDM volume 3C, section 29.3 "The Extended Page Table Mechanism": EPTP in 25.6.11, entries
 * in tables 29-1 to 29-7, misconfigurations in 29.3.3.1.
 *
 * Attributes: the memory type, bits 5:3. Mode-based execute control, which makes bit 10 the right
 * of user mode to execute, is a flag of the VMCS that can not be seen here: bit 2 speaks for both.
 */

enum {
    ENTRY_READ = 1 << 0,
    ENTRY_WRITE = 1 << 1,
    ENTRY_EXEC = 1 << 2,
    ENTRY_RIGHTS = ENTRY_READ | ENTRY_WRITE | ENTRY_EXEC,
    ENTRY_RESERVED_IN_TABLE = 0xf8, /* bits 7:3; 7 says that it is a page */
    ENTRY_PAGE = 1 << 7,
};

enum { PAGE_SHIFT = 12, INDEX_BITS = 9, PHYSICAL_BITS = 52, TYPE_FIRST_BIT = 3 };

/* What an entry takes away from all below: the rights that it lacks, as ENTRY_RIGHTS has them. */
static uint32_t limits_of(uint64_t value)
{
    return (uint32_t)(~value & ENTRY_RIGHTS);
}

static uint8_t access_within(uint32_t limits)
{
    uint8_t access = 0;
    if (!(limits & ENTRY_READ))
        access |= VMMAP_PERM_READ;
    if (!(limits & ENTRY_WRITE))
        access |= VMMAP_PERM_WRITE;
    if (!(limits & ENTRY_EXEC))
        access |= VMMAP_PERM_EXEC;
    return access;
}

static bool decode_page(const struct vmmap_paging_range *range, unsigned int shift, uint64_t value,
                        uint32_t limits, struct vmmap_paging_entry *ret)
{
    const uint64_t type = vmmap_paging_bits(value, TYPE_FIRST_BIT, 3);
    const uint64_t address = value & range->address_mask;
    const bool is_reserved_type = type == 2 || type == 3 || type == 7;
    if (is_reserved_type || address & vmmap_paging_mask(shift))
        return false;
    ret->physical = address;
    ret->page_size = UINT64_C(1) << shift;
    ret->attributes = (uint32_t)type;
    ret->user = ret->kernel = access_within(limits);
    return true;
}

/* An entry without any right is not present. */
static void decode(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                   uint64_t value, struct vmmap_paging_entry *ret)
{
    const bool lowest = place.depth + 1u == range->depth_count;
    const bool is_page = lowest || (value & ENTRY_PAGE && place.depth >= range->first_page_depth);
    const uint32_t limits = place.limits | limits_of(value);
    if (!(value & ENTRY_RIGHTS))
        return;
    ret->kind = VMMAP_PAGING_ENTRY_INVALID;
    if (value & ENTRY_WRITE && !(value & ENTRY_READ))
        return;
    if (is_page) {
        if (decode_page(range, range->shifts[place.depth], value, limits, ret))
            ret->kind = VMMAP_PAGING_ENTRY_PAGE;
    } else if (!(value & ENTRY_RESERVED_IN_TABLE)) {
        ret->kind = VMMAP_PAGING_ENTRY_TABLE;
        ret->physical = value & range->address_mask;
        ret->limits = limits;
    }
}

/* EPTP: the number of levels less one in bits 5:3; without it there are four. */
void vmmap_paging_stage2_setup_ept(const struct vmmap_paging_stage2 *stage2,
                                   struct vmmap_paging_space *space)
{
    static const char *const names[] = {"EPT PML5E", "EPT PML4E", "EPT PDPTE", "EPT PDE",
                                        "EPT PTE"};
    const unsigned int depths = vmmap_paging_bits(stage2->root, 3, 3) == 4 ? 5 : 4;
    struct vmmap_paging_range range = {
        .decode = decode,
        .entry_size = 8,
        .address_mask = vmmap_paging_mask(PHYSICAL_BITS) & ~vmmap_paging_mask(PAGE_SHIFT),
        .first_page_depth = (uint8_t)(depths - 3),
    };
    range.table = stage2->root & range.address_mask;
    range.last = vmmap_paging_mask(PAGE_SHIFT + INDEX_BITS * depths);
    for (size_t i = 0; i < depths; i++)
        range.names[i] = names[5 - depths + i];
    space->mode = depths == 5 ? "x86 EPT with 5 levels" : "x86 EPT";
    vmmap_paging_range_set_levels(&range, depths, PAGE_SHIFT, INDEX_BITS);
    vmmap_paging_space_add(space, &range);
}
