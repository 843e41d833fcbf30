/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_TRANSLATION_H
#define VMMAP_SESSION_TRANSLATION_H

/**
 * @file
 * One address through the page tables, every level on the way: what the `vtop` command is.
 */

#include "base/buffer.h"
#include "session/session.h"

/**
 * Appends the translation of `address` by the selected CPU. That an address is not mapped is an
 * answer too; that there are no page tables is an error.
 */
VMMAP_CHECKED struct vmmap_error *
vmmap_session_translate(struct vmmap_session *session, uint64_t address, struct vmmap_buffer *ret);

#endif
