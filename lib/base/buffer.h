/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_BASE_BUFFER_H
#define VMMAP_BASE_BUFFER_H

/**
 * @file
 * A growing array of bytes: file contents and packets on the way in, rendered text on the way out.
 *
 * Appending never reports failure itself. When memory runs out the buffer remembers it, ignores
 * what follows, and vmmap_buffer_status() tells, once, at the end. That keeps renderers readable.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct vmmap_buffer {
    char *data; /**< owned; not NUL-terminated; NULL while nothing was appended */
    size_t size;
    size_t capacity;
    bool failed;
};

#define VMMAP_BUFFER_INIT                                                                          \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

void vmmap_buffer_deinit(struct vmmap_buffer *buffer);

/** Room for `size` more bytes at data + buffer->size, or NULL (and failed) without memory. */
char *vmmap_buffer_reserve(struct vmmap_buffer *buffer, size_t size);

void vmmap_buffer_append(struct vmmap_buffer *buffer, const void *data, size_t size);
void vmmap_buffer_append_string(struct vmmap_buffer *buffer, const char *string);
void vmmap_buffer_append_spaces(struct vmmap_buffer *buffer, size_t count);

/** `value` in lower-case hexadecimal, at least `digits` long with leading `fill` ('0' or ' '). */
void vmmap_buffer_append_hex(struct vmmap_buffer *buffer, uint64_t value, size_t digits, char fill);

void vmmap_buffer_printf(struct vmmap_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** NULL, or the out-of-memory error if any append failed. */
VMMAP_CHECKED struct vmmap_error *vmmap_buffer_status(const struct vmmap_buffer *buffer);

#endif
