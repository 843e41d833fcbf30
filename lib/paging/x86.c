/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/region.h"
#include "paging/format.h"
#include "paging/x86_mode.h"

/*
 * Intel SDM volume 3A, chapter 4 "Paging": the registers in section 4.1, 32-bit paging in 4.3
 * (tables 4-3 to 4-6), PAE in 4.4 (4-8 to 4-11), 4-level and 5-level in 4.5 (4-12 to 4-20), access
 * rights in 4.6, memory types in 4.9. What QEMU makes of it is mmu_translate() in
 * target/i386/tcg/system/excp_helper.c.
 *
 * Attributes: the index into the PAT, PAT << 2 | PCD << 1 | PWT (section 4.9.2).
 */

enum {
    CR4_PSE = 1 << 4,
    EFER_NXE = 1 << 11,
};

enum {
    ENTRY_PRESENT = 1 << 0,
    ENTRY_WRITE = 1 << 1,
    ENTRY_USER = 1 << 2,
    ENTRY_CACHE = 3 << 3, /* PWT, PCD */
    ENTRY_PAGE_SIZE = 1 << 7,
    ENTRY_PAT = 1 << 7,        /* in an entry that maps 4 KiB */
    ENTRY_PAT_LARGE = 1 << 12, /* in one that maps more */
};
#define ENTRY_NO_EXEC (UINT64_C(1) << 63)

/* What an entry takes away from everything below it. */
enum { LIMIT_WRITE = 1 << 0, LIMIT_USER = 1 << 1, LIMIT_EXEC = 1 << 2 };

enum {
    OPTION_PSE = 1 << 0,   /* 32-bit paging: PS is not ignored */
    OPTION_PDPTE = 1 << 1, /* PAE: the four entries of the root carry no rights */
};

enum { PHYSICAL_BITS_MAX = 52, PSE36_PHYSICAL_BITS = 40, PAGE_SHIFT = 12, PSE_SHIFT = 22 };

static uint32_t limits_of(uint64_t value)
{
    uint32_t limits = 0;
    if (!(value & ENTRY_WRITE))
        limits |= LIMIT_WRITE;
    if (!(value & ENTRY_USER))
        limits |= LIMIT_USER;
    if (value & ENTRY_NO_EXEC)
        limits |= LIMIT_EXEC;
    return limits;
}

static uint8_t access_within(uint32_t limits)
{
    uint8_t access = VMMAP_PERM_READ;
    if (!(limits & LIMIT_WRITE))
        access |= VMMAP_PERM_WRITE;
    if (!(limits & LIMIT_EXEC))
        access |= VMMAP_PERM_EXEC;
    return access;
}

static uint32_t memory_type(uint64_t value, uint64_t pat_bit)
{
    uint32_t type = (uint32_t)(value & ENTRY_CACHE) >> 3;
    return value & pat_bit ? type | 4 : type;
}

/* Table 4-4: bits 20:13 of an entry for 4 MiB are bits 39:32 of the address, bit 21 must be 0. */
static bool decode_pse36(const struct vmmap_paging_range *range, uint64_t value,
                         struct vmmap_paging_entry *ret)
{
    ret->physical = (value & 0xffc00000) | vmmap_paging_bits(value, 13, 8) << 32;
    return !(value & 1 << 21) && !(ret->physical >> range->physical_bits);
}

/* The address in an entry that maps a page; false if it breaks the rules. */
static bool decode_address(const struct vmmap_paging_range *range, unsigned int shift,
                           uint64_t value, struct vmmap_paging_entry *ret)
{
    if (range->options & OPTION_PSE && shift == PSE_SHIFT)
        return decode_pse36(range, value, ret);
    ret->physical = value & range->address_mask & ~vmmap_paging_mask(shift);
    uint64_t unused = value & range->address_mask & vmmap_paging_mask(shift);
    return shift == PAGE_SHIFT || !(unused & ~(uint64_t)ENTRY_PAT_LARGE);
}

static void decode_page(const struct vmmap_paging_range *range, unsigned int shift, uint64_t value,
                        uint32_t limits, struct vmmap_paging_entry *ret)
{
    if (!decode_address(range, shift, value, ret)) {
        ret->kind = VMMAP_PAGING_ENTRY_INVALID;
        return;
    }
    ret->kind = VMMAP_PAGING_ENTRY_PAGE;
    ret->page_size = UINT64_C(1) << shift;
    ret->attributes = memory_type(value, shift == PAGE_SHIFT ? ENTRY_PAT : ENTRY_PAT_LARGE);
    ret->kernel = access_within(limits);
    ret->user = limits & LIMIT_USER ? 0 : access_within(limits);
}

/*
 * The root of PAE paging. Its reserved bits 8:5 and 2:1 are not looked at: loading CR3 faults on
 * them, so on hardware they can not be in force, and QEMU ignores them. Hardware keeps the four
 * entries from when CR3 was loaded (section 4.4.1); what memory says now is the best there is.
 */
static void decode_pdpte(const struct vmmap_paging_range *range, uint64_t value,
                         struct vmmap_paging_entry *ret)
{
    ret->kind = value & ENTRY_NO_EXEC ? VMMAP_PAGING_ENTRY_INVALID : VMMAP_PAGING_ENTRY_TABLE;
    ret->physical = value & range->address_mask;
}

static void decode(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                   uint64_t value, struct vmmap_paging_entry *ret)
{
    if (!(value & ENTRY_PRESENT))
        return;
    if (value & range->invalid_mask) {
        ret->kind = VMMAP_PAGING_ENTRY_INVALID;
        return;
    }
    if (range->options & OPTION_PDPTE && place.depth == 0) {
        decode_pdpte(range, value, ret);
        return;
    }
    bool lowest = place.depth + 1u == range->depth_count;
    bool sized = value & ENTRY_PAGE_SIZE && (range->entry_size == 8 || range->options & OPTION_PSE);
    uint32_t limits = place.limits | limits_of(value);
    if (lowest || (sized && place.depth >= range->first_page_depth)) {
        decode_page(range, range->shifts[place.depth], value, limits, ret);
    } else if (sized) {
        ret->kind = VMMAP_PAGING_ENTRY_INVALID; /* PS is reserved in a PML4E and a PML5E */
    } else {
        ret->kind = VMMAP_PAGING_ENTRY_TABLE;
        ret->physical = value & range->address_mask;
        ret->limits = limits;
    }
}

static unsigned int physical_bits(const struct vmmap_paging_x86 *registers)
{
    unsigned int bits = registers->physical_bits;
    return bits == 0 || bits > PHYSICAL_BITS_MAX ? PHYSICAL_BITS_MAX : bits;
}

/* Section 4.3. There is no bit 63 in these entries, so everything is executable. */
static void setup_32bit(const struct vmmap_paging_x86 *registers, struct vmmap_paging_range range,
                        struct vmmap_paging_space *space)
{
    unsigned int bits = physical_bits(registers);
    space->mode = "x86 32-bit paging";
    range.last = UINT32_MAX;
    range.table = registers->cr3 & 0xfffff000;
    range.entry_size = 4;
    range.address_mask = 0xfffff000;
    range.physical_bits = (uint8_t)(bits < PSE36_PHYSICAL_BITS ? bits : PSE36_PHYSICAL_BITS);
    range.options = registers->cr4 & CR4_PSE ? OPTION_PSE : 0;
    range.names[0] = "PDE";
    range.names[1] = "PTE";
    vmmap_paging_range_set_levels(&range, 2, PAGE_SHIFT, 10);
    vmmap_paging_space_add(space, &range);
}

/* What entries of 64 bits have in common. */
static void set_wide(const struct vmmap_paging_x86 *registers, struct vmmap_paging_range *range)
{
    unsigned int bits = physical_bits(registers);
    range->entry_size = 8;
    range->address_mask = vmmap_paging_mask(bits) & ~UINT64_C(0xfff);
    range->invalid_mask = vmmap_paging_mask(PHYSICAL_BITS_MAX) & ~vmmap_paging_mask(bits);
    if (!(registers->efer & EFER_NXE))
        range->invalid_mask |= ENTRY_NO_EXEC;
}

/* Section 4.4: bits 62:52 are reserved too. */
static void setup_pae(const struct vmmap_paging_x86 *registers, struct vmmap_paging_range range,
                      struct vmmap_paging_space *space)
{
    static const char *const names[] = {"PDPTE", "PDE", "PTE"};
    space->mode = "x86 PAE paging";
    set_wide(registers, &range);
    range.invalid_mask |= vmmap_paging_mask(63) & ~vmmap_paging_mask(PHYSICAL_BITS_MAX);
    range.last = UINT32_MAX;
    range.table = registers->cr3 & 0xffffffe0;
    range.options = OPTION_PDPTE;
    range.first_page_depth = 1;
    for (size_t i = 0; i < 3; i++)
        range.names[i] = names[i];
    vmmap_paging_range_set_levels(&range, 3, PAGE_SHIFT, 9);
    vmmap_paging_space_add(space, &range);
}

/* Section 4.5. Bits 11:0 of CR3 are a PCID or flags, bits 62:61 control LAM, 63 is not stored. */
static void setup_long(const struct vmmap_paging_x86 *registers, unsigned int depths,
                       struct vmmap_paging_range range, struct vmmap_paging_space *space)
{
    static const char *const names[] = {"PML5E", "PML4E", "PDPTE", "PDE", "PTE"};
    space->mode = depths == 5 ? "x86-64 5-level paging" : "x86-64 4-level paging";
    set_wide(registers, &range);
    range.table = registers->cr3 & range.address_mask;
    range.first_page_depth = (uint8_t)(depths - 3);
    for (size_t i = 0; i < depths; i++)
        range.names[i] = names[5 - depths + i];
    vmmap_paging_range_set_levels(&range, depths, PAGE_SHIFT, 9);
    vmmap_paging_space_add_halves(space, &range, PAGE_SHIFT + 9 * depths);
}

/* AMD64 Architecture Programmer's Manual, volume 2, section 15.25.5: every access of the guest is
 * one of user mode. */
static void decode_nested(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                          uint64_t value, struct vmmap_paging_entry *ret)
{
    decode(range, place, value, ret);
    ret->kernel = ret->user;
}

void vmmap_paging_stage2_setup_npt(const struct vmmap_paging_stage2 *stage2,
                                   struct vmmap_paging_space *space)
{
    const struct vmmap_paging_x86 registers = {.cr3 = stage2->root, .efer = EFER_NXE};
    setup_long(&registers, 4, (struct vmmap_paging_range){.decode = decode_nested}, space);
    space->mode = "x86 nested page tables";
    /* An address is not signed. */
    space->range_count = 1;
    space->ranges[0].last = 2 * space->ranges[0].last + 1;
}

static void setup(const struct vmmap_paging_config *config, struct vmmap_paging_space *space)
{
    const struct vmmap_paging_x86 *registers = &config->x86;
    struct vmmap_paging_range range = {.decode = decode};
    switch (vmmap_x86_mode(registers)) {
    case VMMAP_X86_OFF:
        vmmap_paging_space_set_off(space, "x86 without paging", UINT32_MAX);
        break;
    case VMMAP_X86_32BIT:
        setup_32bit(registers, range, space);
        break;
    case VMMAP_X86_PAE:
        setup_pae(registers, range, space);
        break;
    case VMMAP_X86_4_LEVEL:
        setup_long(registers, 4, range, space);
        break;
    case VMMAP_X86_5_LEVEL:
        setup_long(registers, 5, range, space);
        break;
    }
}

const struct vmmap_paging_format vmmap_paging_x86_format = {setup};
