/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VMMAP_PROVIDERS_MANUAL_CORTEX_M_H
#define VMMAP_PROVIDERS_MANUAL_CORTEX_M_H

/**
 * @file
 * The registers of a Cortex-M processor's MPU, which are in its memory (System Control Space).
 *
 * MPU_RNR selects which region the other registers show, one of PMSAv7 and up to four of PMSAv8.
 * Only those are read, unless the user allows that MPU_RNR is written (`set vmmap mpu-select`); it
 * is then put back.
 */

#include "protection/pmsa.h"
#include "target/target.h"

/** Whether the selected thread is a Cortex-M processor: they alone have an xpsr. */
VMMAP_CHECKED struct vmmap_error *vmmap_cortex_m_recognise(const struct vmmap_target *target,
                                                           bool *ret);

/** Reads the registers. Notes say what is not known of them, and how the MPU is set. UNAVAILABLE
 *  where they can not be read. */
VMMAP_CHECKED struct vmmap_error *vmmap_cortex_m_read(const struct vmmap_target *target,
                                                      const struct vmmap_target_info *info,
                                                      struct vmmap_map *notes,
                                                      struct vmmap_pmsa *ret);

#endif
