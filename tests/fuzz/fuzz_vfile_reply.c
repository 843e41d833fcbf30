/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Replies of a hostile stub to vFile packets. */

#include "formats/vfile_reply.h"
#include "fuzz.h"

static void check_append(const struct vmmap_vfile_reply *reply, size_t limit)
{
    struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
    size_t count = vmmap_vfile_reply_append(reply, limit, &buffer);
    REQUIRE(count == buffer.size && count <= limit && count <= reply->data_size);
    REQUIRE(limit < reply->data_size || 2 * count >= reply->data_size);
    vmmap_buffer_deinit(&buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vmmap_vfile_reply reply;
    if (!vmmap_vfile_reply_parse((const char *)data, size, &reply))
        return 0;
    REQUIRE(size >= 2 && reply.data_size <= size - 2);
    REQUIRE(!reply.failed || !reply.data);
    REQUIRE(reply.failed || reply.number == 0);
    check_append(&reply, SIZE_MAX);
    check_append(&reply, 3);
    return 0;
}
