/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/process_memory.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "host/proc_file.h"

struct vmmap_error *vmmap_process_memory_open(uint64_t pid, struct vmmap_process_memory *ret)
{
    struct vmmap_error *error = vmmap_proc_file_open(pid, "mem", &ret->fd);
    /* Yama refuses what the user's id allows: only a parent may trace (Documentation/admin-guide/
     * LSM/Yama.rst), and GDB is not QEMU's parent. */
    if (!error || access("/proc/sys/kernel/yama/ptrace_scope", F_OK) != 0)
        return error;
    struct vmmap_error *longer =
        vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                           "%s If both run as the same user, kernel.yama.ptrace_scope = 0 "
                           "would allow it.",
                           error->message);
    vmmap_error_destroy(error);
    return longer;
}

void vmmap_process_memory_close(struct vmmap_process_memory *memory)
{
    if (memory->fd >= 0)
        close(memory->fd);
    memory->fd = -1;
}

size_t vmmap_process_memory_read(const struct vmmap_process_memory *memory, uint64_t address,
                                 void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size && address + done <= INT64_MAX) {
        ssize_t count =
            pread(memory->fd, (char *)buffer + done, size - done, (off_t)(address + done));
        if (count > 0)
            done += (size_t)count;
        else if (count == 0 || errno != EINTR)
            break;
    }
    return done;
}
