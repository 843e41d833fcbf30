/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/compression.h"

#include <string.h>

static const struct {
    struct vmmap_compression compression;
    const char *magic;
    size_t size;
} formats[] = {
    {{"zstd", "zstd -dc"}, "\x28\xb5\x2f\xfd", 4}, {{"gzip", "gzip -dc"}, "\x1f\x8b", 2},
    {{"xz", "xz -dc"}, "\xfd\x37zXZ", 6}, /* with the NUL that ends the string */
    {{"lz4", "lz4 -dc"}, "\x04\x22\x4d\x18", 4},   {{"bzip2", "bzip2 -dc"}, "BZh", 3},
};

const struct vmmap_compression *vmmap_compression_detect(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (size >= formats[i].size && memcmp(bytes, formats[i].magic, formats[i].size) == 0)
            return &formats[i].compression;
    }
    return NULL;
}
