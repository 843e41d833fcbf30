/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fault.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

/* What the linker calls the real functions. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
void __real_free(void *block);
char *__real_strdup(const char *string);
int __real_vasprintf(char **ret, const char *format, va_list args);
int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
ssize_t __real_read(int fd, void *buffer, size_t size);
ssize_t __real_pread(int fd, void *buffer, size_t size, off_t offset);
int __real_ioctl(int fd, unsigned long request, ...);
DIR *__real_opendir(const char *path);
struct dirent *__real_readdir(DIR *directory);
int __real_closedir(DIR *directory);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *string);
int __wrap_vasprintf(char **ret, const char *format, va_list args);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
ssize_t __wrap_read(int fd, void *buffer, size_t size);
ssize_t __wrap_pread(int fd, void *buffer, size_t size, off_t offset);
int __wrap_ioctl(int fd, unsigned long request, ...);
DIR *__wrap_opendir(const char *path);
struct dirent *__wrap_readdir(DIR *directory);
int __wrap_closedir(DIR *directory);

static bool active;
static struct fault_plan plan;
static struct fault_report report;

void fault_begin(const struct fault_plan *wanted)
{
    plan = *wanted;
    report = (struct fault_report){.blocks = 0};
    active = true;
}

struct fault_report fault_end(void)
{
    active = false;
    return report;
}

/* Counts a call. Whether it is the one that has to fail, with errno set then. */
static bool fails(enum fault_kind kind)
{
    if (!active || ++report.calls[kind] != plan.at || kind != plan.kind)
        return false;
    errno = kind == FAULT_ALLOCATION ? ENOMEM : plan.number;
    return true;
}

static void *count_block(void *block)
{
    if (active && block)
        report.blocks++;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails(FAULT_ALLOCATION) ? NULL : count_block(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(FAULT_ALLOCATION) ? NULL : count_block(__real_calloc(count, size));
}

char *__wrap_strdup(const char *string)
{
    return fails(FAULT_ALLOCATION) ? NULL : count_block(__real_strdup(string));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (fails(FAULT_ALLOCATION))
        return NULL;
    void *moved = __real_realloc(block, size);
    return block ? moved : count_block(moved);
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
    if (fails(FAULT_ALLOCATION))
        return NULL;
    void *moved = __real_reallocarray(block, count, size);
    return block ? moved : count_block(moved);
}

void __wrap_free(void *block)
{
    if (active && block)
        report.blocks--;
    __real_free(block);
}

int __wrap_vasprintf(char **ret, const char *format, va_list args)
{
    if (fails(FAULT_ALLOCATION))
        return -1;
    int length = __real_vasprintf(ret, format, args);
    if (length >= 0)
        (void)count_block(*ret);
    return length;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = va_arg(args, mode_t); /* rubbish without O_CREAT, and then ignored */
    va_end(args);
    if (fails(FAULT_SYSTEM_CALL))
        return -1;
    int fd = __real_open(path, flags, mode);
    report.descriptors += active && fd >= 0;
    return fd;
}

int __wrap_close(int fd)
{
    report.descriptors -= active;
    return __real_close(fd);
}

ssize_t __wrap_read(int fd, void *buffer, size_t size)
{
    if (fails(FAULT_SYSTEM_CALL))
        return -1;
    if (active && plan.read_limit > 0 && size > plan.read_limit)
        size = plan.read_limit;
    return __real_read(fd, buffer, size);
}

ssize_t __wrap_pread(int fd, void *buffer, size_t size, off_t offset)
{
    if (fails(FAULT_SYSTEM_CALL))
        return -1;
    if (active && plan.read_limit > 0 && size > plan.read_limit)
        size = plan.read_limit;
    return __real_pread(fd, buffer, size, offset);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *argument = va_arg(args, void *);
    va_end(args);
    return fails(FAULT_SYSTEM_CALL) ? -1 : __real_ioctl(fd, request, argument);
}

DIR *__wrap_opendir(const char *path)
{
    if (fails(FAULT_SYSTEM_CALL))
        return NULL;
    DIR *directory = __real_opendir(path);
    report.descriptors += active && directory;
    return directory;
}

struct dirent *__wrap_readdir(DIR *directory)
{
    return fails(FAULT_SYSTEM_CALL) ? NULL : __real_readdir(directory);
}

int __wrap_closedir(DIR *directory)
{
    report.descriptors -= active;
    return __real_closedir(directory);
}

#ifdef __GLIBC__
/* What _FORTIFY_SOURCE, which some distributions turn on, makes of three of these. */
int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list args);
ssize_t __wrap___read_chk(int fd, void *buffer, size_t size, size_t room);
ssize_t __wrap___pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t room);

int __wrap___vasprintf_chk(char **ret, int flag, const char *format, va_list args)
{
    (void)flag;
    return __wrap_vasprintf(ret, format, args);
}

ssize_t __wrap___read_chk(int fd, void *buffer, size_t size, size_t room)
{
    return __wrap_read(fd, buffer, size < room ? size : room);
}

ssize_t __wrap___pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t room)
{
    return __wrap_pread(fd, buffer, size < room ? size : room, offset);
}
#endif
