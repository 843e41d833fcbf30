/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "map/region.h"

#include <string.h>

#include "base/hex.h"

enum { PAGE_SHIFT = 12 };

/* Whether it comes from page tables: what is behind it is not known. */
static bool is_translated(const struct vmmap_region *region)
{
    return region->origin == VMMAP_ORIGIN_PAGE_TABLE || region->origin == VMMAP_ORIGIN_MONITOR;
}

const char *vmmap_region_name(const struct vmmap_region *region,
                              char scratch[VMMAP_REGION_NAME_SCRATCH])
{
    if (region->name)
        return region->name;
    const char *prefix = is_translated(region) ? "[pt_" : "[anon_";
    const size_t length = strlen(prefix);
    memcpy(scratch, prefix, length);
    char *end = vmmap_hex_put(scratch + length, region->start >> PAGE_SHIFT, 5, '0');
    memcpy(end, "]", sizeof("]"));
    return scratch;
}

const char *vmmap_region_group_name(const struct vmmap_region *region)
{
    if (region->name)
        return region->name;
    return is_translated(region) ? "[pt]" : "[anon]";
}

uint64_t vmmap_region_extent(const struct vmmap_region *region)
{
    return region->last - region->start;
}

bool vmmap_region_contains(const struct vmmap_region *region, uint64_t address)
{
    return address >= region->start && address <= region->last;
}

bool vmmap_region_adjoins(const struct vmmap_region *region, const struct vmmap_region *next)
{
    return region->last != UINT64_MAX && region->last + 1 == next->start;
}

bool vmmap_region_is_file(const struct vmmap_region *region)
{
    return region->name && region->name[0] != '[';
}

struct vmmap_region vmmap_region_from(struct vmmap_region region, uint64_t start)
{
    uint64_t skipped = start - region.start;
    if (region.has_offset && vmmap_region_is_file(&region))
        region.offset += skipped;
    region.saved = region.saved > skipped ? region.saved - skipped : 0;
    if (region.has_physical)
        region.physical += skipped;
    region.start = start;
    return region;
}

struct vmmap_region vmmap_region_until(struct vmmap_region region, uint64_t last)
{
    region.last = last;
    if (region.saved > 0 && region.saved - 1 > last - region.start)
        region.saved = last - region.start + 1;
    return region;
}

void vmmap_region_set_access(struct vmmap_region *region, uint8_t user, uint8_t kernel)
{
    region->user = user;
    region->kernel = kernel;
    region->has_access = true;
    region->perms = vmmap_perms_of_modes(user, kernel);
}

bool vmmap_region_lacks_bytes(const struct vmmap_region *region)
{
    return region->has_saved &&
           (region->saved == 0 || region->saved - 1 < vmmap_region_extent(region));
}

bool vmmap_region_is_guard(const struct vmmap_region *region)
{
    return (region->perms.known & VMMAP_PERM_ACCESS) == VMMAP_PERM_ACCESS &&
           !(region->perms.set & VMMAP_PERM_ACCESS);
}

struct vmmap_perms vmmap_perms_of_modes(uint8_t user, uint8_t kernel)
{
    const bool is_users = user && !(kernel & ~user);
    return (struct vmmap_perms){(uint8_t)(is_users ? user | VMMAP_PERM_USER : kernel),
                                VMMAP_PERM_ACCESS | VMMAP_PERM_USER};
}

uint8_t vmmap_region_access(const struct vmmap_region *region)
{
    const uint8_t modes = region->one_mode ? 0 : region->user | region->kernel;
    return (uint8_t)((region->perms.set | modes) & VMMAP_PERM_ACCESS);
}

bool vmmap_region_hides_user(const struct vmmap_region *region)
{
    return region->user && !region->one_mode && !(region->perms.set & VMMAP_PERM_USER);
}

static char perm_letter(struct vmmap_perms perms, uint8_t bit, char on, char off)
{
    if (!(perms.known & bit))
        return '?';
    return perms.set & bit ? on : off;
}

void vmmap_perms_format(struct vmmap_perms perms, char ret[5])
{
    ret[0] = perm_letter(perms, VMMAP_PERM_READ, 'r', '-');
    ret[1] = perm_letter(perms, VMMAP_PERM_WRITE, 'w', '-');
    ret[2] = perm_letter(perms, VMMAP_PERM_EXEC, 'x', '-');
    ret[3] = perms.known & VMMAP_PERM_USER ? perm_letter(perms, VMMAP_PERM_USER, 'u', 'k')
                                           : perm_letter(perms, VMMAP_PERM_SHARED, 's', 'p');
    ret[4] = '\0';
}

void vmmap_access_format(uint8_t access, char ret[4])
{
    static const char letters[] = "rwx";
    for (size_t i = 0; i < 3; i++)
        ret[i] = access >> i & 1 ? letters[i] : '-';
    ret[3] = '\0';
}

struct vmmap_perms vmmap_perms_parse(const char *letters, size_t count)
{
    static const char on[] = "rwxs", off[] = "---p";
    struct vmmap_perms perms = {0, 0};
    for (size_t i = 0; i < count && i < 4; i++) {
        uint8_t bit = (uint8_t)(1u << i);
        if (letters[i] == on[i])
            perms.set |= bit;
        if (letters[i] == on[i] || letters[i] == off[i])
            perms.known |= bit;
    }
    return perms;
}

const char *vmmap_origin_name(enum vmmap_origin origin)
{
    static const char *const names[] = {
        [VMMAP_ORIGIN_PROCFS] = "procfs",         [VMMAP_ORIGIN_CORE_SEGMENT] = "core-segment",
        [VMMAP_ORIGIN_CORE_NOTE] = "core-note",   [VMMAP_ORIGIN_GDB] = "gdb",
        [VMMAP_ORIGIN_MANUAL] = "manual",         [VMMAP_ORIGIN_PROBED] = "probed",
        [VMMAP_ORIGIN_PAGE_TABLE] = "page-table", [VMMAP_ORIGIN_MONITOR] = "monitor",
        [VMMAP_ORIGIN_ASSUMED] = "assumed",
    };
    return names[origin];
}
