/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "meaning.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "formats/scan.h"
#include "registers.h"

static const char hint[] = " To look for a name, use -n.";

struct question {
    const struct command_call *call;
    const char *text;
    enum meaning_kind kind;
    struct meaning *ret;
};

/* Whether a page has the text as a name, in whatever case. False with an exception set. */
static bool find_name(const struct question *question, bool *ret)
{
    const struct vmmap_map *map;
    if (!exception_unless_ok(vmmap_session_map(question->call->session, &map)))
        return false;
    *ret = vmmap_map_has_name(map, question->text, true);
    return true;
}

static enum meaning_result use_name(const struct question *question)
{
    question->ret->filter.kind = VMMAP_FILTER_NAME;
    question->ret->filter.name = question->text;
    return MEANING_FOUND;
}

static bool scan_hex(struct vmmap_scan *scan, uint64_t *ret)
{
    if (scan->end - scan->at > 2 && scan->at[0] == '0' && (scan->at[1] | 0x20) == 'x')
        scan->at += 2;
    return vmmap_scan_hex(scan, ret);
}

/* "7ffff7fc1000-7ffff7fc3000": the end is exclusive, 0 being the top of the space. */
static bool parse_range(const char *text, uint64_t *start, uint64_t *end)
{
    struct vmmap_scan scan = vmmap_scan_over(text, strlen(text));
    return scan_hex(&scan, start) && scan.at < scan.end && *scan.at++ == '-' &&
           scan_hex(&scan, end) && scan.at == scan.end;
}

static enum meaning_result use_range(const struct question *question, uint64_t start, uint64_t end)
{
    if (end - 1 < start) {
        raise_user_error("The range \"%s\" ends before it starts: 0x%" PRIx64
                         " is not above 0x%" PRIx64 ". For a difference, use -a or blanks around "
                         "the \"-\".",
                         question->text, end, start);
        return MEANING_ERROR;
    }
    question->ret->filter.kind = VMMAP_FILTER_RANGE;
    question->ret->filter.address = start;
    question->ret->filter.last = end - 1;
    return MEANING_FOUND;
}

/* The ",+" of "EXPR,+SIZE" that is in no quotes or brackets; NULL if there is none. */
static const char *find_size(const char *text)
{
    const char *found = NULL;
    size_t depth = 0;
    char quote = 0;
    for (const char *at = text; *at; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '\'' || *at == '"')
            quote = *at;
        else if (strchr("([{", *at))
            depth++;
        else if (strchr(")]}", *at))
            depth -= depth > 0;
        else if (depth == 0 && at[0] == ',' && at[1] == '+')
            found = at;
    }
    return found;
}

static enum meaning_result use_size(const struct question *question, uint64_t start, uint64_t size)
{
    if (size == 0 || size - 1 > UINT64_MAX - start) {
        raise_user_error(size == 0 ? "The size in \"%s\" is 0."
                                   : "The range \"%s\" goes beyond the end of the address space.",
                         question->text);
        return MEANING_ERROR;
    }
    question->ret->filter.kind = VMMAP_FILTER_RANGE;
    question->ret->filter.address = start;
    question->ret->filter.last = start + (size - 1);
    return MEANING_FOUND;
}

/* `comma` is where the size begins. */
static enum meaning_result evaluate_size(const struct question *question, const char *comma)
{
    uint64_t start, size;
    char *expression = strndup(question->text, (size_t)(comma - question->text));
    if (!expression) {
        PyErr_NoMemory();
        return MEANING_ERROR;
    }
    bool evaluated = expression_evaluate(expression, hint, &start) == EXPRESSION_ADDRESS &&
                     expression_evaluate(comma + strlen(",+"), hint, &size) == EXPRESSION_ADDRESS;
    free(expression);
    return evaluated ? use_size(question, start, size) : MEANING_ERROR;
}

/* A range in one of its two forms, where the text is one before anything else: GDB would evaluate
 * "1000-2000" and "$sp,+8" to something else. MEANING_NONE for what is no range. */
static enum meaning_result try_range(const struct question *question)
{
    uint64_t start, end;
    const char *comma = find_size(question->text);
    if (question->text[0] >= '0' && question->text[0] <= '9' && question->kind != MEANING_ADDRESS &&
        parse_range(question->text, &start, &end))
        return use_range(question, start, end);
    if (!comma)
        return MEANING_NONE;
    bool is_name = false;
    if (question->kind == MEANING_ANY && !expression_is_certain(question->text) &&
        !find_name(question, &is_name))
        return MEANING_ERROR;
    return is_name ? use_name(question) : evaluate_size(question, comma);
}

/* "rw-p", "rwx": what a row shows, in three or four letters. */
static bool try_pattern(const struct question *question)
{
    size_t size = strlen(question->text);
    return question->kind == MEANING_ANY && (size == 3 || size == 4) &&
           vmmap_perms_pattern_parse(question->text, &question->ret->filter.pattern);
}

/* A quote that is not closed is a slip of the hand. */
static bool check_quotes(const struct question *question)
{
    const char *text = question->text;
    if ((text[0] != '"' && text[0] != '\'') || !expression_has_open_quote(text))
        return true;
    raise_user_error("The quote in \"%s\" is not closed, and no page has that name.", text);
    return false;
}

/* The words of a list of strings, in an array that ends with NULL. False with an exception set. */
static bool copy_words(PyObject *list, struct meaning *ret)
{
    Py_ssize_t count = PySequence_Size(list);
    if (count < 0)
        return false;
    ret->words = calloc((size_t)count + 1, sizeof(*ret->words));
    bool copied = ret->words || PyErr_NoMemory();
    for (Py_ssize_t i = 0; copied && i < count; i++) {
        OWNED PyObject *word = PySequence_GetItem(list, i);
        struct vmmap_buffer text = VMMAP_BUFFER_INIT;
        copied = word && object_append_text(word, &text);
        vmmap_buffer_append(&text, "", 1);
        ret->words[i] = text.data;
        copied = copied && !text.failed;
    }
    return copied;
}

/* Whether one of the words evaluates: then they are no names. */
static bool any_evaluates(const struct meaning *meaning)
{
    uint64_t value;
    for (char **word = meaning->words; *word; word++) {
        if (**word == '\0' || expression_evaluate(*word, "", &value) != EXPRESSION_NO)
            return true;
        exception_forget();
    }
    return false;
}

/* Several words may each be a name. False with an exception set. */
static bool add_words(const struct question *question)
{
    struct meaning *ret = question->ret;
    OWNED PyObject *list = PyObject_CallMethod(gdb_module, "string_to_argv", "s", question->text);
    if (!list || !copy_words(list, ret))
        return false;
    if (ret->words[0] && ret->words[1] && !any_evaluates(ret))
        ret->filter.words = (const char *const *)ret->words;
    exception_forget();
    return true;
}

/* Whether the text is a register's name without its `$`. */
static bool is_register(const char *text)
{
    uint64_t value;
    bool found = false;
    if (!registers_read_selected(text, &value, &found))
        exception_forget();
    return found;
}

/* What no page has as a name, nor as it is in quotes. */
static enum meaning_result find_other(const struct question *question)
{
    uint64_t start, end;
    struct meaning *ret = question->ret;
    if (question->kind == MEANING_ANY && parse_range(question->text, &start, &end))
        return use_range(question, start, end);
    if (try_pattern(question))
        return MEANING_FOUND;
    use_name(question);
    if (!check_quotes(question) || !add_words(question))
        return MEANING_ERROR;
    if (is_register(question->text))
        ret->register_name = question->text;
    return MEANING_NONE;
}

/* "stack of thread 2" without the quotes around it, where a page has that as a name: then that is
 * what it means. False with an exception set. */
static bool find_quoted_name(const struct question *question, bool *found)
{
    struct meaning *ret = question->ret;
    const char *text = question->text;
    size_t size = strlen(text);
    *found = false;
    if (size < 3 || (text[0] != '"' && text[0] != '\'') || text[size - 1] != text[0])
        return true;
    ret->unquoted = strndup(text + 1, size - 2);
    if (!ret->unquoted) {
        PyErr_NoMemory();
        return false;
    }
    const struct question unquoted = {question->call, ret->unquoted, MEANING_NAME, ret};
    if (!find_name(&unquoted, found))
        return false;
    if (*found)
        use_name(&unquoted);
    return true;
}

static enum meaning_result find_name_meaning(const struct question *question)
{
    bool found;
    if (!find_name(question, &found))
        return MEANING_ERROR;
    if (found)
        return use_name(question);
    if (!question->ret->unquoted && !find_quoted_name(question, &found))
        return MEANING_ERROR;
    return found ? MEANING_FOUND : find_other(question);
}

/* A bracketed word is always a name. */
static bool may_be_expression(const struct question *question)
{
    return question->kind == MEANING_ADDRESS ||
           (question->kind == MEANING_ANY && *question->text != '[');
}

static enum meaning_result evaluate(const struct question *question)
{
    const bool is_certain =
        question->kind == MEANING_ADDRESS || expression_is_certain(question->text);
    switch (expression_evaluate(question->text, hint, &question->ret->filter.address)) {
    case EXPRESSION_ADDRESS:
        question->ret->filter.kind = VMMAP_FILTER_ADDRESS;
        question->ret->word = is_certain ? NULL : question->text;
        return MEANING_FOUND;
    case EXPRESSION_NO:
        if (is_certain)
            return MEANING_ERROR;
        exception_forget();
        return find_name_meaning(question);
    case EXPRESSION_ERROR:
        break;
    }
    return MEANING_ERROR;
}

enum meaning_result meaning_init(const struct command_call *call, const char *text,
                                 enum meaning_kind kind, struct meaning *ret)
{
    const struct question question = {call, text, kind, ret};
    *ret = (struct meaning){.word = NULL};
    if (!may_be_expression(&question))
        return find_name_meaning(&question);
    /* A string is an array to GDB, in no memory. */
    bool found = false;
    if (kind == MEANING_ANY && *text == '"' && !find_quoted_name(&question, &found))
        return MEANING_ERROR;
    if (found)
        return MEANING_FOUND;
    enum meaning_result result = try_range(&question);
    return result == MEANING_NONE ? evaluate(&question) : result;
}

void meaning_deinit(struct meaning *meaning)
{
    for (char **word = meaning->words; word && *word; word++)
        free(*word);
    free(meaning->words);
    free(meaning->unquoted);
    *meaning = (struct meaning){.word = NULL};
}
