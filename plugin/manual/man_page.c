/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manual/man_page.h"

#include <string.h>

#include "descriptions/descriptions.h"
#include "descriptions/help.h"
#include "descriptions/settings.h"

/* What is in no description: how the commands get into GDB. Source of man(7). */
static const char about[] =
    ".SH NAME\n"
    "vmmap \\- memory maps in GDB, and what can be asked of them\n"
    ".SH DESCRIPTION\n"
    "gdb\\-vmmap is a shared object that GDB loads. It adds the commands and settings of this "
    "page:\n"
    "the memory map of the program that is debugged, each range of pages with its permissions,\n"
    "backing file and name, whether that is a process, a core file, a program or machine under\n"
    "QEMU, a board or an image of memory. Nothing runs until a command is typed.\n"
    ".PP\n"
    "This line in\n"
    ".I \\(ti/.gdbinit\n"
    "loads it into every session:\n"
    ".PP\n"
    ".RS\n"
    ".B jit\\-reader\\-load vmmap.so\n"
    ".RE\n"
    ".PP\n"
    "In GDB, \"help\" before the name of a command or setting shows what is said of it here.\n";

static const char see_also[] = ".SH \"SEE ALSO\"\n"
                               ".BR gdb (1),\n"
                               ".BR proc (5),\n"
                               ".IR /usr/share/doc/gdb\\-vmmap\n";

/* How a character is written that means something to roff, or that it would print as another
 * (groff_char(7), "Input to output devices"). NULL: as itself. */
static const char *escape(char c)
{
    switch (c) {
    case '\\':
        return "\\(rs";
    case '-':
        return "\\-";
    case '"':
        return "\\(dq";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    default:
        return NULL;
    }
}

static void append_escaped(struct vmmap_buffer *ret, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const char *escaped = escape(text[i]);
        if (i == 0 && text[i] == '.') /* would be a request at the start of a line */
            vmmap_buffer_append_string(ret, "\\&");
        if (escaped)
            vmmap_buffer_append_string(ret, escaped);
        else
            vmmap_buffer_append(ret, &text[i], 1);
    }
}

static void append_string(struct vmmap_buffer *ret, const char *text)
{
    append_escaped(ret, text, strlen(text));
}

static void append_in_font(struct vmmap_buffer *ret, char font, const char *text)
{
    vmmap_buffer_printf(ret, "\\f%c", font);
    append_string(ret, text);
    vmmap_buffer_append_string(ret, "\\fR");
}

/* Lines that roff fills. */
static void append_filled(struct vmmap_buffer *ret, const char *text)
{
    for (const char *end; text; text = *end ? end + 1 : NULL) {
        end = strchrnul(text, '\n');
        append_escaped(ret, text, (size_t)(end - text));
        vmmap_buffer_append(ret, "\n", 1);
    }
}

/* An item of a list in a text: two blanks, its name, at least two blanks, its meaning. */
static void append_item(struct vmmap_buffer *ret, const char *line, size_t size)
{
    const char *name = line + 2, *meaning = memmem(name, size - 2, "  ", 2);
    vmmap_buffer_append_string(ret, ".TP\n.B \"");
    append_escaped(ret, name, (size_t)((meaning ? meaning : line + size) - name));
    vmmap_buffer_append_string(ret, "\"\n");
    if (meaning) {
        meaning += strspn(meaning, " ");
        append_escaped(ret, meaning, (size_t)(line + size - meaning));
        vmmap_buffer_append(ret, "\n", 1);
    }
}

/* Paragraphs, and lists within them. A line that is indented further than an item's goes on with
 * its meaning. */
static void append_text(struct vmmap_buffer *ret, const char *text)
{
    bool in_list = false;
    for (const char *end; text; text = *end ? end + 1 : NULL) {
        end = strchrnul(text, '\n');
        size_t size = (size_t)(end - text), indent = strspn(text, " ");
        if (indent == 2) {
            append_item(ret, text, size);
            in_list = true;
            continue;
        }
        if (size == 0 || (in_list && indent == 0)) {
            vmmap_buffer_append_string(ret, ".PP\n");
            in_list = false;
        }
        if (size > 0) {
            append_escaped(ret, text + indent, size - indent);
            vmmap_buffer_append(ret, "\n", 1);
        }
    }
}

static void append_long_name(struct vmmap_buffer *ret, const struct command_option *option)
{
    vmmap_buffer_append_string(ret, "\\-\\-");
    append_string(ret, option->name);
}

/* "-A N", a line of the synopsis */
static void append_option_usage(struct vmmap_buffer *ret, const struct command_option *option)
{
    vmmap_buffer_append_string(ret, ".OP ");
    if (option->letter)
        vmmap_buffer_printf(ret, "\\-%c", option->letter);
    else
        append_long_name(ret, option);
    if (option->value.shown) {
        vmmap_buffer_append_string(ret, " \"");
        append_string(ret, option->value.shown);
        vmmap_buffer_append_string(ret, "\"");
    }
    vmmap_buffer_append(ret, "\n", 1);
}

static void append_usage(struct vmmap_buffer *ret, const struct command_description *command)
{
    vmmap_buffer_append_string(ret, ".SY ");
    append_string(ret, command->name);
    vmmap_buffer_append(ret, "\n", 1);
    if (command->options->name)
        append_option_usage(ret, &help_option);
    for (const struct command_option *option = command->options; option->name; option++)
        append_option_usage(ret, option);
    for (const struct command_positional *at = command->positionals; at->value.shown; at++) {
        vmmap_buffer_append_string(ret, at->optional ? "[" : "");
        append_in_font(ret, 'I', at->value.shown);
        vmmap_buffer_append_string(ret, at->optional ? "]\n" : "\n");
    }
    vmmap_buffer_append_string(ret, ".YS\n");
}

/* "-A, --lines-after N" and its sentence */
static void append_option(struct vmmap_buffer *ret, const struct command_option *option)
{
    vmmap_buffer_append_string(ret, ".TP\n");
    if (option->letter)
        vmmap_buffer_printf(ret, "\\fB\\-%c\\fR, ", option->letter);
    vmmap_buffer_append_string(ret, "\\fB");
    append_long_name(ret, option);
    vmmap_buffer_append_string(ret, "\\fR");
    if (option->value.shown) {
        vmmap_buffer_append(ret, " ", 1);
        append_in_font(ret, 'I', option->value.shown);
    }
    vmmap_buffer_append(ret, "\n", 1);
    append_filled(ret, option->help);
}

static void append_examples(struct vmmap_buffer *ret, const struct command_example *example)
{
    vmmap_buffer_append_string(ret, ".PP\nExamples:\n");
    for (; example->line; example++) {
        vmmap_buffer_append_string(ret, ".TP\n");
        append_in_font(ret, 'B', example->line);
        vmmap_buffer_append(ret, "\n", 1);
        append_filled(ret, example->meaning ? example->meaning : "");
    }
}

static void append_command(struct vmmap_buffer *ret, const struct command_description *command)
{
    vmmap_buffer_append_string(ret, ".SS ");
    append_string(ret, command->name);
    vmmap_buffer_append(ret, "\n", 1);
    append_filled(ret, command->summary);
    append_usage(ret, command);
    vmmap_buffer_append_string(ret, ".PP\n");
    append_text(ret, command->text);
    if (command->options->name) {
        append_option(ret, &help_option);
        for (const struct command_option *option = command->options; option->name; option++)
            append_option(ret, option);
    }
    append_examples(ret, command->examples);
}

static void append_setting(struct vmmap_buffer *ret, const struct setting *setting)
{
    vmmap_buffer_append_string(ret, ".SS \"set ");
    append_string(ret, setting->name);
    vmmap_buffer_append_string(ret, "\"\nSets ");
    append_string(ret, setting->what);
    vmmap_buffer_append_string(ret, ".\nIt is \"");
    append_string(ret, setting->initial);
    vmmap_buffer_append_string(ret, "\" at first.\n.PP\n");
    append_text(ret, setting->text);
}

void man_page_append(const char *version, struct vmmap_buffer *ret)
{
    vmmap_buffer_printf(ret, ".TH VMMAP 7 \"\" \"gdb\\-vmmap %s\" \"Commands of GDB\"\n", version);
    vmmap_buffer_append_string(ret, ".nh\n.ad l\n"); /* words to type are not broken */
    vmmap_buffer_append_string(ret, about);
    vmmap_buffer_append_string(ret, ".SH COMMANDS\n");
    for (const struct command_description *const *at = command_descriptions; *at; at++)
        append_command(ret, *at);
    vmmap_buffer_append_string(ret, ".SH SETTINGS\n");
    for (size_t i = 0; i < SETTING_COUNT; i++)
        append_setting(ret, &settings[i]);
    vmmap_buffer_append_string(ret, see_also);
}
