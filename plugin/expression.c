/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "expression.h"

#include <string.h>

#include "gdb_target.h"
#include "providers/machine/x86_state.h"
#include "quiet.h"

/* What is evaluated, and how a refusal of its value ends. */
struct expression {
    const char *subject; /* before the text, in sentences */
    const char *text;
    const char *hint;
};

bool expression_is_certain(const char *text)
{
    return (*text >= '0' && *text <= '9') || (*text && strchr("$*&(", *text));
}

bool expression_has_open_quote(const char *text)
{
    char open = 0;
    for (; *text; text++) {
        if (*text == '\\' && text[1])
            text++;
        else if (open && *text == open)
            open = 0;
        else if (!open && (*text == '\'' || *text == '"'))
            open = *text;
    }
    return open != 0;
}

/* Whether the type's code is one of GDB's TYPE_CODE constants; some GDBs lack some of them. */
static bool has_code(PyObject *code, const char *const names[])
{
    for (; *names; names++) {
        OWNED PyObject *constant = gdb_optional(*names);
        if (constant && PyObject_RichCompareBool(code, constant, Py_EQ) == 1)
            return true;
    }
    return false;
}

static const char *const reference_codes[] = {"TYPE_CODE_REF", "TYPE_CODE_RVALUE_REF", NULL};
static const char *const located_codes[] = {"TYPE_CODE_ARRAY", "TYPE_CODE_STRING", "TYPE_CODE_FUNC",
                                            "TYPE_CODE_METHOD", NULL};
static const char *const number_codes[] = {
    "TYPE_CODE_PTR",  "TYPE_CODE_INT",   "TYPE_CODE_ENUM",  "TYPE_CODE_BOOL",
    "TYPE_CODE_CHAR", "TYPE_CODE_RANGE", "TYPE_CODE_FLAGS", NULL};

/* What the user calls the types that are refused. */
static const struct refused_type {
    const char *const codes[4];
    const char *words;
} refused_types[] = {
    {{"TYPE_CODE_VOID", NULL}, "is void"},
    {{"TYPE_CODE_STRUCT", "TYPE_CODE_UNION", NULL}, "is a struct"},
    {{"TYPE_CODE_FLT", "TYPE_CODE_DECFLOAT", "TYPE_CODE_COMPLEX", NULL},
     "is a floating-point number"},
};

static void raise_refusal(const struct expression *expression, PyObject *code)
{
    const char *words = "is not a number";
    for (size_t i = 0; i < sizeof(refused_types) / sizeof(refused_types[0]); i++) {
        if (has_code(code, refused_types[i].codes))
            words = refused_types[i].words;
    }
    raise_user_error("%s \"%s\" %s, not an address.%s", expression->subject, expression->text,
                     words, expression->hint);
}

/* value.address of a function or array. For an array that is not in memory, such as a string
 * literal, GDB would call malloc in the program to place it there: that must not happen. */
static PyObject *take_address(PyObject *value, const struct expression *expression)
{
    static const char setting[] = "may-call-functions";
    bool allowed = gdb_parameter_is_on(setting);
    if (allowed && !gdb_run("set may-call-functions off"))
        return NULL;
    PyObject *address = PyObject_GetAttrString(value, "address");
    if (address && address == Py_None) {
        Py_DECREF(address);
        address = NULL;
    }
    if (!address && !(PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt))) {
        PyErr_Clear();
        raise_user_error("%s \"%s\" is not in memory and has no address.%s", expression->subject,
                         expression->text, expression->hint);
    }
    if (allowed) {
        PyObject *type, *error, *traceback;
        PyErr_Fetch(&type, &error, &traceback);
        if (!gdb_run("set may-call-functions on"))
            exception_forget();
        PyErr_Restore(type, error, traceback);
    }
    return address;
}

static PyObject *type_code(PyObject *value)
{
    OWNED PyObject *type = PyObject_GetAttrString(value, "type");
    OWNED PyObject *stripped = type ? PyObject_CallMethod(type, "strip_typedefs", NULL) : NULL;
    return stripped ? PyObject_GetAttrString(stripped, "code") : NULL;
}

static bool is_wide(PyObject *value)
{
    uint64_t size;
    OWNED PyObject *type = PyObject_GetAttrString(value, "type");
    if (type && object_get_unsigned(type, "sizeof", &size))
        return size > 8;
    exception_forget();
    return false;
}

/* The width of an address, which only negative numbers depend on. */
static bool find_address_bits(unsigned int *ret)
{
    struct vmmap_target_info info = {.address_bits = 64};
    struct vmmap_error *error = gdb_target.describe(gdb_target.context, &info);
    *ret = info.address_bits;
    return exception_unless_ok(error);
}

/* A Python integer, modulo the address space where it is negative. */
static bool number_to_address(PyObject *number, uint64_t *ret)
{
    unsigned int address_bits = 64;
    OWNED PyObject *zero = PyLong_FromLong(0);
    int negative = zero ? PyObject_RichCompareBool(number, zero, Py_LT) : -1;
    *ret = PyLong_AsUnsignedLongLongMask(number);
    if (negative < 0 || PyErr_Occurred() || (negative && !find_address_bits(&address_bits)))
        return false;
    if (address_bits < 64)
        *ret &= ((uint64_t)1 << address_bits) - 1;
    return true;
}

/* References are followed, what has a location gives it, what is a number is it. */
static PyObject *value_to_number(PyObject *value, const struct expression *expression)
{
    OWNED PyObject *code = type_code(value);
    if (!code)
        return NULL;
    if (has_code(code, reference_codes)) {
        OWNED PyObject *referenced = PyObject_CallMethod(value, "referenced_value", NULL);
        return referenced ? value_to_number(referenced, expression) : NULL;
    }
    if (has_code(code, located_codes)) {
        OWNED PyObject *address = take_address(value, expression);
        return address ? PyNumber_Long(address) : NULL;
    }
    if (!has_code(code, number_codes)) {
        raise_refusal(expression, code);
        return NULL;
    }
    if (is_wide(value)) {
        raise_user_error("%s \"%s\" is wider than 64 bits, not an address.", expression->subject,
                         expression->text);
        return NULL;
    }
    return PyNumber_Long(value);
}

/* Whether the exception that is set means that the text was understood all the same.
 * `memory_error` is gdb.MemoryError, looked up before: Python may not be called while an exception
 * is set, it would lose it. */
static bool exception_is_final(PyObject *memory_error)
{
    return PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) ||
           PyErr_ExceptionMatches(PyExc_MemoryError) ||
           (memory_error && PyErr_ExceptionMatches(memory_error));
}

/* Which segment of x86 the register is an offset in that an expression begins with. */
static bool find_segment(const char *text, enum vmmap_x86_segment *ret)
{
    static const struct {
        const char *name;
        enum vmmap_x86_segment segment;
    } registers[] = {
        {"$pc", VMMAP_X86_CODE},  {"$eip", VMMAP_X86_CODE},  {"$rip", VMMAP_X86_CODE},
        {"$sp", VMMAP_X86_STACK}, {"$esp", VMMAP_X86_STACK}, {"$rsp", VMMAP_X86_STACK},
    };
    const size_t length = *text == '$' ? 1 + strcspn(text + 1, " \t+-") : 0;
    for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        if (length == strlen(registers[i].name) && memcmp(text, registers[i].name, length) == 0) {
            *ret = registers[i].segment;
            return true;
        }
    }
    return false;
}

/* In real mode $pc and $sp are offsets: makes an address of `*address`, an expression's value. */
static bool add_segment(const char *text, const struct vmmap_target_info *info, uint64_t *address)
{
    enum vmmap_x86_segment segment;
    if (info->kind != VMMAP_TARGET_REMOTE || !find_segment(text, &segment))
        return true;
    return exception_unless_ok(vmmap_x86_linear(&gdb_target, info, segment, *address, address));
}

static enum expression_result evaluate(const struct expression *expression,
                                       const struct vmmap_target_info *info, uint64_t *ret)
{
    OWNED PyObject *memory_error = gdb_optional("MemoryError");
    OWNED PyObject *value = gdb_evaluate(expression->text);
    if (!value)
        return exception_is_final(memory_error) ? EXPRESSION_ERROR : EXPRESSION_NO;
    OWNED PyObject *number = value_to_number(value, expression);
    if (number && number_to_address(number, ret) && add_segment(expression->text, info, ret))
        return EXPRESSION_ADDRESS;
    return EXPRESSION_ERROR;
}

struct evaluation {
    struct expression expression;
    enum expression_result result;
    uint64_t *ret;
};

static bool ask_value(void *context)
{
    struct evaluation *evaluation = context;
    struct vmmap_target_info info = {.address_bits = 64};
    if (!exception_unless_ok(gdb_target.describe(gdb_target.context, &info)))
        return false;
    evaluation->result = evaluate(&evaluation->expression, &info, evaluation->ret);
    return true;
}

enum expression_result expression_evaluate(const char *text, const char *hint, uint64_t *ret)
{
    struct evaluation evaluation = {{"The value of", text, hint}, EXPRESSION_ERROR, ret};
    return quietly(ask_value, &evaluation) ? evaluation.result : EXPRESSION_ERROR;
}

bool expression_value_to_address(PyObject *value, const char *function, uint64_t *ret)
{
    const struct expression expression = {"The argument of", function, ""};
    OWNED PyObject *number = value_to_number(value, &expression);
    return number && number_to_address(number, ret);
}
