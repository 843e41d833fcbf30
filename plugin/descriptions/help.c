/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/help.h"

#include <string.h>

/* The column at which the meaning of an option or example begins, and where lines end. */
enum { MEANING_COLUMN = 25, LINE_WIDTH = 80 };

const struct command_option help_option = {
    .name = "help", .letter = 'h', .value = {.kind = VALUE_NONE}, .help = "Show this text."};

/* Writes a word of the usage line, on the next line where it does not fit. `column` is where the
 * last one ended. */
static void append_usage_word(struct vmmap_buffer *ret, const char *word, size_t indent,
                              size_t *column)
{
    size_t size = strlen(word);
    if (*column + 1 + size > LINE_WIDTH) {
        vmmap_buffer_append(ret, "\n", 1);
        vmmap_buffer_append_spaces(ret, indent);
        *column = indent;
    } else {
        vmmap_buffer_append(ret, " ", 1);
        *column += 1;
    }
    vmmap_buffer_append(ret, word, size);
    *column += size;
}

/* "[-w]", "[-A N]", "[--gaps]" */
static void format_option(const struct command_option *option, struct vmmap_buffer *ret)
{
    if (option->letter)
        vmmap_buffer_printf(ret, "[-%c", option->letter);
    else
        vmmap_buffer_printf(ret, "[--%s", option->name);
    if (option->value.shown)
        vmmap_buffer_printf(ret, " %s", option->value.shown);
    vmmap_buffer_append(ret, "]", 2);
}

static void format_positional(const struct command_positional *positional, struct vmmap_buffer *ret)
{
    vmmap_buffer_printf(ret, positional->optional ? "[%s]" : "%s", positional->value.shown);
    vmmap_buffer_append(ret, "", 1);
}

static bool has_options(const struct command_description *command)
{
    return command->options->name != NULL;
}

static void append_usage(const struct command_description *command, struct vmmap_buffer *ret)
{
    struct vmmap_buffer word = VMMAP_BUFFER_INIT;
    size_t column = strlen("Usage: ") + strlen(command->name), indent = column + 1;
    vmmap_buffer_printf(ret, "Usage: %s", command->name);
    if (has_options(command))
        append_usage_word(ret, "[-h]", indent, &column);
    for (const struct command_option *option = command->options; option->name; option++) {
        word.size = 0;
        format_option(option, &word);
        if (!word.failed)
            append_usage_word(ret, word.data, indent, &column);
    }
    for (const struct command_positional *at = command->positionals; at->value.shown; at++) {
        word.size = 0;
        format_positional(at, &word);
        if (!word.failed)
            append_usage_word(ret, word.data, indent, &column);
    }
    ret->failed = ret->failed || word.failed;
    vmmap_buffer_deinit(&word);
    vmmap_buffer_append(ret, "\n", 1);
}

/* Fills the line that begins at `begin` up to the column of meanings, or goes to the next line. */
static void append_meaning(struct vmmap_buffer *ret, size_t begin, const char *meaning)
{
    size_t size = ret->size - begin;
    if (size + 2 > MEANING_COLUMN) {
        vmmap_buffer_append(ret, "\n", 1);
        size = 0;
    }
    for (const char *end; meaning; meaning = *end ? end + 1 : NULL, size = 0) {
        end = strchrnul(meaning, '\n');
        vmmap_buffer_append_spaces(ret, MEANING_COLUMN - size);
        vmmap_buffer_append(ret, meaning, (size_t)(end - meaning));
        vmmap_buffer_append(ret, "\n", 1);
    }
}

/* "  -A, --lines-after N    Show N pages after each match (default 1)." */
static void append_option(const struct command_option *option, struct vmmap_buffer *ret)
{
    size_t begin = ret->size;
    vmmap_buffer_append_spaces(ret, 2);
    if (option->letter)
        vmmap_buffer_printf(ret, "-%c, ", option->letter);
    vmmap_buffer_printf(ret, "--%s", option->name);
    if (option->value.shown)
        vmmap_buffer_printf(ret, " %s", option->value.shown);
    append_meaning(ret, begin, option->help);
}

static void append_options(const struct command_description *command, struct vmmap_buffer *ret)
{
    vmmap_buffer_append_string(ret, "\nOptions:\n");
    append_option(&help_option, ret);
    for (const struct command_option *option = command->options; option->name; option++)
        append_option(option, ret);
    size_t begin = ret->size;
    vmmap_buffer_append_string(ret, "  --");
    append_meaning(ret, begin, "End the options.");
}

static void append_examples(const struct command_description *command, struct vmmap_buffer *ret)
{
    vmmap_buffer_append_string(ret, "\nExamples:\n");
    for (const struct command_example *example = command->examples; example->line; example++) {
        size_t begin = ret->size;
        vmmap_buffer_printf(ret, "  %s", example->line);
        if (example->meaning)
            append_meaning(ret, begin, example->meaning);
        else
            vmmap_buffer_append(ret, "\n", 1);
    }
}

void help_append(const struct command_description *command, struct vmmap_buffer *ret)
{
    vmmap_buffer_printf(ret, "%s\n", command->summary);
    append_usage(command, ret);
    vmmap_buffer_printf(ret, "\n%s\n", command->text);
    if (has_options(command))
        append_options(command, ret);
    append_examples(command, ret);
    if (!ret->failed && ret->size > 0)
        ret->size--; /* the last line's end */
}
