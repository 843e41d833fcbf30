/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_ROOT_H
#define VMMAP_PLUGIN_ROOT_H

/**
 * @file
 * What was typed after --root.
 */

#include "object.h"
#include "providers/machine/space.h"

/** NULL is the selected CPU's own. False with an exception set for what names no root. */
bool root_parse(const char *text, struct vmmap_root *ret);

#endif
