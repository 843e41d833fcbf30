/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "remote_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/vfile_reply.h"

/* What the kernel hands out of a /proc file at once; no stub's packets are smaller than that by
 * much, and one that can not send as much sends less. */
enum { READ_SIZE = 4096, COMMAND_SIZE = 256 };

/* Sends one packet. `*answer` owns what `*ret` points into; both are good only without an error. */
static struct vmmap_error *exchange(PyObject *connection, const char *packet, PyObject **answer,
                                    struct vmmap_vfile_reply *ret)
{
    char *text = NULL;
    Py_ssize_t size;
    *answer = PyObject_CallMethod(connection, "send_packet", "s", packet);
    if (*answer == Py_None)
        size =
            0; /* what GDB makes of an empty reply, that of a stub that does not know the packet */
    else if (!*answer || PyBytes_AsStringAndSize(*answer, &text, &size) < 0)
        return error_from_exception();
    if (size == 0)
        return vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "the stub does not serve files.");
    if (!vmmap_vfile_reply_parse(text, (size_t)size, ret))
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "the stub's answer makes no sense.");
    if (!ret->failed)
        return NULL;
    /* The numbers of the File-I/O extension are Linux's, as far as 30 (EROFS). */
    if (ret->number > 0 && ret->number <= EROFS)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s.", strerror((int)ret->number));
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "error %" PRIu64 ".", ret->number);
}

/* A name resolves in the mount namespace that GDB has sent the stub into last (vFile:setfs), which
 * may be the inferior's. `remote get` makes GDB send it back, and fails here before a file is open.
 */
static struct vmmap_error *enter_own_namespace(void)
{
    struct vmmap_buffer output = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = NULL;
    if (!gdb_capture("remote get /dev/null/none /dev/null", &output)) {
        error = error_from_exception();
        if (!vmmap_error_is_fatal(error)) {
            vmmap_error_destroy(error);
            error = NULL;
        }
    }
    vmmap_buffer_deinit(&output);
    return error;
}

static struct vmmap_error *open_file(PyObject *connection, const char *path, uint64_t *descriptor)
{
    struct vmmap_buffer packet = VMMAP_BUFFER_INIT;
    vmmap_buffer_append_string(&packet, "vFile:open:");
    for (const char *at = path; *at; at++)
        vmmap_buffer_append_hex(&packet, (unsigned char)*at, 2, '0');
    vmmap_buffer_append(&packet, ",0,0", sizeof(",0,0"));
    struct vmmap_error *error = vmmap_buffer_status(&packet);
    if (!error) {
        OWNED PyObject *answer = NULL;
        struct vmmap_vfile_reply reply;
        error = exchange(connection, packet.data, &answer, &reply);
        if (!error)
            *descriptor = reply.result;
    }
    vmmap_buffer_deinit(&packet);
    return error;
}

/* `*count` is 0 at the end of the file. */
static struct vmmap_error *read_piece(PyObject *connection, uint64_t descriptor, uint64_t offset,
                                      size_t limit, struct vmmap_buffer *ret, size_t *count)
{
    char packet[96];
    size_t wanted = limit < READ_SIZE ? limit : READ_SIZE;
    snprintf(packet, sizeof(packet), "vFile:pread:%" PRIx64 ",%zx,%" PRIx64, descriptor, wanted,
             offset);
    OWNED PyObject *answer = NULL;
    struct vmmap_vfile_reply reply;
    struct vmmap_error *error = exchange(connection, packet, &answer, &reply);
    if (error)
        return error;
    *count = vmmap_vfile_reply_append(&reply, wanted, ret);
    if (!ret->failed && *count != reply.result)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "the stub's answer was cut.");
    return vmmap_buffer_status(ret);
}

static struct vmmap_error *read_pieces(PyObject *connection, uint64_t descriptor, size_t limit,
                                       struct vmmap_buffer *ret)
{
    struct vmmap_error *error = NULL;
    uint64_t offset = 0;
    for (size_t count = 1; !error && count > 0 && offset < limit; offset += count) {
        error = PyErr_CheckSignals() < 0 ? error_from_exception() : NULL;
        if (!error)
            error = read_piece(connection, descriptor, offset, limit - offset, ret, &count);
    }
    return error;
}

static void close_file(PyObject *connection, uint64_t descriptor)
{
    char packet[48];
    snprintf(packet, sizeof(packet), "vFile:close:%" PRIx64, descriptor);
    OWNED PyObject *answer = PyObject_CallMethod(connection, "send_packet", "s", packet);
    if (!answer)
        exception_forget();
}

static struct vmmap_error *read_with_packets(PyObject *connection, const char *path, size_t limit,
                                             struct vmmap_buffer *ret)
{
    uint64_t descriptor;
    struct vmmap_error *error = enter_own_namespace();
    if (!error)
        error = open_file(connection, path, &descriptor);
    if (error)
        return error;
    error = read_pieces(connection, descriptor, limit, ret);
    close_file(connection, descriptor);
    return error;
}

static struct vmmap_error *read_descriptor(int fd, size_t limit, struct vmmap_buffer *ret)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "fstat: %s.", strerror(errno));
    size_t left = (uint64_t)status.st_size < limit ? (size_t)status.st_size : limit;
    for (off_t offset = 0; left > 0;) {
        char *end = vmmap_buffer_reserve(ret, left);
        if (!end)
            return vmmap_buffer_status(ret);
        ssize_t count = pread(fd, end, left, offset);
        if (count < 0 && errno != EINTR)
            return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "pread: %s.", strerror(errno));
        if (count == 0)
            break;
        if (count > 0) {
            ret->size += (size_t)count;
            left -= (size_t)count;
            offset += count;
        }
    }
    return NULL;
}

static struct vmmap_error *read_with_command(const char *path, size_t limit,
                                             struct vmmap_buffer *ret)
{
    int fd = memfd_create("vmmap", MFD_CLOEXEC);
    if (fd < 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "memfd_create: %s.", strerror(errno));
    char command[COMMAND_SIZE];
    snprintf(command, sizeof(command), "remote get %s /proc/self/fd/%d", path, fd);
    struct vmmap_buffer output = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = gdb_capture(command, &output) ? NULL : error_from_exception();
    if (!error)
        error = read_descriptor(fd, limit, ret);
    vmmap_buffer_deinit(&output);
    close(fd);
    return error;
}

/* GDB's own packets obey this setting; ours have to be told. */
static bool is_switched_off(void)
{
    OWNED PyObject *value =
        PyObject_CallMethod(gdb_module, "parameter", "s", "remote hostio-open-packet");
    if (!value)
        exception_forget();
    return value == Py_False;
}

struct vmmap_error *remote_file_read(PyObject *connection, const char *path, size_t limit,
                                     struct vmmap_buffer *ret)
{
    char what[COMMAND_SIZE];
    int length = snprintf(what, sizeof(what), "%s can not be read on the remote side", path);
    if (length < 0 || (size_t)length >= sizeof(what))
        return vmmap_error_create(VMMAP_ERROR_INVALID, "The path is too long.");
    OWNED PyObject *sender = connection ? object_optional(connection, "send_packet") : NULL;
    struct vmmap_error *error;
    if (is_switched_off())
        error = vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                   "\"set remote hostio-open-packet\" is off.");
    else if (sender)
        error = read_with_packets(connection, path, limit, ret);
    else
        error = read_with_command(path, limit, ret);
    return error ? error_explain(what, error) : NULL;
}
