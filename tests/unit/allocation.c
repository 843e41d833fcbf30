/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "allocation.h"

#include <stdbool.h>
#include <stdlib.h>

static size_t count;
static size_t fail_at;

void *__real_malloc(size_t size);
void *__real_calloc(size_t number, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t number, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t number, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t number, size_t size);

void allocation_fail_at(size_t number)
{
    count = 0;
    fail_at = number;
}

size_t allocation_count(void)
{
    return count;
}

static bool fails(void)
{
    return ++count == fail_at;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t number, size_t size)
{
    return fails() ? NULL : __real_calloc(number, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t number, size_t size)
{
    return fails() ? NULL : __real_reallocarray(old, number, size);
}
