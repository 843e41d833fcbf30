/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum {
    BUFFER_FIRST_CAPACITY = 256,
    BUFFER_DRAIN_SIZE = 1 << 14, /* stays in a first-level cache while it is written and read */
};

void vmmap_buffer_deinit(struct vmmap_buffer *buffer)
{
    free(buffer->data);
    vmmap_error_destroy(buffer->drain_error);
    *buffer = (struct vmmap_buffer)VMMAP_BUFFER_INIT;
}

char *vmmap_buffer_reserve(struct vmmap_buffer *buffer, size_t size)
{
    if (buffer->failed)
        return NULL;
    if (buffer->data && size <= buffer->capacity - buffer->size)
        return buffer->data + buffer->size;

    size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_FIRST_CAPACITY;
    while (capacity - buffer->size < size) {
        if (capacity > SIZE_MAX / 2) {
            buffer->failed = true;
            return NULL;
        }
        capacity *= 2;
    }
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return NULL;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return data + buffer->size;
}

void vmmap_buffer_append(struct vmmap_buffer *buffer, const void *data, size_t size)
{
    if (size == 0)
        return;
    char *end = vmmap_buffer_reserve(buffer, size);
    if (!end)
        return;
    memcpy(end, data, size);
    buffer->size += size;
}

void vmmap_buffer_append_string(struct vmmap_buffer *buffer, const char *string)
{
    vmmap_buffer_append(buffer, string, strlen(string));
}

void vmmap_buffer_append_spaces(struct vmmap_buffer *buffer, size_t count)
{
    char *end = vmmap_buffer_reserve(buffer, count);
    if (!end)
        return;
    memset(end, ' ', count);
    buffer->size += count;
}

void vmmap_buffer_append_hex(struct vmmap_buffer *buffer, uint64_t value, size_t digits, char fill)
{
    char *end = vmmap_buffer_reserve(buffer, digits > VMMAP_HEX_MAX ? digits : VMMAP_HEX_MAX);
    if (end)
        buffer->size += (size_t)(vmmap_hex_put(end, value, digits, fill) - end);
}

void vmmap_buffer_printf(struct vmmap_buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *end = length < 0 ? NULL : vmmap_buffer_reserve(buffer, (size_t)length + 1);
    if (!end) {
        buffer->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(end, (size_t)length + 1, format, args);
    va_end(args);
    buffer->size += (size_t)length;
}

void vmmap_buffer_drain(struct vmmap_buffer *buffer)
{
    if (!buffer->drain || buffer->failed || buffer->size == 0)
        return;
    buffer->drain_error = buffer->drain(buffer->drain_context, buffer->data, buffer->size);
    buffer->failed = buffer->drain_error != NULL;
    buffer->size = 0;
}

void vmmap_buffer_end_line(struct vmmap_buffer *buffer)
{
    if (buffer->size >= BUFFER_DRAIN_SIZE)
        vmmap_buffer_drain(buffer);
}

struct vmmap_error *vmmap_buffer_status(struct vmmap_buffer *buffer)
{
    if (!buffer->failed)
        return NULL;
    struct vmmap_error *error = buffer->drain_error;
    buffer->drain_error = NULL;
    return error ? error : &vmmap_error_no_memory;
}
