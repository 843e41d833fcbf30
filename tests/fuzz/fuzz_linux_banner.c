/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Memory in which a banner may be. */

#include "formats/linux_banner.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *const bytes = (const char *)data;
    const char *const found = vmmap_linux_banner_find(bytes, size);
    const size_t before = found ? (size_t)(found - bytes) : size;
    REQUIRE(before <= size);
    for (size_t at = 0; at <= before && at < size; at++) {
        struct vmmap_linux_version version;
        const bool is_banner = vmmap_linux_banner_parse(bytes + at, size - at, &version);
        REQUIRE(is_banner == (at == before));
        REQUIRE(!is_banner || (version.major < 1000 && version.minor < 1000));
    }
    return 0;
}
