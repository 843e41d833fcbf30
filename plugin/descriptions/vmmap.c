/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "descriptions/vmmap.h"

#include "descriptions/descriptions.h"

#define FIELD(name) .field = offsetof(struct vmmap_arguments, name)

enum { EXCLUSIVE_MEANING = 1 };

static const struct command_option options[] = {
    {.name = "writable",
     .letter = 'w',
     .value = {VALUE_NONE, FIELD(writable)},
     .help = "Show writable pages only."},
    {.name = "executable",
     .letter = 'x',
     .value = {VALUE_NONE, FIELD(executable)},
     .help = "Show executable pages only."},
    {.name = "lines-after",
     .letter = 'A',
     .value = {VALUE_COUNT, "N", "a number of pages", FIELD(after), .initial = 1},
     .help = "Show N pages after each match (default 1)."},
    {.name = "lines-before",
     .letter = 'B',
     .value = {VALUE_COUNT, "N", "a number of pages", FIELD(before), .initial = 1},
     .help = "Show N pages before each match (default 1)."},
    {.name = "gaps",
     .value = {VALUE_NONE, FIELD(gaps)},
     .help = "Show unmapped gaps, guard pages and runs of adjacent pages."},
    {.name = "json",
     .value = {VALUE_NONE, FIELD(json)},
     .help = "Print one JSON object, for scripts."},
    {.name = "address",
     .letter = 'a',
     .exclusive = EXCLUSIVE_MEANING,
     .value = {VALUE_NONE, FIELD(is_address)},
     .help = "The argument is an expression, never a name."},
    {.name = "name",
     .letter = 'n',
     .exclusive = EXCLUSIVE_MEANING,
     .value = {VALUE_NONE, FIELD(is_name)},
     .help = "The argument is a name, never an expression."},
    {.name = NULL},
};

static const struct command_positional positionals[] = {
    {.value = {VALUE_PAGES, "ADDRESS-EXPRESSION | NAME", "an expression or a name", FIELD(what)},
     .optional = true},
    {.value = {.shown = NULL}},
};

static const struct command_example examples[] = {
    {"vmmap", "All pages."},
    {"vmmap $sp", "The page that the stack pointer points to."},
    {"vmmap libc", "The pages of every file with \"libc\" in its path."},
    {"vmmap -w -A 3 heap", "The heap and three pages after it, if writable."},
    {"vmmap --gaps", "What lies between the pages."},
    {"pipe vmmap | grep rwx", "The table, through a shell command."},
    {NULL, NULL},
};

static const char *const aliases[] = {"lm", "address", "vprot", "libs", NULL};

const struct command_description vmmap_description = {
    .name = "vmmap",
    .aliases = aliases,
    .group = "COMMAND_DATA",
    .summary = "Show the memory map of the program: every page range with permissions and name.",
    .text = "Without an argument all pages are shown. With an expression, the page that holds\n"
            "its value, marked with an arrow and its offset in the page; arrays and functions\n"
            "stand for their address. What does not evaluate is a name: all pages whose name\n"
            "contains it. A permission that is not known is shown as \"?\".",
    .options = options,
    .positionals = positionals,
    .raw = true,
    .examples = examples,
    .arguments_size = sizeof(struct vmmap_arguments),
};
