/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_PTOV_H
#define VMMAP_PLUGIN_DESCRIPTIONS_PTOV_H

#include "descriptions/description.h"

struct ptov_arguments {
    char *root; /**< NULL for the selected CPU's */
    bool json;
    char *address;
};

#endif
