/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/proc_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_SIZE = 1 << 16, /* more than the kernel hands out at once, which is a page */
    READS_PER_POLL = 64, /* some 0.7 ms of a maps file */
};

struct vmmap_error *vmmap_proc_file_error(uint64_t pid, const char *name, int number)
{
    if (number == EACCES || number == EPERM) {
        return vmmap_error_create(
            VMMAP_ERROR_UNAVAILABLE,
            "/proc/%" PRIu64 "/%s may not be read (%s): the process runs as another user or made "
            "itself undumpable; run GDB as root or with CAP_SYS_PTRACE.",
            pid, name, strerror(number));
    }
    if (number == ENOENT || number == ESRCH) {
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                                  "There is no /proc/%" PRIu64
                                  "/%s: the process is gone, or /proc is not mounted.",
                                  pid, name);
    }
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "/proc/%" PRIu64 "/%s can not be read: %s.",
                              pid, name, strerror(number));
}

struct vmmap_error *vmmap_proc_file_open(uint64_t pid, const char *name, int *ret)
{
    char path[64];
    int length = snprintf(path, sizeof(path), "/proc/%" PRIu64 "/%s", pid, name);
    *ret = -1;
    if (length < 0 || (size_t)length >= sizeof(path))
        return vmmap_proc_file_error(pid, name, ENAMETOOLONG);
    *ret = open(path, O_RDONLY | O_CLOEXEC);
    return *ret < 0 ? vmmap_proc_file_error(pid, name, errno) : NULL;
}

struct vmmap_error *vmmap_proc_file_read(const struct vmmap_target *target, uint64_t pid,
                                         const char *name, struct vmmap_buffer *ret)
{
    int fd;
    struct vmmap_error *error = vmmap_proc_file_open(pid, name, &fd);
    if (error)
        return error;
    for (unsigned int reads = 1; !error; reads++) {
        char *end = vmmap_buffer_reserve(ret, READ_SIZE);
        ssize_t count = end ? read(fd, end, READ_SIZE) : 0;
        if (count == 0)
            break;
        if (count > 0)
            ret->size += (size_t)count;
        else if (errno != EINTR)
            error = vmmap_proc_file_error(pid, name, errno);
        if (!error && reads % READS_PER_POLL == 0)
            error = vmmap_target_poll(target);
    }
    close(fd);
    return error ? error : vmmap_buffer_status(ret);
}
