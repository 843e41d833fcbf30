/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The input is BTF: names can be looked up, whatever the types say of one another. */

#include <string.h>

#include "formats/btf.h"
#include "fuzz.h"

static const char *const paths[] = {"tasks", "d_name.name", "f_path", "a", "mm"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_btf btf;
    bool valid;
    REQUIRE(!vmmap_btf_init(data, size, &btf, &valid));
    if (valid) {
        const uint32_t first = vmmap_btf_find_struct(&btf, "task_struct", strlen("task_struct"));
        REQUIRE(first < btf.count);
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
            uint64_t offset;
            for (uint32_t type = 0; type < btf.count && type < 64; type++)
                vmmap_btf_member(&btf, type, paths[i], &offset);
        }
    }
    vmmap_btf_deinit(&btf);
    return 0;
}
