/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_VMMAP_H
#define VMMAP_PLUGIN_DESCRIPTIONS_VMMAP_H

#include "descriptions/filter.h"

struct vmmap_arguments {
    struct filter_arguments filter;
    /** UINT64_MAX where the option was not given: then it is `context`. */
    uint64_t after;
    uint64_t before;
    uint64_t context;
    bool diff;
    char *since; /**< the snapshot to compare with, or NULL */
    bool gaps;
    bool json;
    bool csv;
    bool sum;
    bool registers;
    bool physical;
    char *root; /**< NULL for the selected CPU's */
    bool kernel;
    bool user;
    bool physical_map;
    unsigned int sort; /**< enum vmmap_sort */
    bool is_address;   /**< -a: `what` is an expression, never a name */
    bool is_name;      /**< -n: `what` is a name, never an expression */
    char *what;        /**< NULL for all pages */
};

#endif
