/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_SNAPSHOT_H
#define VMMAP_PLUGIN_DESCRIPTIONS_SNAPSHOT_H

#include "descriptions/description.h"

struct vmmap_snapshot_arguments {
    bool list;
    bool delete;
    char *name; /**< NULL for the snapshot without a name */
};

#endif
