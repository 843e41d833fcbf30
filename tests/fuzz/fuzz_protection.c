/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Registers of an MPU or of physical memory protection: whatever is in them, every address has one
 * answer. */

#include <string.h>

#include "fuzz.h"
#include "protection/pmp.h"
#include "protection/pmsa.h"

static void check(const struct vmmap_map *rights, uint64_t top)
{
    uint64_t next = 0;
    for (size_t i = 0; i < rights->count; i++) {
        const struct vmmap_region *region = &rights->regions[i];
        REQUIRE(region->start == next && region->last >= region->start);
        REQUIRE(region->has_access || region->perms.known == 0);
        REQUIRE((region->user | region->kernel) <= VMMAP_PERM_ACCESS);
        next = region->last + 1;
    }
    REQUIRE(rights->count > 0 && rights->regions[rights->count - 1].last == top);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_pmsa pmsa = {.control = 0};
    struct vmmap_pmp pmp = {.count = 0};
    struct vmmap_map *rights;
    if (size < 2)
        return 0;
    REQUIRE(!vmmap_map_create(&rights));
    const uint8_t *bytes = data + 2;
    size -= 2;
    if (data[0] & 1) {
        pmsa.control = data[0] >> 1;
        pmsa.is_v8 = data[1] & 1;
        while (pmsa.region_count < VMMAP_PMSA_REGIONS && size >= 9) {
            struct vmmap_pmsa_region *region = &pmsa.regions[pmsa.region_count++];
            memcpy(&region->base, bytes, 4);
            memcpy(&region->limit, bytes + 4, 4);
            region->is_known = bytes[8] & 1;
            bytes += 9;
            size -= 9;
        }
        REQUIRE(!vmmap_pmsa_paint(&pmsa, rights));
        check(rights, UINT32_MAX);
    } else {
        while (pmp.count < VMMAP_PMP_ENTRIES && size >= 9) {
            pmp.config[pmp.count] = bytes[0];
            memcpy(&pmp.address[pmp.count++], bytes + 1, 8);
            bytes += 9;
            size -= 9;
        }
        const uint64_t top = data[1] & 1 ? UINT32_MAX : UINT64_MAX;
        REQUIRE(!vmmap_pmp_paint(&pmp, top, rights));
        check(rights, top);
    }
    vmmap_map_destroy(rights);
    return 0;
}
