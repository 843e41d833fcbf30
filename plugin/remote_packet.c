/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "remote_packet.h"

#include <string.h>

/* RemoteTargetConnection.send_packet of the selected inferior; NULL, without an exception, where
 * this GDB does not have it. */
static PyObject *find_function(void)
{
    OWNED PyObject *inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    OWNED PyObject *connection = inferior ? object_optional(inferior, "connection") : NULL;
    if (!inferior)
        exception_forget();
    return connection ? object_optional(connection, "send_packet") : NULL;
}

static bool send_with_function(PyObject *function, const char *packet, struct vmmap_buffer *ret)
{
    OWNED PyObject *reply = PyObject_CallFunction(function, "s", packet);
    char *data;
    Py_ssize_t size;
    if (reply == Py_None)
        return true;
    if (!reply || PyBytes_AsStringAndSize(reply, &data, &size) < 0)
        return false;
    vmmap_buffer_append(ret, data, (size_t)size);
    return true;
}

/* sending: "qOffsets"
 * received: "Text=0;Data=0;Bss=0" */
static bool send_with_command(const char *packet, struct vmmap_buffer *ret)
{
    static const char prefix[] = "received: \"";
    struct vmmap_buffer command = VMMAP_BUFFER_INIT, output = VMMAP_BUFFER_INIT;
    vmmap_buffer_printf(&command, "maint packet %s", packet);
    vmmap_buffer_append(&command, "", 1);
    bool sent = false;
    if (command.failed)
        PyErr_NoMemory();
    else
        sent = gdb_capture(command.data, &output);
    const char *begin = sent && output.size > 0
                            ? memmem(output.data, output.size, prefix, sizeof(prefix) - 1)
                            : NULL;
    if (begin) {
        begin += sizeof(prefix) - 1;
        const char *end = memrchr(begin, '"', (size_t)(output.data + output.size - begin));
        vmmap_buffer_append(ret, begin, end ? (size_t)(end - begin) : 0);
    }
    vmmap_buffer_deinit(&command);
    vmmap_buffer_deinit(&output);
    return sent;
}

bool remote_packet_send(const char *packet, struct vmmap_buffer *ret)
{
    OWNED PyObject *function = find_function();
    return function ? send_with_function(function, packet, ret) : send_with_command(packet, ret);
}
