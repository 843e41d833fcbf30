/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/query.h"

#include <inttypes.h>

#include "map/gaps.h"
#include "render/render.h"
#include "render/text.h"

/* Notes about the answer, which the map itself, kept for later questions, does not carry. */
struct remarks {
    struct vmmap_buffer texts[2];
    const char *notes[2];
    size_t count;
};

/* Ends the remark in texts[count]. */
static struct vmmap_error *finish_remark(struct remarks *remarks)
{
    struct vmmap_buffer *text = &remarks->texts[remarks->count];
    vmmap_buffer_append(text, "", 1);
    remarks->notes[remarks->count++] = text->data;
    return vmmap_buffer_status(text);
}

static const char *access_words(uint8_t perms)
{
    if (perms == (VMMAP_PERM_WRITE | VMMAP_PERM_EXEC))
        return "writable and executable";
    return perms == VMMAP_PERM_WRITE ? "writable" : "executable";
}

static struct vmmap_error *remark_unknown(const struct vmmap_query *query, size_t count,
                                          struct remarks *remarks)
{
    vmmap_buffer_printf(&remarks->texts[remarks->count],
                        "%zu row%s left out because it is not known whether %s %s.", count,
                        count == 1 ? " is" : "s are", count == 1 ? "it is" : "they are",
                        access_words(query->filter.perms));
    return finish_remark(remarks);
}

/* Where the evaluated word is part of a name as well, says how to ask for the name. */
static struct vmmap_error *remark_word(struct vmmap_session *session,
                                       const struct vmmap_query *query, struct remarks *remarks)
{
    const struct vmmap_map *map;
    struct vmmap_error *error = vmmap_session_map(session, &map);
    if (error)
        return error;
    if (!vmmap_map_has_name(map, query->word))
        return NULL;
    vmmap_buffer_printf(&remarks->texts[remarks->count],
                        "\"%s\" was evaluated as an expression; \"vmmap -n %s\" shows the pages "
                        "with that name.",
                        query->word, query->word);
    return finish_remark(remarks);
}

/* The sentence for an answer without any row. */
static void append_no_match(struct vmmap_buffer *ret, const struct vmmap_query *query,
                            const struct vmmap_selection *selection)
{
    const struct vmmap_filter *filter = &query->filter;
    if (selection->match_count > 0 || filter->kind == VMMAP_FILTER_NONE) {
        vmmap_buffer_printf(ret, "No page%s is known to be %s.\n",
                            filter->kind == VMMAP_FILTER_NONE ? "" : " that matches",
                            access_words(filter->perms));
    } else if (filter->kind == VMMAP_FILTER_ADDRESS) {
        vmmap_buffer_printf(ret, "No page holds the address 0x%" PRIx64 ".\n", filter->address);
    } else {
        vmmap_buffer_append_string(ret, "No page has \"");
        vmmap_text_append_escaped(ret, filter->name);
        vmmap_buffer_append_string(ret, "\" in its name.\n");
    }
}

/* Without any region the notes are the answer: why there is none. (A lookup of one address that
 * finds nothing has neither: that is an answer without a match.) */
static void append_absence(struct vmmap_buffer *ret, const struct vmmap_map *map)
{
    for (size_t i = 0; i < map->note_count; i++) {
        vmmap_text_append_escaped(ret, map->notes[i]);
        vmmap_buffer_append(ret, "\n", 1);
    }
}

static void render(struct vmmap_buffer *ret, const struct vmmap_query *query,
                   const struct vmmap_view *view)
{
    if (query->json) {
        vmmap_render_json(ret, view);
    } else if (view->map->count == 0 && view->map->note_count > 0) {
        append_absence(ret, view->map);
    } else if (view->selection->count == 0) {
        append_no_match(ret, query, view->selection);
        vmmap_render_notes(ret, view);
    } else if (query->gaps) {
        vmmap_render_layout(ret, view, query->color);
    } else {
        vmmap_render_table(ret, view, query->color);
    }
}

static struct vmmap_error *answer(const struct vmmap_query *query, const struct vmmap_map *map,
                                  struct remarks *remarks, struct vmmap_buffer *ret)
{
    struct vmmap_filter filter = query->filter;
    filter.holes = query->gaps;
    struct vmmap_selection selection;
    struct vmmap_layout layout = {.spans = NULL};
    struct vmmap_error *error = vmmap_selection_init(map, &filter, &selection);
    if (!error && selection.unknown_count > 0)
        error = remark_unknown(query, selection.unknown_count, remarks);
    if (!error && query->gaps)
        error = vmmap_layout_init(map, &filter, &selection, &layout);
    if (!error) {
        const struct vmmap_view view = {
            .map = map,
            .filter = &filter,
            .selection = &selection,
            .layout = query->gaps ? &layout : NULL,
            .remarks = remarks->notes,
            .remark_count = remarks->count,
        };
        render(ret, query, &view);
        vmmap_buffer_drain(ret);
        error = vmmap_buffer_status(ret);
    }
    vmmap_layout_deinit(&layout);
    vmmap_selection_deinit(&selection);
    return error;
}

static struct vmmap_error *find_map(struct vmmap_session *session, const struct vmmap_query *query,
                                    const struct vmmap_map **ret)
{
    const struct vmmap_filter *filter = &query->filter;
    /* A hole's neighbours may be farther away than the wanted context: that takes the whole map. */
    if (filter->kind != VMMAP_FILTER_ADDRESS || query->gaps)
        return vmmap_session_map(session, ret);
    const struct vmmap_lookup lookup = {filter->address, filter->before, filter->after};
    return vmmap_session_lookup(session, &lookup, ret);
}

struct vmmap_error *vmmap_session_query(struct vmmap_session *session,
                                        const struct vmmap_query *query, struct vmmap_buffer *ret)
{
    struct remarks remarks = {.texts = {VMMAP_BUFFER_INIT, VMMAP_BUFFER_INIT}};
    const struct vmmap_map *map;
    struct vmmap_error *error = NULL;
    if (query->word)
        error = remark_word(session, query, &remarks);
    if (!error)
        error = find_map(session, query, &map);
    if (!error)
        error = answer(query, map, &remarks, ret);
    for (size_t i = 0; i < 2; i++)
        vmmap_buffer_deinit(&remarks.texts[i]);
    return error;
}
