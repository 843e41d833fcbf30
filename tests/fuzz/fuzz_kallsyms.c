/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is a number of symbols in two bytes, then the tables, found by their tokens: what is
 * before the tokens are the names. */

#include "base/little_endian.h"
#include "formats/kallsyms.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t tokens_size;
    if (size < 2)
        return 0;
    const uint8_t *bytes = data + 2;
    size -= 2;
    const size_t at = vmmap_kallsyms_find_tokens(bytes, size, &tokens_size);
    REQUIRE(at <= size);
    if (at == size)
        return 0;
    REQUIRE(tokens_size <= size - at);
    if (size - at - tokens_size < VMMAP_KALLSYMS_INDEX_SIZE)
        return 0;
    const unsigned char *index = bytes + at + tokens_size;
    vmmap_kallsyms_index_fits((const char *)bytes + at, tokens_size, index);
    const struct vmmap_kallsyms table = {bytes,       at,    (const char *)bytes + at,
                                         tokens_size, index, vmmap_load_u16(data)};
    struct vmmap_kallsyms_walk walk = {.table = &table};
    while (vmmap_kallsyms_next(&walk)) {
        REQUIRE(walk.count <= table.count && walk.at <= at);
        vmmap_kallsyms_name_is(&walk, "init_task");
    }
    return 0;
}
