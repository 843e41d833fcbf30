/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "completion.h"

#include <string.h>

#include "arguments.h"
#include "expression.h"
#include "render/text.h"

/*
 * GDB replaces only the last "word" of what was typed, and its words end at many characters, `-`,
 * `[` and blanks among them. So a candidate is compared with all that was typed from the token's
 * beginning, and only what follows the part before the last word is given back.
 */
struct completion {
    const char *token; /* what was typed of the thing to complete */
    size_t kept;       /* how much of it stands before GDB's last word */
    PyObject *found;   /* owned list */
};

static bool offer(struct completion *completion, const char *candidate)
{
    if (strncmp(candidate, completion->token, strlen(completion->token)) != 0)
        return true;
    const char *rest = candidate + completion->kept;
    OWNED PyObject *text = object_from_text(rest, strlen(rest));
    return text && PyList_Append(completion->found, text) == 0;
}

static bool offer_options(struct completion *completion)
{
    for (size_t i = 0; i < arguments_option_count(); i++) {
        if (!offer(completion, arguments_option_name(i)))
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
    struct vmmap_error *error = vmmap_session_map(session, &map);
    if (error) {
        exception_from_error(error);
        return false;
    }
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
    if (*completion->token == '-')
        return offer_options(completion);
    return expression_is_certain(completion->token) || offer_names(completion, session);
}

/* `word` is the end of `text` that GDB will replace. */
static PyObject *complete(struct vmmap_session *session, const char *text, const char *word)
{
    const char *token = arguments_find_rest(text);
    size_t typed = strlen(token), replaced = strlen(word);
    struct completion completion = {
        .token = token,
        .kept = replaced < typed ? typed - replaced : 0,
        .found = PyList_New(0),
    };
    if (completion.found && find_candidates(&completion, session))
        return completion.found;
    Py_XDECREF(completion.found);
    return NULL;
}

/* GDB asks first without a word, to learn whether the command wants one of GDB's own completers:
 * symbols and fields where no name fits. */
static PyObject *choose_completer(PyObject *found)
{
    if (PyList_Size(found) == 0)
        return PyObject_GetAttrString(gdb_module, "COMPLETE_EXPRESSION");
    Py_INCREF(found);
    return found;
}

PyObject *completion_answer(struct vmmap_session *session, PyObject *args)
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
        OWNED PyObject *found =
            text.failed || word.failed ? PyErr_NoMemory() : complete(session, text.data, word.data);
        answer = found ? choose_completer(found) : NULL;
    }
    vmmap_buffer_deinit(&word);
    vmmap_buffer_deinit(&text);
    return answer;
}
