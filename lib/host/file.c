/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    READ_SIZE = 1 << 16,
    READS_PER_POLL = 64,
    MODE = 0666, /* less what umask takes */
};

static size_t read_at(void *context, uint64_t offset, void *ret, size_t size)
{
    struct vmmap_file *file = context;
    ssize_t count;
    do {
        count = pread(file->fd, ret, size, (off_t)offset);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        file->read_error = errno;
    return count > 0 ? (size_t)count : 0;
}

static struct vmmap_error *read_failure(const char *what, const char *path, int number)
{
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s %s can not be read: %s.", what, path,
                              strerror(number));
}

struct vmmap_error *vmmap_file_open(const char *what, const char *path, struct vmmap_file *ret)
{
    /* O_NONBLOCK: never wait for the other end of a FIFO that took the file's place. */
    *ret = (struct vmmap_file){
        .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
    };
    struct stat status;
    if (ret->fd < 0 || fstat(ret->fd, &status) < 0)
        return read_failure(what, path, errno);
    if (!S_ISREG(status.st_mode))
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s %s is no regular file.", what, path);
    ret->reader = (struct vmmap_reader){ret, (uint64_t)status.st_size, read_at};
    return NULL;
}

void vmmap_file_close(struct vmmap_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}

struct vmmap_error *vmmap_file_read_all(const struct vmmap_target *target, const char *what,
                                        const char *path, struct vmmap_file *file, size_t limit,
                                        struct vmmap_buffer *ret)
{
    const size_t before = ret->size;
    size_t count = 1;
    struct vmmap_error *error = NULL;
    /* To the end, not to its size: files of /proc have none. */
    for (unsigned int reads = 1; count > 0 && !error; reads++) {
        char *end = vmmap_buffer_reserve(ret, READ_SIZE);
        count = end ? read_at(file, ret->size - before, end, READ_SIZE) : 0;
        ret->size += count;
        if (ret->size - before > limit)
            error = vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s %s is too large to be read.",
                                       what, path);
        else if (reads % READS_PER_POLL == 0)
            error = vmmap_target_poll(target);
    }
    if (!error && file->read_error)
        error = read_failure(what, path, file->read_error);
    return error ? error : vmmap_buffer_status(ret);
}

static struct vmmap_error *write_failure(const char *path, int number)
{
    if (number == EEXIST)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "There is a file %s already, which is kept: take another name, "
                                  "or --force to replace it.",
                                  path);
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s can not be written: %s.", path,
                              strerror(number));
}

/* 0, or the errno. The disk may be found full only when the file is closed. */
static int write_and_close(int fd, const char *data, size_t size)
{
    int number = 0;
    while (size > 0 && number == 0) {
        ssize_t count = write(fd, data, size);
        if (count > 0) {
            data += count;
            size -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            number = count == 0 ? EIO : errno;
        }
    }
    if (close(fd) < 0 && number == 0)
        number = errno;
    return number;
}

/* A file that was not there before. */
static int write_new(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
    if (fd < 0)
        return errno;
    int number = write_and_close(fd, data, size);
    if (number != 0)
        unlink(path);
    return number;
}

/* What is no regular file, such as /dev/full, is written to and never replaced. */
static int write_into(const char *path, const void *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? errno : write_and_close(fd, data, size);
}

/* A new file at `beside`, a template for mkostemp(), which then takes the place of `path`. */
static int write_beside(char *beside, const char *path, const void *data, size_t size, mode_t mode)
{
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return errno;
    int refused = fchmod(fd, mode & 07777) < 0 ? errno : 0;
    int number = write_and_close(fd, data, size);
    number = number ? number : refused;
    if (number == 0 && rename(beside, path) < 0)
        number = errno;
    if (number != 0)
        unlink(beside);
    return number;
}

/* Where `path` is a link, the file that it leads to is replaced. */
static int write_instead(const char *path, const void *data, size_t size, mode_t mode)
{
    char *real = realpath(path, NULL), *beside;
    if (!real)
        return errno;
    int number = ENOMEM;
    if (asprintf(&beside, "%s.XXXXXX", real) >= 0) {
        number = write_beside(beside, real, data, size, mode);
        free(beside);
    }
    free(real);
    return number;
}

struct vmmap_error *vmmap_file_write(const char *path, const void *data, size_t size, bool replace)
{
    struct stat status;
    int number;
    if (!replace || stat(path, &status) < 0)
        number = write_new(path, data, size);
    else if (S_ISREG(status.st_mode))
        number = write_instead(path, data, size, status.st_mode);
    else
        number = write_into(path, data, size);
    return number == 0 ? NULL : write_failure(path, number);
}
