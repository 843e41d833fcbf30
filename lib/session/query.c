/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/query.h"

#include <inttypes.h>
#include <string.h>

#include "map/gaps.h"
#include "render/render.h"
#include "render/text.h"
#include "session/executable.h"
#include "session/snapshots.h"

enum { REMARK_MAX = 6, REGISTER_MAX = 128 };

/* Notes about the answer, which the map itself, kept for later questions, does not carry. */
struct remarks {
    struct vmmap_buffer texts[REMARK_MAX];
    const char *notes[REMARK_MAX];
    size_t count;
};

/* All that one answer is made of. */
struct answer {
    struct vmmap_session *session;
    const struct vmmap_query *query;
    const struct vmmap_map *map;
    struct vmmap_diff *diff;    /* whose map it is, or NULL */
    bool compared;              /* there was something to compare with */
    struct vmmap_filter filter; /* what was looked for in the end */
    struct vmmap_selection selection;
    struct vmmap_layout layout;
    struct vmmap_sum sum;
    struct vmmap_register registers[REGISTER_MAX];
    size_t register_count;
    struct remarks remarks;
};

/* The buffer of a new remark. */
static struct vmmap_buffer *begin_remark(struct answer *answer)
{
    return &answer->remarks.texts[answer->remarks.count];
}

static struct vmmap_error *finish_remark(struct answer *answer)
{
    struct vmmap_buffer *text = begin_remark(answer);
    vmmap_buffer_append(text, "", 1);
    answer->remarks.notes[answer->remarks.count++] = text->data;
    return vmmap_buffer_status(text);
}

static const char *access_words(uint8_t perms)
{
    if (perms == (VMMAP_PERM_WRITE | VMMAP_PERM_EXEC))
        return "writable and executable";
    return perms == VMMAP_PERM_WRITE ? "writable" : "executable";
}

/* "!rw-" */
static void append_pattern(struct vmmap_buffer *ret, const struct vmmap_perms_pattern *pattern)
{
    vmmap_buffer_printf(ret, "\"%s%.4s\"", pattern->negated ? "!" : "", pattern->letters);
}

static struct vmmap_error *remark_unknown(struct answer *answer)
{
    const struct vmmap_filter *filter = &answer->filter;
    const size_t count = answer->selection.unknown_count;
    const bool one = count == 1, has_pattern = vmmap_perms_pattern_is_set(&filter->pattern);
    struct vmmap_buffer *text = begin_remark(answer);
    vmmap_buffer_printf(text, "%zu row%s left out because it is not known whether %s", count,
                        one ? " is" : "s are", one ? "it" : "they");
    if (filter->perms)
        vmmap_buffer_printf(text, " %s %s", one ? "is" : "are", access_words(filter->perms));
    if (has_pattern) {
        vmmap_buffer_printf(text, "%s %s permissions that match ", filter->perms ? " and" : "",
                            one ? "has" : "have");
        append_pattern(text, &filter->pattern);
    }
    vmmap_buffer_append(text, ".", 1);
    return finish_remark(answer);
}

/* Where the evaluated word is part of a name as well, says how to ask for the name. */
static struct vmmap_error *remark_word(struct answer *answer)
{
    const char *word = answer->query->word;
    const struct vmmap_map *map;
    const struct vmmap_space *space = &answer->query->space;
    struct vmmap_error *error = vmmap_space_is_own(space)
                                    ? vmmap_session_map(answer->session, &map)
                                    : vmmap_session_space(answer->session, space, &map);
    if (error || !vmmap_map_has_name(map, word, false))
        return error;
    vmmap_buffer_printf(begin_remark(answer),
                        "\"%s\" was evaluated as an expression; \"vmmap -n %s\" shows the pages "
                        "with that name.",
                        word, word);
    return finish_remark(answer);
}

/* What was done where the name as it was given was found nowhere. */
static struct vmmap_error *remark_attempt(struct answer *answer)
{
    const struct vmmap_filter *asked = &answer->query->filter, *used = &answer->filter;
    struct vmmap_error *error = NULL;
    if (used->kind == VMMAP_FILTER_WORDS && asked->kind == VMMAP_FILTER_NAME) {
        vmmap_buffer_printf(begin_remark(answer),
                            "No page has \"%s\" in its name; these have one of the words.",
                            asked->name);
        error = finish_remark(answer);
    }
    if (!error && used->ignore_case && !asked->ignore_case) {
        vmmap_buffer_printf(begin_remark(answer),
                            "No page has \"%s\" in its name in these letters; upper and lower case "
                            "were taken for the same.",
                            asked->name);
        error = finish_remark(answer);
    }
    return error;
}

static struct vmmap_error *remark_register(struct answer *answer)
{
    const char *name = answer->query->register_name;
    vmmap_buffer_printf(begin_remark(answer),
                        "\"%s\" is a register: \"vmmap $%s\" shows the page that it points into.",
                        name, name);
    return finish_remark(answer);
}

static void append_quoted(struct vmmap_buffer *ret, const char *before, const char *text,
                          const char *after)
{
    vmmap_buffer_append_string(ret, before);
    vmmap_text_append_escaped(ret, text);
    vmmap_buffer_append_string(ret, after);
}

/* "No page is known to be writable.": the permissions left no row. */
static void append_no_permission(struct vmmap_buffer *ret, const struct vmmap_filter *filter)
{
    vmmap_buffer_printf(ret, "No page%s is known to ",
                        vmmap_filter_has_matches(filter) ? " that matches" : "");
    if (filter->perms)
        vmmap_buffer_printf(ret, "be %s", access_words(filter->perms));
    if (vmmap_perms_pattern_is_set(&filter->pattern)) {
        vmmap_buffer_printf(ret, "%shave permissions that match ", filter->perms ? " and " : "");
        append_pattern(ret, &filter->pattern);
    }
    vmmap_buffer_append_string(ret, ".\n");
}

/* The sentence for an answer without any row. */
static void append_no_match(struct vmmap_buffer *ret, const struct answer *answer)
{
    const struct vmmap_filter *filter = &answer->filter;
    if (answer->selection.match_count > 0 || !vmmap_filter_has_matches(filter)) {
        append_no_permission(ret, filter);
        return;
    }
    vmmap_buffer_append_string(ret, "No page");
    if (filter->regex) {
        vmmap_buffer_append_string(ret, filter->kind == VMMAP_FILTER_NONE ? " has" : " with");
        append_quoted(ret, " a name that matches the regular expression \"",
                      vmmap_regex_pattern(filter->regex), "\"");
    }
    switch (filter->kind) {
    case VMMAP_FILTER_ADDRESS:
        vmmap_buffer_printf(ret, " holds the address 0x%" PRIx64, filter->address);
        break;
    case VMMAP_FILTER_RANGE:
        vmmap_buffer_printf(ret, " overlaps 0x%" PRIx64 " to 0x%" PRIx64, filter->address,
                            filter->last);
        break;
    case VMMAP_FILTER_NAME:
    case VMMAP_FILTER_WORDS:
    case VMMAP_FILTER_FILE:
        append_quoted(ret, " has \"", answer->query->filter.name, "\" in its name");
        break;
    case VMMAP_FILTER_NONE:
        break;
    }
    vmmap_buffer_append_string(ret, ".\n");
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

static void render(struct vmmap_buffer *ret, const struct answer *answer,
                   const struct vmmap_view *view)
{
    const struct vmmap_query *query = answer->query;
    if (query->format == VMMAP_FORMAT_JSON) {
        vmmap_render_json(ret, view);
    } else if (query->format == VMMAP_FORMAT_CSV) {
        vmmap_render_csv(ret, view);
    } else if (view->map->count == 0 && answer->compared) {
        vmmap_buffer_append_string(ret, "Nothing has changed.\n");
        vmmap_render_notes(ret, view);
    } else if (view->map->count == 0 && view->map->note_count > 0) {
        append_absence(ret, view->map);
    } else if (view->selection->count == 0) {
        append_no_match(ret, answer);
        vmmap_render_notes(ret, view);
    } else if (query->sum) {
        vmmap_render_sum(ret, view);
    } else if (query->gaps) {
        vmmap_render_layout(ret, view, query->color);
    } else {
        vmmap_render_table(ret, view, query->color);
    }
}

/* Looks for less, where what was looked for is nowhere. False when there is nothing left to try. */
static bool relax(struct vmmap_filter *filter)
{
    const bool is_name = filter->kind == VMMAP_FILTER_NAME;
    if (!is_name && filter->kind != VMMAP_FILTER_WORDS)
        return false;
    if (!filter->ignore_case) {
        filter->ignore_case = true;
        return true;
    }
    if (!is_name || !filter->words)
        return false;
    filter->kind = VMMAP_FILTER_WORDS;
    filter->ignore_case = false;
    return true;
}

static struct vmmap_error *find_executable(struct answer *answer)
{
    struct vmmap_filter *filter = &answer->filter;
    const char *name;
    if (filter->kind != VMMAP_FILTER_NAME || strcmp(filter->name, "binary") != 0 ||
        answer->map->count == 0)
        return NULL;
    struct vmmap_error *error =
        vmmap_executable_find(vmmap_session_target(answer->session), answer->map, &name);
    if (error && vmmap_error_is_fatal(error))
        return error;
    if (error || !name) {
        vmmap_buffer_append_string(
            begin_remark(answer),
            error ? error->message : "It is not known which file is the program's executable.");
        vmmap_error_destroy(error);
        return finish_remark(answer);
    }
    filter->kind = VMMAP_FILTER_FILE;
    filter->name = name;
    return NULL;
}

static struct vmmap_error *select_rows(struct answer *answer)
{
    const struct vmmap_target *target = vmmap_session_target(answer->session);
    answer->filter = answer->query->filter;
    answer->filter.holes = answer->query->gaps;
    answer->filter.poll = target->poll;
    answer->filter.poll_context = target->context;
    struct vmmap_error *error = find_executable(answer);
    if (!error)
        error = vmmap_selection_init(answer->map, &answer->filter, &answer->selection);
    while (!error && answer->selection.match_count == 0 && answer->map->count > 0 &&
           relax(&answer->filter)) {
        vmmap_selection_deinit(&answer->selection);
        error = vmmap_selection_init(answer->map, &answer->filter, &answer->selection);
    }
    return error;
}

/* The registers that the selected thread has; that they can not be read is a remark. */
static struct vmmap_error *list_registers(struct answer *answer)
{
    const struct vmmap_target *target = vmmap_session_target(answer->session);
    if (!answer->query->registers || answer->map->count == 0)
        return NULL;
    struct vmmap_error *error =
        target->registers
            ? target->registers(target->context, answer->registers, REGISTER_MAX,
                                &answer->register_count)
            : vmmap_error_create(VMMAP_ERROR_UNSUPPORTED, "The target has no registers to read.");
    if (!error || vmmap_error_is_fatal(error))
        return error;
    answer->register_count = 0;
    vmmap_buffer_printf(begin_remark(answer), "The registers are not shown: %s", error->message);
    vmmap_error_destroy(error);
    return finish_remark(answer);
}

static struct vmmap_error *add_remarks(struct answer *answer)
{
    const bool has_matches = vmmap_filter_has_matches(&answer->filter);
    struct vmmap_error *error = NULL;
    if (answer->selection.unknown_count > 0)
        error = remark_unknown(answer);
    if (!error && answer->selection.match_count > 0)
        error = remark_attempt(answer);
    if (!error && has_matches && answer->selection.match_count == 0 &&
        answer->query->register_name && answer->map->count > 0)
        error = remark_register(answer);
    return error;
}

/* What is made of the selected rows, and then their order. */
static struct vmmap_error *arrange(struct answer *answer)
{
    const struct vmmap_query *query = answer->query;
    struct vmmap_error *error = NULL;
    if (query->gaps)
        error =
            vmmap_layout_init(answer->map, &answer->filter, &answer->selection, &answer->layout);
    if (!error && query->sum)
        error = vmmap_sum_init(answer->map, &answer->selection, &answer->sum);
    if (error || query->sort == VMMAP_SORT_START)
        return error;
    vmmap_layout_sort(&answer->layout, answer->map, query->sort);
    return vmmap_selection_sort(&answer->selection, answer->map, query->sort);
}

static struct vmmap_error *print(struct answer *answer, struct vmmap_buffer *ret)
{
    const struct vmmap_query *query = answer->query;
    const struct vmmap_view view = {
        .map = answer->map,
        .filter = &answer->filter,
        .selection = &answer->selection,
        .layout = query->gaps ? &answer->layout : NULL,
        .sum = query->sum ? &answer->sum : NULL,
        .changes = answer->diff ? answer->diff->changes : NULL,
        .registers = query->registers ? answer->registers : NULL,
        .register_count = answer->register_count,
        .physical = query->physical,
        .remarks = answer->remarks.notes,
        .remark_count = answer->remarks.count,
    };
    render(ret, answer, &view);
    vmmap_buffer_drain(ret);
    return vmmap_buffer_status(ret);
}

static struct vmmap_error *find_diff(struct answer *answer)
{
    struct vmmap_error *error =
        vmmap_session_diff(answer->session, answer->query->since, &answer->diff, &answer->compared);
    if (!error)
        answer->map = answer->diff->map;
    return error;
}

static struct vmmap_error *find_map(struct answer *answer)
{
    const struct vmmap_filter *filter = &answer->query->filter;
    if (answer->query->diff)
        return find_diff(answer);
    if (!vmmap_space_is_own(&answer->query->space))
        return vmmap_session_space(answer->session, &answer->query->space, &answer->map);
    /* A hole's neighbours may be farther away than the wanted context: that takes the whole map. */
    if (filter->kind != VMMAP_FILTER_ADDRESS || answer->query->gaps)
        return vmmap_session_look(answer->session, &answer->map);
    const struct vmmap_lookup lookup = {filter->address, filter->before, filter->after};
    return vmmap_session_lookup(answer->session, &lookup, &answer->map);
}

static void deinit_answer(struct answer *answer)
{
    vmmap_diff_destroy(answer->diff);
    vmmap_sum_deinit(&answer->sum);
    vmmap_layout_deinit(&answer->layout);
    vmmap_selection_deinit(&answer->selection);
    for (size_t i = 0; i < REMARK_MAX; i++)
        vmmap_buffer_deinit(&answer->remarks.texts[i]);
}

struct vmmap_error *vmmap_session_query(struct vmmap_session *session,
                                        const struct vmmap_query *query, struct vmmap_buffer *ret)
{
    struct answer answer = {.session = session, .query = query};
    struct vmmap_error *error = query->word ? remark_word(&answer) : NULL;
    if (!error)
        error = find_map(&answer);
    if (!error && query->quiet && answer.map->count == 0) {
        deinit_answer(&answer);
        return NULL;
    }
    if (!error)
        error = select_rows(&answer);
    if (!error)
        error = list_registers(&answer);
    if (!error)
        error = add_remarks(&answer);
    if (!error)
        error = arrange(&answer);
    if (!error)
        error = print(&answer, ret);
    deinit_answer(&answer);
    return error;
}
