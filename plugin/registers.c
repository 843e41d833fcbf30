/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "registers.h"

#include <stdio.h>

#include <string.h>

bool registers_value(PyObject *value, uint64_t *ret)
{
    OWNED PyObject *number = value ? PyNumber_Long(value) : NULL;
    if (number)
        *ret = PyLong_AsUnsignedLongLongMask(number);
    if (!number || PyErr_Occurred()) {
        exception_forget();
        return false;
    }
    return true;
}

bool registers_read(PyObject *frame, const char *name, uint64_t *ret)
{
    OWNED PyObject *value = PyObject_CallMethod(frame, "read_register", "s", name);
    return registers_value(value, ret);
}

bool registers_evaluate(const char *name, uint64_t *ret)
{
    char expression[32];
    int length = snprintf(expression, sizeof(expression), "$%s", name);
    if (length < 0 || (size_t)length >= sizeof(expression))
        return false;
    OWNED PyObject *value = gdb_evaluate(expression);
    return registers_value(value, ret);
}

bool registers_has(PyObject *architecture, const char *name, bool *ret)
{
    OWNED PyObject *registers = PyObject_CallMethod(architecture, "registers", NULL);
    OWNED PyObject *iterator = registers ? PyObject_GetIter(registers) : NULL;
    *ret = false;
    while (iterator && !*ret) { /* GDB 10 has no find() for them */
        OWNED PyObject *descriptor = PyIter_Next(iterator);
        OWNED PyObject *text = descriptor ? PyObject_GetAttrString(descriptor, "name") : NULL;
        if (!text)
            break;
        *ret = PyUnicode_CompareWithASCIIString(text, name) == 0;
    }
    return !PyErr_Occurred();
}

/* The newest frame, because registers of outer frames are the unwinder's reconstruction. */
static PyObject *newest_frame(void)
{
    return PyObject_CallMethod(gdb_module, "newest_frame", NULL);
}

bool registers_read_selected(const char *name, uint64_t *ret, bool *found)
{
    OWNED PyObject *frame = newest_frame();
    if (!frame)
        return false;
    *found = registers_read(frame, name, ret);
    return true;
}

/* The name of a gdb.RegisterDescriptor; false for one that is too long. */
static bool copy_name(PyObject *descriptor, struct vmmap_register *ret)
{
    OWNED PyObject *name = PyObject_GetAttrString(descriptor, "name");
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    bool fits = name && object_append_text(name, &text) && text.size < sizeof(ret->name);
    if (fits) {
        memcpy(ret->name, text.data, text.size);
        ret->name[text.size] = '\0';
    }
    vmmap_buffer_deinit(&text);
    exception_forget();
    return fits;
}

/* The first `limit` registers of the group that GDB shows as `info registers`: those that come in
 * one packet, ahead of what QEMU counts as general as well (hundreds of system registers). */
bool registers_read_general(struct vmmap_register *ret, size_t limit, size_t *count)
{
    OWNED PyObject *frame = newest_frame();
    OWNED PyObject *architecture = frame ? PyObject_CallMethod(frame, "architecture", NULL) : NULL;
    OWNED PyObject *group =
        architecture ? PyObject_CallMethod(architecture, "registers", "s", "general") : NULL;
    OWNED PyObject *iterator = group ? PyObject_GetIter(group) : NULL;
    if (!iterator)
        return false;
    *count = 0;
    for (size_t i = 0; i < limit; i++) {
        OWNED PyObject *descriptor = PyIter_Next(iterator);
        if (!descriptor)
            break;
        OWNED PyObject *value = PyObject_CallMethod(frame, "read_register", "O", descriptor);
        if (registers_value(value, &ret[*count].value) && copy_name(descriptor, &ret[*count]))
            ++*count;
    }
    return !PyErr_Occurred();
}
