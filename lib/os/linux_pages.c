/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Entries of page tables that Linux calls present and no CPU does: of pages that may not be
 * touched. Entries of swapped pages are told from them by a bit that is never set there.
 *
 *   x86      _PAGE_PROTNONE, bit 8; the frame's number is inverted, against L1TF
 *            (arch/x86/include/asm/pgtable-invert.h, since 4.18)
 *   AArch64  PTE_PROT_NONE, bit 58; since 6.10 PTE_PRESENT_INVALID, bit 11
 *   RISC-V   _PAGE_PROT_NONE, bit 5
 */

#include "formats/scan.h"
#include "os/linux_guest.h"

#define BIT(n) (UINT64_C(1) << (n))

/* Bits `first` to 51 that an address has in an entry; those below are of the page. */
static uint64_t frame_mask(unsigned int shift)
{
    return (BIT(52) - 1) & ~(BIT(shift) - 1);
}

static bool decode_x86(uint64_t value, unsigned int shift, uint64_t *physical)
{
    enum { PSE = 7, PROTNONE = 8, SMALLEST = 12 };
    const bool is_page = shift == SMALLEST || value & BIT(PSE);
    *physical = ~value & frame_mask(shift);
    return is_page && value & BIT(PROTNONE);
}

/* "OSRELEASE=6.10..." */
static bool is_at_least(const struct vmmap_linux_vmcore *vmcore, uint64_t major, uint64_t minor)
{
    struct vmmap_scan scan = vmmap_scan_over(vmcore->vmcoreinfo, vmcore->vmcoreinfo_size);
    uint64_t own_major, own_minor;
    return vmmap_scan_text(&scan, "OSRELEASE=") && vmmap_scan_decimal(&scan, &own_major) &&
           vmmap_scan_char(&scan, '.') && vmmap_scan_decimal(&scan, &own_minor) &&
           (own_major > major || (own_major == major && own_minor >= minor));
}

static bool decode_aarch64(const struct vmmap_linux_vmcore *vmcore, uint64_t value,
                           unsigned int shift, uint64_t *physical)
{
    enum { PRESENT_INVALID = 11, PROT_NONE = 58 };
    *physical = value & ((BIT(48) - 1) & ~(BIT(shift) - 1));
    return value & BIT(is_at_least(vmcore, 6, 10) ? PRESENT_INVALID : PROT_NONE);
}

static bool decode_riscv(uint64_t value, unsigned int shift, uint64_t *physical)
{
    enum { PROT_NONE = 5, FRAME = 10, FRAME_BITS = 44, PAGE_SHIFT = 12 };
    *physical = (value >> FRAME & (BIT(FRAME_BITS) - 1)) << PAGE_SHIFT & ~(BIT(shift) - 1);
    return value & BIT(PROT_NONE);
}

bool vmmap_linux_guest_software(void *context, uint64_t value, unsigned int shift,
                                uint64_t *physical)
{
    const struct vmmap_linux_guest *guest = context;
    switch (guest->vmcore.config.architecture) {
    case VMMAP_PAGING_X86:
        return decode_x86(value, shift, physical);
    case VMMAP_PAGING_AARCH64:
        return decode_aarch64(&guest->vmcore, value, shift, physical);
    case VMMAP_PAGING_RISCV:
        return decode_riscv(value, shift, physical);
    default: /* linux_vmcore.c makes no others */
        return false;
    }
}
