/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/region.h"
#include "paging/arm_long.h"

/*
 * AArch32 stage 1 of PL1&0, and of Hyp mode. Arm ARM DDI 0406C: section B3.5 "Short-descriptor
 * translation table format", B3.6 "Long-descriptor translation table format", B3.7 "Memory access
 * control" (AP, domains, XN and PXN, WXN). What QEMU makes of it is get_phys_addr_v6(),
 * get_phys_addr_lpae() and aa32_va_parameters() in target/arm/ptw.c. The formats before ARMv6
 * (SCTLR.XP clear) are not known here.
 *
 * Attributes of short descriptors: TEX << 2 | C << 1 | B, whatever SCTLR.TRE makes of them; of
 * long ones: AttrIndx.
 */

enum { SCTLR_AFE = 1 << 29 };
#define TTBCR_EAE (UINT32_C(1) << 31)

/* A descriptor of the first level; XN and AP are elsewhere in the second. */
enum {
    TYPE_MASK = 3,
    TYPE_TABLE = 1,
    TYPE_SECTION = 2,
    TYPE_SECTION_PXN = 3, /* bit 0 of a section is PXN where the CPU has it */
    SECTION_XN = 1 << 4,
    SECTION_SUPER = 1 << 18,
    TABLE_PXN = 1 << 2,
    TYPE_LARGE_PAGE = 1,
    LARGE_PAGE_XN = 1 << 15,
    SMALL_PAGE_XN = 1 << 0,
};

enum { SECTION_SHIFT = 20, SUPER_SHIFT = 24, SMALL_SHIFT = 12, LARGE_SHIFT = 16 };

/* What a second-level table inherits: PXN, and what DACR says of its domain. */
enum { LIMIT_PXN = 1 << 2, LIMIT_DOMAIN = 3 };
enum { DOMAIN_CLIENT = 1, DOMAIN_MANAGER = 3 };

enum {
    OPTION_AFE = 1 << 0,
    OPTION_WXN = 1 << 1,
    OPTION_UWXN = 1 << 2,
    OPTION_NO_PXN = 1 << 3,
};

/* What a descriptor says, wherever it keeps it. */
struct rights {
    uint32_t domain;
    uint32_t ap; /* AP[2:0] */
    bool xn;
    bool pxn;
};

/* Section B3.7.1, table B3-8: what AP[2:0] allows. AP[2] is read-only, 0b100 is reserved. */
static void access_of_ap(uint32_t options, uint32_t ap, struct vmmap_paging_entry *ret)
{
    const uint8_t read = VMMAP_PERM_READ;
    const uint8_t write = VMMAP_PERM_READ | VMMAP_PERM_WRITE;
    static const uint8_t kernel[] = {0, write, write, write, 0, read, read, read};
    static const uint8_t user[] = {0, 0, read, write, 0, 0, read, read};
    /* With SCTLR.AFE, AP[0] is the access flag: whether it is set makes no difference here. */
    if (options & OPTION_AFE)
        ap |= 1;
    ret->kernel = kernel[ap];
    ret->user = user[ap];
}

/* Section B3.7.2: to execute is to read, and there is XN, PXN, WXN and UWXN. */
static void add_exec(uint32_t options, struct rights rights, struct vmmap_paging_entry *ret)
{
    bool user_writes = ret->user & VMMAP_PERM_WRITE;
    bool kernel_writes = ret->kernel & VMMAP_PERM_WRITE;
    bool no_user = rights.xn || !ret->user || (options & OPTION_WXN && user_writes);
    bool no_kernel = rights.xn || rights.pxn || !ret->kernel ||
                     (options & OPTION_WXN && kernel_writes) ||
                     (options & OPTION_UWXN && user_writes);
    if (!no_user)
        ret->user |= VMMAP_PERM_EXEC;
    if (!no_kernel)
        ret->kernel |= VMMAP_PERM_EXEC;
}

/* Section B3.7.3: a manager is not checked, not even for XN; anyone but a client has no access. */
static void set_access(uint32_t options, struct rights rights, struct vmmap_paging_entry *ret)
{
    ret->kind = VMMAP_PAGING_ENTRY_PAGE;
    if (rights.domain == DOMAIN_MANAGER) {
        ret->user = VMMAP_PAGING_ALL_ACCESS;
        ret->kernel = VMMAP_PAGING_ALL_ACCESS;
    } else if (rights.domain == DOMAIN_CLIENT) {
        access_of_ap(options, rights.ap, ret);
        add_exec(options, rights, ret);
    }
}

static uint32_t bits_of(uint64_t value, unsigned int first, unsigned int count)
{
    return (uint32_t)vmmap_paging_bits(value, first, count);
}

static uint32_t domain_access(const struct vmmap_paging_range *range, uint32_t domain)
{
    return bits_of(range->domains, 2 * domain, 2);
}

/* Section B3.5.1, figure B3-4. A supersection is always in domain 0, and its 16 entries all say
 * the same; each maps its own mebibyte. */
static void decode_section(const struct vmmap_paging_range *range, uint64_t index, uint64_t value,
                           struct vmmap_paging_entry *ret)
{
    struct rights rights = {
        .domain = domain_access(range, bits_of(value, 5, 4)),
        .ap = bits_of(value, 10, 2) | bits_of(value, 15, 1) << 2,
        .xn = value & SECTION_XN,
        .pxn = value & 1,
    };
    ret->physical = value & 0xfff00000;
    ret->page_size = UINT64_C(1) << SECTION_SHIFT;
    if (value & SECTION_SUPER) {
        rights.domain = domain_access(range, 0);
        ret->physical = (value & 0xff000000) | vmmap_paging_bits(value, 20, 4) << 32 |
                        vmmap_paging_bits(value, 5, 4) << 36;
        ret->physical += (index % 16) << SECTION_SHIFT;
        ret->page_size = UINT64_C(1) << SUPER_SHIFT;
    }
    ret->attributes = bits_of(value, 12, 3) << 2 | bits_of(value, 2, 2);
    set_access(range->options, rights, ret);
}

/* Figure B3-5. The 16 entries of a large page all say the same; each maps its own 4 KiB. */
static void decode_small(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                         uint64_t value, struct vmmap_paging_entry *ret)
{
    struct rights rights = {
        .domain = place.limits & LIMIT_DOMAIN,
        .ap = bits_of(value, 4, 2) | bits_of(value, 9, 1) << 2,
        .xn = value & SMALL_PAGE_XN,
        .pxn = place.limits & LIMIT_PXN,
    };
    uint32_t tex = bits_of(value, 6, 3);
    ret->physical = value & 0xfffff000;
    ret->page_size = UINT64_C(1) << SMALL_SHIFT;
    if ((value & TYPE_MASK) == TYPE_LARGE_PAGE) {
        rights.xn = value & LARGE_PAGE_XN;
        tex = bits_of(value, 12, 3);
        ret->physical = (value & 0xffff0000) + ((place.index % 16) << SMALL_SHIFT);
        ret->page_size = UINT64_C(1) << LARGE_SHIFT;
    }
    ret->attributes = tex << 2 | bits_of(value, 2, 2);
    set_access(range->options, rights, ret);
}

static void decode(const struct vmmap_paging_range *range, struct vmmap_paging_place place,
                   uint64_t value, struct vmmap_paging_entry *ret)
{
    unsigned int type = (unsigned int)(value & TYPE_MASK);
    if (type == 0)
        return;
    if (place.depth > 0) {
        decode_small(range, place, value, ret);
    } else if (type == TYPE_TABLE) {
        ret->kind = VMMAP_PAGING_ENTRY_TABLE;
        ret->physical = value & 0xfffffc00;
        ret->limits = domain_access(range, bits_of(value, 5, 4));
        if (value & TABLE_PXN && !(range->options & OPTION_NO_PXN))
            ret->limits |= LIMIT_PXN;
    } else if (type == TYPE_SECTION_PXN && range->options & OPTION_NO_PXN) {
        ret->kind = VMMAP_PAGING_ENTRY_INVALID;
    } else {
        decode_section(range, place.index, value, ret);
    }
}

/* Section B3.5.4: TTBCR.N leaves the lowest 1 / 2^N of the addresses to TTBR0. */
static void setup_short(const struct vmmap_paging_arm *registers, struct vmmap_paging_space *space)
{
    enum { TTBCR_PD0 = 1 << 4, TTBCR_PD1 = 1 << 5, ROOT_BITS = 14 };
    unsigned int split = bits_of(registers->ttbcr, 0, 3);
    struct vmmap_paging_range range = {
        .last = UINT32_MAX >> split,
        .table = registers->ttbr0 & UINT32_MAX & ~vmmap_paging_mask(ROOT_BITS - split),
        .decode = decode,
        .names = {"first level", "second level"},
        .shifts = {SECTION_SHIFT, SMALL_SHIFT},
        .depth_count = 2,
        .entry_size = 4,
        .big_endian = registers->sctlr & VMMAP_ARM_SCTLR_EE,
        .domains = registers->dacr,
        .options = (registers->sctlr & SCTLR_AFE ? OPTION_AFE : 0u) |
                   (registers->sctlr & VMMAP_ARM_SCTLR_WXN ? OPTION_WXN : 0u) |
                   (registers->sctlr & VMMAP_ARM_SCTLR_UWXN ? OPTION_UWXN : 0u) |
                   (registers->no_pxn ? OPTION_NO_PXN : 0u),
    };
    space->mode = "ARM short descriptors";
    if (!(registers->ttbcr & TTBCR_PD0))
        vmmap_paging_space_add(space, &range);
    if (split == 0 || registers->ttbcr & TTBCR_PD1)
        return;
    range.start = range.last + 1;
    range.last = UINT32_MAX;
    range.table = registers->ttbr1 & UINT32_MAX & ~vmmap_paging_mask(ROOT_BITS);
    vmmap_paging_space_add(space, &range);
}

/* What ranges of long descriptors have in common; `size` is T0SZ or its like. Bits 47:40 of the
 * root are SBZP, bits 55:48 the ASID. */
static void set_long(const struct vmmap_paging_arm *registers, uint64_t root, unsigned int size,
                     struct vmmap_paging_range *range)
{
    enum { PHYSICAL_BITS = 40 };
    const struct vmmap_arm_long_levels levels = {vmmap_arm_long_first_level(32 - size, SMALL_SHIFT),
                                                 1};
    range->big_endian = registers->sctlr & VMMAP_ARM_SCTLR_EE;
    range->physical_bits = PHYSICAL_BITS;
    range->address_mask = vmmap_paging_mask(PHYSICAL_BITS) & ~vmmap_paging_mask(SMALL_SHIFT);
    vmmap_arm_long_set_levels(range, root & vmmap_paging_mask(PHYSICAL_BITS), 32 - size,
                              SMALL_SHIFT, levels);
}

/* One of the two ranges of long descriptors; `start` and `last` are set. */
static void add_long(const struct vmmap_paging_arm *registers, bool upper,
                     struct vmmap_paging_range range, struct vmmap_paging_space *space)
{
    enum { TTBCR_T2E = 1 << 6 };
    unsigned int size = bits_of(registers->ttbcr, upper ? 16 : 0, 3);
    bool flat = registers->ttbcr2 >> (upper ? 10 : 9) & 1;
    if (registers->ttbcr >> (upper ? 23 : 7) & 1)
        return;
    range.options = VMMAP_ARM_LONG_AARCH32 |
                    (registers->sctlr & VMMAP_ARM_SCTLR_WXN ? VMMAP_ARM_LONG_WXN : 0u) |
                    (registers->sctlr & VMMAP_ARM_SCTLR_UWXN ? VMMAP_ARM_LONG_UWXN : 0u);
    if (flat && registers->ttbcr & TTBCR_T2E)
        range.options |= VMMAP_ARM_LONG_FLAT;
    range.group = upper;
    set_long(registers, upper ? registers->ttbr1 : registers->ttbr0, size, &range);
    vmmap_paging_space_add(space, &range);
}

/* Section B3.6.4, table B3-14: T0SZ and T1SZ say what belongs to whom. With T1SZ = 0, TTBR1 has
 * all that TTBR0 leaves, with tables for the whole space; and the other way round. */
static void setup_long(const struct vmmap_paging_arm *registers, struct vmmap_paging_space *space)
{
    unsigned int lower_size = bits_of(registers->ttbcr, 0, 3);
    unsigned int upper_size = bits_of(registers->ttbcr, 16, 3);
    struct vmmap_paging_range lower = {.last = UINT32_MAX >> lower_size};
    struct vmmap_paging_range upper = {.last = UINT32_MAX};
    space->mode = "ARM long descriptors";
    if (upper_size > 0) {
        upper.start = UINT32_MAX - (UINT32_MAX >> upper_size);
        upper.base = upper.start;
        if (lower_size == 0)
            lower.last = upper.start - 1;
    } else {
        upper.start = lower.last + 1;
    }
    add_long(registers, false, lower, space);
    if (upper_size > 0 || lower_size > 0)
        add_long(registers, true, upper, space);
}

/* DDI 0406C sections B3.6.1 and B4.1.47: HTTBR and HTCR, in the places of TTBR0 and TTBCR. */
static void setup_hyp(const struct vmmap_paging_arm *registers, struct vmmap_paging_space *space)
{
    enum { HTCR_HPD = 1 << 24 };
    struct vmmap_paging_range range = {.last = UINT32_MAX >> bits_of(registers->ttbcr, 0, 3)};
    space->mode = "ARM Hyp mode";
    range.options = VMMAP_ARM_LONG_AARCH32 | VMMAP_ARM_LONG_PRIVILEGED;
    if (registers->sctlr & VMMAP_ARM_SCTLR_WXN)
        range.options |= VMMAP_ARM_LONG_WXN;
    if (registers->ttbcr & HTCR_HPD)
        range.options |= VMMAP_ARM_LONG_FLAT;
    set_long(registers, registers->ttbr0, bits_of(registers->ttbcr, 0, 3), &range);
    vmmap_paging_space_add(space, &range);
}

static void setup(const struct vmmap_paging_config *config, struct vmmap_paging_space *space)
{
    const struct vmmap_paging_arm *registers = &config->arm;
    if (!(registers->sctlr & VMMAP_ARM_SCTLR_M))
        vmmap_paging_space_set_off(space, "ARM without translation", UINT32_MAX);
    else if (registers->hyp)
        setup_hyp(registers, space);
    else if (registers->ttbcr & TTBCR_EAE)
        setup_long(registers, space);
    else
        setup_short(registers, space);
}

const struct vmmap_paging_format vmmap_paging_arm_format = {setup};
