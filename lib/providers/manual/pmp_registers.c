/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/pmp_registers.h"

#include <stdio.h>

enum {
    PRIV_MACHINE = 3,
    BITS_PER_ENTRY = 8,
    MSECCFG_CHANGES = 3, /* MML and MMWP (Smepmp) give entries another meaning */
};

static struct vmmap_error *read_numbered(const struct vmmap_target *target, const char *prefix,
                                         size_t number, uint64_t *ret, bool *found)
{
    char name[40];
    snprintf(name, sizeof(name), "%s%zu", prefix, number);
    *found = false;
    return target->read_register(target->context, name, ret, found);
}

struct vmmap_error *vmmap_pmp_recognise(const struct vmmap_target *target, bool *ret)
{
    uint64_t priv = 0;
    *ret = false;
    if (!target->read_register)
        return NULL;
    struct vmmap_error *error = target->read_register(target->context, "priv", &priv, ret);
    *ret = *ret && priv == PRIV_MACHINE;
    return error;
}

/* A configuration register has a byte for each entry, and is as wide as an address; in 64-bit ones
 * those with odd numbers are missing. */
static struct vmmap_error *read_configs(const struct vmmap_target *target, size_t per_register,
                                        struct vmmap_pmp *ret)
{
    struct vmmap_error *error = NULL;
    for (size_t entry = 0; entry < VMMAP_PMP_ENTRIES && !error; entry += per_register) {
        uint64_t value = 0;
        bool found;
        error = read_numbered(target, "pmpcfg", entry / 4, &value, &found);
        if (error || !found)
            return error;
        for (size_t i = 0; i < per_register; i++)
            ret->config[entry + i] = (uint8_t)(value >> i * BITS_PER_ENTRY);
        ret->count = entry + per_register;
    }
    return error;
}

static struct vmmap_error *read_addresses(const struct vmmap_target *target, struct vmmap_pmp *ret)
{
    struct vmmap_error *error = NULL;
    for (size_t i = 0; i < ret->count && !error; i++) {
        bool found;
        error = read_numbered(target, "pmpaddr", i, &ret->address[i], &found);
        if (!error && !found)
            ret->count = i;
    }
    return error;
}

struct vmmap_error *vmmap_pmp_read(const struct vmmap_target *target, unsigned int address_bits,
                                   struct vmmap_map *notes, struct vmmap_pmp *ret, bool *is_known)
{
    uint64_t security = 0;
    bool found = false;
    *ret = (struct vmmap_pmp){.count = 0};
    *is_known = true;
    struct vmmap_error *error = read_configs(target, address_bits == 32 ? 4 : 8, ret);
    if (!error)
        error = read_addresses(target, ret);
    if (!error && ret->count > 0)
        error = target->read_register(target->context, "mseccfg", &security, &found);
    if (error || !found || !(security & MSECCFG_CHANGES))
        return error;
    *is_known = false;
    return vmmap_map_add_note(notes, "mseccfg changes what the entries of physical memory "
                                     "protection mean (Smepmp), which is not known here: "
                                     "permissions are not known.");
}
