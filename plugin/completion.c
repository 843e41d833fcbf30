/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "completion.h"

#include <stdio.h>
#include <string.h>

#include "descriptions/help.h"
#include "expression.h"
#include "options.h"
#include "render/text.h"

/*
 * GDB replaces only the last "word" of what was typed, and its words end at many characters, `-`,
 * `[` and blanks among them. So a candidate is compared with all that was typed from the token's
 * beginning, and only what follows the part before the last word is given back.
 */
struct completion {
    const struct command_description *command;
    const struct command_value *value; /* NULL: an option, or nothing that is known */
    bool is_option;
    const char *token; /* what was typed of the thing to complete */
    size_t kept;       /* how much of it stands before GDB's last word */
    PyObject *found;   /* the list of them; borrowed */
};

static bool offer(struct completion *completion, const char *candidate)
{
    if (strncmp(candidate, completion->token, strlen(completion->token)) != 0)
        return true;
    const char *rest = candidate + completion->kept;
    OWNED PyObject *text = object_from_text(rest, strlen(rest));
    return text && PyList_Append(completion->found, text) == 0;
}

static bool offer_option(struct completion *completion, const struct command_option *option)
{
    char name[64];
    snprintf(name, sizeof(name), "--%s", option->name);
    return offer(completion, name);
}

static bool offer_options(struct completion *completion)
{
    const struct command_option *option = completion->command->options;
    for (; option->name; option++) {
        if (!offer_option(completion, option))
            return false;
    }
    return offer_option(completion, &help_option);
}

static bool offer_words(struct completion *completion)
{
    for (const char *const *word = completion->value->words; *word; word++) {
        if (!offer(completion, *word))
            return false;
    }
    return true;
}

/* A path if a path is being typed, else its last part; bracket names as they are. */
static bool offer_name(struct completion *completion, const char *name)
{
    const char *slash = strrchr(name, '/');
    if (*completion->token != '/' && slash)
        name = slash + 1;
    return !vmmap_text_is_plain(name) || offer(completion, name);
}

static bool offer_names(struct completion *completion, struct vmmap_session *session)
{
    const struct vmmap_map *map;
    const char *recent = NULL;
    if (!exception_unless_ok(vmmap_session_map(session, &map)))
        return false;
    for (size_t i = 0; i < map->count; i++) {
        const char *name = map->regions[i].name;
        if (name && name != recent && !offer_name(completion, name))
            return false;
        recent = name;
    }
    return true;
}

static bool find_candidates(struct completion *completion, struct vmmap_session *session)
{
    if (completion->is_option)
        return offer_options(completion);
    if (completion->value && completion->value->kind == VALUE_CHOICE)
        return offer_words(completion);
    if (completion->value && completion->value->kind == VALUE_PAGES)
        return expression_is_certain(completion->token) || offer_names(completion, session);
    return true;
}

/* GDB's own completer for a value that we have no words for: symbols and fields where no name of a
 * page fits. */
static PyObject *gdb_completer(const struct command_value *value)
{
    const char *name = "COMPLETE_NONE";
    if (value && value->kind == VALUE_FILE)
        name = "COMPLETE_FILENAME";
    else if (value && (value->kind == VALUE_EXPRESSION || value->kind == VALUE_PAGES))
        name = "COMPLETE_EXPRESSION";
    return PyObject_GetAttrString(gdb_module, name);
}

/* `word` is the end of `text` that GDB will replace. GDB asks first without a word, to learn
 * whether the command wants one of GDB's own completers. */
static PyObject *complete(struct vmmap_session *session, const struct command_description *command,
                          const char *text, const char *word)
{
    const struct options_place place = options_find_place(command, text);
    size_t typed = strlen(place.token), replaced = strlen(word);
    OWNED PyObject *found = PyList_New(0);
    struct completion completion = {
        .command = command,
        .value = place.value,
        .is_option = place.is_option,
        .token = place.token,
        .kept = replaced < typed ? typed - replaced : 0,
        .found = found,
    };
    if (!found || !find_candidates(&completion, session))
        return NULL;
    if (PyList_Size(found) == 0)
        return gdb_completer(place.value);
    Py_INCREF(found);
    return found;
}

PyObject *completion_answer(struct vmmap_session *session,
                            const struct command_description *command, PyObject *args)
{
    OWNED PyObject *text_object = PySequence_GetItem(args, 0);
    OWNED PyObject *word_object = PySequence_GetItem(args, 1);
    if (!text_object || !word_object)
        return NULL;
    struct vmmap_buffer text = VMMAP_BUFFER_INIT, word = VMMAP_BUFFER_INIT;
    PyObject *answer = NULL;
    if (object_append_text(text_object, &text) &&
        (word_object == Py_None || object_append_text(word_object, &word))) {
        vmmap_buffer_append(&text, "", 1);
        vmmap_buffer_append(&word, "", 1);
        answer = text.failed || word.failed ? PyErr_NoMemory()
                                            : complete(session, command, text.data, word.data);
    }
    vmmap_buffer_deinit(&word);
    vmmap_buffer_deinit(&text);
    return answer;
}
