/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "protection/pmp.h"

#include <stdio.h>

#include "protection/rights.h"

enum {
    CONFIG_ACCESS = 7, /* R, W and X, in the order of VMMAP_PERM_READ, WRITE and EXEC */
    CONFIG_MODE_SHIFT = 3,
    CONFIG_LOCKED = 1 << 7,
    MODE_OFF = 0,
    MODE_TOP_OF_RANGE = 1,
    MODE_4_BYTES = 2,
    MODE_POWER_OF_TWO = 3,
};

static unsigned int mode_of(const struct vmmap_pmp *pmp, size_t index)
{
    return pmp->config[index] >> CONFIG_MODE_SHIFT & 3;
}

bool vmmap_pmp_is_on(const struct vmmap_pmp *pmp)
{
    for (size_t i = 0; i < pmp->count; i++) {
        if (mode_of(pmp, i) != MODE_OFF)
            return true;
    }
    return false;
}

/* An address of which the lowest two bits are not there; what does not fit is the top. */
static uint64_t byte_address(uint64_t words)
{
    return words > UINT64_MAX >> 2 ? UINT64_MAX : words << 2;
}

/* The lowest bits that are ones tell how large a naturally aligned range is. */
static void find_power_of_two(uint64_t address, uint64_t *start, uint64_t *last)
{
    const uint64_t ones = address ^ (address + 1);
    *start = byte_address(address & ~ones);
    *last = ones > UINT64_MAX >> 2 ? UINT64_MAX : *start | (ones << 2 | 3);
}

/* False for an entry that matches nothing. */
static bool find_range(const struct vmmap_pmp *pmp, size_t index, uint64_t *start, uint64_t *last)
{
    const uint64_t address = pmp->address[index];
    switch (mode_of(pmp, index)) {
    case MODE_TOP_OF_RANGE:
        *start = index > 0 ? byte_address(pmp->address[index - 1]) : 0;
        *last = byte_address(address) - 1;
        return byte_address(address) > *start;
    case MODE_4_BYTES:
        *start = byte_address(address);
        *last = *start | 3;
        return true;
    case MODE_POWER_OF_TWO:
        find_power_of_two(address, start, last);
        return true;
    default:
        return false;
    }
}

static struct vmmap_error *paint_entry(const struct vmmap_pmp *pmp, size_t index, uint64_t top,
                                       struct vmmap_map *rights)
{
    const uint8_t access = pmp->config[index] & CONFIG_ACCESS;
    const bool is_locked = pmp->config[index] & CONFIG_LOCKED;
    uint64_t start, last;
    char label[48];
    if (!find_range(pmp, index, &start, &last) || start > top)
        return NULL;
    snprintf(label, sizeof(label), "PMP entry %zu%s", index, is_locked ? ", locked" : "");
    return vmmap_rights_paint(rights, start, last < top ? last : top, access,
                              is_locked ? access : VMMAP_PERM_ACCESS, label);
}

struct vmmap_error *vmmap_pmp_paint(const struct vmmap_pmp *pmp, uint64_t top,
                                    struct vmmap_map *rights)
{
    /* Without a match machine mode may do everything; the others nothing, if there is any entry. */
    struct vmmap_error *error = vmmap_rights_paint(
        rights, 0, top, pmp->count > 0 ? 0 : VMMAP_PERM_ACCESS, VMMAP_PERM_ACCESS, NULL);
    for (size_t i = pmp->count; i-- > 0 && !error;)
        error = paint_entry(pmp, i, top, rights);
    return error;
}
