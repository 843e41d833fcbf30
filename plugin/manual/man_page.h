/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PLUGIN_MANUAL_MAN_PAGE_H
#define VMMAP_PLUGIN_MANUAL_MAN_PAGE_H

/**
 * @file
 * The manual page vmmap(7), for man: all commands and settings, from their descriptions.
 */

#include "base/buffer.h"

/** Appends the source of the page, in the macros of man(7). */
void man_page_append(const char *version, struct vmmap_buffer *ret);

#endif
