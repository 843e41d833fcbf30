/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_FORMATS_VFILE_REPLY_H
#define VMMAP_FORMATS_VFILE_REPLY_H

/**
 * @file
 * Replies to the remote protocol's vFile packets (GDB manual, Host I/O Packets).
 *
 *     F 1f            success: a descriptor or a count, in hexadecimal
 *     F 5;hello       the same with data, in which } escapes the next byte, xor 0x20
 *     F -1,2          failure, with an error number of the File-I/O extension
 *     (empty)         the stub does not know the packet
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct vmmap_vfile_reply {
    bool failed;
    uint64_t result;  /**< of a success */
    uint64_t number;  /**< of the error; 0 when the stub does not tell */
    const char *data; /**< points into the reply, escaped; NULL without any */
    size_t data_size; /**< of the escaped data */
};

/** False when it is no such reply: then nothing about it is in `*ret`. */
bool vmmap_vfile_reply_parse(const char *text, size_t size, struct vmmap_vfile_reply *ret);

/** Appends the data without its escapes, at most `limit` bytes; how many there were. */
size_t vmmap_vfile_reply_append(const struct vmmap_vfile_reply *reply, size_t limit,
                                struct vmmap_buffer *ret);

#endif
