/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_EXPRESSION_H
#define VMMAP_PLUGIN_EXPRESSION_H

/**
 * @file
 * From what the user typed to an address, by GDB's own expression evaluation.
 */

#include "object.h"

enum expression_result {
    EXPRESSION_ADDRESS, /**< evaluated */
    EXPRESSION_NO,      /**< does not evaluate; an exception is set that says why */
    EXPRESSION_ERROR,   /**< evaluates to what is no address, or interrupted; an exception is set */
};

/**
 * The address that an expression stands for; a negative value is taken modulo the address space.
 * `hint` ends the sentence that refuses a value: what else the user may have meant; "" for nothing.
 */
enum expression_result expression_evaluate(const char *text, const char *hint, uint64_t *ret);

/** The same for a gdb.Value, the argument of a function by this name. False with an exception set
 *  for what is no address. */
bool expression_value_to_address(PyObject *value, const char *function, uint64_t *ret);

/** Whether the text begins like an expression and so never means a name: digit, $, *, & or (. */
bool expression_is_certain(const char *text);

/** Whether a quote in the text is not closed. */
bool expression_has_open_quote(const char *text);

#endif
