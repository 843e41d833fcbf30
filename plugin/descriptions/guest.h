/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_GUEST_H
#define VMMAP_PLUGIN_DESCRIPTIONS_GUEST_H

#include "descriptions/description.h"

struct memmap_arguments {
    char *pids;
    char *regex;
    char *addresses;
    char *methods;
    bool coalesce;
    bool all;
    bool list;
    bool json;
};

struct cc_arguments {
    char *pid; /**< or "kernel" */
    char *regex;
    char *address;
};

#endif
