/* SPDX-License-Identifier: GPL-3.0-or-later */

/* An auxiliary vector as a stub sends it, or as text like GDB's. */

#include "formats/auxv.h"
#include "fuzz.h"

static void check(const struct vmmap_auxv *auxv)
{
    for (unsigned int type = 0; type < 2 * VMMAP_AUXV_TYPE_COUNT; type++) {
        uint64_t value = 0;
        bool known = vmmap_auxv_get(auxv, type, &value);
        REQUIRE(!known || type < VMMAP_AUXV_TYPE_COUNT);
        REQUIRE(!known || value == auxv->values[type]);
    }
    REQUIRE(!(auxv->known & 1)); /* AT_NULL ends it */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_auxv auxv;
    for (unsigned int layout = 0; layout < 4; layout++) {
        const struct vmmap_elf elf = {.is_64 = layout & 1, .is_big_endian = layout & 2};
        vmmap_auxv_parse(&elf, data, size, &auxv);
        check(&auxv);
    }
    if (vmmap_auxv_recognise(data, size, &auxv))
        REQUIRE(auxv.known != 0);
    REQUIRE(vmmap_auxv_parse_text((const char *)data, size, &auxv) == (auxv.known != 0));
    check(&auxv);
    return 0;
}
