/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "arguments.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "expression.h"
#include "formats/scan.h"

/* A count is a number of rows; nobody has more, and sums of counts can not overflow. */
#define COUNT_MAX UINT32_MAX

enum option_id {
    OPTION_HELP,
    OPTION_WRITABLE,
    OPTION_EXECUTABLE,
    OPTION_AFTER,
    OPTION_BEFORE,
    OPTION_GAPS,
    OPTION_JSON,
    OPTION_ADDRESS,
    OPTION_NAME,
};

static const struct option {
    const char *name; /* with its dashes */
    char letter;      /* 0 for none */
    bool has_value;
    enum option_id id;
} options[] = {
    {"--help", 'h', false, OPTION_HELP},
    {"--writable", 'w', false, OPTION_WRITABLE},
    {"--executable", 'x', false, OPTION_EXECUTABLE},
    {"--lines-after", 'A', true, OPTION_AFTER},
    {"--lines-before", 'B', true, OPTION_BEFORE},
    {"--gaps", 0, false, OPTION_GAPS},
    {"--json", 0, false, OPTION_JSON},
    {"--address", 'a', false, OPTION_ADDRESS},
    {"--name", 'n', false, OPTION_NAME},
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

static const char *skip_word(const char *at)
{
    while (*at && !is_blank(*at))
        at++;
    return at;
}

/* Takes the next word off the line, unquoted as GDB does it. NULL with a user error set. */
static char *take_word(const char **line)
{
    const char *begin = skip_blanks(*line), *end = skip_word(begin);
    struct vmmap_buffer word = VMMAP_BUFFER_INIT;
    vmmap_buffer_append(&word, begin, (size_t)(end - begin));
    vmmap_buffer_append(&word, "", 1);
    if (word.failed) {
        vmmap_buffer_deinit(&word);
        PyErr_NoMemory();
        return NULL;
    }
    if (expression_has_open_quote(word.data)) {
        raise_user_error("The quote in \"%s\" is not closed.", word.data);
        vmmap_buffer_deinit(&word);
        return NULL;
    }
    OWNED PyObject *words = PyObject_CallMethod(gdb_module, "string_to_argv", "s", word.data);
    OWNED PyObject *first = words ? PySequence_GetItem(words, 0) : NULL;
    word.size = 0;
    bool taken = first && object_append_text(first, &word);
    vmmap_buffer_append(&word, "", 1);
    if (!taken || word.failed) {
        vmmap_buffer_deinit(&word);
        return NULL;
    }
    *line = end;
    return word.data;
}

/* "3" or "0x3"; nothing else, and not more than COUNT_MAX. */
static bool parse_count(const char *option, const char *text, uint64_t *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(text, strlen(text));
    bool is_hex = text[0] == '0' && text[1] == 'x';
    scan.at += is_hex ? 2 : 0;
    bool parsed = is_hex ? vmmap_scan_hex(&scan, ret) : vmmap_scan_decimal(&scan, ret);
    if (parsed && scan.at == scan.end && *ret <= COUNT_MAX)
        return true;
    raise_user_error("Option %s takes a number of pages from 0 to %" PRIu32 ", not \"%s\".", option,
                     COUNT_MAX, text);
    return false;
}

static const struct option *find_letter(char letter)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (options[i].letter && options[i].letter == letter)
            return &options[i];
    }
    return NULL;
}

static const struct option *find_name(const char *name, size_t size)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strlen(options[i].name) == size && memcmp(options[i].name, name, size) == 0)
            return &options[i];
    }
    return NULL;
}

static bool set_meaning(enum argument_meaning meaning, struct arguments *ret)
{
    if (ret->meaning != MEANING_AUTO && ret->meaning != meaning) {
        raise_user_error("Options -a and -n exclude each other.");
        return false;
    }
    ret->meaning = meaning;
    return true;
}

static bool apply_flag(enum option_id id, struct arguments *ret)
{
    switch (id) {
    case OPTION_HELP:
        ret->help = true;
        return true;
    case OPTION_WRITABLE:
        ret->writable = true;
        return true;
    case OPTION_EXECUTABLE:
        ret->executable = true;
        return true;
    case OPTION_GAPS:
        ret->gaps = true;
        return true;
    case OPTION_JSON:
        ret->json = true;
        return true;
    case OPTION_ADDRESS:
        return set_meaning(MEANING_ADDRESS, ret);
    case OPTION_NAME:
        return set_meaning(MEANING_NAME, ret);
    case OPTION_AFTER:
    case OPTION_BEFORE:
        break;
    }
    return false;
}

/* `text` is the value that was written together with the option, or NULL: then it is the next word
 * of the line. */
static bool apply_value(const struct option *option, const char *text, const char **line,
                        struct arguments *ret)
{
    uint64_t *count = option->id == OPTION_AFTER ? &ret->after : &ret->before;
    if (text)
        return parse_count(option->name, text, count);
    if (*skip_blanks(*line) == '\0') {
        raise_user_error("Option %s needs a number of pages after it.", option->name);
        return false;
    }
    char *word = take_word(line);
    bool parsed = word && parse_count(option->name, word, count);
    free(word);
    return parsed;
}

static bool raise_unknown(const char *word)
{
    raise_user_error("Unknown option \"%s\". \"help vmmap\" lists the options; \"--\" ends them.",
                     word);
    return false;
}

/* "--lines-after", "--lines-after=3". */
static bool parse_long(const char *word, const char **line, struct arguments *ret)
{
    const char *equals = strchr(word, '=');
    size_t size = equals ? (size_t)(equals - word) : strlen(word);
    const struct option *option = find_name(word, size);
    if (!option)
        return raise_unknown(word);
    if (option->has_value)
        return apply_value(option, equals ? equals + 1 : NULL, line, ret);
    if (equals) {
        raise_user_error("Option %s takes no value: \"%s\".", option->name, word);
        return false;
    }
    return apply_flag(option->id, ret);
}

/* "-w", "-wx", "-A3", "-wA3". */
static bool parse_letters(const char *word, const char **line, struct arguments *ret)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct option *option = find_letter(*letter);
        if (!option)
            return raise_unknown(word);
        if (option->has_value)
            return apply_value(option, letter[1] ? letter + 1 : NULL, line, ret);
        if (!apply_flag(option->id, ret))
            return false;
    }
    return true;
}

static bool parse_option(const char **line, struct arguments *ret)
{
    char *word = take_word(line);
    if (!word)
        return false;
    bool parsed = word[1] == '-' ? parse_long(word, line, ret) : parse_letters(word, line, ret);
    free(word);
    return parsed;
}

static bool is_option(const char *at)
{
    return at[0] == '-' && at[1] && !is_blank(at[1]);
}

static bool is_end_of_options(const char *at)
{
    return at[0] == '-' && at[1] == '-' && (!at[2] || is_blank(at[2]));
}

static bool keep_rest(const char *rest, struct arguments *ret)
{
    size_t size = strlen(rest);
    while (size > 0 && is_blank(rest[size - 1]))
        size--;
    ret->rest = strndup(rest, size);
    if (!ret->rest)
        PyErr_NoMemory();
    return ret->rest != NULL;
}

/* The rest has to fit the options before it. */
static bool check_rest(const struct arguments *arguments)
{
    if (arguments->meaning == MEANING_AUTO || *arguments->rest)
        return true;
    raise_user_error(arguments->meaning == MEANING_NAME
                         ? "Option -n needs a part of a name after it."
                         : "Option -a needs an expression after it.");
    return false;
}

bool arguments_parse(const char *line, struct arguments *ret)
{
    *ret = (struct arguments){.before = 1, .after = 1};
    bool parsed = true;
    for (line = skip_blanks(line); parsed && is_option(line) && !is_end_of_options(line);
         line = skip_blanks(line))
        parsed = parse_option(&line, ret);
    if (parsed && is_end_of_options(line))
        line = skip_blanks(line + 2);
    if (parsed && keep_rest(line, ret) && check_rest(ret))
        return true;
    arguments_deinit(ret);
    return false;
}

void arguments_deinit(struct arguments *arguments)
{
    free(arguments->rest);
    arguments->rest = NULL;
}

/* Whether the last thing of an option's word is an option that takes the next word as its value. */
static bool wants_next_word(const char *word, size_t size)
{
    const struct option *option = find_name(word, size);
    if (!option && size >= 2 && word[1] != '-')
        option = find_letter(word[size - 1]);
    return option && option->has_value;
}

const char *arguments_find_rest(const char *line)
{
    for (line = skip_blanks(line); is_option(line) || line[0] == '-'; line = skip_blanks(line)) {
        const char *end = skip_word(line);
        if (is_end_of_options(line))
            return *end ? skip_blanks(end) : line;
        if (!*end)
            return line; /* still being typed */
        if (wants_next_word(line, (size_t)(end - line)))
            end = skip_word(skip_blanks(end));
        line = end;
        if (!*line)
            return line;
    }
    return line;
}

size_t arguments_option_count(void)
{
    return OPTION_COUNT;
}

const char *arguments_option_name(size_t index)
{
    return options[index].name;
}
