/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gdb_target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "changes.h"
#include "formats/gdb_sections.h"
#include "memory.h"
#include "object.h"
#include "quiet.h"
#include "registers.h"
#include "remote_file.h"
#include "remote_packet.h"
#include "threads.h"

static enum vmmap_target_kind kind_from_name(const char *name)
{
    if (strcmp(name, "native") == 0)
        return VMMAP_TARGET_NATIVE;
    if (strcmp(name, "remote") == 0 || strcmp(name, "extended-remote") == 0)
        return VMMAP_TARGET_REMOTE;
    if (strcmp(name, "core") == 0)
        return VMMAP_TARGET_CORE;
    return VMMAP_TARGET_OTHER;
}

/* GDB before 12 has no Inferior.connection: the target stack's lines are "  - native (...)". */
static bool kind_from_stack(enum vmmap_target_kind *ret)
{
    static const char *const names[] = {"native", "extended-remote", "remote", "core"};
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool captured = gdb_capture("maintenance print target-stack", &text);
    vmmap_buffer_append(&text, "", 1);
    *ret = VMMAP_TARGET_OTHER;
    for (size_t i = 0; captured && !text.failed && i < sizeof(names) / sizeof(names[0]); i++) {
        char line[32];
        snprintf(line, sizeof(line), "- %s (", names[i]);
        if (*ret == VMMAP_TARGET_OTHER && strstr(text.data, line))
            *ret = kind_from_name(names[i]);
    }
    vmmap_buffer_deinit(&text);
    return captured;
}

/* Whether a connection by this name is TCP: GDB takes what has a colon for HOST:PORT, unless it is
 * a command ("|...") or says "udp:" (serial_open() of gdb/serial.c). A path may have a colon, too:
 * rather no than a wrong yes. */
static bool find_tcp(PyObject *connection, bool *ret)
{
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    OWNED PyObject *details = PyObject_GetAttrString(connection, "details");
    bool read = details && (details == Py_None || object_append_text(details, &name));
    vmmap_buffer_append(&name, "", 1);
    *ret = read && !name.failed && strchr(name.data, ':') && !strpbrk(name.data, "|/") &&
           strncmp(name.data, "udp", 3) != 0;
    vmmap_buffer_deinit(&name);
    return read;
}

/* The kind and the number of the connection. */
static bool find_connection(PyObject *inferior, struct vmmap_target_info *ret)
{
    OWNED PyObject *connection = object_optional(inferior, "connection");
    if (!connection)
        return kind_from_stack(&ret->kind);
    ret->kind = VMMAP_TARGET_OTHER;
    if (connection == Py_None)
        return true;
    if (!object_get_unsigned(connection, "num", &ret->connection))
        return false;
    OWNED PyObject *type = PyObject_GetAttrString(connection, "type");
    struct vmmap_buffer name = VMMAP_BUFFER_INIT;
    bool read = type && object_append_text(type, &name);
    vmmap_buffer_append(&name, "", 1);
    if (read && !name.failed)
        ret->kind = kind_from_name(name.data);
    vmmap_buffer_deinit(&name);
    return read &&
           (ret->kind != VMMAP_TARGET_REMOTE || find_tcp(connection, &ret->connection_is_tcp));
}

static PyObject *pointer_type(void)
{
    OWNED PyObject *type = PyObject_CallMethod(gdb_module, "lookup_type", "s", "void");
    return type ? PyObject_CallMethod(type, "pointer", NULL) : NULL;
}

/* Some languages have no type "void"; there the program counter's type serves. It is read from the
 * frame, because "set language unknown" can not even evaluate $pc. */
static bool ask_pc_type(void *context)
{
    PyObject **ret = context;
    OWNED PyObject *frame = PyObject_CallMethod(gdb_module, "newest_frame", NULL);
    OWNED PyObject *pc = frame ? PyObject_CallMethod(frame, "read_register", "s", "pc") : NULL;
    *ret = pc ? PyObject_GetAttrString(pc, "type") : NULL;
    return *ret != NULL;
}

/* sizeof a pointer. */
static bool find_address_bits(unsigned int *ret)
{
    uint64_t size;
    OWNED PyObject *pointer = pointer_type();
    if (!pointer) {
        exception_forget();
        if (!quietly(ask_pc_type, &pointer))
            return false;
    }
    if (!object_get_unsigned(pointer, "sizeof", &size))
        return false;
    *ret = size >= 1 && size <= 8 ? (unsigned int)size * 8 : 64;
    return true;
}

/* The operating system's id of a thread, from (pid, lwp, tid). */
static bool find_tid(PyObject *thread, uint64_t *ret)
{
    OWNED PyObject *ptid = PyObject_GetAttrString(thread, "ptid");
    OWNED PyObject *lwp = ptid ? PySequence_GetItem(ptid, 1) : NULL;
    if (!lwp)
        return false;
    *ret = PyLong_AsUnsignedLongLongMask(lwp);
    return !PyErr_Occurred();
}

/* What `name()` of the inferior's architecture says, which GDB took from the stub's description or
 * was told by the user; nothing where it does not tell. */
static void find_architecture(PyObject *inferior, struct vmmap_target_info *ret)
{
    OWNED PyObject *architecture = PyObject_CallMethod(inferior, "architecture", NULL);
    OWNED PyObject *name = architecture ? PyObject_CallMethod(architecture, "name", NULL) : NULL;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    if (!name || !object_append_text(name, &text))
        exception_forget();
    else if (!text.failed && text.size < sizeof(ret->architecture))
        memcpy(ret->architecture, text.data, text.size);
    vmmap_buffer_deinit(&text);
}

static bool ask_frame(void *context)
{
    (void)context;
    OWNED PyObject *frame = PyObject_CallMethod(gdb_module, "newest_frame", NULL);
    return frame != NULL;
}

/* To GDB a thread runs until a stop is announced, also while the condition of a breakpoint is
 * evaluated; but then it has a frame. */
static void find_state(PyObject *thread, struct vmmap_target_info *ret)
{
    if (!thread || !object_test(thread, "is_running"))
        return;
    ret->momentary = quietly(ask_frame, NULL);
    ret->running = !ret->momentary;
    exception_forget();
}

static bool describe_inferior(PyObject *inferior, struct vmmap_target_info *ret)
{
    uint64_t number;
    if (!object_get_unsigned(inferior, "pid", &ret->pid) ||
        !object_get_unsigned(inferior, "num", &number))
        return false;
    ret->inferior = (unsigned int)number;
    OWNED PyObject *thread = PyObject_CallMethod(gdb_module, "selected_thread", NULL);
    if (!thread)
        return false;
    bool has_thread = thread != Py_None;
    find_state(has_thread ? thread : NULL, ret);
    const struct changes_view view = {inferior, has_thread ? thread : NULL, ret->momentary};
    if (!changes_describe(&view, &ret->generation, &ret->run))
        return false;
    if (ret->pid == 0) {
        ret->kind = VMMAP_TARGET_NONE;
        return true;
    }
    if (!find_connection(inferior, ret) || (has_thread && !find_tid(thread, &ret->tid)))
        return false;
    if (ret->running) {
        /* Without a frame it may take another language's "void". */
        if (!find_address_bits(&ret->address_bits))
            exception_forget();
        return true;
    }
    find_architecture(inferior, ret);
    return find_address_bits(&ret->address_bits);
}

/* ask(context), without what GDB prints meanwhile. */
static struct vmmap_error *answer(bool (*ask)(void *context), void *context)
{
    return quietly(ask, context) ? NULL : error_from_exception();
}

/* Not within quietly(): it is asked before each answer, and what of it can print is on its own. */
static struct vmmap_error *target_describe(void *context, struct vmmap_target_info *ret)
{
    (void)context;
    OWNED PyObject *inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    return inferior && describe_inferior(inferior, ret) ? NULL : error_from_exception();
}

static struct vmmap_error *target_poll(void *context)
{
    (void)context;
    return PyErr_CheckSignals() < 0 ? error_from_exception() : NULL;
}

struct file_call {
    const char *path;
    size_t limit;
    struct vmmap_buffer *ret;
    struct vmmap_error *error;
};

static bool ask_file(void *context)
{
    struct file_call *call = context;
    OWNED PyObject *inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    if (!inferior)
        return false;
    OWNED PyObject *connection = object_optional(inferior, "connection");
    call->error = remote_file_read(connection, call->path, call->limit, call->ret);
    return true;
}

static struct vmmap_error *target_read_file(void *context, const char *path, size_t limit,
                                            struct vmmap_buffer *ret)
{
    (void)context;
    struct file_call call = {path, limit, ret, NULL};
    struct vmmap_error *error = answer(ask_file, &call);
    if (!error)
        return call.error;
    vmmap_error_destroy(call.error);
    return error;
}

static struct vmmap_error *target_debugger_text(void *context, enum vmmap_debugger_text which,
                                                struct vmmap_buffer *ret)
{
    static const char *const commands[] = {
        [VMMAP_TEXT_PROC_MAPPINGS] = "info proc mappings",
        [VMMAP_TEXT_SECTIONS] = "maintenance info sections",
        [VMMAP_TEXT_AUXV] = "info auxv",
        [VMMAP_TEXT_FILES] = "info files",
        [VMMAP_TEXT_MEMORY_REGIONS] = "info mem",
    };
    (void)context;
    if (gdb_capture(commands[which], ret))
        return NULL;
    char what[64];
    snprintf(what, sizeof(what), "GDB's \"%s\" says", commands[which]);
    return error_explain(what, error_from_exception());
}

/* By Python's input(), which reads a line as GDB does. */
static struct vmmap_error *target_confirm(void *context, const char *question, bool *ret)
{
    (void)context;
    *ret = false;
    if (!isatty(STDIN_FILENO))
        return NULL;
    OWNED PyObject *builtins = PyImport_ImportModule("builtins");
    OWNED PyObject *prompt = builtins ? PyUnicode_FromFormat("%s (y or n) ", question) : NULL;
    OWNED PyObject *line = prompt ? PyObject_CallMethod(builtins, "input", "O", prompt) : NULL;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool read = line && object_append_text(line, &text);
    *ret = read && text.size > 0 && (text.data[0] == 'y' || text.data[0] == 'Y');
    vmmap_buffer_deinit(&text);
    return read ? NULL : error_from_exception();
}

/* The command's first lines name the files; the filter, a name that no section has, leaves out the
 * sections themselves. GDB makes the path absolute when it opens the file. */
static struct vmmap_error *target_core_path(void *context, struct vmmap_buffer *ret)
{
    (void)context;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    if (!gdb_capture("maintenance info sections .no-such-section", &text)) {
        vmmap_buffer_deinit(&text);
        return error_from_exception();
    }
    struct vmmap_scan path;
    struct vmmap_error *error = NULL;
    if (vmmap_gdb_sections_find_path(text.data, text.size, &path))
        vmmap_buffer_append(ret, path.at, (size_t)(path.end - path.at));
    else
        error = vmmap_error_create(VMMAP_ERROR_UNSUPPORTED,
                                   "GDB does not tell which core file it has open.");
    vmmap_buffer_deinit(&text);
    return error;
}

struct memory_call {
    uint64_t address;
    void *buffer;
    size_t size;
    size_t *done;
};

static bool ask_memory(void *context)
{
    const struct memory_call *call = context;
    return memory_read(call->address, call->buffer, call->size, call->done);
}

static struct vmmap_error *target_read_memory(void *context, uint64_t address, void *buffer,
                                              size_t size, size_t *done)
{
    (void)context;
    return answer(ask_memory, &(struct memory_call){address, buffer, size, done});
}

struct write_call {
    uint64_t address;
    const void *bytes;
    size_t size;
};

static bool ask_write(void *context)
{
    const struct write_call *call = context;
    return memory_write(call->address, call->bytes, call->size);
}

static struct vmmap_error *target_write_memory(void *context, uint64_t address, const void *bytes,
                                               size_t size)
{
    (void)context;
    return answer(ask_write, &(struct write_call){address, bytes, size});
}

struct packet_call {
    const char *packet;
    struct vmmap_buffer *ret;
};

static bool ask_packet(void *context)
{
    const struct packet_call *call = context;
    return remote_packet_send(call->packet, call->ret);
}

static struct vmmap_error *target_send_packet(void *context, const char *packet,
                                              struct vmmap_buffer *ret)
{
    (void)context;
    return answer(ask_packet, &(struct packet_call){packet, ret});
}

/* GDB has connection objects since version 12. */
static struct vmmap_error *target_connection_name(void *context, struct vmmap_buffer *ret)
{
    (void)context;
    OWNED PyObject *inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    if (!inferior)
        return error_from_exception();
    OWNED PyObject *connection = object_optional(inferior, "connection");
    if (!connection || connection == Py_None)
        return NULL;
    OWNED PyObject *details = PyObject_GetAttrString(connection, "details");
    if (!details || (details != Py_None && !object_append_text(details, ret)))
        return error_from_exception();
    return NULL;
}

static struct vmmap_error *target_monitor(void *context, const char *command,
                                          struct vmmap_buffer *ret)
{
    (void)context;
    struct vmmap_buffer line = VMMAP_BUFFER_INIT;
    vmmap_buffer_printf(&line, "monitor %s", command);
    vmmap_buffer_append(&line, "", 1);
    struct vmmap_error *error = vmmap_buffer_status(&line);
    if (!error && !gdb_capture(line.data, ret))
        error = error_from_exception();
    vmmap_buffer_deinit(&line);
    return error;
}

struct register_call {
    const char *name;
    uint64_t *ret;
    bool *found;
};

static bool ask_register(void *context)
{
    const struct register_call *call = context;
    return registers_read_selected(call->name, call->ret, call->found);
}

static struct vmmap_error *target_read_register(void *context, const char *name, uint64_t *ret,
                                                bool *found)
{
    (void)context;
    return answer(ask_register, &(struct register_call){name, ret, found});
}

struct registers_call {
    struct vmmap_register *ret;
    size_t limit;
    size_t *count;
};

static bool ask_registers(void *context)
{
    const struct registers_call *call = context;
    return registers_read_general(call->ret, call->limit, call->count);
}

static struct vmmap_error *target_registers(void *context, struct vmmap_register *ret, size_t limit,
                                            size_t *count)
{
    (void)context;
    return answer(ask_registers, &(struct registers_call){ret, limit, count});
}

/* To the standard error stream, where it is in nobody's way: not in the answer, not in a pipe. */
static void target_progress(void *context, const char *sentence)
{
    (void)context;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "%s\n", sentence);
}

static PyObject *find_executable(void)
{
    OWNED PyObject *space = PyObject_CallMethod(gdb_module, "current_progspace", NULL);
    OWNED PyObject *path = space ? PyObject_GetAttrString(space, "filename") : NULL;
    return path ? PyObject_CallMethod(gdb_module, "lookup_objfile", "O", path) : NULL;
}

static bool ask_executable_path(void *context)
{
    OWNED PyObject *space = PyObject_CallMethod(gdb_module, "current_progspace", NULL);
    OWNED PyObject *path = space ? PyObject_GetAttrString(space, "filename") : NULL;
    return path && (path == Py_None || object_append_text(path, context));
}

static struct vmmap_error *target_executable_path(void *context, struct vmmap_buffer *ret)
{
    (void)context;
    return answer(ask_executable_path, ret);
}

/* Objfile.build_id is there since GDB 7.9, and None for a file without one. What is not there is no
 * error. */
static bool ask_executable_id(void *context)
{
    OWNED PyObject *objfile = find_executable();
    OWNED PyObject *id = objfile ? object_optional(objfile, "build_id") : NULL;
    if (id && id != Py_None)
        return object_append_text(id, context);
    exception_forget();
    return true;
}

static struct vmmap_error *target_executable_id(void *context, struct vmmap_buffer *ret)
{
    (void)context;
    return answer(ask_executable_id, ret);
}

struct symbol_call {
    const char *name;
    uint64_t *ret;
};

static bool ask_symbol_address(void *context)
{
    const struct symbol_call *call = context;
    char expression[64];
    snprintf(expression, sizeof(expression), "&%s", call->name);
    OWNED PyObject *value = gdb_evaluate(expression);
    OWNED PyObject *number = value ? PyNumber_Long(value) : NULL;
    if (number)
        *call->ret = PyLong_AsUnsignedLongLongMask(number);
    return number != NULL;
}

static struct vmmap_error *target_symbol_address(void *context, const char *name, uint64_t *ret)
{
    (void)context;
    return answer(ask_symbol_address, &(struct symbol_call){name, ret});
}

static bool ask_thread_count(void *context)
{
    size_t *ret = context;
    OWNED PyObject *inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    OWNED PyObject *threads = inferior ? PyObject_CallMethod(inferior, "threads", NULL) : NULL;
    Py_ssize_t count = threads ? PySequence_Size(threads) : -1;
    if (count >= 0)
        *ret = (size_t)count;
    return count >= 0;
}

static struct vmmap_error *target_symbol_text(void *context, uint64_t address,
                                              struct vmmap_buffer *ret)
{
    (void)context;
    char command[64];
    snprintf(command, sizeof(command), "info symbol 0x%" PRIx64, address);
    return gdb_capture(command, ret) ? NULL : error_from_exception();
}

static struct vmmap_error *target_count_threads(void *context, size_t *ret)
{
    (void)context;
    return answer(ask_thread_count, ret);
}

struct threads_call {
    struct vmmap_thread **ret;
    size_t *count;
};

static bool ask_threads(void *context)
{
    const struct threads_call *call = context;
    return threads_read(call->ret, call->count);
}

static struct vmmap_error *target_threads(void *context, struct vmmap_thread **ret, size_t *count)
{
    (void)context;
    return answer(ask_threads, &(struct threads_call){ret, count});
}

const struct vmmap_target gdb_target = {
    .describe = target_describe,
    .poll = target_poll,
    .read_file = target_read_file,
    .debugger_text = target_debugger_text,
    .read_memory = target_read_memory,
    .write_memory = target_write_memory,
    .send_packet = target_send_packet,
    .connection_name = target_connection_name,
    .monitor = target_monitor,
    .read_register = target_read_register,
    .registers = target_registers,
    .progress = target_progress,
    .confirm = target_confirm,
    .core_path = target_core_path,
    .executable_id = target_executable_id,
    .executable_path = target_executable_path,
    .symbol_address = target_symbol_address,
    .symbol_text = target_symbol_text,
    .count_threads = target_count_threads,
    .threads = target_threads,
};
