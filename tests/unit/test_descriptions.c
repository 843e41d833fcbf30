/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The tables of commands and settings hold together: what parsing, help and completion rely on. */

#include "descriptions/descriptions.h"

#include <string.h>

#include "descriptions/help.h"
#include "descriptions/settings.h"
#include "support.h"

enum { LINE_MAX_BYTES = 90 }; /* 80 is what they aim at */

static bool ends_with_period(const char *text)
{
    return *text && text[strlen(text) - 1] == '.';
}

/* No line is longer than a terminal is wide. */
static void check_lines(const char *name, const char *text)
{
    for (const char *end; *text; text = *end ? end + 1 : end) {
        end = strchrnul(text, '\n');
        ck_assert_msg(end - text <= LINE_MAX_BYTES, "%s: \"%.*s\"", name, (int)(end - text), text);
    }
}

static void check_value(const char *name, const struct command_value *value, size_t size)
{
    ck_assert_msg(value->field < size, "%s: field", name);
    if (value->kind == VALUE_NONE)
        return;
    ck_assert_msg(value->shown && value->takes, "%s: %s", name, value->shown);
    ck_assert_msg((value->kind == VALUE_CHOICE) == (value->words != NULL), "%s: words", name);
}

static bool is_same(const struct command_option *a, const struct command_option *b)
{
    return strcmp(a->name, b->name) == 0 || (a->letter && a->letter == b->letter) ||
           (a->other && strcmp(a->other, b->name) == 0) ||
           (b->other && strcmp(a->name, b->other) == 0);
}

static void check_options(const struct command_description *command)
{
    for (const struct command_option *option = command->options; option->name; option++) {
        check_value(command->name, &option->value, command->arguments_size);
        ck_assert_msg(ends_with_period(option->help), "%s: %s", command->name, option->name);
        ck_assert_msg(!is_same(option, &help_option), "%s: %s", command->name, option->name);
        for (const struct command_option *before = command->options; before < option; before++)
            ck_assert_msg(!is_same(before, option), "%s: %s", command->name, option->name);
    }
}

static void check_positionals(const struct command_description *command)
{
    bool optional = false;
    const struct command_positional *at = command->positionals;
    for (; at->value.shown; at++) {
        check_value(command->name, &at->value, command->arguments_size);
        ck_assert_msg(at->value.kind != VALUE_NONE, "%s", command->name);
        ck_assert_msg(!optional || at->optional, "%s: %s", command->name, at->value.shown);
        optional = at->optional;
    }
    ck_assert_msg(!command->raw || at > command->positionals, "%s: raw without any", command->name);
}

START_TEST(commands)
{
    size_t count = 0;
    for (; command_descriptions[count]; count++) {
        const struct command_description *command = command_descriptions[count];
        ck_assert_msg(strncmp(command->group, "COMMAND_", strlen("COMMAND_")) == 0, "%s",
                      command->name);
        ck_assert_msg(ends_with_period(command->summary), "%s", command->name);
        ck_assert_msg(!strchr(command->summary, '\n'), "%s", command->name);
        check_options(command);
        check_positionals(command);
    }
    ck_assert_uint_gt(count, 1);
}
END_TEST

START_TEST(help_texts)
{
    for (size_t i = 0; command_descriptions[i]; i++) {
        const struct command_description *command = command_descriptions[i];
        struct vmmap_buffer buffer = VMMAP_BUFFER_INIT;
        help_append(command, &buffer);
        char *text = take_text(&buffer);
        check_lines(command->name, text);
        ck_assert_str_ne(text, "");
        ck_assert_msg(text[strlen(text) - 1] != '\n', "%s", command->name);
        char *usage = strchr(text, '\n');
        ck_assert_msg(strncmp(usage, "\nUsage: ", strlen("\nUsage: ")) == 0, "%s", command->name);
        ck_assert_msg(strstr(text, "\n\nExamples:\n") != NULL, "%s", command->name);
        free(text);
    }
}
END_TEST

START_TEST(settings_of_the_table)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting *setting = &settings[i];
        bool found = setting->kind != SETTING_WORD;
        ck_assert_msg(setting->field < sizeof(struct setting_values), "%s", setting->name);
        check_lines(setting->name, setting->text);
        for (unsigned int j = 0; setting->word && setting->word(j); j++)
            found = found || strcmp(setting->word(j), setting->initial) == 0;
        ck_assert_msg(found, "%s: %s", setting->name, setting->initial);
    }
}
END_TEST

int main(void)
{
    return RUN_TESTS("descriptions", commands, help_texts, settings_of_the_table);
}
