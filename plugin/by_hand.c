/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/by_hand.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "expression.h"
#include "host/file.h"
#include "output.h"
#include "providers/manual/load.h"
#include "providers/manual/pages.h"
#include "session/query.h"

static bool evaluate(const char *text, uint64_t *ret)
{
    return expression_evaluate(text, "", ret) == EXPRESSION_ADDRESS;
}

static bool print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool print(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) {
        PyErr_NoMemory();
        return false;
    }
    bool done = output_write(text, (size_t)length);
    free(text);
    return done;
}

/* Adds the one page. */
static struct vmmap_error *add_region(struct vmmap_session *session,
                                      const struct vmmap_region *region)
{
    struct vmmap_map *map;
    struct vmmap_error *error = vmmap_map_create(&map);
    if (!error)
        error = vmmap_map_add(map, region);
    if (!error)
        error = vmmap_session_add_pages(session, map);
    vmmap_map_destroy(map);
    return error;
}

/* The page that was typed. */
static bool make_region(const struct command_call *call, struct vmmap_region *ret)
{
    const struct vmmap_add_arguments *arguments = call->arguments;
    const struct vmmap_target_info *info;
    uint64_t start, size, offset = 0;
    if (!evaluate(arguments->start, &start) || !evaluate(arguments->size, &size) ||
        (arguments->offset && !evaluate(arguments->offset, &offset)) ||
        !exception_unless_ok(vmmap_session_describe(call->session, &info)) ||
        !exception_unless_ok(
            vmmap_page_init(start, size, arguments->flags, info->address_bits, ret)))
        return false;
    ret->offset = offset;
    ret->has_offset = arguments->offset != NULL;
    ret->name = arguments->name;
    return true;
}

bool vmmap_add_run(const struct command_call *call)
{
    struct vmmap_region region;
    char perms[5];
    if (!make_region(call, &region) || !exception_unless_ok(add_region(call->session, &region)))
        return false;
    vmmap_perms_format(region.perms, perms);
    return print("Added 0x%" PRIx64 " to 0x%" PRIx64 ", %s.\n", region.start, region.last, perms);
}

static bool clear_all(struct vmmap_session *session)
{
    size_t count;
    if (!exception_unless_ok(vmmap_session_clear_pages(session, &count)))
        return false;
    return count == 0 ? print("There were no pages by hand.\n")
                      : print("Cleared %zu page%s.\n", count, count == 1 ? "" : "s");
}

bool vmmap_clear_run(const struct command_call *call)
{
    const struct vmmap_clear_arguments *arguments = call->arguments;
    struct vmmap_region region;
    uint64_t address;
    bool found;
    if (!arguments->address)
        return clear_all(call->session);
    if (!evaluate(arguments->address, &address) ||
        !exception_unless_ok(vmmap_session_clear_page(call->session, address, &region, &found)))
        return false;
    if (found)
        return print("Cleared 0x%" PRIx64 " to 0x%" PRIx64 ".\n", region.start, region.last);
    raise_user_error("No page that was added by hand or explored holds 0x%" PRIx64 ".", address);
    return false;
}

bool vmmap_explore_run(const struct command_call *call)
{
    const struct vmmap_explore_arguments *arguments = call->arguments;
    struct vmmap_session_explored explored;
    uint64_t address;
    if (!evaluate(arguments->address, &address) ||
        !exception_unless_ok(
            vmmap_session_explore(call->session, address, arguments->write, &explored)))
        return false;
    if (explored.rows == 0)
        return print("No memory can be read at 0x%" PRIx64 ".\n", address);
    return print("Explored 0x%" PRIx64 " to 0x%" PRIx64 " with %zu packets.%s\n", explored.start,
                 explored.last, explored.packets,
                 explored.is_exact ? "" : " There may be holes in it: too many pages to read all.");
}

/* The path of the program that GDB debugs, NUL-terminated. */
static bool find_program(const struct vmmap_target *target, struct vmmap_buffer *ret)
{
    if (!exception_unless_ok(target->executable_path(target->context, ret)))
        return false;
    if (ret->size == 0) {
        raise_user_error("GDB debugs no program: name a file, or load one with \"file\".");
        return false;
    }
    vmmap_buffer_append(ret, "", 1);
    return exception_unless_ok(vmmap_buffer_status(ret));
}

static struct vmmap_error *load(struct vmmap_session *session, const char *path, uint64_t offset,
                                size_t *count)
{
    struct vmmap_map *map;
    struct vmmap_error *error = vmmap_map_create(&map);
    if (!error)
        error = vmmap_pages_load(vmmap_session_target(session), path, offset, map);
    if (!error)
        error = vmmap_session_add_pages(session, map);
    *count = error ? 0 : map->count;
    vmmap_map_destroy(map);
    return error;
}

bool vmmap_load_run(const struct command_call *call)
{
    const struct vmmap_load_arguments *arguments = call->arguments;
    struct vmmap_buffer program = VMMAP_BUFFER_INIT;
    uint64_t offset = 0;
    size_t count = 0;
    bool done = (!arguments->offset || evaluate(arguments->offset, &offset)) &&
                (arguments->file || find_program(vmmap_session_target(call->session), &program));
    const char *path = arguments->file ? arguments->file : program.data;
    done = done && exception_unless_ok(load(call->session, path, offset, &count)) &&
           print("Loaded %zu page%s.\n", count, count == 1 ? "" : "s");
    vmmap_buffer_deinit(&program);
    return done;
}

/* A map without rows has a note that says why. */
static struct vmmap_error *save(struct vmmap_session *session,
                                const struct vmmap_save_arguments *arguments, size_t *count)
{
    const struct vmmap_map *map;
    struct vmmap_error *error = vmmap_session_map(session, &map);
    if (error)
        return error;
    *count = map->count;
    if (map->count == 0)
        return vmmap_error_create(VMMAP_ERROR_UNAVAILABLE, "There is no map to save. %s",
                                  map->note_count > 0 ? map->notes[0] : "");
    const struct vmmap_query query = {.format =
                                          arguments->csv ? VMMAP_FORMAT_CSV : VMMAP_FORMAT_JSON};
    struct vmmap_buffer text = VMMAP_BUFFER_INIT;
    error = vmmap_session_query(session, &query, &text);
    if (!error)
        error = vmmap_file_write(arguments->file, text.data, text.size, arguments->force);
    vmmap_buffer_deinit(&text);
    return error;
}

bool vmmap_save_run(const struct command_call *call)
{
    size_t count = 0;
    return exception_unless_ok(save(call->session, call->arguments, &count)) &&
           print("Saved %zu page%s.\n", count, count == 1 ? "" : "s");
}
