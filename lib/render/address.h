/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_RENDER_ADDRESS_H
#define VMMAP_RENDER_ADDRESS_H

/**
 * @file
 * All that is known of one address as text: what the `xinfo` command prints.
 */

#include "render/render.h"

/** What is known; all borrowed. */
struct vmmap_address_facts {
    bool has_address; /**< false where there is nothing to ask */
    uint64_t address;
    const struct vmmap_map *map;
    size_t index; /**< of the region that holds it; VMMAP_NO_REGION for none */
    bool has_base;
    uint64_t base; /**< where the lowest page of its file is */
    bool has_file_offset;
    uint64_t file_offset;
    const char *section; /**< NULL where it is not known, as with all below */
    const char *symbol;
    uint64_t symbol_offset;
    const char *thread; /**< "stack of thread 2" */
    bool has_physical;
    uint64_t physical;
    bool has_rights;
    uint8_t user; /**< rights by the page tables, over all levels: VMMAP_PERM_ACCESS bits */
    uint8_t kernel;
    const char *const *remarks; /**< notes about this answer, beside the map's own */
    size_t remark_count;
};

/** A line each, and notes. Without a map the notes alone, which say why there is none. */
void vmmap_render_address(struct vmmap_buffer *buffer, const struct vmmap_address_facts *facts);

/** One JSON object and a newline; what is not known is null. */
void vmmap_render_address_json(struct vmmap_buffer *buffer,
                               const struct vmmap_address_facts *facts);

#endif
