/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vtop.h"

#include <string.h>

#include "expression.h"
#include "gdb_target.h"
#include "output.h"
#include "session/translation.h"
#include "settings.h"
#include "types.h"

static const char help_text[] =
    "Show how the selected CPU translates an address: each level of the page tables.\n"
    "Usage: vtop ADDRESS-EXPRESSION\n"
    "\n"
    "For machines under QEMU. Each line is an entry: its name, the table and the index in it, its\n"
    "physical address and value, and what it is. Permissions are those over all levels.\n"
    "\n"
    "Examples:\n"
    "  vtop $pc               Where the next instruction is in physical memory.\n"
    "  vtop 0xffffffff81000000";

static struct vmmap_session *session; /* the command's session, never destroyed */

static bool evaluate(const char *text, uint64_t *ret)
{
    struct vmmap_target_info info = {.address_bits = 64};
    struct vmmap_error *error = gdb_target.describe(gdb_target.context, &info);
    if (error) {
        exception_from_error(error);
        return false;
    }
    const struct expression expression = {text, info.address_bits, ""};
    return expression_evaluate(&expression, ret) == EXPRESSION_ADDRESS;
}

/* Registers are void without a target: that there is none is said instead. */
static bool has_target(bool *ret)
{
    struct vmmap_error *error = vmmap_session_has_target(session, ret);
    if (error)
        exception_from_error(error);
    return !error;
}

static bool run(const char *text, bool from_tty)
{
    (void)from_tty;
    uint64_t address = 0;
    bool present;
    if (text[strspn(text, " \t")] == '\0') {
        raise_user_error("\"vtop\" takes an address: any expression, such as \"vtop $pc\".");
        return false;
    }
    if (!settings_apply(session) || !has_target(&present) || (present && !evaluate(text, &address)))
        return false;
    struct vmmap_buffer answer = VMMAP_BUFFER_INIT;
    struct vmmap_error *error = vmmap_session_translate(session, address, &answer);
    bool done = !error && output_write(answer.data, answer.size);
    if (error)
        exception_from_error(error);
    vmmap_buffer_deinit(&answer);
    return done;
}

static PyObject *invoke(PyObject *self, PyObject *args)
{
    (void)self;
    return command_run(args, run);
}

/* GDB's own completion of expressions. */
static PyObject *complete(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    return PyObject_GetAttrString(gdb_module, "COMPLETE_EXPRESSION");
}

static PyMethodDef methods[] = {
    {"invoke", invoke, METH_VARARGS, NULL},
    {"complete", complete, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

bool vtop_command_register(struct vmmap_session *of_vmmap)
{
    session = of_vmmap;
    return command_exists("vtop") ||
           command_register("vtop", "COMMAND_DATA", help_text, methods, false);
}
