/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptions/help.h"
#include "formats/scan.h"

enum { EXCLUSIVE_BITS = 8 }; /* of command_option.exclusive */

/* A part of a line, as it was typed. */
struct piece {
    const char *at;
    const char *end;
};

/* Who takes a value, as sentences name it: "Option --name", or the command in quotes. */
struct taker {
    const char *format;
    const char *name;
};

struct parser {
    const struct command_description *command;
    const char *line; /* what is not read yet */
    char *arguments;
    bool help;
    /* The option that was seen of those that exclude each other by a bit. */
    const struct command_option *seen[EXCLUSIVE_BITS];
};

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

/* The end of the word, or expression, at `at`. A quote that is not closed goes on to the end of the
 * line, and `*closed` is then false. */
static const char *skip_word(const char *at, enum value_kind kind, bool *closed)
{
    const bool has_brackets = kind == VALUE_EXPRESSION || kind == VALUE_PAGES;
    size_t depth = 0;
    char quote = 0;
    for (; *at && (quote || depth > 0 || !is_blank(*at)); at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '\'' || *at == '"')
            quote = *at;
        else if (has_brackets && strchr("([{", *at))
            depth++;
        else if (has_brackets && depth > 0 && strchr(")]}", *at))
            depth--;
    }
    *closed = quote == 0;
    return at;
}

static int piece_size(struct piece piece)
{
    return (int)(piece.end - piece.at);
}

/* Takes the next word off the line. False with a user error set. */
static bool take_piece(struct parser *parser, enum value_kind kind, struct piece *ret)
{
    bool closed;
    ret->at = skip_blanks(parser->line);
    parser->line = ret->end = skip_word(ret->at, kind, &closed);
    if (!closed)
        raise_user_error("The quote in \"%.*s\" is not closed.", piece_size(*ret), ret->at);
    return closed;
}

static char *copy_piece(struct piece piece)
{
    char *copy = strndup(piece.at, (size_t)(piece.end - piece.at));
    if (!copy)
        PyErr_NoMemory();
    return copy;
}

/* The word without its quotes, as GDB does it. Owned; NULL with an exception set. */
static char *unquote_piece(struct piece piece)
{
    if (piece.at == piece.end)
        return copy_piece(piece);
    char *quoted = copy_piece(piece);
    OWNED PyObject *words =
        quoted ? PyObject_CallMethod(gdb_module, "string_to_argv", "s", quoted) : NULL;
    free(quoted);
    OWNED PyObject *first = words ? PySequence_GetItem(words, 0) : NULL;
    struct vmmap_buffer word = VMMAP_BUFFER_INIT;
    bool taken = first && object_append_text(first, &word);
    vmmap_buffer_append(&word, "", 1);
    if (taken && !word.failed)
        return word.data;
    vmmap_buffer_deinit(&word);
    return NULL;
}

/* What is in the quotes around the word, backslashes included; the word if there are none. */
static char *strip_quotes(struct piece piece)
{
    const char quote = *piece.at;
    if (piece.end - piece.at >= 2 && (quote == '\'' || quote == '"') && piece.end[-1] == quote)
        return copy_piece((struct piece){piece.at + 1, piece.end - 1});
    return copy_piece(piece);
}

static char *copy_value(enum value_kind kind, struct piece piece)
{
    if (kind == VALUE_EXPRESSION || kind == VALUE_PAGES)
        return copy_piece(piece);
    return kind == VALUE_REGEX ? strip_quotes(piece) : unquote_piece(piece);
}

static void *field_of(struct parser *parser, const struct command_value *value)
{
    return parser->arguments + value->field;
}

/* "Option --lines-after takes <what>, not "<text>"." */
static bool raise_refusal(struct taker taker, const char *what, const char *text)
{
    char name[64];
    snprintf(name, sizeof(name), taker.format, taker.name);
    raise_user_error("%s takes %s, not \"%s\".", name, what, text);
    return false;
}

/* "3" or "0x3"; nothing else, and not more than UINT32_MAX. */
static bool store_count(struct taker taker, const struct command_value *value, const char *text,
                        uint64_t *ret)
{
    struct vmmap_scan scan = vmmap_scan_over(text, strlen(text));
    bool is_hex = text[0] == '0' && text[1] == 'x';
    uint64_t count;
    scan.at += is_hex ? 2 : 0;
    bool parsed = is_hex ? vmmap_scan_hex(&scan, &count) : vmmap_scan_decimal(&scan, &count);
    if (parsed && scan.at == scan.end && count <= UINT32_MAX) {
        *ret = count;
        return true;
    }
    char what[128];
    snprintf(what, sizeof(what), "%s from 0 to %" PRIu32, value->takes, UINT32_MAX);
    return raise_refusal(taker, what, text);
}

static bool store_choice(struct taker taker, const struct command_value *value, const char *text,
                         unsigned int *ret)
{
    for (unsigned int i = 0; value->words[i]; i++) {
        if (strcmp(value->words[i], text) == 0) {
            *ret = i;
            return true;
        }
    }
    return raise_refusal(taker, value->takes, text);
}

static void store_text(char *text, char **ret)
{
    free(*ret);
    *ret = text;
}

/* Puts a value that was typed where it belongs. False with an exception set. */
static bool store_value(struct parser *parser, struct taker taker,
                        const struct command_value *value, struct piece piece)
{
    char *text = copy_value(value->kind, piece);
    if (!text)
        return false;
    bool stored;
    switch (value->kind) {
    case VALUE_COUNT:
        stored = store_count(taker, value, text, field_of(parser, value));
        break;
    case VALUE_CHOICE:
        stored = store_choice(taker, value, text, field_of(parser, value));
        break;
    default:
        store_text(text, field_of(parser, value));
        return true;
    }
    free(text);
    return stored;
}

static const struct command_option *find_letter(const struct command_description *command,
                                                char letter)
{
    if (letter == help_option.letter)
        return &help_option;
    for (const struct command_option *option = command->options; option->name; option++) {
        if (option->letter && option->letter == letter)
            return option;
    }
    return NULL;
}

static bool has_name(const char *name, struct piece piece)
{
    size_t size = (size_t)(piece.end - piece.at);
    return name && strlen(name) == size && memcmp(name, piece.at, size) == 0;
}

/* `name` is without dashes. */
static const struct command_option *find_name(const struct command_description *command,
                                              struct piece name)
{
    if (has_name(help_option.name, name))
        return &help_option;
    for (const struct command_option *option = command->options; option->name; option++) {
        if (has_name(option->name, name) || has_name(option->other, name))
            return option;
    }
    return NULL;
}

/* "-a" where there is a letter, else "--address". */
static const char *format_option(const struct command_option *option, char scratch[static 64])
{
    if (option->letter)
        snprintf(scratch, 64, "-%c", option->letter);
    else
        snprintf(scratch, 64, "--%s", option->name);
    return scratch;
}

static bool raise_exclusive(const struct command_option *a, const struct command_option *b)
{
    char first[64], second[64];
    raise_user_error("Options %s and %s exclude each other.", format_option(a < b ? a : b, first),
                     format_option(a < b ? b : a, second));
    return false;
}

static bool check_exclusive(struct parser *parser, const struct command_option *option)
{
    for (size_t bit = 0; bit < EXCLUSIVE_BITS; bit++) {
        const struct command_option **seen = &parser->seen[bit];
        if (!(option->exclusive >> bit & 1))
            continue;
        if (*seen && *seen != option)
            return raise_exclusive(*seen, option);
        *seen = option;
    }
    return true;
}

/* `attached` is the value that was written together with the option, or NULL: then it is the next
 * word of the line. */
static bool apply_option(struct parser *parser, const struct command_option *option,
                         const struct piece *attached)
{
    const struct command_value *value = &option->value;
    const struct taker taker = {"Option --%s", option->name};
    struct piece piece;
    if (!check_exclusive(parser, option))
        return false;
    if (option == &help_option) {
        parser->help = true;
        return true;
    }
    if (value->kind == VALUE_NONE) {
        *(bool *)field_of(parser, value) = true;
        return true;
    }
    if (attached)
        return store_value(parser, taker, value, *attached);
    if (*skip_blanks(parser->line) == '\0') {
        raise_user_error("Option --%s needs %s after it.", option->name, value->takes);
        return false;
    }
    return take_piece(parser, value->kind, &piece) && store_value(parser, taker, value, piece);
}

static bool raise_unknown(const struct parser *parser, struct piece word)
{
    raise_user_error("Unknown option \"%.*s\". \"help %s\" lists the options; \"--\" ends them.",
                     piece_size(word), word.at, parser->command->name);
    return false;
}

/* The name of a long option, and its value where one is attached. */
static struct piece split_long(struct piece word, struct piece *value)
{
    const char *equals = memchr(word.at, '=', (size_t)(word.end - word.at));
    *value = (struct piece){equals ? equals + 1 : NULL, word.end};
    return (struct piece){word.at + 2, equals ? equals : word.end};
}

/* "--lines-after", "--lines-after=3". */
static bool parse_long(struct parser *parser, struct piece word)
{
    struct piece value;
    const struct command_option *option = find_name(parser->command, split_long(word, &value));
    if (!option)
        return raise_unknown(parser, word);
    if (value.at && option->value.kind == VALUE_NONE) {
        raise_user_error("Option --%s takes no value: \"%.*s\".", option->name, piece_size(word),
                         word.at);
        return false;
    }
    return apply_option(parser, option, value.at ? &value : NULL);
}

/* "-w", "-wx", "-A3", "-wA3". */
static bool parse_letters(struct parser *parser, struct piece word)
{
    for (const char *letter = word.at + 1; letter < word.end; letter++) {
        const struct command_option *option = find_letter(parser->command, *letter);
        if (!option)
            return raise_unknown(parser, word);
        const struct piece value = {letter + 1, word.end};
        if (option->value.kind != VALUE_NONE)
            return apply_option(parser, option, value.at < value.end ? &value : NULL);
        if (!apply_option(parser, option, NULL))
            return false;
    }
    return true;
}

/* The kind of the value that an option's word has in it or wants after it, which tells where the
 * word ends: brackets hold an expression together. VALUE_NONE where there is none. `*attached` is
 * the value within the word, NULL where it is the next one. */
static const struct command_option *find_valued(const struct command_description *command,
                                                struct piece word, const char **attached)
{
    *attached = NULL;
    if (word.at[1] == '-') {
        struct piece value;
        const struct command_option *option = find_name(command, split_long(word, &value));
        *attached = value.at;
        return option && option->value.kind != VALUE_NONE ? option : NULL;
    }
    for (const char *letter = word.at + 1; letter < word.end; letter++) {
        const struct command_option *option = find_letter(command, *letter);
        if (option && option->value.kind != VALUE_NONE) {
            *attached = letter + 1 < word.end ? letter + 1 : NULL;
            return option;
        }
    }
    return NULL;
}

/* The whole word of an option, with the value that is attached to it. */
static struct piece find_option_word(const struct command_description *command, const char *at,
                                     bool *closed)
{
    const char *attached;
    struct piece word = {at, skip_word(at, VALUE_NONE, closed)};
    const struct command_option *option = find_valued(command, word, &attached);
    if (option && attached)
        word.end = skip_word(attached, option->value.kind, closed);
    return word;
}

static bool parse_option(struct parser *parser)
{
    bool closed;
    struct piece word = find_option_word(parser->command, parser->line, &closed);
    if (!closed) {
        raise_user_error("The quote in \"%.*s\" is not closed.", piece_size(word), word.at);
        return false;
    }
    parser->line = word.end;
    return word.at[1] == '-' ? parse_long(parser, word) : parse_letters(parser, word);
}

static bool is_option(const char *at)
{
    return at[0] == '-' && at[1] && !is_blank(at[1]);
}

static bool is_end_of_options(const char *at)
{
    return at[0] == '-' && at[1] == '-' && (!at[2] || is_blank(at[2]));
}

static bool parse_options(struct parser *parser)
{
    for (;;) {
        parser->line = skip_blanks(parser->line);
        if (is_end_of_options(parser->line)) {
            parser->line = skip_blanks(parser->line + 2);
            return true;
        }
        if (!is_option(parser->line))
            return true;
        if (!parse_option(parser))
            return false;
    }
}

static bool is_last(const struct command_positional *positional)
{
    return !positional[1].value.shown;
}

/* All that remains, without blanks at its end. */
static struct piece take_rest(struct parser *parser)
{
    struct piece rest = {parser->line, parser->line + strlen(parser->line)};
    while (rest.end > rest.at && is_blank(rest.end[-1]))
        rest.end--;
    parser->line += strlen(parser->line);
    return rest;
}

static bool raise_missing(const struct parser *parser, const struct command_positional *positional)
{
    if (positional == parser->command->positionals)
        raise_user_error("\"%s\" takes %s.", parser->command->name, positional->value.takes);
    else
        raise_user_error("\"%s\" takes %s after %s.", parser->command->name,
                         positional->value.takes, positional[-1].value.shown);
    return false;
}

static bool parse_positional(struct parser *parser, const struct command_positional *positional)
{
    const struct taker taker = {"\"%s\"", parser->command->name};
    struct piece piece;
    parser->line = skip_blanks(parser->line);
    if (*parser->line == '\0')
        return positional->optional || raise_missing(parser, positional);
    if (parser->command->raw && is_last(positional)) {
        piece = take_rest(parser);
        char *text = copy_piece(piece);
        store_text(text, field_of(parser, &positional->value));
        return text != NULL;
    }
    return take_piece(parser, positional->value.kind, &piece) &&
           store_value(parser, taker, &positional->value, piece);
}

static bool parse_positionals(struct parser *parser)
{
    for (const struct command_positional *at = parser->command->positionals; at->value.shown;
         at++) {
        if (!parse_positional(parser, at))
            return false;
    }
    struct piece rest;
    parser->line = skip_blanks(parser->line);
    if (*parser->line == '\0')
        return true;
    rest = take_rest(parser);
    raise_user_error("\"%s\" does not know what to do with \"%.*s\": \"help %s\" shows what it "
                     "takes.",
                     parser->command->name, piece_size(rest), rest.at, parser->command->name);
    return false;
}

static void store_initial(struct parser *parser, const struct command_value *value)
{
    if (value->kind == VALUE_COUNT)
        *(uint64_t *)field_of(parser, value) = value->initial;
    else if (value->kind == VALUE_CHOICE)
        *(unsigned int *)field_of(parser, value) = (unsigned int)value->initial;
}

enum options_result options_parse(const struct command_description *command, const char *line,
                                  void *arguments)
{
    struct parser parser = {.command = command, .line = line, .arguments = arguments};
    memset(arguments, 0, command->arguments_size);
    for (const struct command_option *option = command->options; option->name; option++)
        store_initial(&parser, &option->value);
    for (const struct command_positional *at = command->positionals; at->value.shown; at++)
        store_initial(&parser, &at->value);
    if (!parse_options(&parser))
        return OPTIONS_ERROR;
    if (parser.help)
        return OPTIONS_HELP;
    return parse_positionals(&parser) ? OPTIONS_DONE : OPTIONS_ERROR;
}

static void free_value(const struct command_value *value, char *arguments)
{
    if (value->kind != VALUE_NONE && value->kind != VALUE_COUNT && value->kind != VALUE_CHOICE)
        store_text(NULL, (char **)(void *)(arguments + value->field));
}

void options_deinit(const struct command_description *command, void *arguments)
{
    for (const struct command_option *option = command->options; option->name; option++)
        free_value(&option->value, arguments);
    for (const struct command_positional *at = command->positionals; at->value.shown; at++)
        free_value(&at->value, arguments);
}

/* Whether the line ends within the option, or within its value. Otherwise `*line` goes on. */
static bool find_option_place(const struct command_description *command, const char **line,
                              struct options_place *ret)
{
    bool closed;
    const char *attached;
    struct piece word = find_option_word(command, *line, &closed);
    const struct command_option *option = find_valued(command, word, &attached);
    *ret = (struct options_place){word.at, true, NULL};
    if (option && attached && word.at[1] == '-')
        *ret = (struct options_place){attached, false, &option->value};
    if (!*word.end)
        return true;
    *line = word.end;
    if (!option || attached)
        return false;
    const char *value = skip_blanks(word.end);
    *ret = (struct options_place){value, false, &option->value};
    *line = skip_word(value, option->value.kind, &closed);
    return !**line;
}

static struct options_place find_positional_place(const struct command_description *command,
                                                  const char *line)
{
    for (const struct command_positional *at = command->positionals; at->value.shown; at++) {
        bool closed;
        line = skip_blanks(line);
        const char *end = skip_word(line, at->value.kind, &closed);
        if (!*end || (command->raw && is_last(at)))
            return (struct options_place){line, false, &at->value};
        line = end;
    }
    return (struct options_place){line, false, NULL};
}

struct options_place options_find_place(const struct command_description *command, const char *line)
{
    struct options_place place;
    for (line = skip_blanks(line); *line == '-'; line = skip_blanks(line)) {
        if (is_end_of_options(line) && line[2])
            return find_positional_place(command, line + 2);
        if (find_option_place(command, &line, &place))
            return place;
    }
    return find_positional_place(command, line);
}

/* "-w" or "--writable" at the beginning of a word; "-8" is none. */
static bool looks_like_option(const char *at)
{
    at += at[0] == '-';
    at += at[0] == '-';
    return (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z');
}

/* Where options begin in the raw rest of a line; NULL if there are none. */
static const char *find_late_options(const char *rest)
{
    bool closed;
    for (const char *at = skip_word(rest, VALUE_PAGES, &closed); *at;
         at = skip_word(at, VALUE_PAGES, &closed)) {
        at = skip_blanks(at);
        if (*at == '-' && looks_like_option(at))
            return at;
    }
    return NULL;
}

/* Where the raw rest of a line begins; NULL where `--` says that it has no options in it. */
static const char *find_raw_rest(const struct command_description *command, const char *line)
{
    struct options_place place;
    for (line = skip_blanks(line); is_option(line); line = skip_blanks(line)) {
        if (is_end_of_options(line) || find_option_place(command, &line, &place))
            return NULL;
    }
    return line;
}

bool options_move_ahead(const struct command_description *command, const char *line,
                        struct vmmap_buffer *ret)
{
    const char *rest = find_raw_rest(command, line);
    const char *options = rest ? find_late_options(rest) : NULL;
    if (!options)
        return false;
    vmmap_buffer_printf(ret, "%.*s%s -- %.*s", (int)(rest - line), line, options,
                        (int)(options - rest), rest);
    vmmap_buffer_append(ret, "", 1);
    return true;
}
