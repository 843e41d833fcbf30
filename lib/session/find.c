/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/find.h"

#include <string.h>

#include "session/executable.h"

/* Without any region the first note says why. */
static struct vmmap_error *check_map(const struct vmmap_map *map)
{
    if (map->count > 0 || map->note_count == 0)
        return NULL;
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "%s", map->notes[0]);
}

struct vmmap_error *vmmap_session_find_region(struct vmmap_session *session, uint64_t address,
                                              const struct vmmap_region **ret)
{
    const struct vmmap_lookup lookup = {.address = address};
    const struct vmmap_map *map;
    struct vmmap_error *error = vmmap_session_lookup(session, &lookup, &map);
    if (!error)
        error = check_map(map);
    if (error)
        return error;
    const size_t index = vmmap_map_find(map, address);
    *ret = index == VMMAP_NO_REGION ? NULL : &map->regions[index];
    return NULL;
}

/* How well a name matches, from nothing to all. */
enum match {
    MATCH_NONE,
    MATCH_PART,
    MATCH_BEGINNING,
    MATCH_LAST_PART,
    MATCH_WHOLE,
};

static enum match match_name(const char *name, const char *wanted)
{
    const char *slash = strrchr(name, '/');
    const char *last = name[0] != '[' && slash ? slash + 1 : name;
    const size_t length = strlen(wanted);
    if (strcmp(name, wanted) == 0)
        return MATCH_WHOLE;
    if (strcmp(last, wanted) == 0)
        return MATCH_LAST_PART;
    if (strncmp(last, wanted, length) == 0 && (last[length] == '.' || last[length] == '-'))
        return MATCH_BEGINNING;
    return strstr(name, wanted) ? MATCH_PART : MATCH_NONE;
}

/* The best match so far. */
struct best {
    enum match match;
    const struct vmmap_region *first; /* the lowest region */
    const struct vmmap_region *other; /* one of another file that matches as well, or NULL */
};

static bool is_another_file(const struct vmmap_region *a, const struct vmmap_region *b)
{
    return vmmap_region_is_file(a) && vmmap_region_is_file(b) && strcmp(a->name, b->name) != 0;
}

static struct best find_best(const struct vmmap_map *map, const char *wanted)
{
    struct best best = {.match = MATCH_NONE};
    const char *recent = NULL;
    for (size_t i = 0; i < map->count; i++) {
        char scratch[VMMAP_REGION_NAME_SCRATCH];
        const struct vmmap_region *region = &map->regions[i];
        /* Equal strings of one map are one; and memory without a name is shown as `[anon_...`. */
        if (region->name ? region->name == recent : wanted[0] != '[')
            continue;
        recent = region->name;
        const enum match match = match_name(vmmap_region_name(region, scratch), wanted);
        if (match > best.match)
            best = (struct best){.match = match, .first = region};
        else if (match != MATCH_NONE && match == best.match && !best.other &&
                 is_another_file(best.first, region))
            best.other = region;
    }
    return best;
}

/* The name to look for, where `name` stands for another. */
static struct vmmap_error *find_wanted(const struct vmmap_session *session,
                                       const struct vmmap_map *map, const char *name,
                                       const char **ret)
{
    *ret = name;
    if (strcmp(name, VMMAP_EXECUTABLE) != 0)
        return NULL;
    struct vmmap_error *error = vmmap_executable_find(vmmap_session_target(session), map, ret);
    if (error || *ret)
        return error;
    return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE,
                              "It is not known which file is the program's executable.");
}

struct vmmap_error *vmmap_session_find_base(struct vmmap_session *session, const char *name,
                                            uint64_t *ret)
{
    const struct vmmap_map *map;
    const char *wanted;
    struct vmmap_error *error = vmmap_session_map(session, &map);
    if (!error)
        error = check_map(map);
    if (!error)
        error = find_wanted(session, map, name, &wanted);
    if (error)
        return error;
    const struct best best = find_best(map, wanted);
    if (best.match == MATCH_NONE)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "No page has \"%s\" in its name.", name);
    if (best.other) {
        return vmmap_error_create(VMMAP_ERROR_INVALID,
                                  "\"%s\" is a part of several files, %s and %s: write more of the "
                                  "name.",
                                  name, best.first->name, best.other->name);
    }
    *ret = best.first->start;
    return NULL;
}
