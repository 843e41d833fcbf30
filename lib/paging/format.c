/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paging/format.h"

#include <endian.h>
#include <string.h>

/* One line an architecture. */
static const struct vmmap_paging_format *const formats[] = {
    [VMMAP_PAGING_X86] = &vmmap_paging_x86_format,
    [VMMAP_PAGING_AARCH64] = &vmmap_paging_aarch64_format,
    [VMMAP_PAGING_ARM] = &vmmap_paging_arm_format,
    [VMMAP_PAGING_RISCV] = &vmmap_paging_riscv_format,
};

static void (*const stage2_setups[])(const struct vmmap_paging_stage2 *stage2,
                                     struct vmmap_paging_space *space) = {
    [VMMAP_PAGING_STAGE2_NONE] = NULL,
    [VMMAP_PAGING_STAGE2_AARCH64] = vmmap_paging_stage2_setup_aarch64,
    [VMMAP_PAGING_STAGE2_ARM] = vmmap_paging_stage2_setup_arm,
    [VMMAP_PAGING_STAGE2_RISCV] = vmmap_paging_stage2_setup_riscv,
    [VMMAP_PAGING_STAGE2_EPT] = vmmap_paging_stage2_setup_ept,
    [VMMAP_PAGING_STAGE2_NPT] = vmmap_paging_stage2_setup_npt,
};

struct vmmap_error *vmmap_paging_stage2_space_init(const struct vmmap_paging_stage2 *stage2,
                                                   struct vmmap_paging_space *ret)
{
    *ret = (struct vmmap_paging_space){.mode = ""};
    size_t which = (size_t)stage2->format;
    if (which >= sizeof(stage2_setups) / sizeof(stage2_setups[0]) || !stage2_setups[which])
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "There is no walker for a second stage of format %zu.", which);
    stage2_setups[which](stage2, ret);
    return NULL;
}

bool vmmap_paging_has_two_stages(const struct vmmap_paging_config *config)
{
    return config->stage2.format != VMMAP_PAGING_STAGE2_NONE &&
           config->architecture != VMMAP_PAGING_GUEST_PHYSICAL;
}

struct vmmap_error *vmmap_paging_space_init(const struct vmmap_paging_config *config,
                                            struct vmmap_paging_space *ret)
{
    if (config->architecture == VMMAP_PAGING_GUEST_PHYSICAL)
        return vmmap_paging_stage2_space_init(&config->stage2, ret);
    *ret = (struct vmmap_paging_space){.mode = ""};
    size_t which = (size_t)config->architecture;
    if (which >= sizeof(formats) / sizeof(formats[0]))
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "There is no walker for the page tables of architecture %zu.",
                                  which);
    formats[which]->setup(config, ret);
    return NULL;
}

void vmmap_paging_space_set_off(struct vmmap_paging_space *space, const char *mode,
                                uint64_t identity_last)
{
    space->mode = mode;
    space->off = true;
    space->identity_last = identity_last;
}

void vmmap_paging_range_set_levels(struct vmmap_paging_range *range, unsigned int depth_count,
                                   unsigned int page_shift, unsigned int index_bits)
{
    range->depth_count = (uint8_t)depth_count;
    for (unsigned int depth = 0; depth < depth_count; depth++)
        range->shifts[depth] = (uint8_t)(page_shift + index_bits * (depth_count - 1 - depth));
}

void vmmap_paging_space_add(struct vmmap_paging_space *space,
                            const struct vmmap_paging_range *range)
{
    space->ranges[space->range_count++] = *range;
}

void vmmap_paging_space_add_halves(struct vmmap_paging_space *space,
                                   const struct vmmap_paging_range *range, unsigned int bits)
{
    struct vmmap_paging_range half = *range;
    half.start = 0;
    half.last = vmmap_paging_mask(bits - 1);
    vmmap_paging_space_add(space, &half);
    half.start = ~half.last;
    half.base = 2 * half.start;
    half.last = UINT64_MAX;
    vmmap_paging_space_add(space, &half);
}

void vmmap_paging_space_add_problem(struct vmmap_paging_space *space, const char *sentence)
{
    for (size_t i = 0; i < sizeof(space->problems) / sizeof(space->problems[0]); i++) {
        if (!space->problems[i]) {
            space->problems[i] = sentence;
            return;
        }
    }
}

uint64_t vmmap_paging_mask(unsigned int bits)
{
    return bits == 0 ? 0 : UINT64_MAX >> (64 - bits);
}

uint64_t vmmap_paging_bits(uint64_t value, unsigned int first, unsigned int count)
{
    return value >> first & vmmap_paging_mask(count);
}

uint64_t vmmap_paging_entry_value(const struct vmmap_paging_range *range,
                                  const unsigned char *bytes)
{
    if (range->entry_size == 4) {
        uint32_t value;
        memcpy(&value, bytes, sizeof(value));
        return range->big_endian ? be32toh(value) : le32toh(value);
    }
    uint64_t value;
    memcpy(&value, bytes, sizeof(value));
    return range->big_endian ? be64toh(value) : le64toh(value);
}

void vmmap_paging_entry_decode(const struct vmmap_paging_range *range,
                               struct vmmap_paging_place place, uint64_t value,
                               struct vmmap_paging_entry *ret)
{
    *ret = (struct vmmap_paging_entry){.kind = VMMAP_PAGING_ENTRY_ABSENT};
    if (value)
        range->decode(range, place, value, ret);
}

void vmmap_paging_entry_cover(const struct vmmap_paging_range *range,
                              const struct vmmap_paging_entry *entry, unsigned int depth,
                              uint64_t address, struct vmmap_paging_run *ret)
{
    const uint64_t inside = vmmap_paging_mask(range->shifts[depth]);
    const uint64_t start = address & ~inside, last = address | inside;
    *ret = (struct vmmap_paging_run){
        .start = start < range->start ? range->start : start,
        .last = last > range->last ? range->last : last,
    };
    if (entry->kind != VMMAP_PAGING_ENTRY_PAGE)
        return;
    ret->physical = entry->physical + (ret->start & inside);
    ret->has_physical = true;
    ret->page_size = entry->page_size;
    ret->attributes = entry->attributes;
    ret->user = entry->user;
    ret->kernel = entry->kernel;
}
