/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_VTOP_H
#define VMMAP_PLUGIN_DESCRIPTIONS_VTOP_H

#include "descriptions/description.h"

struct vtop_arguments {
    char *address;
};

#endif
