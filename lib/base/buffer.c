/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_FIRST_CAPACITY = 256 };

void vmmap_buffer_deinit(struct vmmap_buffer *buffer)
{
    free(buffer->data);
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

static void append_fill(struct vmmap_buffer *buffer, char fill, size_t count)
{
    char *end = vmmap_buffer_reserve(buffer, count);
    if (!end)
        return;
    memset(end, fill, count);
    buffer->size += count;
}

void vmmap_buffer_append_spaces(struct vmmap_buffer *buffer, size_t count)
{
    append_fill(buffer, ' ', count);
}

void vmmap_buffer_append_hex(struct vmmap_buffer *buffer, uint64_t value, size_t digits, char fill)
{
    char text[16];
    size_t at = sizeof(text);
    do {
        text[--at] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value);
    size_t length = sizeof(text) - at;
    if (digits > length)
        append_fill(buffer, fill, digits - length);
    vmmap_buffer_append(buffer, text + at, length);
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

struct vmmap_error *vmmap_buffer_status(const struct vmmap_buffer *buffer)
{
    return buffer->failed ? &vmmap_error_no_memory : NULL;
}
