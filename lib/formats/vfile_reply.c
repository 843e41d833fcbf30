/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "formats/vfile_reply.h"

#include "formats/scan.h"

bool vmmap_vfile_reply_parse(const char *text, size_t size, struct vmmap_vfile_reply *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(text, size);
    struct vmmap_vfile_reply reply = {0};
    if (!vmmap_scan_char(&scan, 'F'))
        return false;
    reply.failed = vmmap_scan_char(&scan, '-');
    if (!vmmap_scan_hex(&scan, &reply.result))
        return false;
    if (reply.failed && vmmap_scan_char(&scan, ',') && !vmmap_scan_hex(&scan, &reply.number))
        return false;
    if (!reply.failed && vmmap_scan_char(&scan, ';')) {
        reply.data = scan.at;
        reply.data_size = (size_t)(scan.end - scan.at);
        scan.at = scan.end;
    }
    if (scan.at < scan.end)
        return false;
    *ret = reply;
    return true;
}

size_t vmmap_vfile_reply_append(const struct vmmap_vfile_reply *reply, size_t limit,
                                struct vmmap_buffer *ret)
{
    size_t room = reply->data_size < limit ? reply->data_size : limit, count = 0;
    char *end = vmmap_buffer_reserve(ret, room);
    if (!end)
        return 0;
    for (size_t i = 0; i < reply->data_size && count < room; i++) {
        bool escaped = reply->data[i] == '}' && i + 1 < reply->data_size;
        end[count++] = escaped ? (char)(reply->data[++i] ^ 0x20) : reply->data[i];
    }
    ret->size += count;
    return count;
}
