/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_XINFO_H
#define VMMAP_PLUGIN_DESCRIPTIONS_XINFO_H

#include "descriptions/description.h"

struct xinfo_arguments {
    bool json;
    char *address;
};

#endif
