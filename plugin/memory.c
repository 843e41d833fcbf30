/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"

#include <string.h>

/* No target has smaller pages that differ in whether they can be read. */
enum { PAGE_SIZE = 0x1000 };

enum outcome { OUTCOME_READ, OUTCOME_UNREADABLE, OUTCOME_ERROR };

/* Takes the exception that is set if it says that the memory can not be read. */
static enum outcome unreadable_or_error(void)
{
    OWNED PyObject *type = NULL;
    PyObject *raised, *value, *traceback;
    PyErr_Fetch(&raised, &value, &traceback);
    type = gdb_optional("MemoryError");
    PyErr_Restore(raised, value, traceback);
    if (!type || !PyErr_ExceptionMatches(type))
        return OUTCOME_ERROR;
    PyErr_Clear();
    return OUTCOME_UNREADABLE;
}

/* The bytes of an array at `address`, by a value: Value.bytes is there since GDB 15. */
static PyObject *read_value(PyObject *inferior, uint64_t address, size_t size)
{
    OWNED PyObject *architecture = PyObject_CallMethod(inferior, "architecture", NULL);
    OWNED PyObject *byte =
        architecture ? PyObject_CallMethod(architecture, "integer_type", "i", 8) : NULL;
    OWNED PyObject *array =
        byte ? PyObject_CallMethod(byte, "array", "K", (unsigned long long)size - 1) : NULL;
    OWNED PyObject *pointer = array ? PyObject_CallMethod(array, "pointer", NULL) : NULL;
    OWNED PyObject *number =
        pointer ? PyObject_CallMethod(gdb_module, "Value", "K", (unsigned long long)address) : NULL;
    OWNED PyObject *start = number ? PyObject_CallMethod(number, "cast", "O", pointer) : NULL;
    OWNED PyObject *value = start ? PyObject_CallMethod(start, "dereference", NULL) : NULL;
    return value ? PyObject_GetAttrString(value, "bytes") : NULL;
}

/* Whether GDB has values of so many bytes ("set max-value-size"), and tells their bytes. */
static bool has_values_of(size_t size)
{
    OWNED PyObject *type = gdb_optional("Value");
    OWNED PyObject *bytes = type ? object_optional(type, "bytes") : NULL;
    OWNED PyObject *limit =
        bytes ? PyObject_CallMethod(gdb_module, "parameter", "s", "max-value-size") : NULL;
    bool has = limit && (limit == Py_None || PyLong_AsUnsignedLongLongMask(limit) >= size);
    if (!has)
        exception_forget();
    return has;
}

/*
 * Where a remote connection breaks off in the middle of it, Inferior.read_memory() of GDB 16 leaves
 * a thread selected that is no more (scoped_restore_current_inferior_for_memory), and GDB ends with
 * an assertion in the next command that expects one. A value does not.
 */
static PyObject *read_object(PyObject *inferior, uint64_t address, size_t size)
{
    if (has_values_of(size))
        return read_value(inferior, address, size);
    return PyObject_CallMethod(inferior, "read_memory", "KK", (unsigned long long)address,
                               (unsigned long long)size);
}

/* All of it or nothing. */
static enum outcome read_whole(PyObject *inferior, uint64_t address, void *buffer, size_t size)
{
    OWNED PyObject *view = read_object(inferior, address, size);
    if (!view)
        return unreadable_or_error();
    OWNED PyObject *bytes = PyBytes_FromObject(view);
    char *data;
    Py_ssize_t count;
    if (!bytes || PyBytes_AsStringAndSize(bytes, &data, &count) < 0)
        return OUTCOME_ERROR;
    if ((size_t)count != size)
        return OUTCOME_UNREADABLE;
    memcpy(buffer, data, size);
    return OUTCOME_READ;
}

bool memory_read(uint64_t address, void *buffer, size_t size, size_t *done)
{
    OWNED PyObject *inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    *done = 0;
    if (!inferior)
        return false;
    if (size == 0)
        return true;
    enum outcome outcome = read_whole(inferior, address, buffer, size);
    if (outcome == OUTCOME_READ)
        *done = size;
    /* The first page that can not be read ends it. */
    while (outcome != OUTCOME_ERROR && *done < size) {
        uint64_t at = address + *done;
        size_t piece = (size_t)(PAGE_SIZE - at % PAGE_SIZE);
        if (*done == 0 && piece >= size)
            break; /* it was one page's, and has been tried */
        piece = piece < size - *done ? piece : size - *done;
        outcome = read_whole(inferior, at, (char *)buffer + *done, piece);
        if (outcome != OUTCOME_READ)
            break;
        *done += piece;
    }
    return outcome != OUTCOME_ERROR;
}

bool memory_write(uint64_t address, const void *bytes, size_t size)
{
    OWNED PyObject *inferior = PyObject_CallMethod(gdb_module, "selected_inferior", NULL);
    OWNED PyObject *copy = inferior ? PyBytes_FromStringAndSize(bytes, (Py_ssize_t)size) : NULL;
    OWNED PyObject *done = copy ? PyObject_CallMethod(inferior, "write_memory", "KO",
                                                      (unsigned long long)address, copy)
                                : NULL;
    return done != NULL;
}
