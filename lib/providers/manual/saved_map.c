/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "providers/manual/saved_map.h"

#include <string.h>

#include "formats/json.h"

enum { REGIONS_PER_POLL = 1 << 12 };

struct reading {
    const struct vmmap_target *target;
    const char *what;
    struct vmmap_map *map;
    struct vmmap_json json;
    /* Of the region that is being read. */
    struct vmmap_region region;
    struct vmmap_buffer name;
    struct vmmap_buffer label;
    bool has_start, has_last, has_perms;
};

/* "0x1000", and nothing else. */
static bool parse_number(const char *text, uint64_t *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(text, strlen(text));
    return vmmap_scan_text(&scan, "0x") && vmmap_scan_hex(&scan, ret) && scan.at == scan.end;
}

/* An exclusive end, which may be 2^64. */
static bool parse_end(const char *text, uint64_t *last)
{
    if (strcmp(text, "0x10000000000000000") == 0) {
        *last = UINT64_MAX;
        return true;
    }
    return parse_number(text, last) && (*last)-- > 0;
}

/* "rw-p", and of rows from page tables "rw-u" or "rw-k". */
static bool parse_perms(const char *text, struct vmmap_perms *ret)
{
    if (strlen(text) != 4 || strspn(text, "rwx-?") < 3 || !strchr("psuk?", text[3]))
        return false;
    *ret = vmmap_perms_parse(text, 4);
    if (text[3] == 'u' || text[3] == 'k')
        ret->known |= VMMAP_PERM_USER;
    if (text[3] == 'u')
        ret->set |= VMMAP_PERM_USER;
    char again[5];
    vmmap_perms_format(*ret, again);
    return strcmp(again, text) == 0;
}

/* "r-x" */
static bool parse_access(const char *text, uint8_t *ret)
{
    char again[4];
    *ret = vmmap_perms_parse(text, strlen(text)).set & VMMAP_PERM_ACCESS;
    vmmap_access_format(*ret, again);
    return strcmp(again, text) == 0;
}

static bool parse_origin(const char *text, uint8_t *ret)
{
    for (unsigned int i = VMMAP_ORIGIN_PROCFS; i <= VMMAP_ORIGIN_ASSUMED; i++) {
        if (strcmp(vmmap_origin_name(i), text) == 0) {
            *ret = (uint8_t)i;
            return true;
        }
    }
    return false;
}

static bool keep_text(const char *text, struct vmmap_buffer *ret)
{
    ret->size = 0;
    vmmap_buffer_append(ret, text, strlen(text) + 1);
    return true;
}

/* A member of a region whose value is a string. False where the value makes no sense; keys that are
 * not known may be a newer version's. */
static bool take_member(struct reading *reading, const char *key, const char *text)
{
    struct vmmap_region *region = &reading->region;
    if (strcmp(key, "start") == 0)
        return reading->has_start = parse_number(text, &region->start);
    if (strcmp(key, "end") == 0)
        return reading->has_last = parse_end(text, &region->last);
    if (strcmp(key, "perms") == 0)
        return reading->has_perms = parse_perms(text, &region->perms);
    if (strcmp(key, "offset") == 0)
        return region->has_offset = parse_number(text, &region->offset);
    if (strcmp(key, "name") == 0)
        return keep_text(text, &reading->name);
    if (strcmp(key, "label") == 0)
        return keep_text(text, &reading->label);
    if (strcmp(key, "origin") == 0)
        return parse_origin(text, &region->origin);
    if (strcmp(key, "physical") == 0)
        return region->has_physical = parse_number(text, &region->physical);
    if (strcmp(key, "page_size") == 0)
        return parse_number(text, &region->page_size);
    if (strcmp(key, "user") == 0)
        return region->has_access = parse_access(text, &region->user);
    if (strcmp(key, "kernel") == 0)
        return region->has_access = parse_access(text, &region->kernel);
    if (strcmp(key, "saved") == 0)
        return region->has_saved = parse_number(text, &region->saved);
    return true;
}

static struct vmmap_error *syntax_error(const struct reading *reading)
{
    if (reading->json.text.failed)
        return &vmmap_error_no_memory;
    return vmmap_error_create(VMMAP_ERROR_INVALID, "%s can not be loaded: it is no complete JSON.",
                              reading->what);
}

static struct vmmap_error *region_error(const struct reading *reading, const char *key)
{
    return vmmap_error_create(
        VMMAP_ERROR_INVALID,
        "%s can not be loaded: region %zu of it has no \"%s\" that makes sense.", reading->what,
        reading->map->count + 1, key);
}

/* A NUL-terminated copy of the key, which the value's text replaces. */
enum { KEY_SIZE = 16 };

static struct vmmap_error *read_member(struct reading *reading)
{
    char key[KEY_SIZE];
    const char *text = reading->json.text.data;
    const bool is_known = strlen(text) < sizeof(key);
    memcpy(key, is_known ? text : "", is_known ? strlen(text) + 1 : 1);
    enum vmmap_json_token token = vmmap_json_next(&reading->json);
    if (token == VMMAP_JSON_STRING)
        return take_member(reading, key, reading->json.text.data) ? NULL
                                                                  : region_error(reading, key);
    return vmmap_json_skip(&reading->json, token) ? NULL : syntax_error(reading);
}

static const char *text_of(const struct vmmap_buffer *buffer)
{
    return buffer->size > 0 ? buffer->data : "";
}

static struct vmmap_error *add_region(struct reading *reading)
{
    struct vmmap_region *region = &reading->region;
    if (!reading->has_start || !reading->has_last || !reading->has_perms)
        return region_error(reading, !reading->has_start  ? "start"
                                     : !reading->has_last ? "end"
                                                          : "perms");
    if (region->last < region->start)
        return region_error(reading, "end");
    if (reading->name.failed || reading->label.failed)
        return &vmmap_error_no_memory;
    /* What stands for no name does so again, also in a part of the region. */
    char scratch[VMMAP_REGION_NAME_SCRATCH];
    const char *name = text_of(&reading->name);
    if (strcmp(name, vmmap_region_name(region, scratch)) != 0)
        region->name = name;
    if (*text_of(&reading->label))
        region->label = text_of(&reading->label);
    struct vmmap_error *error = vmmap_map_add(reading->map, region);
    if (!error && reading->map->count % REGIONS_PER_POLL == 0)
        error = vmmap_target_poll(reading->target);
    return error;
}

static struct vmmap_error *read_region(struct reading *reading)
{
    enum vmmap_json_token token;
    struct vmmap_error *error = NULL;
    reading->region = (struct vmmap_region){.origin = VMMAP_ORIGIN_MANUAL};
    reading->name.size = reading->label.size = 0;
    reading->has_start = reading->has_last = reading->has_perms = false;
    while (!error && (token = vmmap_json_next(&reading->json)) == VMMAP_JSON_KEY)
        error = read_member(reading);
    if (!error && token != VMMAP_JSON_OBJECT_END)
        error = syntax_error(reading);
    return error ? error : add_region(reading);
}

static struct vmmap_error *read_regions(struct reading *reading)
{
    enum vmmap_json_token token;
    struct vmmap_error *error = NULL;
    while (!error && (token = vmmap_json_next(&reading->json)) == VMMAP_JSON_OBJECT)
        error = read_region(reading);
    if (!error && token != VMMAP_JSON_ARRAY_END)
        error = syntax_error(reading);
    return error;
}

/* The object around the regions, up to the end of the text. */
static struct vmmap_error *read_object(struct reading *reading)
{
    struct vmmap_json *json = &reading->json;
    struct vmmap_error *error = NULL;
    bool has_regions = false;
    enum vmmap_json_token token = vmmap_json_next(json);
    if (token != VMMAP_JSON_OBJECT)
        return syntax_error(reading);
    while (!error && (token = vmmap_json_next(json)) == VMMAP_JSON_KEY) {
        const bool is_regions = !has_regions && strcmp(json->text.data, "regions") == 0;
        token = vmmap_json_next(json);
        if (is_regions && token == VMMAP_JSON_ARRAY) {
            has_regions = true;
            error = read_regions(reading);
        } else if (!vmmap_json_skip(json, token)) {
            error = syntax_error(reading);
        }
    }
    if (!error && (token != VMMAP_JSON_OBJECT_END || vmmap_json_next(json) != VMMAP_JSON_END))
        error = syntax_error(reading);
    if (!error && !has_regions)
        error = vmmap_error_create(VMMAP_ERROR_INVALID,
                                   "%s can not be loaded: it has no \"regions\", so it is no map "
                                   "that \"vmmap_save\" wrote.",
                                   reading->what);
    return error;
}

struct vmmap_error *vmmap_saved_map_read(const struct vmmap_target *target, const char *what,
                                         const char *text, size_t size, struct vmmap_map *map)
{
    struct reading reading = {.target = target, .what = what, .map = map};
    size_t overlaps = 0;
    vmmap_json_init(&reading.json, text, size);
    struct vmmap_error *error = read_object(&reading);
    vmmap_json_deinit(&reading.json);
    vmmap_buffer_deinit(&reading.name);
    vmmap_buffer_deinit(&reading.label);
    vmmap_map_finish(map, &overlaps);
    if (!error && overlaps > 0)
        error = vmmap_error_create(VMMAP_ERROR_INVALID,
                                   "%s can not be loaded: regions of it overlap.", what);
    return error;
}
