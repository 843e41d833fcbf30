/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PAGING_TRANSLATE_H
#define VMMAP_PAGING_TRANSLATE_H

/**
 * @file
 * One address through one stage of translation.
 */

#include "paging/format.h"
#include "paging/reader.h"

/** As vmmap_paging_translate(), for one stage. */
VMMAP_CHECKED struct vmmap_error *
vmmap_paging_space_translate(const struct vmmap_paging_space *space,
                             struct vmmap_paging_reader *reader, uint64_t address,
                             struct vmmap_paging_translation *ret);

/** Whether there is a physical address. */
bool vmmap_paging_translation_is_mapped(const struct vmmap_paging_translation *translation);

#endif
