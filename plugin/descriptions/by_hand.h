/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_DESCRIPTIONS_BY_HAND_H
#define VMMAP_PLUGIN_DESCRIPTIONS_BY_HAND_H

/**
 * @file
 * The commands for pages by hand: what the user knows of the target's memory.
 */

#include "descriptions/description.h"

struct vmmap_add_arguments {
    char *start;
    char *size;
    char *flags; /**< NULL where not given, as the following */
    char *offset;
    char *name;
};

struct vmmap_clear_arguments {
    char *address; /**< NULL for all */
};

struct vmmap_explore_arguments {
    bool write;
    char *address;
};

struct vmmap_load_arguments {
    char *offset; /**< NULL for none */
    char *file;   /**< NULL for the program */
};

struct vmmap_save_arguments {
    bool force;
    bool csv;
    char *file;
};

#endif
