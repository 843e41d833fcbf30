/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_BASE_BUFFER_H
#define VMMAP_BASE_BUFFER_H

/**
 * @file
 * A growing array of bytes: file contents and packets on the way in, rendered text on the way out.
 *
 * Appending never reports failure itself. When memory runs out the buffer remembers it, ignores
 * what follows, and vmmap_buffer_status() tells, once, at the end. That keeps renderers readable.
 *
 * A buffer with a drain hands what it has on while it is being filled, a piece at a time: a table
 * of megabytes then takes no memory, and its first rows are seen before the last are made.
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
    /** Takes `size` bytes that were appended, or NULL: everything stays in the buffer. */
    struct vmmap_error *(*drain)(void *context, const char *data, size_t size);
    void *drain_context;
    struct vmmap_error *drain_error; /**< owned: why draining failed */
};

#define VMMAP_BUFFER_INIT                                                                          \
    {                                                                                              \
        .data = NULL                                                                               \
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

/** To be called where a line ends: drains a buffer that has a drain and is full enough. */
void vmmap_buffer_end_line(struct vmmap_buffer *buffer);

/** Drains the rest; does nothing for a buffer without a drain. */
void vmmap_buffer_drain(struct vmmap_buffer *buffer);

/** NULL, or why an append or the drain failed; that error is then the caller's. */
VMMAP_CHECKED struct vmmap_error *vmmap_buffer_status(struct vmmap_buffer *buffer);

#endif
