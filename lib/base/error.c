/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct vmmap_error vmmap_error_no_memory = {VMMAP_ERROR_NO_MEMORY, "Out of memory."};

struct vmmap_error *vmmap_error_create(enum vmmap_error_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return &vmmap_error_no_memory;

    size_t size = (size_t)length + 1;
    struct vmmap_error *error = malloc(sizeof(*error) + size);
    if (!error)
        return &vmmap_error_no_memory;
    char *message = (char *)(error + 1);
    va_start(args, format);
    vsnprintf(message, size, format, args);
    va_end(args);
    error->code = code;
    error->message = message;
    return error;
}

void vmmap_error_destroy(struct vmmap_error *error)
{
    if (error != &vmmap_error_no_memory)
        free(error);
}

int vmmap_error_is_fatal(const struct vmmap_error *error)
{
    return error->code == VMMAP_ERROR_NO_MEMORY || error->code == VMMAP_ERROR_INTERRUPTED;
}

int vmmap_error_keep(struct vmmap_error **kept, struct vmmap_error *error)
{
    const int fatal = error && vmmap_error_is_fatal(error);
    if (*kept && !fatal) {
        vmmap_error_destroy(error);
        return 0;
    }
    vmmap_error_destroy(*kept);
    *kept = error;
    return fatal;
}
