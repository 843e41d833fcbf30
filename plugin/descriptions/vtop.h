/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_VTOP_H
#define VMMAP_PLUGIN_DESCRIPTIONS_VTOP_H

#include "descriptions/description.h"

struct vtop_arguments {
    char *root; /**< NULL for the selected CPU's */
    char *address;
};

#endif
