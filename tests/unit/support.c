/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int run_tests(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 120);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && run == (int)count ? EXIT_SUCCESS : EXIT_FAILURE;
}

char *take_text(struct vmmap_buffer *buffer)
{
    vmmap_buffer_append(buffer, "", 1);
    assert_ok(vmmap_buffer_status(buffer));
    char *text = strdup(buffer->data);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(strlen(text) + 1, buffer->size);
    vmmap_buffer_deinit(buffer);
    return text;
}

static void append_row(struct vmmap_buffer *text, const struct vmmap_region *region)
{
    char perms[5];
    vmmap_perms_format(region->perms, perms);
    vmmap_buffer_printf(text, "%" PRIx64 "-%" PRIx64 " %s ", region->start, region->last, perms);
    if (region->has_offset)
        vmmap_buffer_printf(text, "%" PRIx64, region->offset);
    else
        vmmap_buffer_append_string(text, "?");
    vmmap_buffer_printf(text, " %s", region->name ? region->name : "-");
    if (region->label)
        vmmap_buffer_printf(text, " # %s", region->label);
    vmmap_buffer_append_string(text, "\n");
}

char *some_rows_text(const struct vmmap_map *map, size_t first, size_t count)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = first; i < first + count; i++)
        append_row(&text, &map->regions[i]);
    return take_text(&text);
}

char *rows_text(const struct vmmap_map *map)
{
    return some_rows_text(map, 0, map->count);
}

char *notes_text(const struct vmmap_map *map)
{
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    for (size_t i = 0; i < map->note_count; i++)
        vmmap_buffer_printf(&text, "%s\n", map->notes[i]);
    return take_text(&text);
}

/* Adds the region that `line`, which is taken apart, describes. */
static void add_row(struct vmmap_map *map, char *line)
{
    struct vmmap_region region = {.origin = VMMAP_ORIGIN_PROCFS};
    char perms[5], offset[20];
    int name = 0;
    int fields = sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %19s %n", &region.start, &region.last,
                        perms, offset, &name);
    ck_assert_msg(fields == 4, "not a row: %s", line);
    region.perms = vmmap_perms_parse(perms, strlen(perms));
    region.has_offset = offset[0] != '?';
    region.offset = region.has_offset ? strtoull(offset, NULL, 16) : 0;
    char *label = strstr(line + name, " # ");
    if (label) {
        *label = '\0';
        region.label = label + strlen(" # ");
    }
    region.name = strcmp(line + name, "-") == 0 ? NULL : line + name;
    assert_ok(vmmap_map_add(map, &region));
}

struct vmmap_map *make_unfinished_map(const char *rows)
{
    struct vmmap_map *map;
    assert_ok(vmmap_map_create(&map));
    char *text = strdup(rows), *rest = text, *line;
    while ((line = strsep(&rest, "\n"))) {
        if (*line)
            add_row(map, line);
    }
    free(text);
    return map;
}

struct vmmap_map *make_map(const char *rows)
{
    struct vmmap_map *map = make_unfinished_map(rows);
    vmmap_map_finish(map, NULL);
    return map;
}

struct vmmap_error *make_error(enum vmmap_error_code code, const char *message)
{
    return code == VMMAP_ERROR_NO_MEMORY ? &vmmap_error_no_memory
                                         : vmmap_error_create(code, "%s", message);
}
