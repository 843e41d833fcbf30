/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/cortex_m.h"

#include <inttypes.h>

#include "providers/settings.h"

/* ARMv7-M, table B3-11; ARMv8-M has more. */
#define ID_MMFR0 0xe000ed50u
#define MPU_TYPE 0xe000ed90u
#define MPU_CTRL 0xe000ed94u
#define MPU_RNR  0xe000ed98u
#define MPU_RBAR 0xe000ed9cu /* then MPU_RASR or MPU_RLAR, and ARMv8-M's MPU_RBAR_A1 and so on */

enum {
    PMSA_SHIFT = 4, /* of ID_MMFR0 */
    PMSA_V8 = 4,
    GROUP = 4, /* regions that are seen at once with ARMv8-M */
    PAIR = 8,  /* bytes of a region's two registers */
};

struct reading {
    const struct vmmap_target *target;
    struct vmmap_pmsa *pmsa;
    struct vmmap_error *error; /* the first one sticks */
};

/* The space is little-endian whatever the processor is. */
static uint32_t read_word(struct reading *reading, uint32_t address)
{
    unsigned char bytes[4];
    size_t done = 0;
    if (reading->error)
        return 0;
    reading->error = reading->target->read_memory(reading->target->context, address, bytes,
                                                  sizeof(bytes), &done);
    if (!reading->error && done < sizeof(bytes))
        reading->error = vmmap_error_create(
            VMMAP_ERROR_UNAVAILABLE,
            "The MPU's registers (at 0x%" PRIx32
            ") can not be read, so what the processor may do where is not known; if GDB itself "
            "refuses to, say \"set mem inaccessible-by-default off\".",
            address);
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static void write_word(struct reading *reading, uint32_t address, uint32_t value)
{
    const unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8),
                                    (unsigned char)(value >> 16), (unsigned char)(value >> 24)};
    if (!reading->error)
        reading->error =
            reading->target->write_memory(reading->target->context, address, bytes, sizeof(bytes));
}

static void read_region(struct reading *reading, size_t index, uint32_t address)
{
    if (index >= reading->pmsa->region_count)
        return;
    struct vmmap_pmsa_region *region = &reading->pmsa->regions[index];
    region->base = read_word(reading, address);
    region->limit = read_word(reading, address + 4);
    region->is_known = !reading->error;
}

/* What the registers show without touching MPU_RNR. ARMv8-M's further pairs are the regions of the
 * same group of four. */
static void read_visible(struct reading *reading)
{
    const uint32_t selected = read_word(reading, MPU_RNR) & 0xff;
    read_region(reading, selected, MPU_RBAR);
    for (uint32_t i = 1; i < GROUP && reading->pmsa->is_v8; i++)
        read_region(reading, (selected & ~(uint32_t)(GROUP - 1)) + i, MPU_RBAR + i * PAIR);
}

/* Whether the register took what was written: QEMU's stub writes to no device
 * (cpu_memory_rw_debug(), softmmu/physmem.c), and says that it did. */
static bool select_region(struct reading *reading, uint32_t index)
{
    write_word(reading, MPU_RNR, index);
    return (read_word(reading, MPU_RNR) & 0xff) == index && !reading->error;
}

/* One after the other; MPU_RNR is put back whatever happens, Ctrl-C included. */
static void read_selecting(struct reading *reading)
{
    const uint32_t before = read_word(reading, MPU_RNR);
    if (reading->error)
        return;
    for (uint32_t i = 0; i < reading->pmsa->region_count && select_region(reading, i); i++)
        read_region(reading, i, MPU_RBAR);
    struct vmmap_error *error = reading->error;
    reading->error = NULL;
    write_word(reading, MPU_RNR, before);
    vmmap_error_keep(&error, reading->error);
    reading->error = error;
}

static struct vmmap_error *note_regions(const struct vmmap_pmsa *pmsa, bool may_select,
                                        struct vmmap_map *notes)
{
    size_t known = 0;
    for (size_t i = 0; i < pmsa->region_count; i++)
        known += pmsa->regions[i].is_known;
    struct vmmap_error *error = vmmap_map_add_note(
        notes, "The MPU (PMSAv%d, %zu region%s) is switched on.", pmsa->is_v8 ? 8 : 7,
        pmsa->region_count, pmsa->region_count == 1 ? "" : "s");
    if (error || known == pmsa->region_count)
        return error;
    return vmmap_map_add_note(
        notes,
        "%zu of its regions can be seen without writing a register of it, MPU_RNR, so permissions "
        "are not known where another one may say otherwise.%s",
        known,
        may_select ? " That register does not take what is written."
                   : " \"set vmmap mpu-select on\" lets that be written, and put back.");
}

struct vmmap_error *vmmap_cortex_m_recognise(const struct vmmap_target *target, bool *ret)
{
    uint64_t value;
    *ret = false;
    return target->read_register && target->read_memory
               ? target->read_register(target->context, "xpsr", &value, ret)
               : NULL;
}

struct vmmap_error *vmmap_cortex_m_read(const struct vmmap_target *target,
                                        const struct vmmap_target_info *info,
                                        struct vmmap_map *notes, struct vmmap_pmsa *ret)
{
    struct reading reading = {.target = target, .pmsa = ret};
    *ret = (struct vmmap_pmsa){.control = 0};
    const uint32_t count = read_word(&reading, MPU_TYPE) >> 8 & 0xff;
    if (reading.error)
        return reading.error;
    if (count == 0)
        return vmmap_map_add_note(notes, "The processor has no MPU: permissions are those of the "
                                         "architecture's default memory map.");
    ret->is_v8 = (read_word(&reading, ID_MMFR0) >> PMSA_SHIFT & 0xf) >= PMSA_V8;
    ret->control = read_word(&reading, MPU_CTRL);
    ret->region_count = count < VMMAP_PMSA_REGIONS ? count : VMMAP_PMSA_REGIONS;
    if (reading.error)
        return reading.error;
    if (!vmmap_pmsa_is_on(ret))
        return vmmap_map_add_note(notes, "The MPU is switched off: permissions are those of the "
                                         "architecture's default memory map.");
    const bool may_select = info->settings->mpu_select && target->write_memory;
    read_visible(&reading);
    if (may_select)
        read_selecting(&reading);
    return reading.error ? reading.error : note_regions(ret, may_select, notes);
}
