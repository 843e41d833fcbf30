/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_VMMAP_H
#define VMMAP_PLUGIN_DESCRIPTIONS_VMMAP_H

#include "descriptions/description.h"

struct vmmap_arguments {
    bool writable;
    bool executable;
    uint64_t after;
    uint64_t before;
    bool gaps;
    bool json;
    bool is_address; /**< -a: `what` is an expression, never a name */
    bool is_name;    /**< -n: `what` is a name, never an expression */
    char *what;      /**< NULL for all pages */
};

#endif
