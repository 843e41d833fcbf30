/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_SESSION_TRANSLATION_H
#define VMMAP_SESSION_TRANSLATION_H

/**
 * @file
 * One address through the page tables, every level on the way: what the `vtop` command is.
 */

#include "base/buffer.h"
#include "paging/paging.h"
#include "session/session.h"

/**
 * Appends the translation of `address` from that root by the selected CPU. That an address is not
 * mapped is an answer too; that there are no page tables is an error.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_translate(struct vmmap_session *session,
                                                          const struct vmmap_root *root,
                                                          uint64_t address,
                                                          struct vmmap_buffer *ret);

/**
 * The physical address of `address` for the selected CPU. `*found` is false where there are no page
 * tables to see, or the address is not mapped; an error that is not fatal says what could not be
 * read.
 */
VMMAP_CHECKED struct vmmap_error *vmmap_session_find_physical(struct vmmap_session *session,
                                                              uint64_t address,
                                                              struct vmmap_paging_translation *ret,
                                                              bool *found);

#endif
